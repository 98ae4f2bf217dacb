package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The fewest letters, and the fewest Chinese characters, that stand apart and are joined.
const fewestLetters, fewestHan = 5, 4

// spaced joins letters that stand apart: i g n o r e, i.g.n.o.r.e, 忽·略·指·令.
func (r *reader) spaced() {
	s := r.text
	var found []part
	for i := 0; i < len(s); {
		single, size := apart(s, i)
		if single == none {
			i += size
			continue
		}
		end, joined, n := r.apartRun(i, single)
		if n >= fewestLetters || single == han && n >= fewestHan {
			r.t.Signs.Spaced += n
			found = append(found, part{i, end, withSpaces(joined)})
		}
		i = max(end, i+size)
	}
	r.replaced("spaced", found)
}

type letterKind int

const (
	none letterKind = iota
	latin
	han
)

// apart says whether a letter stands at byte i with none beside it, and how far to go on.
func apart(s string, i int) (letterKind, int) {
	c := s[i]
	if c < utf8.RuneSelf {
		if isLetter(c) && (i == 0 || !wordByte(s[i-1])) {
			if i+1 == len(s) || !wordByte(s[i+1]) {
				return latin, 1
			}
			n := 1
			for i+n < len(s) && isLetter(s[i+n]) {
				n++
			}
			return none, n
		}
		return none, 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	if !isHan(r) {
		return none, size
	}
	if n := hanRun(s[i:]); n > 2*len("令") || i+n == len(s) {
		return none, n
	}
	return han, size
}

// hanRun is the length of the Chinese characters that s begins with, and not more than
// three of them where it matters only whether they are few.
func hanRun(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isHan(r) {
			break
		}
		n += size
	}
	return n
}

func isHan(r rune) bool { return r >= 0x3400 && r < 0xA000 || r >= 0x20000 && r < 0x30000 }

// apartRun follows letters of one kind that stand apart from byte start on: single letters,
// or pieces of one or two Chinese characters. It returns where they end, the letters with a
// space where the gap is wider than before, and how many stand alone; 0 where pieces of two
// are more than those of one, as in a list of words.
func (r *reader) apartRun(start int, kind letterKind) (end int, joined string, n int) {
	s := r.text
	var b strings.Builder
	narrow, pairs, sign := 0, 0, byte(0)
	i := start
	for i < len(s) {
		size := 1
		if kind == han {
			size = hanRun(s[i:])
		}
		b.WriteString(s[i : i+size])
		if kind == han && size > len("令") {
			pairs++
		} else {
			n++
		}
		end = i + size
		gap := gapLen(s[end:])
		if kind == han && gap == 0 && end < len(s) && s[end] < utf8.RuneSelf && (sign == 0 || sign == s[end]) {
			gap, sign = 1, s[end] // a letter or digit between them, always the same
		}
		next := end + gap
		if gap == 0 || next >= len(s) || !sameKind(s, next, kind) {
			break
		}
		if narrow == 0 {
			narrow = gap
		}
		if kind == latin && gap > narrow {
			b.WriteByte(' ')
		}
		narrow = min(narrow, gap)
		i = next
	}
	if pairs > n {
		n = 0
	}
	return end, b.String(), n
}

// gapLen is the length of what stands between letters: at most four characters that are no
// letters and no digits.
func gapLen(s string) int {
	n := 0
	for count := 0; n < len(s) && count < 4; count++ {
		c, size := utf8.DecodeRuneInString(s[n:])
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			break
		}
		n += size
	}
	return n
}

func sameKind(s string, i int, kind letterKind) bool {
	if kind == han {
		n := hanRun(s[i:min(len(s), i+4*utf8.UTFMax)])
		return n > 0 && n <= 2*len("令")
	}
	return isLetter(s[i]) && (i+1 == len(s) || !wordByte(s[i+1]))
}

// withSpaces cuts joined letters into words where no gap says where they end.
func withSpaces(joined string) string {
	parts := strings.Split(strings.ToLower(joined), " ")
	for i, p := range parts {
		if len(p) > 8 && p[0] < utf8.RuneSelf && !words()[p] {
			if cut, unknown := split(p); unknown*8 <= len(p) || len(parts) == 1 {
				parts[i] = cut
			}
		}
	}
	return strings.Join(parts, " ")
}

// separated reads words that are written as one: with signs or capitals between them, or
// with nothing.
func (r *reader) separated() {
	s := r.text
	var found []part
	for i := 0; i < len(s); {
		if !isLetter(s[i]) {
			i++
			continue
		}
		start := i
		signs, inner := 0, 0
		for i < len(s) && (isLetter(s[i]) || i+1 < len(s) && strings.IndexByte("_-.+/|", s[i]) >= 0 && isLetter(s[i+1])) {
			if !isLetter(s[i]) {
				signs++
			} else if i > start && s[i] < 'a' && s[i-1] >= 'a' {
				inner++
			}
			i++
		}
		if n := i - start; n < 12 || n > longestRun || signs == 1 || signs == 0 && inner < 2 && n < 20 {
			continue
		}
		if r.inCode(start) || start > 0 && strings.IndexByte("/:@", s[start-1]) >= 0 {
			continue // an address, or a code
		}
		if word, ok := unjoin(s[start:i], signs); ok {
			found = append(found, part{start, i, word})
		}
	}
	r.replaced("joined", found)
}

// unjoin cuts a long word into at least three common ones.
func unjoin(s string, signs int) (string, bool) {
	lower := strings.ToLower(s)
	letters := strings.Map(func(c rune) rune {
		if isLetter(byte(c)) {
			return c
		}
		return -1
	}, lower)
	if signs > 0 {
		return joinedParts(lower)
	}
	cut, unknown := split(letters)
	return cut, strings.Count(cut, " ") >= 2 && unknown*8 <= len(letters)
}

// joinedParts reads words with signs between them: three with underscores, four with other
// signs, five with hyphens, which English has of its own.
func joinedParts(lower string) (string, bool) {
	parts := strings.FieldsFunc(lower, func(c rune) bool { return !isLetter(byte(c)) })
	known := 0
	for _, p := range parts {
		if words()[p] {
			known++
		}
	}
	fewest := 4
	switch {
	case strings.Contains(lower, "_"):
		fewest = 3
	case strings.Contains(lower, "-"):
		fewest = 5
	}
	return strings.Join(parts, " "), len(parts) >= fewest && known*3 >= len(parts)*2
}
