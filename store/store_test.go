package store_test

import (
	"testing"

	"wenyuan/store"
)

func TestOpen(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		n, err := tx.NextChange(t.Context())
		if err != nil || n != 1 {
			t.Errorf("change %d %v", n, err)
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO corpus (name, id, space, created) VALUES ($2, $1, 'main', $3)`, "a", "name", tx.Now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	var id string
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT id FROM corpus WHERE name = $1`, "name").Scan(&id)
	})
	if err != nil || id != "a" {
		t.Fatal(id, err)
	}
}
