package reading

import (
	"unicode/utf8"
)

// MaxBytes of a text are read; what is longer is Truncated.
const MaxBytes = 16 << 20

// Fold folds a text and decodes nothing: the form that is cheap enough for every text.
//
// Folded is NFKC in lower case, with every run of bytes that are no UTF-8 as one U+FFFD,
// without what is invisible, without accents and combining marks where the letter is Latin,
// with traditional characters simplified, radicals as characters, digits of all scripts as
// ASCII, quotation marks and dashes in their plain form, letters that only look like
// Latin ones as Latin ones, runs of white space as one space, and at most two line ends in
// a row as \n. Text of another alphabet stays in it.
func Fold(raw string) *Text { return fold(raw, false) }

// fold folds; with keep the letters keep their case.
func fold(raw string, keep bool) *Text {
	t := &Text{Raw: raw}
	if len(raw) > MaxBytes {
		raw, t.Truncated = raw[:runeStart(raw, MaxBytes)], true
	}
	n := plainPrefix(raw, keep)
	if n == len(raw) {
		t.Folded = raw
		return t
	}
	build()
	f := folder{t: t, raw: raw, keep: keep, space: -1, out: make([]byte, n, len(raw)+len(raw)/16+16)}
	copy(f.out, raw[:n])
	f.run(n)
	t.Folded = string(f.out)
	return t
}

// A folder is the state of one fold.
type folder struct {
	t    *Text
	raw  string
	keep bool
	out  []byte

	delta   int  // how far raw was ahead at the last step
	space   int  // where the white space that is not written yet began; -1 for none
	lines   int  // line ends in it
	hidden  int  // invisible characters in a row
	invalid bool // the last character written stands for bytes that are no UTF-8
	marks   int  // combining marks in a row

	word    int  // end of the last word that was looked at because of a foreign letter
	latin   bool // whether its letters are read as Latin ones
	alone   bool // whether it has one letter
	foreign foreign
}

const (
	asciiPlain = iota
	asciiUpper
	asciiSpace
	asciiLine
	asciiDrop
)

// ascii says what is done with each ASCII character.
var ascii = func() (t [128]uint8) {
	for c := range 32 {
		t[c] = asciiDrop
	}
	t[127] = asciiDrop
	t[' '], t['\t'], t['\v'], t['\f'] = asciiSpace, asciiSpace, asciiSpace, asciiSpace
	t['\n'], t['\r'] = asciiLine, asciiLine
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = asciiUpper
	}
	return t
}()

// plainPrefix returns how much of a text is folded as it stands.
func plainPrefix(s string, keep bool) int {
	white := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return back(i, white)
		}
		switch ascii[c] {
		case asciiPlain:
			white = false
		case asciiUpper:
			if !keep {
				return back(i, white)
			}
			white = false
		default:
			if white || (c != ' ' && c != '\n') {
				return back(i, white)
			}
			white = true
		}
	}
	return len(s)
}

// back leaves white space at the end of a prefix to the folder.
func back(i int, white bool) int {
	if white {
		return i - 1
	}
	return i
}

func (f *folder) run(i int) {
	for i < len(f.raw) {
		c := f.raw[i]
		if c >= utf8.RuneSelf {
			i += f.char(i)
			continue
		}
		switch ascii[c] {
		case asciiPlain, asciiUpper:
			i = f.plain(i)
		case asciiSpace, asciiLine:
			f.white(i, c == '\n' || c == '\r' && (i+1 == len(f.raw) || f.raw[i+1] != '\n'))
			i++
		default:
			f.t.Signs.Invisible++
			i++
			f.step(i)
		}
	}
	f.flush(len(f.raw))
}

// plain writes a run of ASCII letters, digits and signs, with single spaces between them.
func (f *folder) plain(i int) int {
	f.letter(i)
	start := i
	for i < len(f.raw) {
		c := f.raw[i]
		if c >= utf8.RuneSelf {
			break
		}
		k := ascii[c]
		if k > asciiUpper && !(c == ' ' && i+1 < len(f.raw) && f.raw[i+1] < utf8.RuneSelf && ascii[f.raw[i+1]] <= asciiUpper) {
			break
		}
		i++
	}
	n := len(f.out)
	f.out = append(f.out, f.raw[start:i]...)
	if !f.keep {
		for j, c := range f.out[n:] {
			if c-'A' < 26 {
				f.out[n+j] = c + 'a' - 'A'
			}
		}
	}
	return i
}

// white takes one character of white space.
func (f *folder) white(i int, line bool) {
	f.hidden, f.marks = 0, 0
	if f.space < 0 {
		f.space, f.lines = i, 0
	}
	if line {
		f.lines++
	}
	if f.keep {
		f.step(i)
		f.out = append(f.out, " \n"[min(f.lines, 1)])
		f.space = -1
	}
}

// flush writes the white space that was taken and is followed by what stands at byte i.
func (f *folder) flush(i int) {
	if f.space < 0 {
		return
	}
	f.step(f.space)
	switch {
	case f.lines == 0:
		f.out = append(f.out, ' ')
	case f.lines == 1:
		f.out = append(f.out, '\n')
	default:
		f.out = append(f.out, '\n', '\n')
	}
	f.space, f.invalid = -1, false
	f.step(i)
}

// step notes that what is written next comes from byte i.
func (f *folder) step(i int) {
	at := len(f.out)
	if i-at == f.delta {
		return
	}
	f.delta = i - at
	for n := len(f.t.steps); n > 0 && int(f.t.steps[n-1].folded) > at; n-- {
		f.t.steps = f.t.steps[:n-1] // two characters became a shorter one
	}
	if n := len(f.t.steps); n > 0 && int(f.t.steps[n-1].folded) == at {
		f.t.steps[n-1].raw = int32(i)
		return
	}
	f.t.steps = append(f.t.steps, step{int32(at), int32(i)})
}

// char takes the character at byte i, which is not ASCII, and returns its length.
func (f *folder) char(i int) int {
	r, n := utf8.DecodeRuneInString(f.raw[i:])
	if r == utf8.RuneError && n == 1 {
		f.flush(i)
		f.t.Signs.Invalid++
		if !f.invalid {
			f.out = append(f.out, "\uFFFD"...)
		}
		f.invalid = true
		f.step(i + 1)
		return 1
	}
	kind, to := look(r)
	switch kind {
	case spaceKind, lineKind:
		f.white(i, kind == lineKind)
		return n
	case selfKind:
		f.letter(i)
		f.out = append(f.out, f.raw[i:i+n]...)
		return n
	case oneKind:
		f.letter(i)
		f.out = utf8.AppendRune(f.out, f.cased(r, to))
	default:
		f.special(r, i, n, kind, to)
	}
	f.step(i + n)
	return n
}

// letter is what comes before anything visible is written.
func (f *folder) letter(i int) {
	if f.space >= 0 {
		f.flush(i)
	}
	f.invalid, f.hidden, f.marks = false, 0, 0
}

// special takes the kinds that are rare.
func (f *folder) special(r rune, i, n int, kind kind, to rune) {
	switch kind {
	case manyKind:
		f.letter(i)
		f.out = append(f.out, expansions[to]...)
	case looksKind:
		f.letter(i)
		if isRegional(r) && isFlag(f.raw, i) {
			f.out = append(f.out, f.raw[i:i+n]...)
			return
		}
		f.t.Signs.Confusable++
		f.out = utf8.AppendRune(f.out, f.cased(r, to))
	case foreignKind:
		f.letter(i)
		f.foreignLetter(r, i, to)
	case hiddenKind:
		f.hide(r, i)
	case bidiKind:
		f.t.Signs.Bidi++
	case markKind, scriptMarkKind, joinKind:
		f.flush(i)
		f.mark(r, kind)
	}
}
