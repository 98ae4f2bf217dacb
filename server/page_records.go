package server

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/prompt"
	"wenyuan/retrieve"
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
	if rating := q.Get("feedback"); rating == trace.Up || rating == trace.Down {
		p.Feedback = rating
		if err := s.ratedRows(r, &p); err != nil {
			return err
		}
		return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Traces(b, p) })
	}
	if id := q.Get("document"); id != "" {
		d, err := s.Library.Document(r.Context(), r.scope, id)
		if err != nil {
			return err
		}
		view := documentView(r, d)
		p.Document, p.Corpus = &view, d.Corpus
	}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		p.Traces, p.Next = nil, ""
		list, err := trace.List(r.Context(), tx, r.scope, r.who, trace.Filter{Document: q.Get("document"), Before: p.Before, Limit: recordsSize + 1})
		if err != nil {
			return err
		}
		if len(list) > recordsSize {
			list = list[:recordsSize]
			p.Next = list[recordsSize-1].ID
		}
		for _, t := range list {
			row, err := rowOfID(r, tx, t.ID)
			if err != nil {
				return err
			}
			p.Traces = append(p.Traces, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Traces(b, p) })
}

// ratedRows lists the answers that somebody found good, or not good, the newest judgement
// first. Its pages are counted, as what is rated changes its place.
func (s *Server) ratedRows(r *request, p *web.TracesPage) error {
	offset := max(number(p.Before), 0)
	return s.Store.Read(r.Context(), func(tx *store.Tx) error {
		p.Traces, p.Next = nil, ""
		list, err := trace.ListFeedback(r.Context(), tx, r.scope, r.who, trace.FeedbackFilter{Rating: p.Feedback, Limit: recordsSize + 1, Offset: offset})
		if err != nil {
			return err
		}
		if len(list) > recordsSize {
			list, p.Next = list[:recordsSize], strconv.Itoa(offset+recordsSize)
		}
		for _, f := range list {
			if slices.ContainsFunc(p.Traces, func(row web.TraceRow) bool { return row.Trace == f.Trace }) {
				continue
			}
			row, err := rowOfID(r, tx, f.Trace)
			if err != nil {
				return err
			}
			p.Traces = append(p.Traces, row)
		}
		return nil
	})
}

// rowOfID is a recorded answer in a list, with what people think of it.
func rowOfID(r *request, tx *store.Tx, id string) (web.TraceRow, error) {
	t, err := trace.Get(r.Context(), tx, r.scope, r.who, id)
	if err != nil {
		return web.TraceRow{}, err
	}
	row := rowView(t)
	all, err := trace.FeedbackOf(r.Context(), tx, r.scope, r.who, id)
	for _, f := range all {
		row.Feedback = append(row.Feedback, feedbackView(f))
	}
	return row, err
}

func rowView(t trace.Trace) web.TraceRow {
	row := web.TraceRow{Trace: t.ID, Question: t.Question, Corpus: t.Corpus, Created: t.Created, Took: t.Took, Refused: t.Refused, Read: len(t.Answer.Passages)}
	for _, s := range t.Steps {
		if s.Name == channelStep {
			row.Channel = s.Summary
		}
	}
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
	turn, found, err := recorded(t)
	if err != nil {
		return err
	}
	p := web.TracePage{Frame: f, Turn: turn, Assistant: t.Assistant, Created: t.Created, Missing: found == nil && !turn.Talk, Private: t.Private}
	if found != nil {
		p.Kept = found.Kept
		for _, d := range found.Dropped {
			p.Dropped = append(p.Dropped, web.Drop{Passage: d.Passage, Stage: d.Stage, Code: d.Code, Why: d.Why})
		}
	}
	for _, step := range t.Steps {
		if step.Name == channelStep {
			p.Channel = step.Summary
			continue
		}
		p.Steps = append(p.Steps, stepView(step))
		p.Guards = append(p.Guards, guardings(step)...)
	}
	fillWritten(t, &p)
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		all, err := trace.FeedbackOf(r.Context(), tx, r.scope, r.who, t.ID)
		p.Feedback = nil
		for _, f := range all {
			p.Feedback = append(p.Feedback, feedbackView(f))
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Trace(b, p) })
}

// channelStep names the channel that a question came through.
const channelStep = "channel"

// stepView is a step with what it found out.
func stepView(s trace.Step) web.Step {
	did := recalledIn(s)
	v := web.Step{Name: s.Name, Summary: s.Summary, Text: did.Text, Also: did.Also, Start: s.Start, Took: s.Took}
	var found struct{ Kept, Dropped []json.RawMessage }
	if b, err := json.Marshal(s.Detail); s.Name == "retrieve" && err == nil && json.Unmarshal(b, &found) == nil {
		v.Found, v.Read = len(found.Kept)+len(found.Dropped), len(found.Kept)
	}
	if s.Name == expertStep {
		v.Routed = routedIn(s)
	}
	if s.Name == guardStep {
		v.Did, v.Aside = guardedIn(s)
	}
	return v
}

// fillWritten fills in what a record says of the model, and of those who looked at its sentences.
func fillWritten(t trace.Trace, p *web.TracePage) {
	var sent struct {
		Messages []wenyuan.Message `json:"messages"`
		Tools    []wenyuan.Tool    `json:"tools"`
		Usage    *wenyuan.Usage    `json:"usage"`
		Attempts int               `json:"attempts"`
		Again    []web.Held        `json:"again"`
		First    int64             `json:"first_us"`
		Released []int64           `json:"released_us"`
	}
	var built prompt.Built
	if detailOf(t, "generate", &sent) {
		built.Messages, built.Tools = sent.Messages, sent.Tools
		p.Attempts, p.Again, p.First, p.Released = sent.Attempts, sent.Again, sent.First, sent.Released
		if p.Turn.Answer.Usage == nil {
			p.Turn.Answer.Usage = sent.Usage
		}
	}
	if detailOf(t, "prompt", &built.Plan) {
		p.Plan = planView(built, retrieve.Found{}) // what retrieval left out stands above
	}
	var checked struct {
		Withheld []web.Held `json:"withheld"`
	}
	if detailOf(t, "verify", &checked) {
		p.Withheld = checked.Withheld
	}
	var judged struct {
		Judge     string `json:"judge"`
		Trusted   bool   `json:"trusted"`
		Agreement *answer.Agreement
		Opinions  []struct {
			Text, Before, After, Failed string
			wenyuan.Opinion
			Took int64 `json:"took_us"`
		} `json:"opinions"`
	}
	if !detailOf(t, "second opinion", &judged) {
		return
	}
	p.Judge = &web.Judged{Judge: judged.Judge, Trusted: judged.Trusted}
	if a := judged.Agreement; a != nil {
		p.Judge.Kappa, p.Judge.N = a.Kappa, a.N
	}
	for _, o := range judged.Opinions {
		p.Judge.Opinions = append(p.Judge.Opinions, web.SecondOpinion{Text: o.Text, Before: wenyuan.Verdict(o.Before), After: wenyuan.Verdict(o.After),
			Entailed: o.Entailed, Contradicted: o.Contradicted, Failed: o.Failed != "", Took: o.Took})
	}
}
