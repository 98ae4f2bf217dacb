package app

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/eval/pairwise"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
)

// comparing finds a model that compares answers in evaluations. Where the space has a closed corpus only one inside
// the house is asked: an answer may have words of it.
func (a *App) comparing(ctx context.Context, sc scope.Scope, name string) (run.Judge, error) {
	m, ok := a.Models.Get(sc.Space(), name)
	if !ok {
		return run.Judge{}, gateway.Unknown(name)
	}
	if !m.Spec().Able(gateway.Judging) || !m.Spec().Able(gateway.Chat) {
		return run.Judge{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the model %q cannot compare answers", name), Hint: "declare it with can: [chat, judge], or name another one"}
	}
	j := run.Judge{Hash: m.Hash()}
	if t, ok := a.trusted(ctx, sc.Space(), name); ok {
		j.Trust = &record.Trust{Kappa: t.Kappa, N: t.N}
	}
	j.Compare = func(ctx context.Context, i item.Item, answer string) (string, error) {
		ctx = manner.With(ctx, manner.Manner{Class: manner.Batch, Scope: sc, Told: &manner.Told{}})
		ctx, err := subjects{a}.insideLike(ctx, sc)
		if err != nil {
			return "", err
		}
		return pairwise.Compare(ctx, m, i.Lang, asked(i), answer, reference(i))
	}
	return j, nil
}

// asked is what an item asks, with what was said before.
func asked(i item.Item) string {
	if len(i.Messages) == 1 {
		return i.Question()
	}
	var b strings.Builder
	for _, m := range i.Messages {
		fmt.Fprintf(&b, "%s: %s\n\n", m.Role, m.Content)
	}
	return strings.TrimSpace(b.String())
}

// reference is what an answer is compared with: the first alternative of each part.
func reference(i item.Item) string {
	var parts []string
	for _, p := range i.Answer {
		if len(p) > 0 {
			parts = append(parts, p[0])
		}
	}
	return strings.Join(parts, "\n")
}
