package dataset

import (
	"context"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Each goes through the samples that a filter means, in the order of their ids; f is told of each whether p
// may see it. Needs Edit, Review or Own.
func (s *Sets) Each(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f Filter, each func(x Sample, seen bool) error) error {
	if err := mayRead(sc); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	return s.walk(ctx, sc, p, f, each)
}

// ForJudging says of which of the named samples the scope sees every document. It does not ask whose they
// are: somebody who judges is shown, by who made the task, what others asked.
func ForJudging(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string) (map[string]bool, error) {
	return see(ctx, tx, sc, ids, func(string) bool { return sc.May(scope.Ask) || sc.May(scope.Review) })
}

// Origins reads samples with everything that they were made from, for what is to be made of them; those
// whose documents the scope does not see, or that are gone, are left out.
func Origins(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string) (all []Sample, err error) {
	seen, err := see(ctx, tx, sc, ids, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !seen[id] {
			continue
		}
		x, err := whole(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if x.State != Erased {
			all = append(all, x)
		}
	}
	return all, nil
}

// Question is what a row's answer is an answer to: the messages before it, without those of the system.
func Question(r form.Row) []form.Message {
	list := r.Messages
	if r.Kind != form.Preference && len(list) > 0 {
		list = list[:len(list)-1]
	}
	var out []form.Message
	for _, m := range list {
		if m.Role != form.System {
			out = append(out, m)
		}
	}
	return out
}

// Visible says which of the named samples p may see: one's own, and with the right Review those of others,
// each only where the scope sees every document that it may have words of.
func Visible(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, ids []string) (map[string]bool, error) {
	return visible(ctx, tx, sc, p, ids)
}
