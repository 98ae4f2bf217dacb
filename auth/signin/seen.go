package signin

import (
	"context"
	"fmt"

	"wenyuan/store"
)

// Seen says when people came last, by their ids: with a browser, to the minute, or with a key, to the
// hour; UTC microseconds. Who was never here is left out. Who may know that is for the caller to know.
func (s *Sessions) Seen(ctx context.Context, people ...string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(people) == 0 {
		return out, nil
	}
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		marks := store.Marks(1, len(people))
		return tx.Each(ctx, func(r store.Row) error {
			var person string
			var seen int64
			if err := r.Scan(&person, &seen); err != nil {
				return err
			}
			out[person] = seen
			return nil
		}, `SELECT person, MAX(seen) FROM (SELECT person, seen FROM signin_session WHERE person IN (`+marks+`)
			UNION ALL SELECT person, used FROM access_key WHERE person IN (`+marks+`) AND used > 0) AS came GROUP BY person`, store.Args(people)...)
	})
	if err != nil {
		return nil, fmt.Errorf("signin: seen: %w", err)
	}
	return out, nil
}
