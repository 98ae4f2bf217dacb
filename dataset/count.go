package dataset

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Amounts are how many samples somebody may see.
type Amounts struct {
	Samples int            `json:"samples"`
	Kinds   map[string]int `json:"kinds"`
	Origins map[string]int `json:"origins"`
	More    bool           `json:"more,omitempty"` // there are more, that nobody looked at: see maxCounted
}

// maxCounted is how many samples are looked at one by one, where not all of a space are seen: some
// tenths of a second.
const maxCounted = 20_000

// Count says how many samples that a filter means p may see. Whoever reviews a space and sees all its documents is
// told at once; for others each is looked at, up to 20,000. Needs Edit, Review or Own.
func (s *Sets) Count(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f Filter) (a Amounts, err error) {
	if err := mayRead(sc); err != nil {
		return a, err
	}
	if err := f.check(); err != nil {
		return a, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		a = Amounts{Kinds: map[string]int{}, Origins: map[string]int{}}
		if sc.Space() == "" {
			return nil
		}
		if sc.May(scope.Review) && sc.All(sc.Space()) {
			return a.whole(ctx, tx, sc, f)
		}
		return a.seen(ctx, tx, sc, p, f)
	})
	return a, err
}

func (a *Amounts) add(kind, origin string, n int) {
	a.Samples += n
	a.Kinds[kind] += n
	a.Origins[origin] += n
}

// whole counts everything that a filter means.
func (a *Amounts) whole(ctx context.Context, tx *store.Tx, sc scope.Scope, f Filter) error {
	where, args := f.where([]any{sc.Space()})
	err := tx.Each(ctx, func(r store.Row) error {
		var kind, origin string
		var n int
		if err := r.Scan(&kind, &origin, &n); err != nil {
			return err
		}
		a.add(kind, origin, n)
		return nil
	}, `SELECT s.kind, s.origin, COUNT(*) FROM sample s WHERE s.space = $1`+where+` GROUP BY s.kind, s.origin`, args...)
	if err != nil {
		return fmt.Errorf("dataset: count: %w", err)
	}
	return nil
}

// seen counts what p sees, one by one and without their words.
func (a *Amounts) seen(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Filter) error {
	after := ""
	for looked := 0; ; looked += pageRows {
		ids, of, err := countPage(ctx, tx, sc, p, f, after)
		if err != nil || len(ids) == 0 {
			return err
		}
		if looked >= maxCounted {
			a.More = true
			return nil
		}
		seen, err := visible(ctx, tx, sc, p, ids)
		if err != nil {
			return err
		}
		for i, id := range ids {
			if seen[id] {
				a.add(of[i][0], of[i][1], 1)
			}
		}
		after = ids[len(ids)-1]
	}
}

// countPage are the next samples that a filter means and p might see, with kind and origin.
func countPage(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Filter, after string) (ids []string, of [][2]string, err error) {
	where, args := f.where([]any{sc.Space(), after})
	if !sc.May(scope.Review) {
		args = append(args, p.ID)
		where += fmt.Sprintf(` AND s.principal = $%d`, len(args))
	}
	err = tx.Each(ctx, func(r store.Row) error {
		var id string
		var x [2]string
		if err := r.Scan(&id, &x[0], &x[1]); err != nil {
			return err
		}
		ids, of = append(ids, id), append(of, x)
		return nil
	}, fmt.Sprintf(`SELECT s.id, s.kind, s.origin FROM sample s WHERE s.space = $1 AND s.id > $2%s ORDER BY s.id LIMIT %d`, where, pageRows), args...)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: count: %w", err)
	}
	return ids, of, nil
}
