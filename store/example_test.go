package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"wenyuan/store"
)

// What is read and written in one transaction fits together, and what Write has
// returned from is kept.
func ExampleStore_Write() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, store.Config{Dir: dir})
	if err != nil {
		panic(err)
	}
	defer s.Close()

	hash, size, err := s.Blobs().Put(ctx, strings.NewReader("the bytes of a file"))
	if err != nil {
		panic(err)
	}
	err = s.Write(ctx, func(tx *store.Tx) error {
		change, err := tx.NextChange(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO change (number, space, corpus, document, kind, revision, at) VALUES ($1, 'main', 'manual', 'doc', 'put', $2, $3)`, change, hash, tx.Now)
		return err
	})
	if err != nil {
		panic(err)
	}
	err = s.Read(ctx, func(tx *store.Tx) error {
		var number int
		var revision string
		err := tx.QueryRow(ctx, `SELECT number, revision FROM change`).Scan(&number, &revision)
		fmt.Println(number, revision == hash, size)
		return err
	})
	if err != nil {
		panic(err)
	}
	// Output: 1 true 19
}
