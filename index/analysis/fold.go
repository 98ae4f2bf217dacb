package analysis

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"wenyuan/internal/hanzi"
)

// Fold brings letters, digits and signs of full width to half width, half-width kana to
// full width, compatibility ideographs to the ones they stand for, and traditional
// characters to simplified ones. A half-width sound mark becomes a combining one.
func Fold(r rune) rune {
	switch {
	case r < 0x3000:
		return r
	case r == 0x3000:
		return ' '
	case r >= 0xff01 && r <= 0xff5e:
		return r - 0xff01 + '!'
	case r >= 0x3400 && r <= 0x9fff:
		return hanzi.Simplify(r)
	case r >= 0xff5f && r <= 0xffee:
		if f := width.LookupRune(r).Folded(); f != 0 {
			return f
		}
	case r >= 0xf900 && r <= 0xfaff:
		if d := norm.NFC.PropertiesString(string(r)).Decomposition(); d != nil {
			s, _ := utf8.DecodeRune(d)
			return hanzi.Simplify(s)
		}
	}
	return r
}

// The combining sound marks of kana.
const voiced, halfVoiced = 0x3099, 0x309a

// compose joins a kana with the sound mark after it, as it is written otherwise; ok is
// false where they do not join.
func compose(kana, mark rune) (joined rune, ok bool) {
	if mark != voiced && mark != halfVoiced || kana < 0x3040 || kana > 0x30ff {
		return 0, false
	}
	s := norm.NFC.String(string([]rune{kana, mark}))
	joined, n := utf8.DecodeRuneInString(s)
	return joined, n == len(s)
}
