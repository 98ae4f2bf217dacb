package answer

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/trace"
)

// logged is the record of an answer with what the policy covers in records covered: in the
// question, the answer, and what the model was sent and said. What may not be recorded at all is left
// empty. Originals stay as they are: they are their documents'.
func (w *work) logged(ctx context.Context, t trace.Trace) (trace.Trace, error) {
	g := w.screening.guard
	if g == nil || w.kept != trace.Everything || !g.Checks(guard.Log) {
		return t, nil
	}
	if g.Tokens(guard.Log) {
		if err := w.learn(ctx, guard.Log, w.screening.record, t.Answer.Passages); err != nil {
			return t, err
		}
	}
	c := &coverer{ctx: ctx, work: w}
	t.Question = c.written(t.Question, w.principal.ID)
	c.answer(&t.Answer)
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		c.step(&t.Steps[i])
	}
	return t, c.err
}

// learn finds out what is covered at a place of what stands in originals: it is their documents',
// whoever repeats it.
func (w *work) learn(ctx context.Context, place guard.Place, vault *pii.Vault, originals []wenyuan.Passage) error {
	g, about := w.screening.guard, w.about()
	about.Vault = vault
	for _, p := range originals {
		about.Passage = &p
		if _, err := g.Cover(ctx, place, p.Text, about); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return nil
}

// A coverer covers what is recorded. Its first error stays.
type coverer struct {
	ctx  context.Context
	work *work
	err  error
}

// text covers what nobody knows whose it is.
func (c *coverer) text(s string) string { return c.written(s, "") }

// written covers what a person wrote.
func (c *coverer) written(s, principal string) string {
	if c.err == nil {
		s, c.err = c.work.recordable(c.ctx, s, principal)
	}
	return s
}

// sent covers what a model was sent. Where records have tokens of their own, what it was told of them
// is put back first.
func (c *coverer) sent(s string) string {
	if c.work.screening.guard.Tokens(guard.Log) {
		s = c.work.restored(s)
	}
	return c.text(s)
}

func (c *coverer) answer(a *wenyuan.Answer) {
	a.Answer, a.Notice = c.text(a.Answer), c.text(a.Notice)
	a.Sentences = slices.Clone(a.Sentences)
	for i, s := range a.Sentences {
		if a.Sentences[i].Text = c.text(s.Text); a.Sentences[i].Text != s.Text {
			a.Sentences[i].Disagree = nil // its places are those of other words
		}
		a.Sentences[i].Reason = c.text(s.Reason)
	}
}

func (c *coverer) held(all []held) []held {
	all = slices.Clone(all)
	for i, h := range all {
		all[i].Text, all[i].Reason = c.text(h.Text), c.text(h.Reason)
	}
	return all
}

// step covers what a step says of the question and the answer.
func (c *coverer) step(s *trace.Step) {
	switch d := s.Detail.(type) {
	case sent:
		d.Messages, d.Again = slices.Clone(d.Messages), c.held(d.Again)
		for j, m := range d.Messages {
			d.Messages[j].Content = c.sent(m.Content)
		}
		s.Detail = d
	case recalled:
		d.Text, d.Also = c.text(d.Text), slices.Clone(d.Also)
		for j, a := range d.Also {
			d.Also[j] = c.text(a)
		}
		s.Detail, s.Summary = d, c.text(s.Summary)
	case verification:
		d.Withheld = c.held(d.Withheld)
		s.Detail = d
	case opined:
		d.Opinions = slices.Clone(d.Opinions)
		for j, o := range d.Opinions {
			d.Opinions[j].Text = c.text(o.Text)
		}
		s.Detail = d
	}
}

// recordable is a text as it may be recorded; empty where it may not be. principal is whose words they
// are, empty where nobody knows.
func (w *work) recordable(ctx context.Context, text, principal string) (string, error) {
	g := w.screening.guard
	if g == nil || text == "" || !g.Checks(guard.Log) {
		return text, nil
	}
	about := w.about()
	about.Principal, about.Vault = principal, w.screening.record
	d, err := g.Look(ctx, guard.Log, text, about)
	if err != nil {
		return "", fmt.Errorf("answer: %w", err)
	}
	if d.Stops() {
		return "", nil
	}
	return d.Text, nil
}
