package check

// stem takes the common endings off an English word in lower case, so that store,
// stores, stored and storing are one. It need not give a word of the language.
func stem(w string) string {
	if w == "" || w[0] > 0x7f {
		return w
	}
	return string(stemBytes([]byte(w)))
}

// stemBytes does the work in place.
func stemBytes(w []byte) []byte {
	n := len(w)
	if n < 4 {
		return w
	}
	switch {
	case n > 4 && (ends(w, "ies") || ends(w, "ied")):
		w[n-3] = 'y'
		return w[:n-2]
	case ends(w, "sses"), ends(w, "shes"), ends(w, "ches"), ends(w, "xes"):
		return w[:n-2]
	case n > 5 && ends(w, "ing"):
		w = undouble(w[:n-3])
	case n > 4 && ends(w, "ed") && w[n-3] != 'e':
		w = undouble(w[:n-2])
	case w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i':
		w = w[:n-1]
	}
	if n = len(w); n > 3 && w[n-1] == 'e' {
		w = w[:n-1]
	}
	return w
}

func ends(w []byte, tail string) bool {
	return len(w) > len(tail) && string(w[len(w)-len(tail):]) == tail
}

// undouble turns the "stopp" of "stopped" into "stop", but leaves "fill" and "pass".
func undouble(w []byte) []byte {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !vowel(w[n-1]) && w[n-1] != 'l' && w[n-1] != 's' {
		return w[:n-1]
	}
	return w
}

func vowel(c byte) bool {
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'
}
