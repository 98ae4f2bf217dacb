package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestRows(t *testing.T) {
	t.Parallel()
	type counted struct {
		Name  string
		Value int
	}
	scan := func(r store.Row) (c counted, err error) {
		err = r.Scan(&c.Name, &c.Value)
		return c, err
	}
	const query = `SELECT name, value FROM counter WHERE name LIKE 'row%' AND value > $1 ORDER BY name`
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx, s := t.Context(), storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			return errors.Join(set(ctx, tx, "row b", 2), set(ctx, tx, "row a", 1), set(ctx, tx, "row c", 3))
		})
		storetest.Read(t, s, func(tx *store.Tx) error {
			all, err := store.List(ctx, tx, scan, query, 1)
			if diff := cmp.Diff([]counted{{"row b", 2}, {"row c", 3}}, all); diff != "" || err != nil {
				t.Errorf("rows: %v\n%s", err, diff)
			}
			none, err := store.List(ctx, tx, scan, query, 9)
			if none == nil || len(none) != 0 || err != nil {
				t.Errorf("no row: %#v, %v", none, err)
			}
			names, err := store.Column[string](ctx, tx, `SELECT name FROM counter WHERE name LIKE 'row%' ORDER BY name DESC`)
			if diff := cmp.Diff([]string{"row c", "row b", "row a"}, names); diff != "" || err != nil {
				t.Errorf("a column: %v\n%s", err, diff)
			}
			return err
		})
		met, enough := 0, errors.New("enough")
		storetest.Read(t, s, func(tx *store.Tx) error {
			err := tx.Each(ctx, func(store.Row) error { met++; return enough }, query, 0)
			if met != 1 || !errors.Is(err, enough) {
				t.Errorf("%d rows, %v; one, and its error, were wanted", met, err)
			}
			_, err = get(ctx, tx, "row a") // the rows are closed, and the transaction goes on
			return err
		})
		if err := s.Read(ctx, func(tx *store.Tx) error {
			_, err := store.Column[string](ctx, tx, `SELECT nothing FROM nowhere`)
			if err == nil {
				t.Error("a wrong statement has an answer")
			}
			_, err = get(ctx, tx, "row a")
			return err
		}); err == nil {
			t.Error("a statement succeeds after one that failed")
		}
	})
}
