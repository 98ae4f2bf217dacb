package answer

import (
	"context"
	"fmt"
	"strings"

	"wenyuan/guard"
	"wenyuan/prompt"
)

// window is how many code points of what was released are looked at again with each sentence:
// what is harmless in each of two may not be in both.
const window = 400

// canary is a word for the rules of this assistant, by which a leak of them is known. It is the
// same for equal versions while the program runs, so that equal prompts stay equal.
func (w *work) canary() string {
	if w.screening.guard == nil {
		return ""
	}
	return guard.Canary(w.answerer.secret + "/" + w.scope.Space() + "/" + w.assistant.Hash)
}

// writing tells the guards what the model is about to be sent.
func (w *work) writing(b prompt.Built) {
	a := &w.screening.about
	a.Canary, a.Passages = w.canary(), b.Passages
	if len(b.Messages) > 0 && b.Messages[0].Role == "system" {
		a.Prompt = b.Messages[0].Content
	}
}

// looked is what the guards make of words that are about to be shown, together with the end of
// what was shown. Its Text are the words alone, as they may be shown.
func (w *work) looked(ctx context.Context, text string) (guard.Decision, error) {
	g := w.screening.guard
	pass := guard.Decision{Place: guard.Output, Action: guard.Allow, Text: text}
	if g == nil || !g.Checks(guard.Output) {
		return pass, nil
	}
	about := w.about()
	about.Canary, about.Prompt, about.Passages = w.screening.about.Canary, w.screening.about.Prompt, w.screening.about.Passages
	if about.Passages == nil {
		about.Passages = w.passages
	}
	d, err := g.Look(ctx, guard.Output, text, about)
	if err != nil || ends(d) || len(w.screening.shown) == 0 {
		return d, wrapped(err)
	}
	over, err := w.across(ctx, g, about, text)
	if err != nil || over == nil {
		return d, wrapped(err)
	}
	if over.Text = d.Text; over.Action == guard.Mask {
		over.Text = strings.Repeat("*", 3) // its other half stands already; this one is not shown
	}
	over.Findings = append(over.Findings, d.Findings...)
	over.Action = guard.Stricter(over.Action, d.Action)
	return *over, nil
}

// across looks for what begins in what was shown and ends in text; nil where there is none.
func (w *work) across(ctx context.Context, g *guard.Guard, about guard.About, text string) (*guard.Decision, error) {
	before := len(w.screening.shown)
	whole := string(w.screening.shown) + text
	about.Dry = true
	d, err := g.Look(ctx, guard.Output, whole, about)
	if err != nil || !spans(d, before) {
		return nil, err
	}
	if about.Dry = w.dry; !w.dry {
		if d, err = g.Look(ctx, guard.Output, whole, about); err != nil {
			return nil, err
		}
	}
	var over []guard.Finding
	d.Action = guard.Allow
	for _, f := range d.Findings {
		if reaches(f, before) {
			over, d.Action = append(over, f), guard.Stricter(d.Action, f.Action)
		}
	}
	d.Findings = over
	return &d, nil
}

// spans says whether something was found that reaches over a place.
func spans(d guard.Decision, at int) bool {
	for _, f := range d.Findings {
		if f.Action != guard.Allow && reaches(f, at) {
			return true
		}
	}
	return false
}

// reaches says whether a finding lies on both sides of a place, or is a leak, which is of the whole.
func reaches(f guard.Finding, at int) bool {
	return f.Start < at && f.End > at || f.Check == guard.CanaryLeak && f.End <= f.Start
}

func wrapped(err error) error {
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// outgoing looks at a sentence before it is checked and shown, and covers in it what the policy
// covers. goes is false where the answer ends here.
func (w *work) outgoing(ctx context.Context, d *draft) (goes bool, err error) {
	is, err := w.looked(ctx, w.restored(d.text))
	if err != nil {
		return false, err
	}
	if is.Action != guard.Allow {
		w.screening.out = append(w.screening.out, is)
		w.decided(is)
	}
	if ends(is) {
		w.screening.stop, w.reply.finish = is, finishGuard
		return false, nil
	}
	d.text = is.Text
	w.screening.shown = append(append(w.screening.shown, []rune(d.gap)...), []rune(d.text)...)
	if n := len(w.screening.shown) - window; n > 0 {
		w.screening.shown = w.screening.shown[n:]
	}
	return true, nil
}

// screened ends the looking at what was written.
func (w *work) screened() {
	if all := w.screening.out; len(all) > 0 {
		w.step("guard")(fmt.Sprintf("output: %s", summaryOf(all[len(all)-1])), screened{Decisions: all})
	}
}

// stopped says whether the guards ended the answer, and tells it. What was shown of it stands.
func (w *work) stopped() bool {
	if w.reply.finish != finishGuard {
		return false
	}
	if len(w.answer.Sentences) == 0 {
		w.refuse(whyGuarded)
		return true
	}
	w.notice("The guards ended the answer here. "+w.contestable(), "护栏在此处中止了回答。"+w.contestable())
	return true
}
