package corpus

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Unchanged says whether an asker sees every one of some documents now, and each of them is in the
// revision that is named. It reads who may see them anew: what a change that has returned took away,
// on whatever server, is not seen.
func (l *Library) Unchanged(ctx context.Context, asker *auth.Identity, sc scope.Scope, revisions map[string]string) (same bool, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		var now scope.Scope
		if now, same, err = l.auth.Anew(ctx, tx, asker, sc); err != nil || !same {
			return err
		}
		for ids := range slices.Chunk(slices.Collect(maps.Keys(revisions)), 1000) {
			n, err := l.unchanged(ctx, tx, []scope.Scope{sc, now}, ids, revisions)
			if same = same && n == len(ids); err != nil || !same {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("corpus: what an answer was made from: %w", err)
	}
	return same, nil
}

// unchanged counts those of some documents that are seen and in the revision that is named.
func (l *Library) unchanged(ctx context.Context, tx *store.Tx, scopes []scope.Scope, ids []string, revisions map[string]string) (n int, err error) {
	space := scopes[0].Space()
	err = tx.Each(ctx, func(r store.Row) error {
		var id, revision string
		if err := r.Scan(&id, &revision); err != nil {
			return err
		}
		if revision == revisions[id] && !slices.ContainsFunc(scopes, func(sc scope.Scope) bool { return !sc.Sees(space, id) }) {
			n++
		}
		return nil
	}, `SELECT id, revision FROM document WHERE space = $1 AND id IN (`+store.Marks(2, len(ids))+`)`, append([]any{space}, store.Args(ids)...)...)
	if err != nil {
		return 0, err
	}
	return n, nil
}
