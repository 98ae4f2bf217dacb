package reading

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wenyuan/internal/hanzi"
)

// A kind says what is done with a character.
type kind uint8

const (
	selfKind       kind = iota // written as it is
	oneKind                    // another character
	manyKind                   // several characters
	looksKind                  // looks like a Latin letter wherever it stands
	foreignKind                // a letter of another alphabet that may look like a Latin one
	spaceKind                  // white space
	lineKind                   // the end of a line
	hiddenKind                 // shows nothing
	bidiKind                   // turns the direction of writing
	markKind                   // a combining mark of any letter
	scriptMarkKind             // a mark that its script needs
	joinKind                   // becomes one with the character before it, or stays
)

//go:embed looks.txt
var looksText string

//go:embed radicals.txt
var radicalsText string

// The table covers the characters below tableEnd; what lies above is ideographs, which are
// written as they are or looked up, and what shows nothing.
const tableEnd = 0x20000

var (
	table      [tableEnd]uint32 // kind in the highest byte, the character or the place in expansions below
	expansions []string
	looks      = map[rune]rune{} // letters of other alphabets that look like Latin ones
	build      = sync.OnceFunc(buildTable)
)

// look returns what is done with a character that is not ASCII.
func look(r rune) (kind, rune) {
	if r < tableEnd {
		e := table[r]
		return kind(e >> 24), rune(e & 0xFFFFFF)
	}
	switch {
	case isTag(r) || isSelector(r):
		return hiddenKind, 0
	case r >= 0x2F800 && r <= 0x2FA1F: // compatibility ideographs
		c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
		return oneKind, hanzi.Simplify(c)
	}
	return selfKind, 0
}

func isTag(r rune) bool { return r >= 0xE0000 && r <= 0xE007F }

func isSelector(r rune) bool { return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF }

// blocks are the parts of the table that hold something else than characters written as
// they are. The characters of Chinese are filled from hanzi, those of Korean stay.
var blocks = [][2]rune{
	{0x80, 0x3400}, {0xA000, 0xAC00}, {0xD7B0, 0xD800}, {0xF900, 0x10000},
	{0x10000, 0x12000}, {0x16800, 0x17000}, {0x1B000, 0x1B180}, {0x1D000, 0x1E200}, {0x1E900, 0x1EF00}, {0x1F000, 0x1FC00},
}

// buildTable takes about two milliseconds, once, with the first text that is not ASCII.
func buildTable() {
	latin := latinLooks()
	for _, b := range blocks {
		for r := b[0]; r < b[1]; r++ {
			set(r, latin[r])
		}
	}
	for r := rune(0x3400); r < 0xA000; r++ {
		if s := hanzi.Simplify(r); s != r {
			table[r] = entry(oneKind, s)
		}
	}
	for pair := range strings.FieldsSeq(withoutRemarks(radicalsText)) {
		c := []rune(pair)
		table[c[0]] = entry(oneKind, hanzi.Simplify(c[1]))
	}
	for r, s := range signs {
		table[r] = entry(oneKind, s)
	}
	settle()
}

// settle makes folding twice the same as folding once: what a character becomes is what
// that becomes in its turn.
func settle() {
	for _, b := range blocks {
		for r := b[0]; r < b[1]; r++ {
			switch k, to := look(r); k {
			case oneKind, looksKind:
				table[r] = entry(k, final(to))
			case manyKind:
				expansions[to] = strings.Map(finalPart, expansions[to])
			case foreignKind:
				if end := final(to); end != to {
					table[r] = entry(oneKind, end)
				}
			}
		}
	}
}

// finalPart is final for a part of an expansion, which has no word around it.
func finalPart(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	if k, _ := look(r); k == markKind {
		return -1
	}
	if l := looks[r]; l != 0 {
		return l
	}
	return final(r)
}

func final(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	if k, to := look(r); (k == oneKind || k == looksKind) && to != r {
		return final(to)
	}
	return r
}

// signs are quotation marks and dashes in their plain form.
var signs = func() map[rune]rune {
	m := map[rune]rune{}
	for plain, likes := range map[rune]string{'\'': "‘’‚‛′ʼ`´ʹ＇", '"': "“”„‟″〝〞〟", '-': "‐‑‒–—―−⁃﹘", '~': "〜∼", '<': "‹〈", '>': "›〉"} {
		for _, r := range likes {
			if r >= utf8.RuneSelf {
				m[r] = plain
			}
		}
	}
	return m
}()

func entry(k kind, to rune) uint32 { return uint32(k)<<24 | uint32(to) }

func withoutRemarks(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line[0] != '#' {
			b.WriteString(line)
		}
	}
	return b.String()
}

// latinLooks reads the table of likenesses. What is a letter of another alphabet goes to
// looks.
func latinLooks() map[rune]rune {
	always := map[rune]rune{}
	for line := range strings.Lines(withoutRemarks(looksText)) {
		letter, likes, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range likes {
			if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
				looks[r] = rune(letter[0])
			} else {
				always[r] = rune(letter[0])
			}
		}
	}
	return always
}

// set fills the place of one character.
func set(r, latin rune) {
	switch {
	case r == 0x85 || r == 0x2028 || r == 0x2029:
		table[r] = entry(lineKind, 0)
	case r == 0x2800 || unicode.IsSpace(r):
		table[r] = entry(spaceKind, 0)
	case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C:
		table[r] = entry(bidiKind, 0)
	case hidden(r):
		table[r] = entry(hiddenKind, 0)
	case r == 0x3099 || r == 0x309A || r >= 0x1160 && r < 0x1200:
		table[r] = entry(joinKind, 0)
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
		table[r] = entry(markOf(r), 0)
	case latin != 0:
		table[r] = entry(looksKind, latin)
	case unicode.IsDigit(r) && norm.NFKC.IsNormalString(string(r)):
		table[r] = entry(oneKind, '0'+digit(r))
	default:
		setLetter(r)
	}
}

// hidden says whether a character shows nothing.
func hidden(r rune) bool {
	switch r {
	case 0x20E3, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F, 0x3164, 0xFFA0, 0xFFFC:
		return true
	}
	return isSelector(r) || unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) || unicode.Is(unicode.Cc, r)
}

func markOf(r rune) kind {
	if unicode.Is(unicode.Inherited, r) && r != 0x64B && (r < 0x64C || r > 0x655) {
		return markKind
	}
	if r >= 0x483 && r <= 0x489 { // Cyrillic signs for thousands, drawn over any letter
		return markKind
	}
	return scriptMarkKind
}

// digit is the value of a decimal digit: Unicode keeps each script's ten in a row.
func digit(r rune) rune {
	n := rune(0)
	for n < 9 && unicode.IsDigit(r-n-1) && (r-n-1)>>8 == r>>8 {
		n++
	}
	return n % 10
}

// setLetter fills the place of what NFKC and lower case say.
func setLetter(r rune) {
	plain := lowered(norm.NFKC.String(string(r)))
	runes := []rune(plain)
	switch {
	case len(runes) == 0 || len(runes) > 6 || runes[0] == ' ':
	case len(runes) > 1:
		table[r] = entry(manyKind, rune(len(expansions)))
		expansions = append(expansions, plain)
	case unicode.Is(unicode.Latin, runes[0]):
		setPlain(r, withoutAccent(runes[0]))
	case isAlphabet(runes[0]):
		table[r] = entry(foreignKind, runes[0])
	default:
		setPlain(r, runes[0])
	}
}

func setPlain(r, to rune) {
	if to = hanzi.Simplify(to); to != r {
		table[r] = entry(oneKind, to)
	}
}

func lowered(s string) string { return strings.Map(unicode.ToLower, s) }

// withoutAccent is the letter of a Latin letter with accents, or the letter itself.
func withoutAccent(r rune) rune {
	if r == 'ǫ' {
		return 'q' // is written for the small capital, which Unicode lacks
	}
	if c, _ := utf8.DecodeRuneInString(norm.NFKD.String(string(r))); c < utf8.RuneSelf {
		return c
	}
	return r
}

// isAlphabet says whether a character is a letter of a script whose words may be taken for
// Latin ones: an alphabet, not ideographs, kana or Hangul.
func isAlphabet(r rune) bool {
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

// compose makes one character of two, or returns 0.
func compose(a, b rune) rune {
	s := norm.NFC.String(string([]rune{a, b}))
	if r, n := utf8.DecodeRuneInString(s); n == len(s) {
		return r
	}
	return 0
}
