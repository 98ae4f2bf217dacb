package web

import (
	"strings"
	"unicode/utf8"

	"wenyuan"
	textlang "wenyuan/internal/lang"
	"wenyuan/internal/zh"
)

// A said is a sentence of the house as the page says it.
type said struct {
	Text string
	Tag  string // its language, as the lang attribute has it
}

// tell says a sentence of the house in the language of the page; nil where there is none.
// One that has no Chinese form stays as it is.
func tell(l Lang, english string) *said {
	if english == "" {
		return nil
	}
	if l == Chinese {
		if chinese, ok := zh.Sentence(english); ok {
			if last, _ := utf8.DecodeLastRuneInString(chinese); !strings.ContainsRune("。？！", last) {
				chinese += "。"
			}
			return &said{chinese, l.tag()}
		}
	}
	return &said{sentence(english), langOf(english)}
}

// who is a name as it is, or the reader where there is nobody else; nil where there is none.
func who(l Lang, name string) *said {
	if name == "" {
		return nil
	}
	if chinese, ok := zh.Sentence(name); ok && name == "you" && l == Chinese {
		return &said{chinese, l.tag()}
	}
	return &said{name, langOf(name)}
}

// without leaves out a name at the beginning that stands above the sentence already.
func (s *said) without(name string) *said {
	if s == nil {
		return nil
	}
	text, cut := strings.CutPrefix(s.Text, name)
	if cut && s.Tag == English.tag() {
		text = sentence(text)
	}
	return &said{text, s.Tag}
}

// langOf is the lang attribute of a text that came from elsewhere. Its beginning decides.
func langOf(s string) string {
	if r := []rune(s[:min(len(s), 4*longEnough)]); len(r) > longEnough {
		s = string(r[:longEnough])
	}
	return Lang(textlang.Of(s)).tag()
}

// longEnough is how many code points tell the language of a text.
const longEnough = 2000

// A bit is a run of a sentence in one face.
type bit struct {
	Text string
	Face string // "", "code" or "bold"
	Off  bool   // these words stand against the evidence
}

// inline cuts a sentence at the two marks that models write inside a line, `code` and
// **bold**, and at the words that disagree. Spans count code points of the text as it came.
func inline(s wenyuan.Sentence) []bit {
	var out []bit
	face := ""
	runes := []rune(s.Text)
	for i := 0; i < len(runes); i++ {
		switch {
		case runes[i] == '`' && (face == "code" || closes(runes[i+1:], "`")):
			face = other(face, "code")
		case face != "code" && starts(runes[i:], "**") && (face == "bold" || closes(runes[i+2:], "**")):
			face = other(face, "bold")
			i++
		default:
			out = push(out, runes[i], face, within(s.Disagree, i))
		}
	}
	return out
}

func push(out []bit, r rune, face string, off bool) []bit {
	if n := len(out); n > 0 && out[n-1].Face == face && out[n-1].Off == off {
		out[n-1].Text += string(r)
		return out
	}
	return append(out, bit{string(r), face, off})
}

func other(face, to string) string {
	if face == to {
		return ""
	}
	return to
}

func starts(runes []rune, mark string) bool {
	for i, r := range mark {
		if i >= len(runes) || runes[i] != r {
			return false
		}
	}
	return true
}

// closes says that a mark comes again, and not at once. It stops at the first one, so that
// a sentence of nothing but marks costs no more than any other.
func closes(runes []rune, mark string) bool {
	for i := range runes {
		if starts(runes[i:], mark) {
			return i > 0
		}
	}
	return false
}

func within(spans []wenyuan.Span, i int) bool {
	for _, s := range spans {
		if s.Start <= i && i < s.End {
			return true
		}
	}
	return false
}

// A lit is a run of an original: plain, or the words of one or more marks.
type lit struct {
	Text string
	By   []int // sentences, from 1, that stand on these words; 0 where none is named
	Lead bool  // the first lit run of a document, which the address leads to
}

// A mark asks for a range of an original to be lit by a sentence.
type mark struct{ start, end, by int }

// light cuts a text, which begins at code point start of its revision, at the marks.
func light(text string, start int, marks []mark) []lit {
	runes := []rune(text)
	by := make([][]int, len(runes))
	for _, m := range marks {
		for i := max(m.start-start, 0); i < min(m.end-start, len(runes)); i++ {
			by[i] = append(by[i], m.by)
		}
	}
	var out []lit
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && equal(by[to], by[from]) {
			to++
		}
		out = append(out, lit{Text: string(runes[from:to]), By: by[from]})
		from = to
	}
	return out
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
