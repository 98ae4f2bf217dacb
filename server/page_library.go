package server

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
	"wenyuan/web"
)

func libraryPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.library(w, r, http.StatusOK, "", nil)
}

func (s *Server) library(w http.ResponseWriter, r *request, status int, name string, bad *web.Problem) error {
	f, all, err := s.frame(r)
	if err != nil {
		return err
	}
	p := web.LibraryPage{Frame: f, Name: name, Problem: bad}
	for _, c := range all {
		p.Corpora = append(p.Corpora, web.Corpus{Name: c.Name, Ready: c.Ready, Failed: c.Failed, Skipped: c.Skipped, Passages: c.Passages, Manual: c.Name == manualCorpus, Closed: c.Closed})
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Library(b, p) })
}

// createForm makes a corpus and opens it; a name that cannot be is said under its field.
func createForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PostFormValue("name")
	c, err := s.Library.Create(r.Context(), r.scope, name)
	if wenyuan.CodeOf(err) == wenyuan.Invalid {
		said, status := explain(err, r.id)
		view := problemView(said)
		return s.library(w, r, status, name, &view)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/library/"+url.PathEscape(c.Name))
}

// pageSize is how many documents a page of the library lists.
const pageSize = 50

func corpusPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.corpus(w, r, http.StatusOK, nil)
}

func (s *Server) corpus(w http.ResponseWriter, r *request, status int, bad *web.Problem) error {
	p, err := s.corpusView(r)
	if err != nil {
		return err
	}
	p.Problem = bad
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Corpus(b, p) })
}

func (s *Server) corpusView(r *request) (web.CorpusPage, error) {
	f, all, err := s.frame(r)
	if err != nil {
		return web.CorpusPage{}, err
	}
	q := r.URL.Query()
	p := web.CorpusPage{Frame: f, Name: r.PathValue("corpus"), Query: q.Get("q"), Limit: pageSize, Removed: q.Get("removed") != ""}
	if state := q.Get("state"); state == corpus.Ready || state == corpus.Failed || state == corpus.Skipped {
		p.State = state
	}
	p.Offset = max(number(q.Get("offset")), 0)
	for _, c := range all {
		if c.Name == p.Name {
			p.Ready, p.Failed, p.Skipped, p.Passages = c.Ready, c.Failed, c.Skipped, c.Passages
			p.Closed, p.Declared, p.Notice = c.Closed, c.Declared, c.Notice
		}
	}
	list, total, err := s.Library.Documents(r.Context(), r.scope, p.Name, corpus.DocumentFilter{State: p.State, Query: p.Query, Offset: p.Offset, Limit: pageSize})
	for _, d := range list {
		p.Documents = append(p.Documents, documentView(r, d))
	}
	p.Total = total
	if err != nil {
		return p, err
	}
	if p.Held, err = s.held(r, q["held"]); err != nil {
		return p, err
	}
	return p, s.corpusReaders(r, &p)
}

// number reads a whole number from an address; what is none is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func documentView(r *request, d corpus.Document) web.Document {
	return web.Document{ID: d.ID, Source: d.Source, Title: d.Title, State: d.State, Reason: d.Reason, Hint: d.Hint,
		Revision: d.Revision, Type: d.Type, Size: d.Size, Chars: int(d.Chars), Pages: d.Pages, Passages: d.Passages, Updated: d.Updated,
		Held: d.File != "" && !r.scope.All(r.scope.Space())}
}

// uploadForm takes files from the page's own form and shows the corpus with what became of them.
func uploadForm() endpoint {
	e := page(func(s *Server, w http.ResponseWriter, r *request) error {
		form, err := r.MultipartReader()
		if err != nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the form holds no files", Hint: "choose files on the page of the corpus", Err: err}
		}
		in := &intake{s: s, r: r, corpus: r.PathValue("corpus"), out: addedDocuments{Documents: []addedDocument{}}}
		defer in.drop()
		if err := in.read(form); err != nil {
			return err
		}
		return seeOther(w, r, "/library/"+url.PathEscape(in.corpus))
	})
	e.takes = multipartForm
	return e
}

// closedForm closes a corpus or opens it.
func closedForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("corpus")
	if err := s.Library.SetClosed(r.Context(), r.scope, name, r.PostFormValue("closed") == "yes"); err != nil {
		return err
	}
	return seeOther(w, r, "/library/"+url.PathEscape(name))
}

// removeForm removes a document and shows the corpus without it.
func removeForm(s *Server, w http.ResponseWriter, r *request) error {
	gone, err := s.Library.Remove(r.Context(), r.scope, r.PathValue("document"))
	if err != nil {
		return err
	}
	q := url.Values{"removed": {"1"}}
	for _, v := range slices.Concat(gone.Learned.Sets, gone.Learned.Adapters) {
		if len(q["held"]) < mostHeld {
			q.Add("held", v.Kind+":"+v.Hash)
		}
	}
	return seeOther(w, r, "/library/"+url.PathEscape(r.PathValue("corpus"))+"?"+q.Encode())
}

// mostHeld is how many sets and adapters the page names that have learned from a document which was removed.
const mostHeld = 20

// held are the sets and adapters that the address names, as far as they are there: what learned from a document that
// was just removed.
func (s *Server) held(r *request, named []string) (all []web.Holder, err error) {
	if len(named) == 0 || !r.scope.May(scope.Edit) {
		return nil, nil
	}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		all = nil
		for _, name := range named[:min(len(named), mostHeld)] {
			kind, hash, _ := strings.Cut(name, ":")
			if kind != dataset.Kind && kind != dataset.Adapter {
				continue
			}
			v, err := version.Get(r.Context(), tx, r.scope.Space(), kind, hash, nil)
			if wenyuan.CodeOf(err) == wenyuan.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			all = append(all, web.Holder{Set: kind == dataset.Kind, Name: v.Name, Hash: v.Hash})
		}
		return nil
	})
	return all, err
}

const (
	usesShown   = 8   // answers that a document's page lists
	usesCounted = 30  // newest answers whose passages it counts: each is read whole
	usesListed  = 500 // answers it counts at all
)

func documentPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.document(w, r, http.StatusOK, nil)
}

func (s *Server) document(w http.ResponseWriter, r *request, status int, bad *web.Problem) error {
	d, err := s.Library.Document(r.Context(), r.scope, r.PathValue("document"))
	if err != nil {
		return err
	}
	if d.Corpus != r.PathValue("corpus") { // it was moved, or the address was made by hand
		return seeOther(w, r, "/library/"+url.PathEscape(d.Corpus)+"/"+url.PathEscape(d.ID)+"?"+r.URL.RawQuery)
	}
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := web.DocumentPage{Frame: f, Corpus: d.Corpus, Document: documentView(r, d), Part: number(q.Get("part")),
		Lit: wenyuan.Span{Start: max(number(q.Get("start")), 0), End: max(number(q.Get("end")), 0)}}
	if err := s.readText(r, &p, q.Get("revision")); err != nil {
		return err
	}
	if err := s.readUses(r, &p, q.Get("trace"), number(q.Get("s"))); err != nil {
		return err
	}
	if err := s.readersOf(r, &p); err != nil {
		return err
	}
	if err := s.asideOf(r, &p); err != nil {
		return err
	}
	p.Problem = bad
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Document(b, p) })
}

// readText fills in the text of a revision; a document that never was read has none.
func (s *Server) readText(r *request, p *web.DocumentPage, revision string) error {
	if revision == "" && p.Document.Revision == "" {
		return nil
	}
	rev, err := s.Library.Revision(r.Context(), r.scope, p.Document.ID, revision)
	if err != nil {
		return err
	}
	p.Revision, p.Text, p.Removed = rev.Revision, rev.Text, rev.Removed
	p.Document.Chars, p.Document.Pages = int(rev.Chars), rev.Pages
	p.Hidden = rev.Disguised()
	for _, b := range rev.Blocks {
		p.Blocks = append(p.Blocks, web.Block{Kind: string(b.Kind), Level: b.Level, Start: b.Start, End: b.End, Page: b.Page, Header: b.Header, Lang: b.Lang})
	}
	passages, err := s.Library.DocumentPassages(r.Context(), r.scope, p.Document.ID, rev.Revision)
	for _, q := range passages {
		p.Passages = append(p.Passages, web.PassageUse{Start: q.Start, End: q.End})
	}
	return err
}

// readUses fills in the answers that used the document, and the sentence that led to it.
func (s *Server) readUses(r *request, p *web.DocumentPage, from string, sentence int) error {
	return s.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := trace.List(r.Context(), tx, r.scope, r.who, trace.Filter{Document: p.Document.ID, Limit: usesListed})
		if err != nil {
			return err
		}
		p.UsedAll, p.Counted, p.Used, p.LitBy = len(list), min(len(list), usesCounted), nil, nil
		for i := range p.Passages {
			p.Passages[i].Answers = 0
		}
		for i, row := range list[:p.Counted] {
			t, err := trace.Get(r.Context(), tx, r.scope, r.who, row.ID)
			if err != nil {
				return err
			}
			cited := countUse(p, t.Answer)
			if i < usesShown {
				p.Used = append(p.Used, web.Use{Trace: t.ID, Question: t.Question, Created: t.Created, Sentences: cited, Refused: t.Refused, Unread: !slices.ContainsFunc(t.Answer.Passages, func(q wenyuan.Passage) bool { return q.Document == p.Document.ID })})
			}
		}
		return litBy(r, tx, p, from, sentence)
	})
}

// countUse counts an answer for each passage it cites, and the sentences that cite the document.
func countUse(p *web.DocumentPage, a wenyuan.Answer) (sentences int) {
	ours := map[int]bool{}
	for _, c := range a.Citations {
		if c.Document != p.Document.ID {
			continue
		}
		ours[c.N] = true
		for i, q := range p.Passages {
			if c.Revision == p.Revision && c.Start < q.End && q.Start < c.End {
				p.Passages[i].Answers++
			}
		}
	}
	for _, s := range a.Sentences {
		for _, n := range s.Citations {
			if ours[n] {
				sentences++
				break
			}
		}
	}
	return sentences
}

// litBy finds the sentence whose citation opened the page. A trace that is gone or may not
// be seen leads nowhere, and that is all.
func litBy(r *request, tx *store.Tx, p *web.DocumentPage, from string, sentence int) error {
	if from == "" {
		return nil
	}
	t, err := trace.Get(r.Context(), tx, r.scope, r.who, from)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.LitBy = &web.LitBy{Trace: t.ID, Sentence: t.Question}
	if sentence > 0 && sentence <= len(t.Answer.Sentences) {
		p.LitBy.Number, p.LitBy.Sentence = sentence, t.Answer.Sentences[sentence-1].Text
	}
	return nil
}
