package server

import (
	"io"
	"math"
	"net/http"
	"net/url"

	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// samplePages are the pages of samples.
func samplePages() []route {
	return []route{
		{"GET", "/learning/samples", "What models may learn from, with where it comes from", page(samplesPage).needs(scope.Edit, scope.Review, scope.Own)},
		{"POST", "/learning/samples/aside", "Set a sample aside from the page, or put it back", page(sampleAsideForm).needs(scope.Review)},
	}
}

func samplesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showSamples(w, r, http.StatusOK, r.URL.Query(), nil)
}

// showSamples shows the samples that an address means.
func (s *Server) showSamples(w http.ResponseWriter, r *request, status int, q url.Values, problem *web.Problem) (err error) {
	p := web.SamplesPage{Reviews: r.scope.May(scope.Review), Did: did(r, "aside", "back"), Problem: problem,
		Filter: web.SampleFilter{Origin: q.Get("origin"), Kind: q.Get("kind"), State: q.Get("state"), Source: q.Get("source"), Language: q.Get("language")}}
	if p.Frame, err = s.framed(r, "/learning/samples"); err != nil {
		return err
	}
	f := dataset.Filter{State: p.Filter.State}
	for value, into := range map[string]*[]string{p.Filter.Origin: &f.Origins, p.Filter.Kind: &f.Kinds, p.Filter.Source: &f.Sources, p.Filter.Language: &f.Languages} {
		if value != "" {
			*into = []string{value}
		}
	}
	found, err := s.Sets.Samples(r.Context(), r.scope, r.who, f, q.Get("after"), setRows)
	if err != nil {
		view, code, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		p.Problem, status = view, code
	}
	p.Next = found.Next
	for _, x := range found.Samples {
		p.Rows = append(p.Rows, sampleRow(x))
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Samples(b, p) })
}

func sampleRow(x dataset.Sample) web.SampleRow {
	row := web.SampleRow{SetLine: setLine(dataset.Row{Row: x.Row}), ID: x.ID, Origin: x.Origin, Source: x.Source, Licence: x.Licence, Teacher: x.Teacher, Trace: x.Trace, State: x.State, Quality: int(math.Round(100 * x.Quality))}
	if x.Origin == dataset.Feedback && row.Mined() == "" {
		row.Source = "" // who said it
	}
	for _, why := range x.Why {
		row.Why = append(row.Why, web.SampleWhy{Kind: why.Kind, Note: why.Note})
	}
	return row
}

// sampleAsideForm sets aside one sample, or puts it back, and goes to where it stood.
func sampleAsideForm(s *Server, w http.ResponseWriter, r *request) error {
	q, err := url.ParseQuery(r.PostFormValue("at"))
	if err != nil {
		q = url.Values{}
	}
	back := r.PostFormValue("back") == "yes"
	if _, err := s.Sets.SetAside(r.Context(), r.scope, r.who, []string{r.PostFormValue("sample")}, back, ""); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showSamples(w, r, status, q, view)
	}
	q.Set("did", map[bool]string{false: "aside", true: "back"}[back])
	return seeOther(w, r, "/learning/samples?"+q.Encode())
}
