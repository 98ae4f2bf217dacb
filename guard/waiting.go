package guard

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// MaxWaits is up to how many incidents Waits counts.
const MaxWaits = 100

// Waits is how many of the newest incidents wait for p: open ones, and those of which a text waits for
// a person. It is MaxWaits where there are so many or more, and 0 for who may not review.
func (g *Guards) Waits(ctx context.Context, sc scope.Scope, p wenyuan.Principal) (n int, err error) {
	if !sc.May(scope.Review) {
		return 0, nil
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		n = 0
		all, err := read(ctx, tx, sc, p, scanOutline, fmt.Sprintf(`SELECT `+outlineColumns+` FROM guard_incident WHERE space = $1 AND state IN ('open', 'waiting') ORDER BY id DESC LIMIT %d`, MaxWaits), sc.Space())
		for _, i := range all {
			if i.Space != "" { // seen
				n++
			}
		}
		return err
	})
	return n, err
}

// Since gives the incidents of the space since a time, UTC microseconds, that p may see, the newest
// first and without their words: of each its place, action, checks, state and times. Needs Review.
func (g *Guards) Since(ctx context.Context, sc scope.Scope, p wenyuan.Principal, since int64) (all []Incident, err error) {
	if err := mayReview(sc); err != nil {
		return nil, err
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		for before, newer := lastID, true; newer && len(all) < maxLooked; {
			part, err := read(ctx, tx, sc, p, scanOutline, fmt.Sprintf(`SELECT `+outlineColumns+` FROM guard_incident WHERE space = $1 AND id < $2 ORDER BY id DESC LIMIT %d`, pageSize), sc.Space(), before)
			if err != nil || len(part) == 0 {
				return err
			}
			before = part[len(part)-1].ID
			for _, i := range part {
				if i.Space == "" {
					continue // not to be seen
				}
				if newer = i.Created >= since; !newer { // ids sort by time: all that follow are older
					break
				}
				all = append(all, i)
			}
		}
		return nil
	})
	return all, err
}

// outlineColumns are those of incidents without their words.
const outlineColumns = `id, space, place, action, checks, trace, document, revision, state, created, seen, times`

// scanOutline reads a row of outlineColumns.
func scanOutline(row store.Row) (i Incident, err error) {
	var checks string
	err = row.Scan(&i.ID, &i.Space, &i.Place, &i.Action, &checks, &i.Trace, &i.Document, &i.Revision, &i.State, &i.Created, &i.Seen, &i.Times)
	i.Checks = strings.Split(checks, ",")
	return i, err
}

// SetAside is how many passages of a revision of a document are set aside: found to be what no model
// is to read, and not let through by a reviewer. Who edits documents, reviews or owns the space, and
// sees the document, is told; whose question they were found for, they are not.
func (g *Guards) SetAside(ctx context.Context, sc scope.Scope, document, revision string) (n int, err error) {
	if mayRead(sc) != nil || !sc.Sees(sc.Space(), document) {
		return 0, nil
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(DISTINCT passage) FROM guard_incident WHERE space = $1 AND document = $2 AND revision = $3 AND place = 'retrieved' AND action IN ('ask', 'refuse') AND state IN ('open', 'waiting', 'confirmed')`,
			sc.Space(), document, revision).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("guard: set aside: %w", err)
	}
	return n, nil
}
