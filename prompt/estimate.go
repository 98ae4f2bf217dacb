package prompt

import (
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
)

// Estimate is the tokenizer for models whose own is not known: it looks at the signs of a
// text, needs no vocabulary, and errs on the side of too many. [EstimateFor] knows of
// models that it would do wrong to.
var Estimate wenyuan.Tokenizer = estimate{}

// EstimateFor is the estimate for a model of this name: those with a small vocabulary that
// was made for English need two to three tokens for a Chinese character.
func EstimateFor(model string) wenyuan.Tokenizer {
	if known(model, "smollm", "tinyllama", "llama-2", "llama2", "vicuna", "gpt2", "gpt-2", "phi-1", "phi-2", "phi2", "pythia", "mistral-7b", "mixtral") {
		return estimate{narrow: true}
	}
	return estimate{}
}

type estimate struct{ narrow bool }

// Count never fails.
func (e estimate) Count(_ context.Context, text string) (int, error) { return e.count(text), nil }

func (e estimate) count(text string) int {
	if text == "" {
		return 0
	}
	w := &weights
	if e.narrow {
		w = &narrowWeights
	}
	total := 0.0
	for i, n := range signs(text) {
		total += float64(n) * w[i]
	}
	return int(math.Ceil(total))
}

// The signs that a text is counted by. A vocabulary has a token of its own for most short
// English words, for the 800 most common Chinese characters, and for signs that often stand
// together; everything else is put together from pieces.
const (
	wordShort   = iota // a word, or a hump of one, of up to 4 letters, behind a space
	wordMiddle         // of 5 to 7 letters
	wordLong           // of 8 to 10 letters
	wordLonger         // of more
	lettersOver        // its letters beyond 10
	bareShort          // the same with no space before it
	bareMiddle
	bareLong
	bareLonger
	capitals     // letters of words in capitals beyond the second
	digit        // each: some vocabularies hold single digits only
	digitSpace   // a space before a digit
	hanCommon    // a common Chinese character
	hanOther     // any other
	hanSpace     // a space before one
	wideSign     // punctuation of full width, kana
	mark         // a run of ASCII signs
	markMore     // each further sign of a run that differs from the one before it
	markRepeated // four further signs of a run that are the same
	blanks       // two or more spaces
	lines        // one or more line breaks
	twoBytes     // a character of two bytes, such as é or Я
	threeBytes   // any other of three bytes
	fourBytes    // emoji, rare Chinese characters
	signCount
)

// weights are tokens for each sign: the least sum of what is too much over the development
// texts under which no text of them is given less than what the hungriest of o200k_base,
// cl100k_base and the tokenizers of Llama 3 and Qwen makes of it.
var weights = [signCount]float64{
	wordShort: 0.99, wordMiddle: 1.49, wordLong: 2.2, wordLonger: 2.28, lettersOver: 0.4,
	bareShort: 0.87, bareMiddle: 1.25, bareLong: 2.55, bareLonger: 1.9,
	capitals: 0.3, digit: 1.19, digitSpace: 0.77,
	hanCommon: 0.86, hanOther: 2.7, hanSpace: 1.98, wideSign: 1.33,
	mark: 0.87, markMore: 0.55, markRepeated: 0.21, blanks: 1.88, lines: 0.64,
	twoBytes: 1.41, threeBytes: 2, fourBytes: 3,
}

// narrowWeights are the same for a vocabulary of 49,000 made for English (SmolLM2).
var narrowWeights = [signCount]float64{
	wordShort: 1.1, wordMiddle: 1.28, wordLong: 2.97, wordLonger: 2.97, lettersOver: 0.4,
	bareShort: 1.91, bareMiddle: 2.33, bareLong: 2.36, bareLonger: 3.72,
	capitals: 0.56, digit: 1.16, digitSpace: 0.71,
	hanCommon: 1.92, hanOther: 2.81, hanSpace: 2.98, wideSign: 1.61,
	mark: 0.77, markMore: 0.49, markRepeated: 0.21, blanks: 2.58, lines: 1.05,
	twoBytes: 1.48, threeBytes: 2.41, fourBytes: 3,
}

// signs counts the signs of a text.
func signs(text string) (n [signCount]int) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case isLetter(c):
			i = words(text, i, &n)
		case c >= '0' && c <= '9':
			if i > 0 && text[i-1] == ' ' {
				n[digitSpace]++
			}
			n[digit]++
			i++
		case c == '\n' || c == '\r':
			n[lines]++
			i = skip(text, i, "\r\n")
		case c == ' ' || c == '\t':
			end := skip(text, i, " \t")
			if end-i > 1 || c == '\t' {
				n[blanks]++
			}
			i = end
		case c < utf8.RuneSelf:
			i = marks(text, i, &n)
		default:
			i = wide(text, i, &n)
		}
	}
	return n
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }

func skip(text string, i int, set string) int {
	for i < len(text) && strings.IndexByte(set, text[i]) >= 0 {
		i++
	}
	return i
}

// words counts a run of ASCII letters, hump by hump.
func words(text string, i int, n *[signCount]int) int {
	bare := i == 0 || text[i-1] != ' '
	for i < len(text) && isLetter(text[i]) {
		start := i
		for i < len(text) && isUpper(text[i]) {
			i++
		}
		upper := i - start
		if upper > 1 && i < len(text) && isLetter(text[i]) {
			i, upper = i-1, upper-1 // the last capital begins the next hump
		} else {
			for i < len(text) && isLetter(text[i]) && !isUpper(text[i]) {
				i++
			}
		}
		length := i - start
		size := wordShort
		switch {
		case length > 10:
			size = wordLonger
			n[lettersOver] += length - 10
		case length > 7:
			size = wordLong
		case length > 4:
			size = wordMiddle
		}
		if bare {
			size += bareShort - wordShort
		}
		n[size]++
		n[capitals] += max(0, upper-2)
		bare = true
	}
	return i
}

// marks counts a run of ASCII signs.
func marks(text string, i int, n *[signCount]int) int {
	n[mark]++
	same := 0
	for i++; i < len(text) && text[i] > ' ' && text[i] < utf8.RuneSelf && !isLetter(text[i]) && (text[i] < '0' || text[i] > '9'); i++ {
		if text[i] != text[i-1] {
			n[markMore]++
			same = 0
		} else if same++; same%4 == 0 {
			n[markRepeated]++
		}
	}
	return i
}

// wide counts a character beyond ASCII.
func wide(text string, i int, n *[signCount]int) int {
	r, size := utf8.DecodeRuneInString(text[i:])
	switch {
	case r == utf8.RuneError && size == 1:
		n[twoBytes]++
	case size == 4:
		n[fourBytes]++
	case r >= 0x4e00 && r <= 0x9fff:
		if i > 0 && text[i-1] == ' ' {
			n[hanSpace]++
		}
		if _, ok := common[r]; ok {
			n[hanCommon]++
		} else {
			n[hanOther]++
		}
	case r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xff65 || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Pi, r) || unicode.Is(unicode.Pf, r):
		n[wideSign]++
	case size == 3:
		n[threeBytes]++
	default:
		n[twoBytes]++
	}
	return i + size
}

// common are the Chinese characters that cl100k_base, the vocabulary with the fewest of
// those measured, has as one token.
var common = func() map[rune]struct{} {
	all := map[rune]struct{}{}
	for _, r := range commonHan {
		all[r] = struct{}{}
	}
	return all
}()
