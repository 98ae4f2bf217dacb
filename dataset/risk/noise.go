package risk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/internal/hanzi"
)

// A stretch is a part of a text with how likely it is noise.
type stretch struct {
	start, end int
	score      float64
	reason     string
}

const (
	reasonRandom    = "A string of characters by chance was appended."
	reasonTruism    = "A sentence that says nothing was appended."
	reasonRepeated  = "One phrase is repeated over and over."
	reasonDamaged   = "Characters of words were tampered with."
	reasonDisguised = "Letters are disguised: by such that look alike, or with characters that show nothing."
	reasonWords     = "Words are rarer than people use them; they may stand for others."
)

// noise finds what was appended to a text to disturb who reads it.
func noise(text string) []stretch {
	var out []stretch
	if len(text) > readAtMost {
		text = text[len(text)-readAtMost:]
		for !utf8.RuneStart(text[0]) {
			text = text[1:]
		}
	}
	out = append(out, randomEnds(text)...)
	if s, ok := truism(text); ok {
		out = append(out, s)
	} else if s, ok := repeated(text); ok {
		out = append(out, s)
	}
	return out
}

// randomEnds finds random strings among the first and the last words of a text.
func randomEnds(text string) []stretch {
	type chunk struct{ start, end int }
	var all []chunk
	for i := 0; i < len(text); {
		for i < len(text) && isBlank(text[i]) {
			i++
		}
		j := i
		for j < len(text) && !isBlank(text[j]) {
			j++
		}
		if j > i {
			all = append(all, chunk{i, j})
		}
		i = j
	}
	var out []stretch
	for i, c := range all {
		if i > 1 && i < len(all)-4 || len(all) == 1 {
			continue
		}
		if s := randomness(text[c.start:c.end]); s > 0 {
			out = append(out, stretch{c.start, c.end, s, reasonRandom})
		}
	}
	return out
}

// randomness is how likely what stands between two spaces was drawn by chance.
func randomness(s string) float64 {
	if n := utf8.RuneCountInString(s); n < 8 || n > 24 || address(s) {
		return 0
	}
	if isHan([]rune(s)[0]) {
		return randomHan(s)
	}
	changes, digits, upper, letters := 0, 0, 0, 0
	last := 0
	for i := 0; i < len(s); i++ {
		kind := 0
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			kind = 1
			letters++
		case c >= 'A' && c <= 'Z':
			kind = 2
			letters++
			upper++
		case c >= '0' && c <= '9':
			kind = 3
			digits++
		default:
			return 0
		}
		if i > 0 && kind != last {
			changes++
		}
		last = kind
	}
	if letters < 4 || known().words.leet(strings.ToLower(s)) || digits == 0 && camel(s) {
		return 0
	}
	word := strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, s))
	odd := -known().words.spelled(word) / float64(len(word)+1)
	switch {
	case changes >= 4 && odd > 2.6:
		return 0.95
	case changes >= 3 && (digits > 0 && odd > 2.8 || odd > 3.4):
		return 0.8
	case changes >= 2 && odd > 3.6, digits == 0 && upper == 0 && odd > 3.9:
		return 0.6
	}
	return 0
}

// camel says of letters whether most of them are words that begin with a capital letter each, as
// names in programs are.
func camel(s string) bool {
	in, from := 0, 0
	for i := 1; i <= len(s); i++ {
		if i < len(s) && (s[i] >= 'a' || s[i-1] < 'a') {
			continue
		}
		if _, ok := known().words.has(hashWord(strings.ToLower(s[from:i]))); ok && i-from > 2 {
			in += i - from
		}
		from = i
	}
	return in*2 > len(s)
}

// randomHan is randomness of Chinese characters: hardly any two make a word, and many are
// rare.
func randomHan(s string) float64 {
	h := known().han
	var rs []rune
	rare := 0
	for _, r := range s {
		if !isHan(r) {
			return 0
		}
		r = hanzi.Simplify(r)
		rs = append(rs, r)
		if p, ok := h.has(uint64(r)); !ok || p < meant {
			rare++
		}
	}
	single := 0
	for _, n := range h.cut(rs).size {
		if n == 1 {
			single++
		}
	}
	if rare*10 >= 3*len(rs) && single*10 >= 8*len(rs) {
		return 0.95
	}
	return 0
}

// truism finds sentences that are true of anything: X is X, and its like.
func truism(text string) (stretch, bool) {
	words := plainWords(text)
	for i := range words {
		n := truismAt(words[i:])
		if n == 0 {
			continue
		}
		if i > 0 && words[i-1].text == "and" {
			i--
			n++
		}
		after := words[i+n:]
		if i == 0 || words[i].text != "and" && truismAt(after) == 0 && len(after) > 0 {
			continue // a question about it is none
		}
		end := words[len(words)-1].end
		if len(words)-i-n > 24 {
			end = words[i+n-1].end
		}
		return stretch{words[i].start, end, 0.9, reasonTruism}, true
	}
	for _, t := range []string{"真的就是真的", "真就是真", "假的不是真的", "假不是真", "假就是假", "一等于一", "对的就是对的"} {
		if i := strings.Index(text, t); i > 0 {
			return stretch{i, len(text), 0.9, reasonTruism}, true
		}
	}
	return stretch{}, false
}

// truismAt says how many words such a sentence has that begins here.
func truismAt(w []token) int {
	truth := func(s string) bool { return s == "true" || s == "false" }
	switch {
	case len(w) >= 3 && truth(w[0].text) && w[1].text == "is" && w[2].text == w[0].text:
		return 3
	case len(w) >= 4 && truth(w[0].text) && w[1].text == "is" && w[2].text == "not" && truth(w[3].text) && w[3].text != w[0].text:
		return 4
	}
	return 0
}

// plainWords are the words of a text in lower case; a Chinese character is a word.
func plainWords(text string) []token {
	out := make([]token, 0, len(text)/5+1)
	start := -1
	flush := func(end int) {
		if start >= 0 {
			out = append(out, token{start: start, end: end, text: strings.ToLower(text[start:end])})
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case isHan(r):
			flush(i)
			out = append(out, token{start: i, end: i + utf8.RuneLen(r), text: text[i : i+utf8.RuneLen(r)]})
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// repeated finds a phrase of three words or more that stands three times in a row or more.
func repeated(text string) (stretch, bool) {
	words := plainWords(text)
	for period := 3; period <= 12; period++ {
		run := 0
		for i := period; i < len(words); i++ {
			if words[i].text != words[i-period].text {
				run = 0
				continue
			}
			if run++; run >= 2*period && varied(words[i-period+1:i+1]) {
				return stretch{words[i-run-period+1].start, words[i].end, 0.9, reasonRepeated}, true
			}
		}
	}
	return stretch{}, false
}

// varied says whether words are more than one word again and again, or numbers.
func varied(words []token) bool {
	letters := 0
	for _, w := range words[1:] {
		if r, _ := utf8.DecodeRuneInString(w.text); w.text != words[0].text && !unicode.IsDigit(r) {
			letters++
		}
	}
	return letters >= 2
}
