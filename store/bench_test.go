package store_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// eachEngine runs a benchmark on every engine.
func eachEngine(b *testing.B, f func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { f(b, storetest.Open(b, store.Config{Dir: b.TempDir()})) })
	b.Run("postgres", func(b *testing.B) {
		f(b, storetest.Open(b, store.Config{Dir: b.TempDir(), URL: testenv.Postgres(b)}))
	})
}

// BenchmarkWrite is one small durable transaction.
func BenchmarkWrite(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		for i := 0; b.Loop(); i++ {
			storetest.Write(b, s, func(tx *store.Tx) error { return set(b.Context(), tx, fmt.Sprint(i), 1) })
		}
	})
}

// BenchmarkWriteRows is a transaction of 1,000 passages, one statement each.
func BenchmarkWriteRows(b *testing.B) {
	const rows = 1000
	text := string(bytes.Repeat([]byte("四百个字的一段正文。"), 40))
	eachEngine(b, func(b *testing.B, s *store.Store) {
		storetest.Write(b, s, func(tx *store.Tx) error { return document(b.Context(), tx, "d", "", "r") })
		for i := 0; b.Loop(); i++ {
			storetest.Write(b, s, func(tx *store.Tx) error {
				for j := range rows {
					_, err := tx.Exec(b.Context(), `INSERT INTO passage (id, space, document, revision, ord, start_, end_, text) VALUES ($1, 'main', 'd', 'r', $2, 0, 400, $3)`,
						fmt.Sprint("p", i, "_", j), i*rows+j+1, text)
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkRead is the look-up of one row in a snapshot, from several goroutines.
func BenchmarkRead(b *testing.B) {
	eachEngine(b, func(b *testing.B, s *store.Store) {
		storetest.Write(b, s, func(tx *store.Tx) error { return document(b.Context(), tx, "d", "", "r") })
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				storetest.Read(b, s, func(tx *store.Tx) error {
					var text string
					return tx.QueryRow(b.Context(), `SELECT text FROM passage WHERE id = $1`, "p_d").Scan(&text)
				})
			}
		})
	})
}

// BenchmarkBlobPut keeps 100 KB durably.
func BenchmarkBlobPut(b *testing.B) {
	s := sqliteStore(b)
	content := make([]byte, 100_000)
	b.SetBytes(int64(len(content)))
	for i := 0; b.Loop(); i++ {
		copy(content, fmt.Sprint(i))
		if _, _, err := s.Blobs().Put(b.Context(), bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBlobBatch keeps 32 blobs of 100 KB at once.
func BenchmarkBlobBatch(b *testing.B) {
	s := sqliteStore(b)
	content := make([]byte, 100_000)
	b.SetBytes(32 * int64(len(content)))
	for i := 0; b.Loop(); i++ {
		batch := s.Blobs().Batch()
		for j := range 32 {
			copy(content, fmt.Sprint(i, j))
			if _, _, err := batch.Put(b.Context(), bytes.NewReader(content)); err != nil {
				b.Fatal(err)
			}
		}
		if err := batch.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBackup writes 1,000 documents of about 4 KB with their originals, and
// BenchmarkRestore reads them.
func BenchmarkBackup(b *testing.B) {
	s := filled(b, 1000)
	for b.Loop() {
		if err := s.Backup(b.Context(), io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRestore(b *testing.B) {
	file := backup(b, filled(b, 1000))
	for b.Loop() {
		if err := store.Restore(b.Context(), store.Config{Dir: b.TempDir()}, bytes.NewReader(file), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func filled(b *testing.B, documents int) *store.Store {
	s := sqliteStore(b)
	storetest.Write(b, s, func(tx *store.Tx) error {
		for i := range documents {
			hash := put(b, s, string(bytes.Repeat(fmt.Append(nil, i), 1000)))
			if err := rawDocument(b, tx, fmt.Sprint("d", i), hash); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func rawDocument(b *testing.B, tx *store.Tx, id, hash string) error {
	_, err := tx.Exec(b.Context(), `INSERT INTO corpus (id, space, name, created) VALUES ($1, 'main', $1, 0)`, "c_"+id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(b.Context(), `INSERT INTO document (id, space, corpus, source, state, revision, hash, created, updated) VALUES ($1, 'main', $2, 's', 'ready', $3, $3, 0, 0)`, id, "c_"+id, hash)
	if err != nil {
		return err
	}
	_, err = tx.Exec(b.Context(), `INSERT INTO revision (document, revision, space, text, created) VALUES ($1, $2, 'main', $3, 0)`, id, hash, string(bytes.Repeat([]byte("正文"), 600)))
	return err
}
