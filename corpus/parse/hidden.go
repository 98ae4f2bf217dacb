package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why says for which reason a reader does not see a text that stands in the file.
type Why string

// The reasons. Those of the first group hide what would be text; those of the second are
// parts of a file that a page does not show; those of the third describe it.
const (
	NotShown   Why = "not shown"         // display:none, w:vanish, a number format that shows nothing
	Invisible  Why = "invisible"         // visibility, opacity, text that is drawn without ink
	Tiny       Why = "tiny"              // letters of at most 1.5 points
	Camouflage Why = "background colour" // letters in the colour of what is behind them
	OffPage    Why = "off the page"      // outside of what is shown
	Clipped    Why = "clipped"           // in a box without width or height, or cut away
	HiddenPart Why = "hidden cells"
	Unseen     Why = "invisible characters" // letters of Unicode that have no shape

	Comment    Why = "comment"
	Annotation Why = "annotation"
	LinkTitle  Why = "title of a link"

	AltText  Why = "alt text"
	Property Why = "property" // title, subject, keywords, description
	Data     Why = "data of the page"
)

// Disguises says whether this is a way to keep text from readers, rather than a part of a
// file that is made for programs.
func (w Why) Disguises() bool {
	switch w {
	case NotShown, Invisible, Tiny, Camouflage, OffPage, Clipped, HiddenPart, Unseen:
		return true
	}
	return false
}

// A Hidden is text that the file holds beside its extracted text: a machine would read it, and
// a reader of the document does not see it.
type Hidden struct {
	Text  string `json:"text"` // white space joined; clipped
	Why   Why    `json:"why"`
	Page  int    `json:"page,omitempty"`  // from 1; 0 where the format has no pages
	Where string `json:"where,omitempty"` // the heading above, the cell "Sheet!B7", the property's name
}

// What is kept of hidden text. More of it is counted as removed only.
const (
	maxHidden      = 400       // places
	maxHiddenText  = 256 << 10 // bytes of all
	maxHiddenPiece = 8 << 10   // bytes of one
)

// hiding collects hidden text. What hides from readers is taken before what is only beside
// the page: comments without number must not push out what somebody hid.
type hiding struct {
	all   []Hidden
	bytes [2]int // of what is beside the page, and of what disguises
	count [2]int
}

// hide keeps a text that a reader does not see, and counts it as removed. Text that goes on
// from the one before is joined to it.
func (b *builder) hide(why Why, where, s string) {
	b.drop(removedAs(why), strings.TrimSpace(s))
	b.beside(why, where, s)
}

// beside keeps a text that a reader does not see. It says nothing of what becomes of it in the
// extracted text.
func (b *builder) beside(why Why, where, s string) {
	h := &b.unseen
	s = strings.Join(strings.Fields(clean(s[:cutAt(s, maxHiddenPiece)], map[string]int{})), " ")
	if !worded(s) {
		return
	}
	class := 0
	if why.Disguises() {
		class = 1
	}
	if h.count[class] >= maxHidden/2 || h.bytes[class]+len(s) > maxHiddenText/2 {
		b.drop("hidden, not kept", s)
		return
	}
	h.bytes[class] += len(s)
	if n := len(h.all); n > 0 {
		last := &h.all[n-1]
		if last.Why == why && last.Page == b.page && last.Where == where && joined(why) && len(last.Text)+len(s) < maxHiddenPiece {
			last.Text += " " + s
			return
		}
	}
	h.count[class]++
	h.all = append(h.all, Hidden{Text: s, Why: why, Page: b.page, Where: where})
}

// joined says whether one text of this kind goes on in the next: a comment does not, what is
// hidden stands in many small pieces.
func joined(why Why) bool { return why.Disguises() }

// worded says whether there is a word in it.
func worded(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			if n++; n > 2 || r >= 0x2e80 {
				return true
			}
		}
	}
	return false
}

// removedAs is under which reason text is counted that is not taken in.
func removedAs(why Why) string {
	if why.Disguises() {
		return "hidden"
	}
	return string(why)
}

// cutAt is the longest prefix of at most n bytes that ends with a character.
func cutAt(s string, n int) int {
	if len(s) <= n {
		return len(s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// above is the heading that text stands below.
func (b *builder) above() string {
	if len(b.path) == 0 {
		return ""
	}
	s := b.path[len(b.path)-1]
	return s[:cutAt(s, 120)]
}

// tagged gives what is written in the letters of Unicode that tag others, U+E0000 to U+E007F, and
// have no shape. Flags are written in a few of them.
func tagged(s string) (runs []string) {
	const prefix, flag = "\xf3\xa0", 8 // of their bytes; letters
	for {
		i := strings.Index(s, prefix)
		if i < 0 || len(runs) == maxHidden {
			return runs
		}
		s = s[i:]
		n := 0
		var run []byte
		for _, r := range s {
			if r < 0xe0000 || r > 0xe007f {
				break
			}
			run = append(run, byte(r-0xe0000))
			n += utf8.RuneLen(r)
		}
		if len(run) > flag {
			runs = append(runs, strings.Trim(string(run), "\x00\x7f"))
		}
		s = s[max(n, len(prefix)):]
	}
}

func (b *builder) tags(runs []string) {
	for _, s := range runs {
		b.beside(Unseen, b.above(), s)
	}
}
