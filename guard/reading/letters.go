package reading

import "strings"

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
