package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/prompt"
	"wenyuan/trace"
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
		if w.screening.guard.Tokens(guard.Output) { // what stands in an original is its document's
			if err := w.learn(ctx, guard.Output, w.screening.vault, about.Passages); err != nil {
				w.answerer.Log.Warn("what originals hold is not known as theirs", "error", err)
			}
		}
		w.screening.stream = w.screening.guard.Stream(ctx, guard.Output, about)
	}
	return w.screening.stream
}

// shownAgain is what the policy covers by tokens in answers, as far as the asker may read what they
// stand for: what they wrote, and what stands in documents that they see. What a model made up or has
// from elsewhere stays covered.
func (w *work) shownAgain(text string) string {
	if g := w.screening.guard; g == nil || w.screening.vault == nil || !g.Tokens(guard.Output) {
		return text
	}
	may := guard.MayRestore(w.scope, w.principal)
	return w.screening.vault.Restore(text, func(e pii.Entry) bool { return may(e) || w.brought(e.Document) })
}

// brought says whether a document is a passage that the question brought along.
func (w *work) brought(document string) bool {
	return document != "" && w.kept == trace.Nothing && slices.ContainsFunc(w.passages, func(p wenyuan.Passage) bool { return p.Document == document && p.Source == document })
}

// outgoing looks at a sentence before it is checked and shown, together with what stands before it,
// and covers in it what the policy covers. goes is false where the answer ends here.
func (w *work) outgoing(ctx context.Context, d *draft) (goes bool, err error) {
	d.text = w.restored(d.text)
	defer func() { d.text = w.shownAgain(d.text) }()
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
	err = w.noted(ctx, is, err)
	w.screening.whole = w.reply.finish == finishGuard
	return err
}

// screened ends the looking at what was written.
func (w *work) screened() {
	if all := w.screening.out; len(all) > 0 {
		w.step("guard")(fmt.Sprintf("output: %s", summaryOf(all[len(all)-1])), screened{Decisions: all})
	}
}

// stopped says whether the guards ended the answer, and tells it. What was shown of it stands, unless
// the answer as a whole does not go on: then nothing of it does.
func (w *work) stopped() bool {
	if w.reply.finish != finishGuard {
		return false
	}
	if len(w.answer.Sentences) == 0 || w.screening.whole {
		w.refuse(whyGuarded)
		return true
	}
	w.notice("The guards ended the answer here. "+w.contestable(), "护栏在此处中止了回答。"+w.contestable())
	return true
}
