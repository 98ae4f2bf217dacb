package analysis

// Stem brings a lower-case English word to its stem, in place, by the algorithm of
// M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980). Words of fewer
// than three letters and words with other than the letters a to z stay as they are.
func Stem(w []byte) []byte {
	if len(w) < 3 {
		return w
	}
	for _, c := range w {
		if c < 'a' || c > 'z' {
			return w
		}
	}
	w = plural(w)
	w = past(w)
	if ends(w, "y") && hasVowel(w[:len(w)-1]) {
		w[len(w)-1] = 'i'
	}
	w = replace(w, doubleSuffixes)
	w = replace(w, simpleSuffixes)
	w = strip(w)
	return tidy(w)
}

// A suffix rule: from becomes to where the stem before it has a measure above 0.
type suffix struct{ from, to string }

var doubleSuffixes = []suffix{ // step 2
	{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
	{"abli", "able"}, {"alli", "al"}, {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"},
	{"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}, {"alism", "al"}, {"iveness", "ive"},
	{"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"},
}

var simpleSuffixes = []suffix{ // step 3
	{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""},
}

var lastSuffixes = []string{ // step 4; the longest that fits decides
	"ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ion", "ism", "ate", "iti", "ous", "ive", "ize", "al", "er", "ic", "ou",
}

func ends(w []byte, s string) bool { return len(w) >= len(s) && string(w[len(w)-len(s):]) == s }

func isConsonant(w []byte, i int) bool {
	switch w[i] {
	case 'a', 'e', 'i', 'o', 'u':
		return false
	case 'y':
		return i == 0 || !isConsonant(w, i-1)
	}
	return true
}

// measure counts how often vowels are followed by consonants.
func measure(w []byte) int {
	m, vowel := 0, false
	for i := range w {
		c := isConsonant(w, i)
		if c && vowel {
			m++
		}
		vowel = !c
	}
	return m
}

func hasVowel(w []byte) bool {
	for i := range w {
		if !isConsonant(w, i) {
			return true
		}
	}
	return false
}

func endsDouble(w []byte) bool {
	n := len(w)
	return n >= 2 && w[n-1] == w[n-2] && isConsonant(w, n-1)
}

// endsShort: consonant, vowel, consonant other than w, x, y.
func endsShort(w []byte) bool {
	n := len(w)
	if n < 3 || !isConsonant(w, n-1) || isConsonant(w, n-2) || !isConsonant(w, n-3) {
		return false
	}
	return w[n-1] != 'w' && w[n-1] != 'x' && w[n-1] != 'y'
}

func plural(w []byte) []byte { // step 1a
	switch n := len(w); {
	case ends(w, "sses"), ends(w, "ies"):
		return w[:n-2]
	case ends(w, "s") && !ends(w, "ss"):
		return w[:n-1]
	}
	return w
}

func past(w []byte) []byte { // step 1b
	n := len(w)
	switch {
	case ends(w, "eed"):
		if measure(w[:n-3]) > 0 {
			return w[:n-1]
		}
		return w
	case ends(w, "ed") && hasVowel(w[:n-2]):
		w = w[:n-2]
	case ends(w, "ing") && hasVowel(w[:n-3]):
		w = w[:n-3]
	default:
		return w
	}
	switch {
	case ends(w, "at"), ends(w, "bl"), ends(w, "iz"):
		return append(w, 'e')
	case endsDouble(w) && !ends(w, "l") && !ends(w, "s") && !ends(w, "z"):
		return w[:len(w)-1]
	case measure(w) == 1 && endsShort(w):
		return append(w, 'e')
	}
	return w
}

func replace(w []byte, rules []suffix) []byte {
	for _, r := range rules {
		if ends(w, r.from) {
			if stem := w[:len(w)-len(r.from)]; measure(stem) > 0 {
				return append(stem, r.to...)
			}
			return w
		}
	}
	return w
}

func strip(w []byte) []byte { // step 4
	for _, s := range lastSuffixes {
		if !ends(w, s) {
			continue
		}
		stem := w[:len(w)-len(s)]
		if measure(stem) > 1 && (s != "ion" || ends(stem, "s") || ends(stem, "t")) {
			return stem
		}
		return w
	}
	return w
}

func tidy(w []byte) []byte { // step 5
	if ends(w, "e") {
		stem := w[:len(w)-1]
		if m := measure(stem); m > 1 || m == 1 && !endsShort(stem) {
			w = stem
		}
	}
	if ends(w, "ll") && measure(w) > 1 {
		w = w[:len(w)-1]
	}
	return w
}
