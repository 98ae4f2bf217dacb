package server

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/trace"
	"wenyuan/web"
)

// enginePage shows what a model would be sent for a question, or what it was sent for a
// recorded answer.
func enginePage(s *Server, w http.ResponseWriter, r *request) error {
	p, err := s.engineView(r)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Trace == "" && strings.TrimSpace(p.Question) != "" {
		built, found, err := s.Answerer.RenderFound(r.Context(), r.scope, r.who, answer.Question{Assistant: p.Assistant.Name, Version: p.Version, Text: p.Question})
		if err != nil {
			said, code := explain(err, r.id)
			if code >= http.StatusInternalServerError && wenyuan.CodeOf(err) != wenyuan.Unavailable {
				return err
			}
			view := problemView(said)
			p.Problem, status = &view, code
		} else {
			p.Plan = planView(built, found)
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Engine(b, p) })
}

// engineView is the page before anything is rendered, or that of a recorded answer.
func (s *Server) engineView(r *request) (web.EnginePage, error) {
	name, id := r.PathValue("name"), r.URL.Query().Get("trace")
	if id != "" {
		return s.sentView(r, name, id)
	}
	page, k, err := s.assistantView(r, name)
	if err != nil {
		return web.EnginePage{}, err
	}
	p := web.EnginePage{Frame: page.Frame, Assistant: page.Assistant, Question: r.URL.Query().Get("q")}
	if hash := r.URL.Query().Get("version"); hash != "" && hash != p.Assistant.Hash {
		as, err := s.Answerer.AssistantAt(r.Context(), r.scope, name, hash)
		if err != nil {
			return p, err
		}
		p.Version, p.Assistant.Hash, k.live.Assistant = hash, hash, as
	}
	if len(k.live.Corpora) == 1 {
		p.Corpus = k.live.Corpora[0]
	}
	return p, nil
}

// sentView is what the model was sent for a recorded answer. The assistant need not be there
// any more.
func (s *Server) sentView(r *request, name, id string) (web.EnginePage, error) {
	t, err := oneTrace(s, r, idRequest{id})
	if err != nil {
		return web.EnginePage{}, err
	}
	f, _, err := s.frame(r)
	if err != nil {
		return web.EnginePage{}, err
	}
	p := web.EnginePage{Frame: f, Assistant: web.AssistantRow{Name: cmp.Or(t.Assistant, name)}, Trace: t.ID, Question: t.Question, Corpus: t.Corpus}
	for _, v := range t.Answer.Versions {
		if v.Kind == answer.Kind {
			p.Assistant.Hash = v.Hash
		}
	}
	var built prompt.Built
	planned := detailOf(t, "prompt", &built.Plan)
	var sent struct {
		Messages []wenyuan.Message `json:"messages"`
		Tools    []wenyuan.Tool    `json:"tools"`
	}
	if detailOf(t, "generate", &sent) {
		built.Messages, built.Tools = sent.Messages, sent.Tools
	}
	if !planned {
		p.Quoted = true
		return p, nil
	}
	var found retrieve.Found
	detailOf(t, "retrieve", &found)
	p.Plan = planView(built, found)
	return p, nil
}

// detailOf reads what a step of a record holds; false where there is no such step, or it is
// not in that form.
func detailOf(t trace.Trace, step string, into any) bool {
	i := slices.IndexFunc(t.Steps, func(s trace.Step) bool { return s.Name == step && s.Detail != nil })
	if i < 0 {
		return false
	}
	b, err := json.Marshal(t.Steps[i].Detail)
	return err == nil && json.Unmarshal(b, into) == nil
}

func lastOf(heading []string) string {
	if len(heading) == 0 {
		return ""
	}
	return heading[len(heading)-1]
}

// partsOfPrompt are the parts of a budget in the order of the bar.
var partsOfPrompt = []string{"system", prompt.Session, prompt.Examples, prompt.Tools, prompt.Knowledge, "question"}

// planView is a plan with what retrieval left out before there was a plan.
func planView(b prompt.Built, found retrieve.Found) *web.Plan {
	p := &web.Plan{Model: b.Plan.Model, Exact: b.Plan.Exact, Budget: b.Plan.Budget, Reserve: b.Plan.Reserve, Order: cmp.Or(b.Plan.Order, prompt.Edges), Format: b.Plan.Format}
	for _, name := range partsOfPrompt {
		p.Parts = append(p.Parts, web.Part{Name: name, Used: b.Plan.Used[name], Most: b.Plan.Limits[name]})
	}
	for _, i := range b.Plan.Items {
		p.Items = append(p.Items, web.Memory{Kind: i.Kind, Title: cmp.Or(i.Title, i.ID), Document: i.Document, Score: i.Score, Tokens: i.Tokens, Kept: i.Kept, Place: i.Place, Code: i.Code, Why: i.Why})
	}
	for _, d := range found.Dropped {
		p.Items = append(p.Items, web.Memory{Kind: prompt.Knowledge, Title: cmp.Or(lastOf(d.Passage.Heading), d.Passage.Title), Document: d.Passage.Document, Score: d.Passage.Score, Code: d.Code, Why: d.Why})
	}
	for _, m := range b.Messages {
		p.Sent = append(p.Sent, web.Sent{Role: m.Role, Content: m.Content})
	}
	for _, t := range b.Tools {
		p.Tools = append(p.Tools, web.Sent{Role: t.Name, Content: string(t.Parameters)})
	}
	return p
}
