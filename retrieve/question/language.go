package question

import (
	"strings"
	"unicode"
)

// joins are words that only join in English. Few other texts have them, so that they
// tell English from names and code.
var joins = set(`a an and are as at be been by can does for from has have how if in into is it its may must not of on
	or should so than that the their then there these they this to was were what when where which who why will with
	would you your`)

// Foreign says how far a text is written in another language than the question: 1 is
// another, 0.5 is Chinese for a question of Latin names alone, 0 is the same or none.
// What holds names and code alone is of no language.
func (q *Question) Foreign(text string) float64 {
	han, joining := census(text)
	switch {
	case q.Chinese && (han == 0 || joining > han):
		return 1
	case !q.Chinese && han > 4*joining:
		if q.English {
			return 1
		}
		return 0.5
	}
	return 0
}

// ForeignSentence is Foreign for a sentence inside a passage: one without a word that
// only joins is of no language, since it may be a name, a number or code.
func (q *Question) ForeignSentence(text string) float64 {
	if han, joining := census(text); han == 0 && joining < 2 {
		return 0
	}
	return q.Foreign(text)
}

// census counts the Chinese characters and the English words that only join.
func census(text string) (han, joining int) {
	word := func(r rune) bool { return r >= 0x80 || !unicode.IsLetter(r) && r != '\'' }
	for w := range strings.FieldsFuncSeq(text, word) {
		if len(w) < 8 && joins[strings.ToLower(w)] {
			joining++
		}
	}
	for _, r := range text {
		if r >= 0x2e80 && unicode.Is(unicode.Han, r) {
			han++
		}
	}
	return han, joining
}

// isChinese says whether the text has a Chinese character for every four other letters at least.
func isChinese(text string) bool {
	han, other := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			other++
		}
	}
	return han > 0 && han*4 >= other
}

// Least of what a sentence has.
const (
	proseWords = 4 // in English, with a word among them that only joins
	proseHan   = 6 // in Chinese
)

// Prose says whether a text is written in sentences, and not a name, a number, code or data.
func Prose(text string) bool {
	han, joining := census(text)
	return han >= proseHan || joining > 0 && len(strings.Fields(text)) >= proseWords
}
