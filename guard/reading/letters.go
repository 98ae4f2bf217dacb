package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// leetLetters are the letters that a digit or sign may stand for, the likeliest first.
var leetLetters = map[byte]string{'0': "o", '1': "il", '3': "e", '4': "a", '5': "s", '6': "gb", '7': "t", '8': "b", '9': "g",
	'@': "a", '$': "s", '!': "il"}

// leetKind: 1 for letters, 2 for digits and signs that may stand for one.
var leetKind = func() (t [256]uint8) {
	for c := range t {
		if isLetter(byte(c)) {
			t[c] = 1
		} else if leetLetters[byte(c)] != "" {
			t[c] = 2
		}
	}
	return t
}()

// leet reads digits and signs inside words as letters. Where two words are written so
// beyond doubt, short ones and those that are less clear are read too.
func (r *reader) leet() {
	found := r.leetWords(false)
	if len(found) >= 2 {
		found = r.leetWords(true)
	}
	if len(found) == 0 {
		return
	}
	r.t.Signs.Leet += len(found)
	r.replaced("leet", found)
}

func (r *reader) leetWords(loose bool) []part {
	s := r.text
	var found []part
	for i := 0; i < len(s); {
		if leetKind[s[i]] == 0 {
			i++
			continue
		}
		start, signs := i, false
		for i < len(s) && leetKind[s[i]] != 0 {
			signs = signs || leetKind[s[i]] == 2
			i++
		}
		if !signs || i-start > 32 || r.inCode(start) || start > 0 && strings.IndexByte("/\\_=&%#:.", s[start-1]) >= 0 {
			continue
		}
		if p, ok := leetPart(s, start, i, loose); ok {
			found = append(found, p)
		}
	}
	return found
}

// leetPart reads a word without the signs at its end, which may belong to the sentence, or
// with them where they make it a common word.
func leetPart(s string, start, end int, loose bool) (part, bool) {
	lower := strings.ToLower(s[start:end])
	short := strings.TrimRight(lower, "!$")
	if word, ok := leetWord(short, loose); ok {
		return part{start, start + len(short), word}, true
	}
	if len(short) < len(lower) && len(short) > 1 {
		if word, known := bestWord([]byte(lower)); known {
			return part{start, end, word}, true
		}
	}
	return part{}, false
}

// leetWord reads a word as leet when it is a common word or looks enough like English.
// Digits at an end only, as in mp3 and 4th, are no leet unless they make a common word.
func leetWord(lower string, loose bool) (string, bool) {
	letters := 0
	for i := range len(lower) {
		if leetKind[lower[i]] == 1 {
			letters++
		}
	}
	leet := len(lower) - letters
	if leet == 0 || len(lower) < 2 || !loose && (len(lower) < 3 || letters == 0 && len(lower) < 4) {
		return "", false
	}
	out, known := bestWord([]byte(lower))
	if known {
		return out, true
	}
	atEnd := len(strings.TrimRight(lower, "0123456789@$!")) == letters || len(strings.TrimLeft(lower, "0123456789@$!")) == letters && (leet > 1 || letters < 4)
	hex := strings.Trim(lower, "0123456789abcdef") == ""
	score, n := likeness(out)
	return out, letters > 0 && !atEnd && !hex && n >= 3 && score > n/2
}

// mostReadings of a word are tried.
const mostReadings = 16

// bestWord reads a word in every way and returns a common word, or what looks most like
// English.
func bestWord(lower []byte) (word string, known bool) {
	readings := []string{""}
	for _, c := range lower {
		to := leetLetters[c]
		if to == "" {
			to = string(rune(c))
		} else if len(readings) >= mostReadings {
			to = to[:1]
		}
		next := make([]string, 0, len(readings)*len(to))
		for _, r := range readings {
			for i := range len(to) {
				next = append(next, r+to[i:i+1])
			}
		}
		readings = next
	}
	high := 0
	for i, r := range readings {
		if words()[r] {
			return r, true
		}
		if score, _ := likeness(r); i == 0 || score > high {
			word, high = r, score
		}
	}
	return word, false
}

// repeated reads letters that are written three times or more in a row as one.
func (r *reader) repeated() {
	s := r.text
	first, last := -1, 0
	for i := 2; i < len(s); i++ {
		if s[i] != s[i-1] || s[i] != s[i-2] || !isLetter(s[i]) {
			continue
		}
		start, end := wordAround(s, i)
		if different(s[start:end]) >= 3 && end-start < 64 {
			if first < 0 {
				first = start
			}
			last = end
		}
		i = end
	}
	if first < 0 {
		return
	}
	start, end := r.region(first, last)
	r.add("repeated", squeeze(s[start:end]), start, end)
}

func wordAround(s string, i int) (int, int) {
	start, end := i, i
	for start > 0 && isLetter(s[start-1]) && i-start < 64 {
		start--
	}
	for end < len(s) && isLetter(s[end]) {
		end++
	}
	return start, end
}

func different(s string) int {
	var seen uint32
	n := 0
	for i := range len(s) {
		if bit := uint32(1) << (s[i] & 31); seen&bit == 0 {
			seen |= bit
			n++
		}
	}
	return n
}

// squeeze writes rows of three and more of a letter as one, or as two where only that makes
// a common word.
func squeeze(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if !isLetter(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		start := i
		for i < len(s) && isLetter(s[i]) {
			i++
		}
		word := s[start:i]
		one, two := rows(word, 1), rows(word, 2)
		if !words()[strings.ToLower(one)] && words()[strings.ToLower(two)] {
			one = two
		}
		b.WriteString(one)
	}
	return b.String()
}

// rows writes rows of three and more of a letter as n.
func rows(s string, n int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && s[i] == s[start] {
			i++
		}
		if i-start >= 3 {
			b.WriteString(s[start : start+n])
		} else {
			b.WriteString(s[start:i])
		}
	}
	return b.String()
}

// markup reads words without the marks and inline tags that split them.
func (r *reader) markup() {
	s := r.text
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '~') < 0 && strings.IndexByte(s, '`') < 0 {
		return
	}
	first, last := -1, 0
	for i := 1; i < len(s); i++ {
		n := markLen(s[i:])
		if n == 0 {
			continue
		}
		if i+n < len(s) && joins(s, i, i+n) {
			if first < 0 {
				first = i
			}
			last = i + n
		}
		i += n - 1
	}
	if first < 0 {
		return
	}
	start, end := r.region(first, last)
	var b strings.Builder
	for i := start; i < end; {
		if n := markLen(s[i:end]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	r.add("markup", b.String(), start, end)
}

// joins says whether what stands between bytes i and j splits a word: Latin letters on
// both sides, or one Chinese character alone among such marks.
func joins(s string, i, j int) bool {
	if isLetter(s[i-1]) && isLetter(s[j]) {
		return true
	}
	a, size := utf8.DecodeLastRuneInString(s[:i])
	b, _ := utf8.DecodeRuneInString(s[j:])
	return unicode.Is(unicode.Han, a) && unicode.Is(unicode.Han, b) && i > size && strings.IndexByte("*~`>", s[i-size-1]) >= 0
}

// inlineTags stand inside words of a page.
var inlineTags = []string{"b", "i", "u", "s", "em", "strong", "span", "font", "a", "sub", "sup", "wbr", "mark", "small", "tt", "code", "ins", "del", "big"}

// markLen is the length of the mark or inline tag that s begins with, or 0.
func markLen(s string) int {
	switch s[0] {
	case '*', '~', '`':
		n := 1
		for n < len(s) && s[n] == s[0] {
			n++
		}
		return n
	case '<':
		return tagLen(s[:min(len(s), 256)])
	}
	return 0
}

func tagLen(s string) int {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, "-->"); end > 0 {
			return end + 3
		}
		return 0
	}
	end := strings.IndexByte(s, '>')
	if end < 2 {
		return 0
	}
	name := strings.ToLower(strings.TrimPrefix(s[1:end], "/"))
	if i := strings.IndexAny(name, " /\n"); i >= 0 {
		name = name[:i]
	}
	for _, tag := range inlineTags {
		if name == tag {
			return end + 1
		}
	}
	return 0
}
