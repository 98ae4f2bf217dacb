package server

import (
	"fmt"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/eval"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
)

// A givenRequest is a question that brings its passages along.
type givenRequest struct {
	Question  string         `json:"question"`
	Passages  []givenPassage `json:"passages" doc:"what is to be answered from, the best first; up to 100"`
	Assistant string         `json:"assistant,omitempty" doc:"whose settings hold; without it the defaults"`
	Model     string         `json:"model,omitempty" doc:"who writes; with neither model nor assistant the answer is made of the passages' own sentences"`
}

type givenPassage struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
}

// answerGiven answers from passages that are given. It costs what a question costs, and
// leaves nothing behind.
func answerGiven(s *Server, r *request, in givenRequest) (wenyuan.Answer, error) {
	g := answer.Given{Text: in.Question, Assistant: in.Assistant, Model: in.Model}
	for _, p := range in.Passages {
		g.Passages = append(g.Passages, wenyuan.Passage{Title: p.Title, Text: p.Text})
	}
	return s.Answerer.FromPassages(manner.AsBatch(r.Context()), r.scope, r.who, g)
}

// An agreementRequest is a set that people labelled.
type agreementRequest struct {
	Name string          `json:"-" path:"name"`
	Set  string          `json:"set" doc:"name of the set, for the reader"`
	Rows []eval.Labelled `json:"rows" doc:"claims with their evidence and what people say; up to 5000"`
}

// maxRows is how many bytes the rows of a set may have: 5000 with a page of evidence each.
const maxRows = 16 << 20

// measureJudge asks a judge about a set that people labelled, and keeps how well they agree.
func measureJudge(s *Server, r *request, in agreementRequest) (eval.Agreement, error) {
	m, ok := s.Gateway.Get(r.scope.Space(), in.Name)
	if !ok {
		return eval.Agreement{}, gateway.Unknown(in.Name)
	}
	judge, ok := m.Judge()
	if !ok {
		return eval.Agreement{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the model %q is not declared as a judge", in.Name), Hint: "declare it with the ability judge: wenyuan model add NAME --can judge"}
	}
	if err := eval.Measures(r.scope); err != nil { // before the judge is asked
		return eval.Agreement{}, err
	}
	if err := eval.CheckLabelled(in.Rows); err != nil {
		return eval.Agreement{}, err
	}
	a, err := eval.Agree(manner.AsBatch(r.Context()), judge, in.Rows, nil)
	if err != nil {
		return eval.Agreement{}, err
	}
	a.Judge, a.Model, a.Set = m.Name(), m.Hash(), in.Set
	return a, eval.SaveAgreement(r.Context(), s.Store, r.scope, a)
}

type agreementName struct {
	Name string `path:"name"`
}

// agreementOf shows what was measured of a judge as it is declared now.
func agreementOf(s *Server, r *request, in agreementName) (eval.Agreement, error) {
	m, ok := s.Gateway.Get(r.scope.Space(), in.Name)
	if !ok {
		return eval.Agreement{}, gateway.Unknown(in.Name)
	}
	a, ok, err := eval.FindAgreement(r.Context(), s.Store, r.scope.Space(), in.Name, m.Hash())
	if err == nil && !ok {
		err = &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("how well %q agrees with people was not measured since it was declared", in.Name), Hint: "wenyuan eval judge NAME --set FILE measures it"}
	}
	return a, err
}

// A listedModel is a model with what was measured of it as a judge.
type listedModel struct {
	gateway.Listed
	Agreement *eval.Agreement `json:"agreement,omitempty" doc:"how well it agrees with people as a judge, where that was measured since it was declared"`
}

// measured adds to the models what is known of them as judges.
func (s *Server) measured(r *request, list []gateway.Listed) ([]listedModel, error) {
	all, err := eval.Agreements(r.Context(), s.Store, r.scope.Space())
	out := make([]listedModel, len(list))
	for i, l := range list {
		out[i].Listed = l
		if a, ok := all[l.Name]; ok && a.Model == l.Hash {
			out[i].Agreement = &a
		}
	}
	return out, err
}
