package rule

// Syllable is a number, below 512, of the usual syllable of a character without its tone: two
// characters that have the same one sound alike. It is 0 where none is known.
func Syllable(r rune) uint16 {
	if r < firstHan || r > lastHan {
		return 0
	}
	return sounds().main[r-firstHan]
}
