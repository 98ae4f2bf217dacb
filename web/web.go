// Package web renders the console: it turns typed page views into HTML on the
// server, and holds the one style sheet and the one script that go with them.
//
// It asks nobody anything: no store, no corpus, no network. A page is a function of its
// view, and works without a script; the script adds streaming, lighting and keys.
// Whatever a view carries comes from documents, models and people, so all of it is
// escaped by html/template; no value of a view may ever be template.HTML.
package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"sync"
	"time"
)

// ContentSecurityPolicy is the policy every page is served under. Nothing runs or
// styles from inside a page, so an escaped fault cannot become a script.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed pages/*.html
var pageFiles embed.FS

// A Renderer writes pages. It is safe for concurrent use.
type Renderer struct {
	sets map[Lang]func() (*template.Template, error)
}

// New makes a renderer. The templates are parsed with the first page in a language: they are half of all that lives in a
// house that is asked by programs alone.
func New() *Renderer {
	r := &Renderer{sets: map[Lang]func() (*template.Template, error){}}
	for _, lang := range Langs {
		r.sets[lang] = sync.OnceValues(func() (*template.Template, error) { return parsed(lang) })
	}
	return r
}

// parsed are the templates in a language.
func parsed(lang Lang) (*template.Template, error) {
	return template.New("").Funcs(functions(lang, time.Now)).Funcs(guardFunctions(lang)).Funcs(liveFunctions()).Funcs(learningFunctions()).Funcs(judgingFunctions()).Funcs(learnedFunctions(lang)).ParseFS(pageFiles, "pages/*.html")
}

// execute writes what a template makes of something.
func (r *Renderer) execute(w io.Writer, lang Lang, name string, of any) error {
	set, err := r.sets[lang]()
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	if err := set.ExecuteTemplate(w, name, of); err != nil {
		return fmt.Errorf("web: %s: %w", name, err)
	}
	return nil
}

// Ask writes the page where questions are asked and answers are read.
func (r *Renderer) Ask(w io.Writer, p AskPage) error {
	title := must(lang(p.Frame), "ask.title")
	switch {
	case p.Conversation != nil:
		title = p.Conversation.Title
	case len(p.Turns) > 0:
		title = p.Turns[0].Question
	}
	return r.page(w, "ask", layout{p.Frame, "ask", title, p})
}

// Conversations writes the list of conversations.
func (r *Renderer) Conversations(w io.Writer, p ConversationsPage) error {
	return r.page(w, "conversations", layout{p.Frame, "ask", must(lang(p.Frame), "recent"), p})
}

// Memories writes what somebody asked to be remembered.
func (r *Renderer) Memories(w io.Writer, p MemoriesPage) error {
	return r.page(w, "memories", layout{p.Frame, "ask", must(lang(p.Frame), "memories"), p})
}

// Library writes the list of corpora.
func (r *Renderer) Library(w io.Writer, p LibraryPage) error {
	return r.page(w, "library", layout{p.Frame, "library", must(lang(p.Frame), "library"), p})
}

// Corpus writes the documents of one corpus.
func (r *Renderer) Corpus(w io.Writer, p CorpusPage) error {
	return r.page(w, "corpus", layout{p.Frame, "library", p.Name, p})
}

// Document writes one document as it was extracted.
func (r *Renderer) Document(w io.Writer, p DocumentPage) error {
	return r.page(w, "document", layout{p.Frame, "library", p.Document.Title, p})
}

// Traces writes the list of recorded answers.
func (r *Renderer) Traces(w io.Writer, p TracesPage) error {
	return r.page(w, "traces", layout{p.Frame, "records", must(lang(p.Frame), "records"), p})
}

// Trace writes what happened for one answer.
func (r *Renderer) Trace(w io.Writer, p TracePage) error {
	return r.page(w, "trace", layout{p.Frame, "records", p.Turn.Question, p})
}

// Error writes a page that says what went wrong and what to do.
func (r *Renderer) Error(w io.Writer, p ErrorPage) error {
	return r.page(w, "error", layout{p.Frame, "", titleOf(p), p})
}

// titleOf is the message of a problem in the language of its page.
func titleOf(p ErrorPage) string {
	if s := tell(lang(p.Frame), p.Problem.Message); s != nil {
		return s.Text
	}
	return must(lang(p.Frame), "error.title")
}

// A layout is what the templates see: the frame, the place in the rail, the title of
// the window, and the view of the page.
type layout struct {
	Frame
	Place string
	Title string
	View  any
}

func lang(f Frame) Lang {
	if l, ok := ParseLang(string(f.Lang)); ok {
		return l
	}
	return English
}

// page renders into memory first: a fault in the middle must not leave half a page.
func (r *Renderer) page(w io.Writer, name string, l layout) error {
	var b bytes.Buffer
	if err := r.execute(&b, lang(l.Frame), name+".html", l); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
