package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// record stores the answer with the versions it was made from, and as a turn of its
// conversation.
func (w *work) record(ctx context.Context) (wenyuan.Answer, error) {
	w.unrecorded()
	w.finish()
	var err error
	if w.answer.Versions, err = w.versions(); err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: %w", err)
	}
	if err := w.converse(ctx); err != nil {
		return wenyuan.Answer{}, fmt.Errorf("answer: %w", err)
	}
	if w.kept != trace.Nothing {
		w.answer.Trace = w.recorder.ID()
	}
	if w.kept == trace.Everything {
		w.answer.Conversation = w.conversation.ID
	}
	t := w.recorder.End(w.answer)
	t.Conversation, t.Record = w.answer.Conversation, w.kept
	for try := 1; ; try++ {
		err := w.save(ctx, t)
		if err == nil {
			return w.answer, nil
		}
		if !errors.Is(err, guard.ErrTaken) || try == mostTries {
			return wenyuan.Answer{}, err
		}
		if w.screening.record, err = w.openVault(ctx); err != nil {
			return wenyuan.Answer{}, err
		}
	}
}

// mostTries is how often an answer is recorded while others of its conversation come first.
const mostTries = 10

// save records the answer with the tokens that its record holds.
func (w *work) save(ctx context.Context, t trace.Trace) error {
	t, err := w.logged(ctx, t)
	if err != nil {
		return err
	}
	var fresh []pii.Entry
	if w.screening.record != nil {
		fresh = w.screening.record.Fresh()
	}
	err = w.answerer.Store.Write(ctx, func(tx *store.Tx) error {
		if err := w.keepVersions(ctx, tx); err != nil {
			return err
		}
		return w.keep(ctx, tx, t, fresh)
	})
	if err != nil {
		return fmt.Errorf("answer: record: %w", err)
	}
	return nil
}

// keep records the answer, or as much of it as its space says and said when it was begun.
func (w *work) keep(ctx context.Context, tx *store.Tx, t trace.Trace, fresh []pii.Entry) error {
	policy, err := trace.PolicyOf(ctx, tx, t.Space)
	if err != nil {
		return err
	}
	if t.Record = t.Record.And(policy.Record); t.Record == trace.Nothing {
		return nil
	}
	if err := trace.Save(ctx, tx, t); err != nil {
		return err
	}
	if err := trace.Settle(ctx, tx, t.ID); err != nil {
		return err
	}
	if t.Conversation != "" && t.Record == trace.Everything {
		if err := w.answerer.Sessions.Append(ctx, tx, w.scope, w.principal, t.Conversation, t.Question, t.ID); err != nil {
			return err
		}
		if g := w.screening.guard; g != nil {
			if err := g.KeepTokens(ctx, tx, t.Conversation, fresh); err != nil {
				return err
			}
		}
	}
	who := audit.Who(ctx)
	if who.ID == "" {
		who.ID, who.Name = w.principal.ID, w.principal.Name
	}
	return audit.Append(audit.By(ctx, who), tx, audit.Act{Space: t.Space, Action: "question", Object: w.assistant.Name, Version: w.assistant.Hash, Detail: asked(t)})
}

// asked is what the audit keeps of a question: no word of it.
func asked(t trace.Trace) any {
	usage := wenyuan.Usage{}
	if t.Answer.Usage != nil {
		usage = *t.Answer.Usage
	}
	return struct {
		Trace   string `json:"trace"`
		Refused bool   `json:"refused"`
		In      int    `json:"tokens_in"`
		Out     int    `json:"tokens_out"`
	}{t.ID, t.Refused, usage.Prompt, usage.Completion}
}

// policy finds out how much of the question is to be recorded, before anything is.
func (w *work) policy(ctx context.Context) error {
	err := w.answerer.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := trace.PolicyOf(ctx, tx, w.scope.Space())
		w.kept = p.Record
		return err
	})
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if w.question.Apart {
		w.kept = trace.Nothing
	}
	if w.kept != trace.Everything && w.question.Conversation == "new" {
		w.question.Conversation = ""
	}
	return nil
}

// unrecorded says how much is not recorded.
func (w *work) unrecorded() {
	switch w.kept {
	case trace.Metadata:
		w.notice("By the rules of this space neither the question nor the answer is recorded, only who asked when and which documents had a part.",
			"按本空间的规定，问题和回答都不记录，只记录谁在何时提问、用到哪些文档。")
	case trace.Nothing:
		if w.question.Apart {
			return // whoever measures knows
		}
		w.notice("By the rules of this space nothing of this question and its answer is recorded.", "按本空间的规定，这次问答不作任何记录。")
	}
}

// converse begins the conversation where the question asks for a new one.
func (w *work) converse(ctx context.Context) (err error) {
	if w.question.Conversation == "new" {
		w.conversation, err = w.answerer.Sessions.BeginWith(ctx, w.scope, w.principal, wenyuan.Version{Kind: Kind, Name: w.assistant.Name, Hash: w.assistant.Hash}, w.modelVersion(), "")
	}
	return err
}

// keepVersions stores what shaped the answer and is not stored elsewhere.
func (w *work) keepVersions(ctx context.Context, tx *store.Tx) error {
	space := w.scope.Space()
	if _, err := version.Put(ctx, tx, space, Kind, w.assistant.Name, w.assistant.settings()); err != nil {
		return err
	}
	if g := w.screening.guard; g != nil {
		if err := g.Record(ctx, tx, space); err != nil {
			return err
		}
	}
	if w.chat.Model == nil {
		return nil
	}
	if err := w.answerer.keepPrompt(ctx, tx, space, w.assistant.Prompt); err != nil {
		return err
	}
	_, err := version.Put(ctx, tx, space, "model", w.chat.Name, w.chat.Settings)
	return err
}

// versions names everything the answer was made from.
func (w *work) versions() ([]wenyuan.Version, error) {
	out := []wenyuan.Version{
		{Kind: "program", Name: "wenyuan", Hash: w.answerer.Program},
		{Kind: Kind, Name: w.assistant.Name, Hash: w.assistant.Hash},
	}
	if w.chat.Model != nil {
		model, err := version.Hash(w.chat.Settings)
		if err != nil {
			return nil, err
		}
		out = append(out, wenyuan.Version{Kind: prompt.Kind, Name: w.template.Name, Hash: w.assistant.Prompt},
			wenyuan.Version{Kind: "model", Name: w.chat.Name, Hash: model})
	}
	if g := w.screening.guard; g != nil {
		out = append(out, g.Version())
	}
	if w.offered != nil {
		out = append(out, w.offered.Library)
	}
	out = append(out, w.found.Indexes...)
	var revisions []wenyuan.Version
	for _, p := range w.answer.Passages {
		revisions = append(revisions, wenyuan.Version{Kind: "revision", Name: p.Source, Hash: p.Revision})
	}
	slices.SortFunc(revisions, func(a, b wenyuan.Version) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hash, b.Hash))
	})
	return append(out, slices.Compact(revisions)...), nil
}

// template finds the prompt of a version.
func (a *Answerer) template(ctx context.Context, sc scope.Scope, hash string) (*prompt.Template, error) {
	if p := a.prompt.Load(); p.Hash == hash {
		return p, nil
	}
	t, err := a.prompts.At(ctx, sc, hash)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return t, nil
}

// keepPrompt keeps the house's own prompt as a version; any other is one already.
func (a *Answerer) keepPrompt(ctx context.Context, tx *store.Tx, space, hash string) error {
	p := a.prompt.Load()
	if p.Hash != hash {
		return nil
	}
	_, err := version.Put(ctx, tx, space, prompt.Kind, p.Name, p.Data())
	return err
}
