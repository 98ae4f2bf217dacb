package risk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// readAtMost bytes of a text are looked at for damage to its characters: what is longer was
// tampered with in its beginning or not at all.
const readAtMost = 16 << 10

// tokensOf cuts a text into words of letters, with what stands inside them.
func tokensOf(text string) []token {
	out := make([]token, 0, len(text)/6+1)
	begins := true
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && !isBlank(text[end]) {
			end++
		}
		if chunk := text[i:end]; address(chunk) {
			out = append(out, token{start: i, end: end, kind: otherWord})
			begins = false
		} else {
			begins = chunkTokens(&out, text, i, end, begins)
		}
		for end < len(text) && isBlank(text[end]) {
			begins = begins || text[end] == '\n'
			end++
		}
		i = end
	}
	return out
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// address says of what stands between spaces that it is none of the words of a sentence: a
// link, a path, code.
func address(s string) bool {
	at := strings.IndexByte(s, '@')
	return strings.Contains(s, "://") || strings.HasPrefix(s, "www.") || at > 0 && strings.IndexByte(s[at:], '.') > 1 ||
		strings.ContainsAny(s, `\_{}=<>`) || strings.Count(s, "/") > 1 || strings.Contains(s, "()")
}

// chunkTokens reads the words of what stands between spaces.
func chunkTokens(out *[]token, text string, i, end int, begins bool) bool {
	for i < end {
		t, n := oneToken(text, i, end)
		if n == 0 {
			r, size := utf8.DecodeRuneInString(text[i:end])
			begins = begins || strings.ContainsRune(".!?:。！？：", r)
			i += size
			continue
		}
		t.begins, begins = begins, false
		*out = append(*out, t)
		i += n
	}
	return begins
}

// oneToken reads a word, and says how many bytes it has; 0 where there is none.
func oneToken(text string, i, end int) (token, int) {
	var latin, like, hidden, digit, other, upper int
	j, last := i, i
	for j < end {
		r, n := utf8.DecodeRuneInString(text[j:end])
		letter, likeness, invisible := runeKind(r)
		switch {
		case letter:
			latin++
			if r <= 'Z' {
				upper++
			}
		case likeness:
			like++
		case invisible:
			if latin+like == 0 {
				return token{}, 0
			}
			j += n
			continue // counts only before another letter
		case r >= '0' && r <= '9', latin+digit > 0 && (r == '@' || r == '$' || r == '!'):
			if r > '9' || r < '0' {
				if next, _ := utf8.DecodeRuneInString(text[min(j+1, end):end]); !isWordRune(next) {
					return finish(text, i, last, latin, like, hidden, digit, other, upper)
				}
			}
			digit++
		case r >= utf8.RuneSelf && !isHan(r) && (unicode.IsLetter(r) || unicode.IsMark(r)):
			other++
		default:
			return finish(text, i, last, latin, like, hidden, digit, other, upper)
		}
		if j > last {
			hidden++
		}
		j += n
		last = j
	}
	return finish(text, i, last, latin, like, hidden, digit, other, upper)
}

func isWordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func finish(text string, i, last, latin, like, hidden, digit, other, upper int) (token, int) {
	if last == i {
		return token{}, 0
	}
	t := token{start: i, end: last, kind: otherWord}
	switch {
	case latin+like+digit == 0:
	case like > 0 && latin > 0:
		t.kind = glyphWord
	case hidden > 0 && latin > 0:
		t.kind = hiddenWord
	case other > 0 || like > 0:
	case digit > 0 && latin > 0:
		t.kind, t.text = mixedWord, strings.ToLower(text[i:last])
	case latin > 0 && (upper == 0 || upper == 1 && text[i] <= 'Z' || upper == latin && latin > 5):
		t.kind, t.text, t.upper = latinWord, strings.ToLower(text[i:last]), upper > 0
	}
	return t, last - i
}

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9fff || r >= 0x20000 && r <= 0x323af }
