// Package lang tells Chinese from English by the letters of a text. It does not
// know any other language and never looks a word up.
package lang

import "unicode"

// The languages of the house.
const (
	English = "en"
	Chinese = "zh"
)

// Of says which language a text is to be answered in: Chinese where it has as many Han
// characters as other words or more, for a Chinese question often names English things.
func Of(text string) string {
	han, words, inWord := 0, 0, false
	for _, r := range text {
		isHan := unicode.Is(unicode.Han, r)
		letter := unicode.IsLetter(r) && !isHan
		if isHan {
			han++
		}
		if letter && !inWord {
			words++
		}
		inWord = letter
	}
	if han > 0 && han >= words {
		return Chinese
	}
	return English
}
