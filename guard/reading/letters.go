package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// leetLetters are the letters that a digit or sign may stand for, the likeliest first.
var leetLetters = map[byte]string{'0': "o", '1': "il", '3': "e", '4': "a", '5': "s", '6': "gb", '7': "t", '8': "b", '9': "g",
	'@': "a", '$': "s", '!': "il", '|': "li", '+': "t", '(': "c"}

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

// leet reads digits and signs inside words as letters.
func (r *reader) leet() {
	s := r.text
	var b strings.Builder
	first, last, from := -1, 0, 0
	for i := 0; i < len(s); {
		if leetKind[s[i]] == 0 {
			i++
			continue
		}
		start := i
		for i < len(s) && leetKind[s[i]] != 0 {
			i++
		}
		word, ok := leetWord(s[start:i])
		if !ok || start > 0 && strings.IndexByte("/\\_=&%#:.", s[start-1]) >= 0 {
			continue
		}
		if first < 0 {
			first = start
			from, _ = r.region(start, i)
			b.WriteString(s[from:start])
		} else {
			b.WriteString(s[last:start])
		}
		b.WriteString(word)
		last = i
		r.t.Signs.Leet++
	}
	if first < 0 {
		return
	}
	_, end := r.region(first, last)
	b.WriteString(s[last:end])
	r.add("leet", b.String(), from, end)
}

// leetWord reads a word as leet when that makes it look more like English than its letters
// alone. Digits at an end only, as in mp3 and 4th, are no leet, and signs at an end belong
// to the sentence.
func leetWord(s string) (string, bool) {
	end := strings.TrimRight(s, "!|+($")
	if len(end) < 3 || len(end) > 32 {
		return "", false
	}
	tail := s[len(end):]
	lower := strings.ToLower(end)
	letters, leet, runs := 0, 0, 0
	for i := range len(lower) {
		if leetKind[lower[i]] == 1 {
			letters++
		} else {
			leet++
			if i == 0 || leetKind[lower[i-1]] == 1 {
				runs++
			}
		}
	}
	if leet == 0 || letters == 0 && len(lower) < 4 {
		return "", false
	}
	out := []byte(lower)
	for i, c := range out {
		if to := leetLetters[c]; to != "" {
			out[i] = bestLetter(out, i, to)
		}
	}
	inside := strings.Trim(lower, "0123456789@$!|+(")
	atEnd := len(inside) == letters && runs == 1 && (leet > 1 || letters < 4)
	hex := strings.Trim(lower, "0123456789abcdef") == ""
	score, n := likeness(string(out))
	if words()[string(out)] || letters > 0 && !atEnd && !hex && n >= 3 && score > n/2 {
		return string(out) + tail, true
	}
	return "", false
}

// bestLetter chooses what fits best between its neighbours.
func bestLetter(s []byte, i int, of string) byte {
	best, high := of[0], -100
	for j := range len(of) {
		around := []byte{'e', of[j], 'e'}
		score := 0
		if i > 0 && isLetter(s[i-1]) {
			around[0] = s[i-1]
			n, _ := likeness(string(around[:2]))
			score += n
		}
		if i+1 < len(s) {
			around[2] = s[i+1]
			if to := leetLetters[s[i+1]]; to != "" {
				around[2] = to[0]
			}
			n, _ := likeness(string(around[1:]))
			score += n
		}
		if score > high {
			best, high = of[j], score
		}
	}
	return best
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
