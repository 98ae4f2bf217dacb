package prompt

import (
	"context"
	_ "embed"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"wenyuan"
)

// Estimate is the tokenizer for models whose own is not known: it looks at the signs of a
// text, needs no vocabulary, and errs on the side of too many. [EstimateFor] knows of
// models that it would do wrong to.
var Estimate wenyuan.Tokenizer = estimate{&weights}

// EstimateFor is the estimate for a model of this name. Vocabularies made for English alone
// need two to three tokens for a Chinese character, and more for a rare word; some newer ones
// are known to need less for Chinese than others.
func EstimateFor(model string) wenyuan.Tokenizer {
	switch {
	case known(model, "smollm", "tinyllama", "llama-2", "llama2", "vicuna", "gpt2", "gpt-2", "phi-1", "phi-2", "phi2", "pythia", "mistral-7b", "mixtral"):
		return estimate{&narrowWeights}
	case known(model, "qwen", "gpt-4o", "gpt-4.1", "gpt-5", "llama-3", "llama3"):
		return estimate{&wideWeights}
	}
	return estimate{&weights}
}

// An estimate counts by one table of weights.
type estimate struct{ weights *[signCount]float64 }

// Count never fails.
func (e estimate) Count(_ context.Context, text string) (int, error) { return e.count(text), nil }

func (e estimate) count(text string) int {
	if text == "" {
		return 0
	}
	total := 0.0
	for i, n := range signs(text) {
		total += float64(n) * e.weights[i]
	}
	return int(math.Ceil(total))
}

// The signs that a text is counted by. A vocabulary has a token of its own for most short
// English words, for the 800 most common Chinese characters, and for signs that often stand
// together; everything else is put together from pieces.
const (
	wordKnown    = iota // a common word behind a space
	capitalKnown        // the same with a capital
	bareKnown           // a common word, or a hump of one, with no space before it
	bareCapital         // the same with a capital
	wordShort           // any other of up to 4 letters, behind a space
	wordMiddle          // of 5 to 7 letters
	wordLong            // of 8 to 10 letters
	wordLonger          // of more
	lettersOver         // its letters beyond 10
	bareShort           // the same with no space before it
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

// weights are tokens for each sign, found by linear programming: the least sum of what is too
// much over the development texts under which no text of them, whole or in pieces, is given
// less than 98 % of what the hungriest of o200k_base, cl100k_base and the tokenizers of Llama 3
// and Qwen makes of it.
var weights = [signCount]float64{
	wordKnown: 1.07, capitalKnown: 1.37, bareKnown: 1.02, bareCapital: 1.13,
	wordShort: 1.06, wordMiddle: 2.39, wordLong: 2.98, wordLonger: 3, lettersOver: 0.4,
	bareShort: 1.11, bareMiddle: 2.15, bareLong: 2.2, bareLonger: 2.2, capitals: 0.3,
	digit: 1.11, digitSpace: 0.8,
	hanCommon: 0.97, hanOther: 2.7, hanSpace: 1.35, wideSign: 0.85,
	mark: 0.77, markMore: 0.82, markRepeated: 0.2, blanks: 1.8, lines: 0.72,
	twoBytes: 1.52, threeBytes: 2, fourBytes: 3,
}

// wideWeights are the same without cl100k_base, which has few Chinese characters.
var wideWeights = [signCount]float64{
	wordKnown: 1.07, capitalKnown: 1.51, bareKnown: 1.02, bareCapital: 1.12,
	wordShort: 1, wordMiddle: 2.4, wordLong: 2.89, wordLonger: 2.89, lettersOver: 0.4,
	bareShort: 1.23, bareMiddle: 2.16, bareLong: 2.4, bareLonger: 2.4, capitals: 0.3,
	digit: 1.1, digitSpace: 0.8,
	hanCommon: 0.97, hanOther: 1.55, hanSpace: 0.5, wideSign: 0.8,
	mark: 0.78, markMore: 0.81, markRepeated: 0.2, blanks: 1.67, lines: 0.7,
	twoBytes: 1.49, threeBytes: 2, fourBytes: 3,
}

// narrowWeights are the same for a vocabulary of 49,000 made for English (SmolLM2).
var narrowWeights = [signCount]float64{
	wordKnown: 1.17, capitalKnown: 1.59, bareKnown: 1.43, bareCapital: 1.43,
	wordShort: 2.26, wordMiddle: 2.26, wordLong: 2.26, wordLonger: 2.26, lettersOver: 0.42,
	bareShort: 2.48, bareMiddle: 3.86, bareLong: 3.86, bareLonger: 4, capitals: 0.3,
	digit: 1, digitSpace: 1.33,
	hanCommon: 2.17, hanOther: 2.72, hanSpace: 0.5, wideSign: 1.15,
	mark: 0.82, markMore: 0.71, markRepeated: 0.24, blanks: 2.36, lines: 1.42,
	twoBytes: 1.64, threeBytes: 4, fourBytes: 3,
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

// commonWords are English words of 3 to 14 letters that cl100k_base and o200k_base have as one
// token behind a space: those among the first 60,000 tokens, which are the most frequent.
//
//go:embed words.txt
var commonWords string

var commonWord = sync.OnceValue(func() map[string]struct{} {
	all := map[string]struct{}{}
	for w := range strings.Lines(commonWords) {
		all[strings.TrimSuffix(w, "\n")] = struct{}{}
	}
	return all
})

// isCommon says whether a hump is a common word, in small letters but perhaps for the first.
func isCommon(hump string) bool {
	var small [14]byte
	if len(hump) > len(small) {
		return false
	}
	for i := range len(hump) {
		if small[i] = hump[i]; isUpper(hump[i]) {
			if i > 0 {
				return false
			}
			small[i] += 'a' - 'A'
		}
	}
	if len(hump) < 3 {
		return true
	}
	_, ok := commonWord()[string(small[:len(hump)])]
	return ok
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
		case isCommon(text[start:i]):
			if size = wordKnown; isUpper(text[start]) {
				size = capitalKnown
			}
		case length > 10:
			size = wordLonger
			n[lettersOver] += length - 10
		case length > 7:
			size = wordLong
		case length > 4:
			size = wordMiddle
		}
		switch {
		case bare && size < wordShort:
			size += bareKnown - wordKnown
		case bare:
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
