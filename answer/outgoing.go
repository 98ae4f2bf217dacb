package answer

import (
	"context"
	"fmt"
	"strings"

	"wenyuan/guard"
	"wenyuan/prompt"
)

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
	a.Canary, a.Passages, a.Prompt = w.canary(), b.Passages, b.Rules
}

// looks is the guards' watch over the answer, from its first sentence to its last.
func (w *work) looks(ctx context.Context) *guard.Stream {
	if w.screening.stream == nil {
		about := w.about()
		about.Canary, about.Prompt, about.Passages = w.screening.about.Canary, w.screening.about.Prompt, w.screening.about.Passages
		if about.Passages == nil {
			about.Passages = w.passages
		}
		w.screening.stream = w.screening.guard.Stream(ctx, guard.Output, about)
	}
	return w.screening.stream
}

// outgoing looks at a sentence before it is checked and shown, together with what stands before it,
// and covers in it what the policy covers. goes is false where the answer ends here.
func (w *work) outgoing(ctx context.Context, d *draft) (goes bool, err error) {
	d.text = w.restored(d.text)
	if g := w.screening.guard; g == nil || !g.Checks(guard.Output) {
		return true, nil
	}
	looks := w.looks(ctx)
	ready, is, err := looks.Write(d.gap + d.text)
	if err == nil {
		rest, more, failed := looks.Flush()
		ready, err = ready+rest, failed
		if more != nil {
			is = more
		}
	}
	if err = w.noted(ctx, is, err); err != nil || w.reply.finish == finishGuard {
		return false, err
	}
	if text, ok := strings.CutPrefix(ready, d.gap); ok {
		d.text = text
	} else {
		d.text = strings.TrimSpace(ready)
	}
	return true, nil
}

// noted takes what the guards found in what was about to be shown.
func (w *work) noted(ctx context.Context, is *guard.Decision, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("answer: %w", context.Cause(ctx))
	}
	if is != nil && is.Action != guard.Allow {
		w.screening.out = append(w.screening.out, *is)
		w.decided(*is)
	}
	switch {
	case err != nil && is == nil:
		return fmt.Errorf("answer: %w", err)
	case err != nil:
		w.screening.stop, w.reply.finish = *is, finishGuard
	}
	return nil
}

// lookedAll ends the watch over an answer that is whole: models and services that the policy names
// are asked about all of it.
func (w *work) lookedAll(ctx context.Context) error {
	if w.screening.stream == nil || w.reply.finish == finishGuard {
		return nil
	}
	_, is, err := w.screening.stream.Close()
	return w.noted(ctx, is, err)
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
