package rule

// Syllable is a number, below 512, of the usual syllable of a character without its tone: two
// characters that have the same one sound alike. It is 0 where none is known.
func Syllable(r rune) uint16 {
	if r < firstHan || r > lastHan {
		return 0
	}
	return sounds().main[r-firstHan]
}

// Pinyin is the usual syllable of a character as it is written in Latin letters, without its
// tone, and empty where none is known.
func Pinyin(r rune) string { return sounds().syllables[Syllable(r)] }

// Parts are the characters that a character is written as when it is taken apart, and empty
// where none are known.
func Parts(r rune) string { return sounds().parts[r] }
