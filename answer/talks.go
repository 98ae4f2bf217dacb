package answer

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/session"
)

// Turns shows the newest turns of a conversation of p's before a number, as [session.Sessions.Turns]
// does, with what tokens in its record stand for: what p wrote, and what stands in documents that
// p sees now.
func (a *Answerer) Turns(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string, before, limit int) ([]session.Turn, error) {
	turns, err := a.Sessions.Turns(ctx, sc, p, id, before, limit)
	if err != nil {
		return turns, fmt.Errorf("answer: %w", err)
	}
	restore, err := a.restorer(ctx, sc, p, id)
	if err != nil {
		return nil, err
	}
	for i := range turns {
		restoreTurn(&turns[i], restore)
	}
	return turns, nil
}

// Export gives out all that p said and was told, as [session.Sessions.Export] does, with what tokens
// stand for.
func (a *Answerer) Export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, give func(session.Exported) error) error {
	restore := func(text string) string { return text }
	return a.Sessions.Export(ctx, sc, p, func(e session.Exported) (err error) {
		if e.Conversation != nil {
			restore, err = a.restorer(ctx, sc, p, e.Conversation.ID)
		}
		if e.Turn != nil {
			restoreTurn(e.Turn, restore)
		}
		if err != nil {
			return err
		}
		return give(e)
	})
}

// restorer puts back what the tokens of a conversation stand for, for one reader.
func (a *Answerer) restorer(ctx context.Context, sc scope.Scope, p wenyuan.Principal, conversation string) (func(string) string, error) {
	if a.Guards == nil {
		return func(text string) string { return text }, nil
	}
	restore, err := a.Guards.Restorer(ctx, sc, p, conversation)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return restore, nil
}

func restoreTurn(t *session.Turn, restore func(string) string) {
	t.Question = restore(t.Question)
	if t.Answer == nil {
		return
	}
	told := *t.Answer
	told.Answer, told.Sentences = restore(told.Answer), slices.Clone(told.Sentences)
	for i, s := range told.Sentences {
		told.Sentences[i].Text = restore(s.Text)
	}
	t.Answer = &told
}
