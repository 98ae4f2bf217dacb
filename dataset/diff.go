package dataset

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Diff says how two versions of sets differ.
type Diff struct {
	From    wenyuan.Version `json:"from"`
	To      wenyuan.Version `json:"to"`
	Added   int             `json:"added"`
	Removed int             `json:"removed"`
	Same    int             `json:"same"`
	Moved   int             `json:"moved"` // of these, rows that are in another split
	New     []string        `json:"new"`   // samples of the first rows that were added
	Gone    []string        `json:"gone"`
	Before  Counts          `json:"before"`
	After   Counts          `json:"after"`
}

const maxDiff = 50

// Diff compares two versions, by the hashes of their rows. Needs Edit, Review or Own.
func (s *Sets) Diff(ctx context.Context, sc scope.Scope, from, to string) (d Diff, err error) {
	a, err := s.Get(ctx, sc, from)
	if err != nil {
		return d, err
	}
	b, err := s.Get(ctx, sc, to)
	if err != nil {
		return d, err
	}
	return s.diffs.of([3]string{sc.Space(), a.Hash, b.Hash}, func() (Diff, error) { return s.diff(ctx, sc, a, b) })
}

// diff reads the rows of one after the other: an index over the hashes of all sets would be larger than they are, and
// without one a database joins a million rows for minutes.
func (s *Sets) diff(ctx context.Context, sc scope.Scope, a, b Found) (d Diff, err error) {
	d = Diff{From: a.Version, To: b.Version, Before: a.Set.Counts, After: b.Set.Counts, New: []string{}, Gone: []string{}}
	const common = int8(-1)                  // the other version has the row too
	was := make(map[rowKey]int8, a.Set.Rows) // in which of the splits
	splits := Splits()
	err = s.eachHash(ctx, sc, a.Hash, func(r Row, k rowKey) bool {
		was[k] = int8(slices.Index(splits, r.Split))
		return true
	})
	if err != nil {
		return d, err
	}
	err = s.eachHash(ctx, sc, b.Hash, func(r Row, k rowKey) bool {
		split, both := was[k]
		switch {
		case !both && len(d.New) < maxDiff:
			d.New = append(d.New, r.Sample)
		case both:
			if d.Same++; split != common && splits[split] != r.Split {
				d.Moved++
			}
			was[k] = common
		}
		return true
	})
	if err != nil {
		return d, err
	}
	d.Removed, d.Added = a.Set.Rows-d.Same, b.Set.Rows-d.Same
	if d.Removed == 0 {
		return d, nil
	}
	err = s.eachHash(ctx, sc, a.Hash, func(r Row, k rowKey) bool {
		if was[k] != common {
			d.Gone = append(d.Gone, r.Sample)
		}
		return len(d.Gone) < min(maxDiff, d.Removed)
	})
	return d, err
}

// rowKey is the first half of a row's hash: 128 bits, in which two of a million rows agree with a likelihood of 1e-27.
type rowKey [16]byte

// hashRows is how many rows are read at once where only their hashes are asked for.
const hashRows = 20_000

// eachHash goes through the rows of a version, without their words, until each says that it is enough. The rows of a
// version do not change, so that no snapshot is held over all of them.
func (s *Sets) eachHash(ctx context.Context, sc scope.Scope, set string, each func(r Row, k rowKey) bool) error {
	for from, more := 0, true; more; {
		var page []Row
		err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = store.List(ctx, tx, func(row store.Row) (r Row, err error) {
				err = row.Scan(&r.Number, &r.Split, &r.Sample, &r.Hash)
				return r, err
			}, fmt.Sprintf(`SELECT number, split, sample, hash FROM dataset_row WHERE space = $1 AND dataset = $2 AND number >= $3 ORDER BY number LIMIT %d`, hashRows), sc.Space(), set, from)
			return err
		})
		if err != nil {
			return fmt.Errorf("dataset: diff: %w", err)
		}
		more = len(page) == hashRows
		for _, r := range page {
			from = r.Number + 1
			var k rowKey
			if _, err := hex.Decode(k[:], []byte(r.Hash[:min(len(r.Hash), 2*len(k))])); err != nil {
				return fmt.Errorf("dataset: diff: row %d of %s: %w", r.Number, set, err)
			}
			if !each(r, k) {
				return nil
			}
		}
	}
	return nil
}
