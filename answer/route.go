package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wenyuan"
)

// Why somebody writes, among the experts of an assistant and its own model.
const (
	whyConversation = "conversation" // the question is a short one that goes on with the turn before
	whyCorpora      = "corpora"      // what was found is of the expert's corpora
	whyAlike        = "alike"        // the question is like what the expert is about
	whyNone         = "none"         // it is of no expert's field
	whyMissing      = "missing"      // the expert's model is not configured
	whyFailed       = "failed"       // the expert did not answer
)

// A routed is what a trace keeps of who writes.
type routed struct {
	Expert string   `json:"expert,omitempty"` // "" the assistant's own model
	Model  string   `json:"model"`
	Why    string   `json:"why"`
	By     string   `json:"by,omitempty"`    // what alike was measured by: words, or the embedder's version
	Floor  float64  `json:"floor,omitempty"` // what alike had to reach
	Line   int      `json:"line,omitempty"`  // number of the nearest line of what the expert is about, from 1
	Scores []scored `json:"scores,omitempty"`
}

// A scored is how near a question is to an expert.
type scored struct {
	Expert  string  `json:"expert"`
	Corpora float64 `json:"corpora"` // share of what was found that is of its corpora, by relevance
	Alike   float64 `json:"alike"`
}

// most is the share of what was found from which it says whose field a question is of.
const most = 0.5

// shortest is how many words with meaning a question has at most that goes on with the turn before.
const shortest = 2

// route says who writes: by the corpora of what was found, else by what the question is like, and by neither the
// assistant's own model. A short question in a conversation stays with who wrote before.
func (w *work) route(ctx context.Context) {
	if len(w.assistant.Experts) == 0 || w.chat.Model == nil {
		return
	}
	done := w.step("expert")
	r := w.field(ctx)
	i := slices.IndexFunc(w.assistant.Experts, func(e Expert) bool { return e.Name == r.Expert })
	if i < 0 {
		r.Expert, r.Model = "", w.chat.Name
		done(w.chat.Name+": "+r.Why, r)
		return
	}
	e := w.assistant.Experts[i]
	chat, ok := w.expertChat(ctx, e)
	if !ok {
		r.Why, r.Model = whyMissing, e.Model
		done(e.Name+": "+r.Why, r)
		w.instead(e.Name, missing(e.Model))
		return
	}
	general := w.chat
	w.general, w.chat, w.answer.Expert = &general, chat, e.Name
	r.Model = chat.Name
	done(e.Name+": "+r.Why, r)
}

// field says whose a question is.
func (w *work) field(ctx context.Context) routed {
	if w.before != nil && (w.leans || len(meant(w.question.Text)) <= shortest) {
		return routed{Expert: w.before.Expert, Why: whyConversation}
	}
	experts := w.assistant.Experts
	r := routed{Why: whyNone, By: "words", Scores: make([]scored, len(experts))}
	for i, e := range experts {
		r.Scores[i] = scored{Expert: e.Name, Corpora: w.shareOf(e)}
	}
	first := func(f func(s scored) float64) scored { // the earlier of equals
		return slices.MaxFunc(r.Scores, func(a, b scored) int { return cmp.Compare(f(a), f(b)) })
	}
	k := w.answerer.about(ctx, w.assistant, w.found.Embedder)
	alike, lines := k.byWords(w.asked), []int(nil)
	floor := floorWords
	if k.vectors != nil && w.found.Vector != nil {
		alike, lines = k.byVectors(w.found.Vector)
		r.By, floor = w.found.Embedder, floorVectors
	}
	for i := range r.Scores {
		r.Scores[i].Alike = alike[i]
	}
	if best := first(func(s scored) float64 { return s.Corpora }); best.Corpora >= most {
		r.Expert, r.Why = best.Expert, whyCorpora
		return r
	}
	r.Floor = cmp.Or(w.assistant.ExpertFloor, floor)
	if best := first(func(s scored) float64 { return s.Alike }); best.Alike >= r.Floor {
		r.Expert, r.Why = best.Expert, whyAlike
		if i := slices.Index(r.Scores, best); lines != nil {
			r.Line = lines[i] + 1
		}
	}
	return r
}

// shareOf is the share of what was found that is of an expert's corpora. The first passages count most: the nth by 1/n.
func (w *work) shareOf(e Expert) float64 {
	own, all := 0.0, 0.0
	for n, p := range w.found.Kept {
		weight := 1 / float64(n+1)
		all += weight
		if slices.Contains(e.Corpora, w.found.Corpora[p.Document]) {
			own += weight
		}
	}
	if all == 0 {
		return 0
	}
	return own / all
}

// expertChat finds the version of an expert's model that writes, as writerOf does for the assistant's own.
func (w *work) expertChat(ctx context.Context, e Expert) (Chat, bool) {
	if w.answerer.ModelFor == nil {
		return w.answerer.chat(w.scope.Space(), e.Model)
	}
	which := Which{Sticky: w.principal.ID}
	switch w.assistant.Consistency {
	case Strong:
		which.Hash = w.assistant.modelHash[e.Model]
		which.Strict = which.Hash != ""
	case Session, "":
		if w.before != nil && w.before.Expert == e.Name {
			which.Hash = versionOf(*w.before, "model", e.Model)
		}
	}
	return w.answerer.ModelFor(ctx, w.scope.Space(), e.Model, which)
}

// versionOf is the version of something that an answer was made with; "" where it was not.
func versionOf(a wenyuan.Answer, kind, name string) string {
	for _, v := range a.Versions {
		if v.Kind == kind && v.Name == name {
			return v.Hash
		}
	}
	return ""
}

// byExpert lets the expert write that was chosen. Where it gives no answer, done is false, and the assistant's own model
// has its place.
func (w *work) byExpert(ctx context.Context) (done bool, err error) {
	if w.general == nil {
		return false, nil
	}
	err = w.attempt(ctx)
	if err == nil || ctx.Err() != nil {
		return true, err
	}
	name := w.answer.Expert
	w.step("expert")(name+": "+whyFailed+because(err), routed{Expert: name, Model: w.chat.Name, Why: whyFailed})
	w.chat, w.general, w.reply, w.answer.Expert = *w.general, nil, reply{}, ""
	w.instead(name, err)
	return false, nil
}

// instead says that the assistant's own model writes in an expert's place.
func (w *work) instead(expert string, err error) {
	w.answer.Degraded = RungModel + w.chat.Name
	w.notice(fmt.Sprintf("The expert %s did not answer%s; this was written by the model %s.", expert, because(err), w.chat.Name),
		fmt.Sprintf("专家 %s 没有作答%s；以下回答由模型 %s 撰写。", expert, becauseInChinese(err), w.chat.Name))
}
