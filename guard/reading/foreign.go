package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foreign counts the letters of other alphabets in a text.
type foreign struct {
	counted     bool
	like, other int // letters that look like a Latin one, and those that do not
}

// A word is looked at for this many bytes to each side of its first foreign letter.
const wordBack, wordAhead = 64, 256

// loneLetters stand alone in English, or after an apostrophe.
const loneLetters = "aistu"

// foreignLetter writes a letter of another alphabet: as the Latin letter it looks like
// where its word is to be read as Latin, and otherwise as what it is.
func (f *folder) foreignLetter(r rune, i int, to rune) {
	if i >= f.word {
		f.readWord(i)
	}
	if l := looks[r]; l != 0 && f.latin && (!f.alone || strings.ContainsRune(loneLetters, l)) {
		if !f.alone { // a lone letter is often a symbol
			f.t.Signs.Confusable++
		}
		f.out = utf8.AppendRune(f.out, f.cased(r, l))
		return
	}
	f.out = utf8.AppendRune(f.out, f.cased(r, to))
}

// readWord decides for the word around byte i. A word that mixes scripts is Latin unless
// letters that look like nothing Latin are as many as the Latin ones; one in which every
// letter looks like a Latin one is Latin unless the text is written in that alphabet.
func (f *folder) readWord(i int) {
	start := i
	for start > 0 && i-start < wordBack {
		r, n := utf8.DecodeLastRuneInString(f.raw[:start])
		if !inWord(r) {
			break
		}
		start -= n
	}
	latin, like, other, letters := 0, 0, 0, 0
	for f.word = start; f.word < len(f.raw) && f.word-i < wordAhead; letters++ {
		r, n := utf8.DecodeRuneInString(f.raw[f.word:])
		if !inWord(r) {
			break
		}
		switch l, isLike := class(r); {
		case isLike:
			like++
		case l == foreignKind:
			other++
		case l == looksKind:
			latin++
		}
		f.word += n
	}
	f.word, f.alone = max(f.word, i+1), letters == 1
	f.latin = latin > 0 && like > 0 && other < max(latin, 1) || latin == 0 && other == 0 && like > 0 && !f.written()
	if latin > 0 && like+other > 0 && latin+like+other > 3 {
		f.t.Signs.Mixed++
	}
}

// inWord says whether a character may stand inside a word of letters.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '@' || r == '$'
	}
	switch k, to := look(r); k {
	case looksKind, foreignKind, hiddenKind, bidiKind, markKind:
		return r != utf8.RuneError
	case oneKind:
		return to < utf8.RuneSelf && unicode.IsLetter(to)
	}
	return false
}

// class says of a character of a word whether it is Latin (looksKind), of another alphabet
// (foreignKind) or neither, and whether it looks like a Latin letter though it is none.
func class(r rune) (kind, bool) {
	if r < utf8.RuneSelf {
		if unicode.IsLetter(r) {
			return looksKind, false
		}
		return selfKind, false
	}
	switch k, _ := look(r); k {
	case looksKind, oneKind:
		return looksKind, false
	case foreignKind:
		return foreignKind, looks[r] != 0
	}
	return selfKind, false
}

// written says whether the text is written in another alphabet: whether enough of its
// foreign letters look like nothing Latin. Of Russian and Greek a third do.
func (f *folder) written() bool {
	if !f.foreign.counted {
		f.foreign.counted = true
		for _, r := range f.raw {
			if r < 0x370 {
				continue
			}
			if k, like := class(r); like {
				f.foreign.like++
			} else if k == foreignKind {
				f.foreign.other++
			}
		}
	}
	return f.foreign.other*6 >= f.foreign.like
}

// cased gives a letter the case of the character it stands for, where case is kept.
func (f *folder) cased(r, to rune) rune {
	if !f.keep || to < utf8.RuneSelf && !isLetter(byte(to)) {
		return to
	}
	if c, n := utf8.DecodeRuneInString(norm.NFKC.String(string(r))); n == 1 || unicode.ToLower(c) == to {
		return c
	}
	if unicode.IsUpper(r) {
		return unicode.ToUpper(to)
	}
	return to
}
