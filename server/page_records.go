package server

import (
	"encoding/json"
	"io"
	"net/http"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/web"
)

// recordsSize is how many answers a page of the records lists.
const recordsSize = 25

func tracesPage(s *Server, w http.ResponseWriter, r *request) error {
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := web.TracesPage{Frame: f, Before: q.Get("before")}
	if id := q.Get("document"); id != "" {
		d, err := s.Library.Document(r.Context(), r.scope, id)
		if err != nil {
			return err
		}
		view := documentView(d)
		p.Document, p.Corpus = &view, d.Corpus
	}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		p.Traces, p.Next = nil, ""
		list, err := trace.List(r.Context(), tx, r.scope, trace.Filter{Document: q.Get("document"), Before: p.Before, Limit: recordsSize + 1})
		if err != nil {
			return err
		}
		if len(list) > recordsSize {
			list = list[:recordsSize]
			p.Next = list[recordsSize-1].ID
		}
		for _, t := range list {
			if t, err = trace.Get(r.Context(), tx, r.scope, t.ID); err != nil {
				return err
			}
			p.Traces = append(p.Traces, rowView(t))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Traces(b, p) })
}

func rowView(t trace.Trace) web.TraceRow {
	row := web.TraceRow{Trace: t.ID, Question: t.Question, Corpus: t.Corpus, Created: t.Created, Took: t.Took, Refused: t.Refused, Read: len(t.Answer.Passages)}
	for _, s := range t.Answer.Sentences {
		switch s.Verdict {
		case wenyuan.Supported:
			row.Supported++
		case wenyuan.Unsupported:
			row.Unsupported++
		case wenyuan.Unverified:
			row.Unverified++
		}
	}
	return row
}

func tracePage(s *Server, w http.ResponseWriter, r *request) error {
	t, err := oneTrace(s, r, idRequest{r.PathValue("trace")})
	if err != nil {
		return err
	}
	f, _, err := s.frame(r)
	if err != nil {
		return err
	}
	turn, found, err := turnOf(t)
	if err != nil {
		return err
	}
	p := web.TracePage{Frame: f, Turn: turn, Assistant: t.Assistant, Created: t.Created, Missing: found == nil}
	if found != nil {
		p.Kept = found.Kept
		for _, d := range found.Dropped {
			p.Dropped = append(p.Dropped, web.Drop{Passage: d.Passage, Stage: d.Stage, Code: d.Code, Why: d.Why})
		}
	}
	for _, step := range t.Steps {
		view := web.Step{Name: step.Name, Summary: step.Summary, Took: step.Took}
		if step.Name == "generate" {
			u := usageOf(step)
			view.In, view.Out = u.Prompt, u.Completion
		}
		p.Steps = append(p.Steps, view)
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Trace(b, p) })
}

// usageOf reads the tokens that a step recorded; a step that failed recorded none.
func usageOf(s trace.Step) (u wenyuan.Usage) {
	b, err := json.Marshal(s.Detail)
	if err != nil || json.Unmarshal(b, &u) != nil {
		return wenyuan.Usage{}
	}
	return u
}
