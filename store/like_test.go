package store_test

import (
	"testing"

	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestLike: a pattern finds the text as it stands, whatever signs of patterns are in it.
func TestLike(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		for _, q := range []struct {
			text, in string
			found    bool
		}{{"a_b", "xa_by", true}, {"a_b", "axb", false}, {"50%", "to 50% and", true}, {"50%", "to 500", false}, {`a\b`, `a\b`, true}, {`a\b`, "ab", false}, {"", "any", true}, {"休", "年休假", true}} {
			storetest.Write(t, s, func(tx *store.Tx) error {
				var n int
				err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM counter WHERE name = 'change' AND CAST($1 AS TEXT) LIKE $2 ESCAPE '\'`, q.in, store.Like(q.text)).Scan(&n)
				if (n == 1) != q.found {
					t.Errorf("%q in %q: %v", q.text, q.in, n == 1)
				}
				return err
			})
		}
	})
}
