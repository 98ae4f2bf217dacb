package answer

import (
	"context"
	"fmt"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/trace"
)

// Limits of passages that a question brings along.
const (
	maxGiven      = 100
	maxGivenBytes = 512 << 10
)

// A Given is a question with the passages it is to be answered from. Of a passage only Title,
// Heading and Text count.
type Given struct {
	Text      string
	Assistant string // whose settings hold; "" the defaults of the house
	Model     string // who writes, in the place of the assistant's; "" with no assistant: the passages' own sentences
	Passages  []wenyuan.Passage
}

// FromPassages answers a question from passages that are given, by the road that every answer
// takes behind retrieval. Nothing is searched and nothing is kept. A model that fails is an
// error here and never replaced: who brings passages along measures who was named.
func (a *Answerer) FromPassages(ctx context.Context, sc scope.Scope, p wenyuan.Principal, g Given) (wenyuan.Answer, error) {
	if err := g.check(); err != nil {
		return wenyuan.Answer{}, err
	}
	as, seen, err := a.givenTo(ctx, sc, g)
	if err != nil {
		return wenyuan.Answer{}, err
	}
	if ctx, err = a.Library.Inside(ctx, sc, seen...); err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: %w", err)
	}
	w := &work{answerer: a, scope: sc, principal: p, asked: g.Text, question: Question{Text: g.Text, Apart: true}, assistant: as, corpora: seen, emit: func(Event) {}, kept: trace.Nothing}
	w.recorder = trace.Start(trace.Trace{Space: sc.Space(), Assistant: as.Name, Principal: p.ID, Question: g.Text})
	if err := w.writer(ctx); err != nil {
		return wenyuan.Answer{}, err
	}
	if err := w.guarded(ctx); err != nil {
		return wenyuan.Answer{}, err
	}
	passes, err := w.screen(ctx)
	if err == nil && passes {
		err = w.readGiven(ctx, g)
	}
	if err != nil {
		return wenyuan.Answer{}, err
	}
	w.noticeAside()
	w.finish()
	return w.answer, nil
}

// readGiven answers from the passages, without those that the guards set aside.
func (w *work) readGiven(ctx context.Context, g Given) (err error) {
	given := g.passages()
	w.found = retrieve.Found{Kept: given, Conflicts: retrieve.Contradictions(g.Text, given, w.assistant.Filters)}
	if w.found, err = w.admit(ctx, w.found); err != nil {
		return err
	}
	w.answer.Passages, w.answer.Conflicts = w.restoredAll(w.found.Kept), w.found.Conflicts
	if len(w.found.Kept) == 0 {
		w.refuse(whyNothingFound)
		return nil
	}
	w.route(ctx)
	return w.write(ctx)
}

// givenTo is the assistant that answers, with those of its corpora that are there for the asker.
func (a *Answerer) givenTo(ctx context.Context, sc scope.Scope, g Given) (as Assistant, seen []string, err error) {
	as = Assistant{Name: "given"}.withDefaults()
	as.Filters, as.Extract = a.Filters, a.Extract
	if g.Assistant != "" {
		if as, seen, err = a.find(ctx, sc, g.Assistant); err != nil {
			return Assistant{}, nil, err
		}
	}
	if g.Model != "" {
		_, held := sc.Only() // to some assistants, and so to no model
		if _, ok := a.chat(sc.Space(), g.Model); !ok || held {
			return Assistant{}, nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no model named %q that writes", g.Model), Hint: "wenyuan model list shows what can chat"}
		}
		as.Model, as.Experts = g.Model, nil
	}
	if as.Model != "" && as.Prompt == "" {
		as.Prompt = a.prompt.Load().Hash
	}
	as.Extractive, as.Ladder = false, nil // measured is the model
	return as, seen, nil
}

func (g Given) check() error {
	if err := (Question{Text: g.Text}).check(); err != nil {
		return err
	}
	size := 0
	for _, p := range g.Passages {
		size += len(p.Text)
	}
	if len(g.Passages) > maxGiven || size > maxGivenBytes {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a question brings up to %d passages of %d KiB together, this one %d of %d KiB", maxGiven, maxGivenBytes>>10, len(g.Passages), size>>10),
			Hint: "give fewer or shorter ones, or add the documents to a corpus"}
	}
	return nil
}

// passages are those given, each as a document of its own.
func (g Given) passages() []wenyuan.Passage {
	out := make([]wenyuan.Passage, 0, len(g.Passages))
	for i, p := range g.Passages {
		id := fmt.Sprintf("given-%d", i+1)
		out = append(out, wenyuan.Passage{ID: id, Document: id, Source: id, Title: p.Title, Heading: append([]string{}, p.Heading...),
			End: utf8.RuneCountInString(p.Text), Text: p.Text, Score: 1 - float64(i)/maxGiven})
	}
	return out
}
