package parse

import (
	"io"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// readHTML takes a page: its main content without navigation, scripts and styles.
func readHTML(f *file) (*Document, error) {
	head := make([]byte, min(f.size, 4096))
	if _, err := f.r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	t, err := f.decode(declaredCharset(head))
	if err != nil {
		return nil, err
	}
	b := newTextBuilder(f, "text/html", t)
	walkHTML(b, strings.NewReader(t.string), true)
	b.title = pageTitle(b.title, b.blocks, b.text.String())
	return b.document()
}

// pageTitle is the first heading when the page's title is that and the name of the site.
func pageTitle(title string, blocks []Block, text string) string {
	for i, block := range blocks {
		if i > 20 || block.Start > 4000 {
			break
		}
		if block.Kind == Heading && block.Level == 1 {
			head := []rune(text[:min(len(text), 20_000)])
			if h := string(head[block.Start:min(block.End, len(head))]); strings.Contains(title, h) {
				return h
			}
			break
		}
	}
	return title
}

var metaCharset = regexp.MustCompile(`(?i)<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)|<\?xml[^>]+encoding\s*=\s*["']([A-Za-z0-9_.-]+)`)

func declaredCharset(head []byte) string {
	if m := metaCharset.FindSubmatch(head); m != nil {
		return string(m[1]) + string(m[2])
	}
	return ""
}

// An htmlWalker turns tags into blocks as they come. No tree is kept, so memory does not grow
// with the page; where end tags are missing it closes what browsers close.
type htmlWalker struct {
	b    *builder
	page bool // a whole page, not a piece inside Markdown: navigation is taken out
	z    *html.Tokenizer

	stack    []element
	overflow int // open elements that were too deep for the stack
	mainOnly bool
	inMain   int // main elements that are open
	hidden   int // index of the element below which everything is taken out, plus one
	reason   string
	why      Why // that is, where it is hidden from readers
	sheet    styleSheet
	base     sight // of the page
	data     bool  // in a script that holds data of the page

	buf    strings.Builder // the paragraph being read
	space  bool            // space stands between buf and what comes
	pre    int             // pre elements that are open
	kind   Kind            // of the paragraph being read
	level  int             // of the heading being read
	lang   string          // of the code being read
	title  bool
	lists  []*htmlList
	tables []*htmlTable
}

type element struct {
	name string
	main bool
	seen sight
	why  Why // its text is not seen
}

type htmlList struct {
	ordered bool
	number  int
	marker  string // of the item that has no text yet
}

const maxOpen = 512 // as browsers do, what is nested deeper is taken as if it were not nested

// walkHTML lays the blocks of a page or of a fragment down. Where an element that hides what
// stands in it is still open at the end it gives the name of that, and why it hides.
func walkHTML(b *builder, r io.ReadSeeker, page bool) (tag string, why Why) {
	w := &htmlWalker{b: b, page: page, kind: Paragraph}
	if page {
		w.mainOnly = hasMain(r, &w.sheet)
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			b.fail(err)
			return "", ""
		}
	}
	w.base = sight{size: 16}
	if !w.sheet.foreign {
		w.base.ink, w.base.ground = colour{ok: true}, white
	}
	depth := b.depth
	w.z = html.NewTokenizer(r)
	w.z.SetMaxBuf(int(b.f.limits.Text))
	for n := 0; n&1023 != 0 || b.ok(); n++ {
		t := w.z.Next()
		if t == html.ErrorToken {
			break
		}
		w.token(t)
	}
	if err := w.z.Err(); err != nil && err != io.EOF {
		b.fail(err)
	}
	w.flush()
	for range w.tables {
		w.endTable()
	}
	b.depth = depth
	if w.hidden > 0 && w.why != "" {
		return w.stack[w.hidden-1].name, w.why
	}
	return "", ""
}

// hasMain says whether the page marks its main content, and with most of the text in it. It reads
// the style sheets of the page on the way.
func hasMain(r io.Reader, sheet *styleSheet) bool {
	z := html.NewTokenizer(r)
	depth, inside, all, raw, style := 0, 0, 0, false, false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return inside >= 200 || inside*4 > all
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			raw, style = dropped[string(name)] != "", string(name) == "style"
			if string(name) == "link" && more && linksSheet(z) {
				sheet.foreign = true
			}
			if string(name) == "main" || string(name) == "article" {
				depth++
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			raw, style = false, false
			if depth > 0 && (string(name) == "main" || string(name) == "article") {
				depth--
			}
		case html.TextToken:
			if style {
				sheet.read(string(z.Raw()))
			}
			if raw {
				continue
			}
			n := len(strings.TrimSpace(string(z.Raw())))
			all += n
			if depth > 0 {
				inside += n
			}
		}
	}
}

func (w *htmlWalker) token(t html.TokenType) {
	switch t {
	case html.TextToken:
		w.text(string(w.z.Text()))
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := w.z.TagName()
		tag := startTag{name: string(name)}
		for more {
			var k, v []byte
			k, v, more = w.z.TagAttr()
			tag.set(string(k), v)
		}
		w.start(tag, t == html.SelfClosingTagToken)
	case html.EndTagToken:
		name, _ := w.z.TagName()
		w.end(string(name))
	case html.CommentToken:
		s := string(w.z.Text())
		w.b.drop("markup", s)
		if !strings.HasPrefix(strings.TrimSpace(s), "[if") { // what old browsers read
			w.b.beside(Comment, w.b.above(), s)
		}
	}
}

// text takes words in. Outside pre, runs of space are one space, and a line end between
// Chinese letters is nothing.
func (w *htmlWalker) text(s string) {
	switch {
	case w.title:
		if w.b.title == "" {
			w.b.title = strings.TrimSpace(s)
		}
		return
	case w.data:
		w.b.beside(Data, "", strings.Join(jsonTexts(s), ". "))
		w.b.drop(w.reason, strings.TrimSpace(s))
		return
	case w.hidden > 0 && w.why != "":
		w.b.hide(w.why, w.b.above(), s)
		return
	case w.hidden > 0:
		w.b.drop(w.reason, strings.TrimSpace(s))
		return
	case w.veil() != "":
		w.b.hide(w.veil(), w.b.above(), s)
		return
	case w.mainOnly && w.inMain == 0:
		w.b.drop("outside the main content", strings.TrimSpace(s))
		return
	}
	if w.pre > 0 {
		w.buf.WriteString(s)
		return
	}
	at := 0
	for at < len(s) {
		word := strings.IndexFunc(s[at:], isHTMLSpace)
		if word < 0 {
			word = len(s) - at
		}
		if word > 0 {
			w.word(s[at : at+word])
			at += word
			continue
		}
		gap := strings.IndexFunc(s[at:], func(r rune) bool { return !isHTMLSpace(r) })
		if gap < 0 {
			gap = len(s) - at
		}
		w.gap(s[:at], s[at:at+gap], s[at+gap:])
		at += gap
	}
}

func isHTMLSpace(r rune) bool {
	return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' || r == 0xa0
}

func (w *htmlWalker) gap(before, space, after string) {
	if strings.Contains(space, "\n") && before != "" && after != "" && cjk(lastRune(before)) && cjk(firstRune(after)) {
		return
	}
	w.space = true
}

func (w *htmlWalker) word(s string) {
	if w.space && w.buf.Len() > 0 && !strings.HasSuffix(w.tailText(), "\n") {
		w.buf.WriteByte(' ')
	}
	w.space = false
	w.buf.WriteString(s)
}

func (w *htmlWalker) tailText() string {
	s := w.buf.String()
	return s[max(0, len(s)-1):]
}

// flush lays down the paragraph that was read so far.
func (w *htmlWalker) flush() {
	s := w.buf.String()
	w.buf.Reset()
	w.space = false
	if strings.TrimFunc(s, unicode.IsSpace) == "" {
		return
	}
	if t := w.cell(); t != nil {
		t.write(s)
		return
	}
	w.b.depth = max(0, len(w.lists)-1)
	switch {
	case w.pre > 0:
		w.b.code(w.lang, s)
	case w.level > 0:
		w.b.heading(w.level, s)
	case len(w.lists) > 0 && w.lists[len(w.lists)-1].marker != "":
		l := w.lists[len(w.lists)-1]
		w.b.item(l.marker, s)
		l.marker = ""
	default:
		w.b.add(w.kind, s)
	}
}
