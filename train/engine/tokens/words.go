package tokens

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// The ways of cutting a text into words before merging. They are the regular expressions of the
// models' own tokenizers, read by hand because they look ahead, which Go's do not.
const (
	splitGPT2   = "gpt-2"     // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
	splitLlama3 = "llama-bpe" // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
	splitQwen2  = "qwen2"     // the same with \p{N}
	splitSmolLM = "smollm"    // each \p{N} alone, then GPT-2's
)

// words cuts a text by one of the ways; together the words are the text.
func words(way, text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			rest := text
			if way == splitSmolLM {
				rest = text[:digitsApart(text)]
			}
			for rest != "" {
				n := 0
				switch way {
				case splitLlama3:
					n = modern(rest, 3)
				case splitQwen2:
					n = modern(rest, 1)
				default:
					n = gpt2(rest)
				}
				if !yield(rest[:n]) {
					return
				}
				rest, text = rest[n:], text[n:]
			}
		}
	}
}

// digitsApart is how long the text before the next number is, or the first character where it is one.
func digitsApart(text string) int {
	for i, r := range text {
		if unicode.IsNumber(r) {
			if i == 0 {
				return utf8.RuneLen(r)
			}
			return i
		}
	}
	return len(text)
}

// run is how long the characters of a kind at the beginning are, at most so many of them.
func run(s string, most int, is func(rune) bool) int {
	i := 0
	for range most {
		r, n := utf8.DecodeRuneInString(s[i:])
		if n == 0 || !is(r) {
			break
		}
		i += n
	}
	return i
}

const all = int(^uint(0) >> 1)

// other is [^\s\p{L}\p{N}].
func other(r rune) bool { return !isSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// isSpace is \s of these expressions: Unicode's white space.
func isSpace(r rune) bool { return unicode.Is(unicode.White_Space, r) }

func isBreak(r rune) bool { return r == '\r' || r == '\n' }

// contraction is how long an English ending at the beginning is; 0 where there is none.
func contraction(s string, fold bool) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	lower := func(i int) byte {
		if i >= len(s) {
			return 0
		}
		c := s[i]
		if fold && c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}
	switch a, b := lower(1), lower(2); {
	case a == 's', a == 't', a == 'm', a == 'd':
		return 2
	case a == 'r' && b == 'e', a == 'v' && b == 'e', a == 'l' && b == 'l':
		return 3
	case fold && len(s) >= 3 && s[1:3] == "\u017f": // the long s, which folds to s
		return 3
	}
	return 0
}

// blanks is how much white space is one word: all at the end of a text, else all but the last
// character, which belongs to what follows.
func blanks(s string) int {
	n := run(s, all, isSpace)
	if n == len(s) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(s[:n])
	if n > last {
		return n - last
	}
	return n
}

// gpt2 is how long the first word is by splitGPT2.
func gpt2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	lead := 0
	if s[0] == ' ' {
		lead = 1
	}
	for _, is := range []func(rune) bool{unicode.IsLetter, unicode.IsNumber, other} {
		if n := run(s[lead:], all, is); n > 0 {
			return lead + n
		}
	}
	return blanks(s)
}

// modern is how long the first word is by splitLlama3, with numbers of so many digits.
func modern(s string, digits int) int {
	if n := contraction(s, true); n > 0 {
		return n
	}
	r, lead := utf8.DecodeRuneInString(s)
	if isBreak(r) || unicode.IsLetter(r) || unicode.IsNumber(r) {
		lead = 0
	}
	if n := run(s[lead:], all, unicode.IsLetter); n > 0 {
		return lead + n
	}
	if n := run(s, digits, unicode.IsNumber); n > 0 {
		return n
	}
	lead = 0
	if s[0] == ' ' {
		lead = 1
	}
	if n := run(s[lead:], all, other); n > 0 {
		return lead + n + run(s[lead+n:], all, isBreak)
	}
	n := run(s, all, isSpace)
	for i := n; i > 0; { // up to the last break of the white space
		r, k := utf8.DecodeLastRuneInString(s[:i])
		if isBreak(r) {
			return i
		}
		i -= k
	}
	return blanks(s)
}
