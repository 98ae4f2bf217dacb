package server

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan/internal/scope"
	"wenyuan/prompt/library"
	"wenyuan/web"
)

// examplePageRoutes are the pages of the libraries of examples.
func examplePageRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review}
	return []route{
		{"GET", "/learning/examples", "The example libraries of the space", page(examplesPage).needs(reads...)},
		{"POST", "/learning/examples", "Add examples from the page", page(addExamplesForm).needs(scope.Edit)},
		{"GET", "/learning/examples/{name}", "An example library with its examples", page(exampleLibraryPage).needs(reads...)},
		{"POST", "/learning/examples/{name}/remove", "Take an example out from the page", page(removeExampleForm).needs(scope.Edit)},
		{"POST", "/learning/examples/{name}/try", "The examples of a library that are nearest to a question", page(tryExamplesForm).needs(reads...)},
	}
}

func examplesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showExamples(w, r, http.StatusOK, web.ExampleDraft{From: "task"}, nil)
}

func (s *Server) showExamples(w http.ResponseWriter, r *request, status int, d web.ExampleDraft, problem *web.Problem) (err error) {
	p := web.ExamplesPage{Makes: r.scope.May(scope.Edit), Draft: d, Problem: problem}
	if p.Frame, err = s.framed(r, "/learning/examples"); err != nil {
		return err
	}
	list, err := s.Examples.List(r.Context(), r.scope)
	for _, l := range list {
		p.Libraries = append(p.Libraries, web.ExampleLibrary(l))
	}
	if err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Examples(b, p) })
}

// addExamplesForm adds examples. What was left out is shown on the page of the library.
func addExamplesForm(s *Server, w http.ResponseWriter, r *request) error {
	d := web.ExampleDraft{Library: strings.TrimSpace(r.PostFormValue("library")), From: oneOf(r.PostFormValue("from"), "task", "dataset", "sample"), Name: strings.TrimSpace(r.PostFormValue("name")), Liked: r.PostFormValue("liked") == "on"}
	o := library.Order{Liked: d.Liked}
	switch d.From {
	case "dataset":
		o.Dataset = d.Name
	case "sample":
		o.Samples = commaed(d.Name)
	default:
		o.Task = d.Name
	}
	out, err := s.Examples.Add(r.Context(), r.scope, r.who, d.Library, o)
	if err == nil && out.Library.Hash != "" {
		p := web.ExampleLibraryPage{Added: &out.Added, Known: out.Known, Left: leftRows(out.Left)}
		return s.showLibrary(w, r, http.StatusOK, d.Library, p)
	}
	if err == nil { // nothing was worth it, and there is no library
		p := web.ExampleLibraryPage{Library: web.ExampleLibrary{Name: d.Library}, Added: &out.Added, Left: leftRows(out.Left), Makes: true, Draft: d}
		if p.Frame, err = s.framed(r, "/learning/examples"); err != nil {
			return err
		}
		return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.ExampleLibrary(b, p) })
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showExamples(w, r, status, d, view)
}

func leftRows(left map[string]int) (rows []web.ExampleLeft) {
	for _, why := range slices.Sorted(maps.Keys(left)) {
		rows = append(rows, web.ExampleLeft{Why: why, N: left[why]})
	}
	return rows
}

func exampleLibraryPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showLibrary(w, r, http.StatusOK, r.PathValue("name"), web.ExampleLibraryPage{Done: did(r, "removed")})
}

// showLibrary fills in what the library has; p says what was just done.
func (s *Server) showLibrary(w http.ResponseWriter, r *request, status int, name string, p web.ExampleLibraryPage) error {
	l, err := s.Examples.Show(r.Context(), r.scope, r.who, name, "")
	if err != nil {
		return err
	}
	p.Library, p.Hidden, p.Makes, p.Draft.From = web.ExampleLibrary(l.Listed), l.Hidden, r.scope.May(scope.Edit), "task"
	if p.Frame, err = s.framed(r, "/learning/examples/"+url.PathEscape(name)); err != nil {
		return err
	}
	from := map[string]string{}
	for _, x := range l.All {
		if from[x.Sample] = x.From; p.Asked == "" {
			p.Examples = append(p.Examples, web.Example{Sample: x.Sample, Question: x.Question, Answer: x.Answer, Origin: x.Origin, Hash: x.Hash, Left: x.Left})
		}
	}
	if p.Asked != "" {
		found, err := tryExamples(s, r, tryExamplesRequest{Name: name, Question: p.Asked})
		if err != nil {
			view, code, err := s.told(w, r, err)
			if err != nil {
				return err
			}
			p.Problem, status = view, code
		}
		p.Left, p.Hidden = leftRows(found.Left), 0
		for _, x := range found.Examples {
			p.Examples = append(p.Examples, web.Example{Sample: x.Sample, Question: x.Question, Answer: x.Answer, Origin: x.Origin, Hash: x.Hash, Near: strconv.Itoa(int(100*x.Near + 0.5))})
		}
	}
	for i := range p.Examples {
		kind, where, _ := strings.Cut(from[p.Examples[i].Sample], ":")
		switch kind {
		case "judging":
			p.Examples[i].From, p.Examples[i].FromHref = where, "/learning/judging/"+url.PathEscape(where)
		case "dataset":
			p.Examples[i].From, p.Examples[i].FromHref = where[:min(6, len(where))], "/learning/sets/"+url.PathEscape(where)
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.ExampleLibrary(b, p) })
}

func removeExampleForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("name")
	_, err := s.Examples.Remove(r.Context(), r.scope, r.who, name, []string{r.PostFormValue("sample")})
	if err == nil {
		return seeOther(w, r, "/learning/examples/"+url.PathEscape(name)+"?did=removed")
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showLibrary(w, r, status, name, web.ExampleLibraryPage{Problem: view})
}

func tryExamplesForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.showLibrary(w, r, http.StatusOK, r.PathValue("name"), web.ExampleLibraryPage{Asked: strings.TrimSpace(r.PostFormValue("question"))})
}
