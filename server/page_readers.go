package server

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/web"
)

// readersListed is how many people a document's page names.
const readersListed = 100

// readersOf fills in who reads a document: the rule that holds, and for an owner who asks for it
// who can.
func (s *Server) readersOf(r *request, p *web.DocumentPage) error {
	if !r.scope.May(scope.Edit) && !r.scope.May(scope.Own) {
		return nil
	}
	layers, err := s.layers(r, p.Document.ID)
	if err != nil {
		return err
	}
	v := &web.Readers{Edits: r.scope.May(scope.Edit), Owns: r.scope.May(scope.Own)}
	for _, l := range layers {
		if l.Holds {
			v.Layer = l
		}
		v.Hand = v.Hand || l.Name == auth.Hand && l.Said
	}
	v.Typed = typedReaders(v.Layer)
	if v.Owns && r.URL.Query().Get("who") != "" {
		v.Asked = true
		if v.People, v.Count, err = s.Auth.WhoReads(r.Context(), r.scope, p.Document.ID, readersListed); err != nil {
			return err
		}
	}
	p.Readers, p.Done = v, did(r, "readers", "cleared")
	return nil
}

// typedReaders are the readers of a layer as a form has them. What could not be read is not
// offered again.
func typedReaders(l web.Layer) string {
	if l.Problem != "" {
		return ""
	}
	var words []string
	for _, x := range l.Readers {
		words = append(words, strings.TrimSuffix(x.Kind+":"+x.Name, ":"))
	}
	if len(words) == 0 {
		return "nobody"
	}
	return strings.Join(words, ", ")
}

// readersForm sets the readers of a document by hand.
func readersForm(s *Server, w http.ResponseWriter, r *request) error {
	_, err := s.Auth.Grant(r.Context(), r.scope, auth.Grant{On: r.PathValue("document"), Read: []string{r.PostFormValue("read")}})
	return s.readersDone(w, r, "readers", err)
}

func clearReadersForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.readersDone(w, r, "cleared", s.Auth.Ungrant(r.Context(), r.scope, r.PathValue("document")))
}

func (s *Server) readersDone(w http.ResponseWriter, r *request, what string, err error) error {
	if err == nil {
		return seeOther(w, r, done("/library/"+url.PathEscape(r.PathValue("corpus"))+"/"+url.PathEscape(r.PathValue("document")), what, "")+"#readers")
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.document(w, r, status, view)
}

// corpusReaders fills in who reads the documents of a corpus, for who may change documents there.
func (s *Server) corpusReaders(r *request, p *web.CorpusPage) error {
	if !r.scope.May(scope.Edit) {
		return nil
	}
	grants, files, standard, err := s.Auth.Grants(r.Context(), r.scope, p.Name)
	v := &web.CorpusReaders{Owns: r.scope.May(scope.Own), Default: readerViews(standard)}
	v.Typed = typedReaders(web.Layer{Readers: v.Default})
	for _, g := range grants {
		if glob, ok := strings.CutPrefix(g.On, p.Name+"/"); ok {
			v.Globs = append(v.Globs, web.AccessGlob{Glob: glob, Readers: readerViews(g.Read)})
		}
	}
	for _, f := range files {
		v.Files = append(v.Files, accessFileView(f))
	}
	p.Readers, p.Done = v, did(r, "readers", "cleared")
	return err
}

// accessFileView puts the problems of a file beside its lines.
func accessFileView(f auth.AccessFile) web.AccessFile {
	v := web.AccessFile{Folder: strings.TrimPrefix(path.Dir(f.Source), ".")}
	of := map[int]string{}
	for _, problem := range f.Problems {
		if n, text, ok := lineOf(problem, f.Source); ok {
			of[n] = text
		}
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(f.Text, "\ufeff"))
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		v.Lines = append(v.Lines, web.AccessLine{Number: i + 1, Text: line, Problem: of[i+1]})
	}
	return v
}

// lineOf reads the number of the line that a problem is about.
func lineOf(problem, source string) (n int, text string, ok bool) {
	rest, ok := strings.CutPrefix(problem, source+" line ")
	if !ok {
		return 0, "", false
	}
	digits, text, ok := strings.Cut(rest, ": ")
	return number(digits), text, ok
}

// defaultReadersForm sets who reads what no other rule of a corpus is about.
func defaultReadersForm(s *Server, w http.ResponseWriter, r *request) error {
	c, err := s.Library.Counted(r.Context(), r.scope, r.PathValue("corpus"))
	if err != nil {
		return err
	}
	err = s.Store.Write(r.Context(), func(tx *store.Tx) error {
		return s.Auth.SetDefault(r.Context(), tx, r.scope, c.ID, []string{r.PostFormValue("read")})
	})
	return s.corpusDone(w, r, "readers", err)
}

func clearGlobForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.corpusDone(w, r, "cleared", s.Auth.Ungrant(r.Context(), r.scope, r.PathValue("corpus")+"/"+r.PostFormValue("glob")))
}

func (s *Server) corpusDone(w http.ResponseWriter, r *request, what string, err error) error {
	if err == nil {
		return seeOther(w, r, done("/library/"+url.PathEscape(r.PathValue("corpus")), what, "")+"#readers")
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.corpus(w, r, status, view)
}
