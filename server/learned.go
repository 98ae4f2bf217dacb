package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/trace"
	"wenyuan/train"
	"wenyuan/web"
)

// learnedRoutes are the doors from a sentence to what its model learned.
func learnedRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/api/traces/{id}/sentences/{n}/learned", "The training rows that are most like a sentence of an answer, where what wrote it stands on an adapter, with their source and licence", reply(learnedRows).needs(reads...)},
		{"GET", "/records/{trace}/learned/{n}", "What a model learned that is most like a sentence", page(learnedPage).needs(reads...)},
	}
}

type learnedRequest struct {
	ID   string `path:"id" doc:"of the answer"`
	N    int    `path:"n" doc:"number of the sentence, from 1"`
	Most int    `query:"most" doc:"rows, up to 20; 20 where it is left out"`
}

func learnedRows(s *Server, r *request, in learnedRequest) (train.Learned, error) {
	return s.Training.Learned(r.Context(), r.scope, r.who, in.ID, in.N, in.Most)
}

// shownLearned is how many rows the page has.
const shownLearned = 10

func learnedPage(s *Server, w http.ResponseWriter, r *request) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		n = 0 // there is no such sentence
	}
	id := r.PathValue("trace")
	l, err := s.Training.Learned(r.Context(), r.scope, r.who, id, n, shownLearned)
	if err != nil {
		return err
	}
	p := web.LearnedPage{Trace: id, Number: n, Sentence: l.Sentence.Text, Verdict: l.Sentence.Verdict, Model: l.Model.Name, Adapter: l.Adapter.Name, Hash: l.Adapter.Hash, Looked: l.Looked, Cut: l.Cut}
	for _, set := range l.Sets {
		p.Sets = append(p.Sets, web.LearnedSet{Name: set.Name, Hash: set.Hash})
	}
	for _, row := range l.Rows {
		p.Rows = append(p.Rows, web.LearnedRow{SetLine: setLine(row.Row), Share: row.Share, Origin: row.Origin, Source: row.Source, Licence: row.Licence, Teacher: row.Teacher})
	}
	if p.Frame, err = s.framed(r, "/records/"+id+"/learned/"+strconv.Itoa(n)); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Learned(b, p) })
}

// explains says whether a reader may look at what was learned that a sentence may come from, and there is some.
func (s *Server) explains(r *request, a wenyuan.Answer) (bool, error) {
	if !r.scope.May(scope.Edit) && !r.scope.May(scope.Review) && !r.scope.May(scope.Own) {
		return false, nil
	}
	for _, x := range a.Sentences {
		if x.Verdict == wenyuan.Unsupported || x.Verdict == wenyuan.Unverified {
			return s.Training.Taught(r.Context(), r.scope, a)
		}
	}
	return false, nil
}

// expertStep names the step in which an assistant says who of its experts writes.
const expertStep = "expert"

// routedIn reads what such a step recorded.
func routedIn(s trace.Step) (x web.Routed) {
	var said struct{ Expert, Why string }
	if b, err := json.Marshal(s.Detail); err == nil && json.Unmarshal(b, &said) == nil {
		x = web.Routed{Expert: said.Expert, Why: said.Why}
	}
	return x
}
