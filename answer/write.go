package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/check"
	"wenyuan/guard"
	"wenyuan/prompt"
)

// write makes the draft and verifies it sentence by sentence. When the model fails before
// anything was released, what the assistant's ladder names takes its place, and the answer says so.
func (w *work) write(ctx context.Context) error {
	if err := w.contradictions(ctx); err != nil {
		return err
	}
	if done, err := w.byExpert(ctx); done {
		return err
	}
	err := w.gone
	switch {
	case err == nil && w.chat.Model == nil:
		return w.quote(ctx)
	case err == nil:
		err = w.attempt(ctx)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return w.degrade(ctx, err)
}

// attempt lets the model write. What it wrote before it broke off stands.
func (w *work) attempt(ctx context.Context) error {
	err := w.generate(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	w.answerer.Log.Warn("the model failed", "model", w.chat.Name, "error", err)
	if len(w.answer.Sentences) == 0 {
		return err
	}
	w.notice("The model broke off"+because(err)+"; what it wrote until then was checked and stands.", "模型中途中断"+becauseInChinese(err)+"；此前写出的内容已核对，予以保留。")
	w.endings()
	return nil
}

// prepare makes passages ready to be checked against. While an answer is written, evidence is
// named by the passage's place, from 1, as it is in the prompt.
func (w *work) prepare(passages []wenyuan.Passage) {
	passages = w.restoredAll(passages)
	w.passages, w.number = passages, map[int]int{}
	ev := make([]check.Evidence, len(passages))
	for i, p := range passages {
		ev[i] = check.Evidence{N: i + 1, Text: p.Text, Context: p.Context}
	}
	w.evidence = check.Prepare(ev)
}

// contradictions says where originals stand against each other.
func (w *work) contradictions(ctx context.Context) error {
	for _, c := range w.answer.Conflicts {
		for i := range c.Sides {
			if g := w.screening.guard; g != nil {
				side, err := g.Cover(ctx, guard.Output, c.Sides[i], w.about())
				if err != nil {
					return fmt.Errorf("answer: %w", err)
				}
				c.Sides[i] = side
			}
		}
		w.notice(fmt.Sprintf("Two originals contradict each other (%s): “%s” and “%s”.", c.About, oneLine(c.Sides[0]), oneLine(c.Sides[1])),
			fmt.Sprintf("两处原文互相矛盾（%s）：“%s”与“%s”。", c.About, oneLine(c.Sides[0]), oneLine(c.Sides[1])))
	}
	return nil
}

// oneLine is a sentence as it stands inside another one.
func oneLine(s string) string {
	return strings.TrimRight(clipped(strings.Join(strings.Fields(s), " "), 120), ".。")
}

// build makes the prompt of the question.
func (w *work) build(ctx context.Context) (prompt.Built, error) {
	asked := w.question.Text
	if len(w.past.Turns) == 0 && w.past.Summary == "" {
		asked = w.asked
	}
	asked, err := w.told(ctx, asked)
	if err != nil {
		return prompt.Built{}, fmt.Errorf("answer: %w", err)
	}
	w.asking = asked
	away, err := w.examples(ctx)
	if err != nil {
		return prompt.Built{}, err
	}
	in := prompt.Input{Question: asked, Away: away, Canary: w.canary(), Knowledge: w.found.Kept, Tools: w.assistant.Tools, Examples: w.assistant.Examples, Past: w.past,
		Template: w.template, Settings: w.assistant.Engine, Model: w.chat.Name, Context: w.chat.Context, Count: w.chat.Tokenizer}
	if in.Template == nil {
		in.Template = w.answerer.prompt.Load() // nobody writes; shown is what the house's prompt would be
	}
	b, err := prompt.Build(ctx, in)
	if err != nil {
		return prompt.Built{}, fmt.Errorf("answer: %w", err)
	}
	w.writing(b)
	w.showed(b)
	if note := w.conflictNote(b.Passages); note != "" && len(b.Messages) > 0 {
		for _, all := range [][]wenyuan.Message{b.Messages, b.Recorded} {
			if len(all) > 0 {
				all[len(all)-1].Content += "\n\n" + note
			}
		}
	}
	return b, nil
}

// conflictNote tells the model which of the originals it is given contradict each other.
func (w *work) conflictNote(passages []wenyuan.Passage) string {
	var lines []string
	for _, c := range w.found.Conflicts {
		a := slices.IndexFunc(passages, func(p wenyuan.Passage) bool { return p.ID == c.Passages[0] })
		b := slices.IndexFunc(passages, func(p wenyuan.Passage) bool { return p.ID == c.Passages[1] })
		if a >= 0 && b >= 0 {
			lines = append(lines, w.say(fmt.Sprintf("The originals %d and %d contradict each other. If the answer rests on what they differ in, say so and give both.", a+1, b+1),
				fmt.Sprintf("原文 %d 与原文 %d 互相矛盾。如果回答要用到矛盾之处，请说明并把两种说法都写出。", a+1, b+1)))
		}
	}
	return strings.Join(slices.Compact(lines), "\n")
}

// quote answers with the documents' own sentences.
func (w *work) quote(ctx context.Context) error {
	w.prepare(w.found.Kept)
	done := w.step("extract")
	settings := w.assistant.Extract
	settings.Weights = w.found.Weights
	picked, refused, why := extract.Extract(w.asked, w.passages, settings)
	if refused || len(picked) == 0 {
		done("no sentence answers: "+why, nil)
		w.refuse(whyNoSentence)
		return nil
	}
	picked = w.bothSides(picked)
	done(fmt.Sprintf("%d sentences", len(picked)), nil)
	check := w.step("verify")
	for i, s := range picked {
		d := draft{text: s.Display, gap: w.separator(picked, i), passages: []int{s.Passage}, quotes: []quoted{{s.Passage, s.Start, s.End}}}
		goes, err := w.outgoing(ctx, &d)
		if err != nil {
			return err
		}
		if !goes {
			break
		}
		w.release(d)
	}
	check(w.counts(), nil)
	if err := w.lookedAll(ctx); err != nil {
		return err
	}
	w.stopped()
	return nil
}

// bothSides adds, where a sentence was picked that another original contradicts, that
// original's sentence behind it.
func (w *work) bothSides(picked []extract.Picked) []extract.Picked {
	for _, c := range w.found.Conflicts {
		for side := range 2 {
			has := slices.IndexFunc(picked, func(s extract.Picked) bool { return w.holds(s, c.Passages[side], c.Sides[side]) })
			other := slices.IndexFunc(picked, func(s extract.Picked) bool { return w.holds(s, c.Passages[1-side], c.Sides[1-side]) })
			if has < 0 || other >= 0 {
				continue
			}
			if s, ok := w.sideOf(c.Passages[1-side], c.Sides[1-side]); ok {
				picked = append(picked, s)
			}
		}
	}
	return picked
}

// holds says whether a picked sentence is a side of a contradiction.
func (w *work) holds(s extract.Picked, passage, side string) bool {
	return w.passages[s.Passage].ID == passage && (strings.Contains(s.Text, side) || strings.Contains(side, s.Text))
}

// sideOf picks a sentence of a passage.
func (w *work) sideOf(passage, side string) (extract.Picked, bool) {
	i := slices.IndexFunc(w.passages, func(p wenyuan.Passage) bool { return p.ID == passage })
	if i < 0 {
		return extract.Picked{}, false
	}
	at := strings.Index(w.passages[i].Text, side)
	if at < 0 {
		return extract.Picked{}, false
	}
	start := w.passages[i].Start + utf8.RuneCountInString(w.passages[i].Text[:at])
	return extract.Picked{Text: side, Display: side, Passage: i, Start: start, End: start + utf8.RuneCountInString(side)}, true
}

// separator is what stands before a quoted sentence: nothing before the first, a blank line
// between two originals, else a space or, where the original breaks the line, a line break.
func (w *work) separator(all []extract.Picked, i int) string {
	switch {
	case i == 0:
		return ""
	case all[i-1].Passage != all[i].Passage:
		return "\n\n"
	case strings.Contains(between(w.passages[all[i].Passage], all[i-1].End, all[i].Start), "\n"):
		return "\n"
	}
	return " "
}
