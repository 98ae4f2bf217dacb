package parse

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// A startTag holds the attributes that are asked for.
type startTag struct {
	name, class, id, role, alt, label, start, rowspan, colspan string
	metaName, content, kind                                    string
	style, colour, ground, tip                                 string
	hidden, silent                                             bool // not displayed; not read out
}

func (t *startTag) set(key string, v []byte) {
	const longest = 1 << 12
	value := string(v[:min(len(v), longest)])
	switch key {
	case "name":
		t.metaName = value
	case "content":
		if t.content = value; len(v) > longest {
			t.content = Unread
		}
	case "class":
		t.class = value
	case "id":
		t.id = value
	case "role":
		t.role = value
	case "alt":
		t.alt = value
	case "label":
		t.label = value
	case "start":
		t.start = value
	case "rowspan":
		t.rowspan = value
	case "colspan":
		t.colspan = value
	case "hidden":
		t.hidden = true
	case "aria-hidden":
		t.silent = value == "true"
	case "style":
		t.style = value
	case "color":
		t.colour = value
	case "bgcolor":
		t.ground = value
	case "title":
		t.tip = value
	case "type":
		t.kind = value
	case "property":
		if t.metaName == "" {
			t.metaName = value
		}
	}
}

// unread says why an element is taken out, or "" when it stays.
func (w *htmlWalker) unread(t startTag) string {
	if why := dropped[t.name]; why != "" && (w.page || why != "navigation") {
		return why
	}
	if t.silent {
		return "hidden"
	}
	if !w.page || t.name == "body" || t.name == "html" || t.name == "main" || t.name == "article" {
		return ""
	}
	if (t.name == "header" || t.name == "footer" || t.name == "aside") && w.inMain == 0 {
		return "navigation"
	}
	if landmarks[t.role] || landmarks[t.id] {
		return "navigation"
	}
	for class := range strings.FieldsSeq(t.class) {
		if landmarks[class] {
			return "navigation"
		}
		if t.name == "sup" && (class == "reference" || class == "footnote-ref") {
			return "note marks" // "[1]" would read like a citation of ours
		}
	}
	return ""
}

// start opens an element.
func (w *htmlWalker) start(t startTag, selfClosing bool) {
	if t.name == "title" && !w.inside("svg") && w.page {
		w.title = true
		return
	}
	if t.name == "meta" && w.page {
		w.meta(&t)
	}
	if t.tip != "" && w.hidden == 0 {
		w.b.beside(LinkTitle, w.b.above(), t.tip)
	}
	seen, gone := w.sight().below(w.sheet.of(&t))
	if t.hidden {
		gone = NotShown
	}
	if w.hidden > 0 && w.stack[w.hidden-1].name == "head" && !ofHead[t.name] {
		w.end("head") // its end tag may be left out
	}
	if w.hidden == 0 {
		w.implied(t.name)
		w.open(t)
	}
	if selfClosing && !htmlElements[t.name] || void[t.name] {
		return
	}
	if len(w.stack) >= maxOpen {
		w.overflow++
		return
	}
	e := element{name: t.name, main: t.name == "main" || t.name == "article", seen: seen, why: seen.why()}
	if e.main {
		w.inMain++
	}
	w.stack = append(w.stack, e)
	if t.name == "script" && w.page {
		w.data = strings.EqualFold(t.kind, "application/ld+json")
	}
	if w.hidden == 0 {
		switch why := w.unread(t); {
		case gone != "" && dropped[t.name] == "":
			w.hidden, w.reason, w.why = len(w.stack), "hidden", gone
		case why != "":
			w.hidden, w.reason, w.why = len(w.stack), why, ""
		}
	}
}

// implied closes what the start of another element closes: an item by the next item, a
// cell by the next cell, a paragraph by a block.
func (w *htmlWalker) implied(name string) {
	switch name {
	case "li":
		w.closeWithin("li", "ul", "ol", "menu")
	case "dt", "dd":
		w.closeWithin("dt", "dl")
		w.closeWithin("dd", "dl")
	case "tr", "thead", "tbody", "tfoot":
		w.closeWithin("td", "table")
		w.closeWithin("th", "table")
		w.closeWithin("tr", "table")
	case "td", "th":
		w.closeWithin("td", "tr", "table")
		w.closeWithin("th", "tr", "table")
	}
	if blocks[name] {
		w.closeWithin("p", "td", "th", "li", "table", "div", "button")
	}
}

// closeWithin closes the element of this name if it is open below the nearest border.
func (w *htmlWalker) closeWithin(name string, borders ...string) {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch open := w.stack[i].name; {
		case open == name:
			w.closeTo(i)
			return
		case contains(borders, open):
			return
		}
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func (w *htmlWalker) inside(name string) bool {
	for _, e := range w.stack {
		if e.name == name {
			return true
		}
	}
	return false
}

// open does what the start of a visible element does.
func (w *htmlWalker) open(t startTag) {
	if blocks[t.name] || t.name == "br" {
		w.opened(t)
		return
	}
	switch t.name {
	case "img":
		w.picture(t)
	case "code":
		if w.pre > 0 && w.lang == "" {
			w.lang = languageClass(t.class)
		}
	case "tabitem": // MDX: the label is the heading of a tab
		w.flush()
		w.text(t.label)
		w.flush()
	default:
		if !w.page && !htmlElements[t.name] && !w.lineStart() {
			w.text("<" + t.name + ">") // a placeholder in a cell, not a tag
		}
	}
}

// lineStart says whether nothing of a paragraph was read yet.
func (w *htmlWalker) lineStart() bool { return strings.TrimSpace(w.buf.String()) == "" }

func (w *htmlWalker) opened(t startTag) {
	if t.name == "br" {
		w.buf.WriteByte('\n')
		w.space = false
		return
	}
	w.flush()
	switch t.name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.level = int(t.name[1] - '0')
	case "pre":
		w.pre++
		w.lang = languageClass(t.class)
	case "ul", "ol", "menu":
		l := &htmlList{ordered: t.name == "ol", number: 1}
		if n := atoi(t.start); n > 0 {
			l.number = n
		}
		w.lists = append(w.lists, l)
	case "li":
		w.item()
	case "figcaption":
		w.kind = Figure
	case "table":
		w.startTable()
	case "tr":
		w.startRow()
	case "td", "th":
		w.startCell(t)
	}
}

func (w *htmlWalker) item() {
	if len(w.lists) == 0 {
		w.lists = append(w.lists, &htmlList{})
	}
	l := w.lists[len(w.lists)-1]
	l.marker = "-"
	if l.ordered {
		l.marker = fmt.Sprintf("%d.", l.number)
		l.number++
	}
}

// picture lays a description down where the picture stands: in its line, or as a figure.
func (w *htmlWalker) picture(t startTag) {
	if w.mainOnly && w.inMain == 0 {
		return
	}
	alt := w.b.caption(t.alt)
	if alt == "" {
		return
	}
	if why := w.veil(); why != "" {
		w.b.hide(why, w.b.above(), alt)
		return
	}
	w.b.beside(AltText, w.b.above(), alt)
	if w.lineStart() && w.cell() == nil && len(w.lists) == 0 && w.level == 0 {
		w.b.add(Figure, alt)
		return
	}
	w.space = w.space || w.buf.Len() > 0
	w.word(alt)
	w.space = true
}

// end closes an element and what is open inside it. An end tag without a start is left out.
func (w *htmlWalker) end(name string) {
	if name == "title" && w.title {
		w.title = false
		return
	}
	if name == "script" {
		w.data = false
	}
	if w.overflow > 0 {
		w.overflow--
		return
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		if w.stack[i].name == name {
			w.closeTo(i)
			return
		}
		if w.stack[i].name == "table" && name != "table" && tableParts[name] == "" && !blocks[name] {
			return
		}
	}
}

// closeTo closes the elements from the top of the stack down to index i.
func (w *htmlWalker) closeTo(i int) {
	for len(w.stack) > i {
		top := w.stack[len(w.stack)-1]
		if w.hidden == 0 {
			w.closed(top.name)
		}
		if top.main {
			w.inMain--
		}
		w.stack = w.stack[:len(w.stack)-1]
		if w.hidden > len(w.stack) {
			w.hidden = 0
		}
	}
}

// closed does what the end of a visible element does.
func (w *htmlWalker) closed(name string) {
	if !blocks[name] {
		return
	}
	w.flush()
	switch name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.level = 0
	case "pre":
		w.pre--
		w.lang = ""
	case "ul", "ol", "menu":
		if len(w.lists) > 0 {
			w.lists = w.lists[:len(w.lists)-1]
		}
	case "figcaption":
		w.kind = Paragraph
	case "td", "th":
		w.endCell()
	case "tr":
		w.endRow()
	case "table":
		w.endTable()
	}
}

// languageClass finds the language in "language-go", "lang-go" or "highlight-source-go".
func languageClass(class string) string {
	for c := range strings.FieldsSeq(class) {
		for _, prefix := range []string{"language-", "lang-", "highlight-source-", "brush:"} {
			if lang, ok := strings.CutPrefix(c, prefix); ok {
				return lang
			}
		}
	}
	return ""
}

// attribute reads one attribute of a tag that stands in Markdown.
func attribute(tag, key string) string {
	z := html.NewTokenizer(strings.NewReader(tag))
	z.Next()
	_, more := z.TagName()
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		if string(k) == key {
			return string(v)
		}
	}
	return ""
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }
