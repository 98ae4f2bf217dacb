package reading

import "strings"

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
