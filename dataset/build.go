package dataset

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// maxRows is how many rows a set has at most: about 120 bytes of memory are needed for each while it is made.
const maxRows = 20_000_000

// Build makes a set of the samples that a recipe means and p may see, and labels it latest. It reads
// the samples twice, has them screened before, leaves out what the recipe and the gates leave out, and says why.
// Equal content under an equal recipe is the version that was there before. One that was broken off goes on where it was
// when it is asked for again. told is called now and then; its error ends the building. Needs Edit.
func (s *Sets) Build(ctx context.Context, sc scope.Scope, p wenyuan.Principal, r Recipe, told func(Progress) error) (rep Report, err error) {
	begun := time.Now()
	if err := mayEdit(sc); err != nil {
		return rep, err
	}
	if err := r.check(); err != nil {
		return rep, err
	}
	if r.Parents, err = s.parents(ctx, sc, r.Parents); err != nil {
		return rep, err
	}
	b := newBuilding(r)
	if b.gates, err = s.gates(ctx, sc, p, r); err != nil {
		return rep, err
	}
	if err := s.screen(ctx, sc, p, b, told); err != nil {
		return rep, err
	}
	if err := s.gather(ctx, sc, p, b, told); err != nil {
		return rep, err
	}
	b.settle()
	if b.kept() == 0 {
		return rep, b.nothing()
	}
	rep, err = b.report()
	if err != nil {
		return rep, err
	}
	rep.Took = time.Since(begun).Microseconds()
	err = s.write(ctx, sc, b, &rep, told)
	if err == nil {
		err = s.indexNear(ctx, sc, rep, told)
	}
	rep.Took = time.Since(begun).Microseconds()
	return rep, err
}

// parents are the hashes of the sets that a recipe goes on from.
func (s *Sets) parents(ctx context.Context, sc scope.Scope, named []string) (hashes []string, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		hashes = nil
		for _, name := range named {
			v, err := resolve(ctx, tx, sc, name)
			if err != nil {
				return err
			}
			hashes = append(hashes, v.Hash)
		}
		return nil
	})
	slices.Sort(hashes)
	return slices.Compact(hashes), err
}

// wants is the filter of a recipe over samples that are ready.
func (r Recipe) wants() Filter {
	f := r.From
	f.State = Ready
	return f
}

// screen has risk control look at the samples, and sets aside what it finds.
func (s *Sets) screen(ctx context.Context, sc scope.Scope, p wenyuan.Principal, b *building, told func(Progress) error) error {
	if s.Screen == nil {
		return nil
	}
	verdicts, err := s.Screen(ctx, s.candidates(ctx, sc, p, b.recipe.wants(), told))
	if err != nil {
		return fmt.Errorf("dataset: screen: %w", err)
	}
	for part := range slices.Chunk(verdicts, pageRows) {
		var aside []string
		err := s.Store.Write(ctx, func(tx *store.Tx) error {
			aside = nil
			for _, v := range part {
				why, err := json.Marshal(v.Why)
				if err != nil {
					return fmt.Errorf("dataset: screen: %w", err)
				}
				// What a reviewer put back says so in why, and stays.
				n, err := tx.Exec(ctx, `UPDATE sample SET state = 'aside', why = $1 WHERE id = $2 AND space = $3 AND state = 'ready' AND why = ''`, string(why), v.Sample, sc.Space())
				if err != nil {
					return fmt.Errorf("dataset: screen: %w", err)
				}
				if n > 0 {
					aside = append(aside, v.Sample)
				}
			}
			if len(aside) == 0 {
				return nil
			}
			return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.aside", Object: b.recipe.Name, Detail: map[string]any{"samples": len(aside)}})
		})
		if err != nil {
			return err
		}
		for _, id := range aside {
			b.leave("screened", id)
		}
	}
	return nil
}

// candidates are the samples that are screened.
func (s *Sets) candidates(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f Filter, told func(Progress) error) iter.Seq2[Candidate, error] {
	return func(yield func(Candidate, error) bool) {
		done := 0
		err := s.walk(ctx, sc, p, f, func(x Sample, seen bool) error {
			if done++; done%importBatch == 0 {
				if err := told(Progress{Stage: "screen", Done: done}); err != nil {
					return err
				}
			}
			c := Candidate{Sample: x.ID, Row: x.Row, Principal: x.Principal, Source: x.Source, Created: x.Created}
			if x.Origin == Import || x.Origin == Instruct {
				c.Principal = ""
			}
			if seen && !yield(c, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(Candidate{}, err)
		}
	}
}

var errEnough = errors.New("dataset: enough")

// gather reads every sample once and keeps what is needed to decide.
func (s *Sets) gather(ctx context.Context, sc scope.Scope, p wenyuan.Principal, b *building, told func(Progress) error) error {
	return s.walk(ctx, sc, p, b.recipe.wants(), func(x Sample, seen bool) error {
		b.looked++
		if err := b.look(x, seen); err != nil {
			return err
		}
		if b.looked%importBatch == 0 {
			return told(Progress{Stage: "read", Done: b.looked})
		}
		return nil
	})
}

// write keeps the rows, and then the version.
func (s *Sets) write(ctx context.Context, sc scope.Scope, b *building, rep *Report, told func(Progress) error) error {
	from, err := s.begin(ctx, sc, rep)
	if err != nil || rep.Known {
		return err
	}
	const atOnce = 100 // rows of one statement
	of, number := b.kept(), 0
	var part []place
	keep := func() error {
		defer func() { part = part[:0] }()
		return s.Store.Write(ctx, func(tx *store.Tx) error {
			for some := range slices.Chunk(part, atOnce) {
				if err := insertRows(ctx, tx, sc.Space(), rep.Dataset.Hash, some); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for at := range b.rows.n {
		row := b.rows.at(at)
		if row.out {
			continue
		}
		if number >= from {
			part = append(part, place{number, row})
		}
		number++
		if len(part) == 50*atOnce {
			if err := keep(); err != nil {
				return err
			}
			if err := told(Progress{Stage: "write", Done: number, Of: of}); err != nil {
				return err
			}
		}
	}
	if err := keep(); err != nil {
		return err
	}
	return s.finish(ctx, sc, rep)
}

// A place is a row with its number in the set.
type place struct {
	number int
	row    *candidate
}

func insertRows(ctx context.Context, tx *store.Tx, space, dataset string, some []place) error {
	if len(some) == 0 {
		return nil
	}
	var q strings.Builder
	q.WriteString(`INSERT INTO dataset_row (space, dataset, sample, split, number, hash) VALUES `)
	args := []any{space, dataset}
	for i, x := range some {
		if i > 0 {
			q.WriteString(", ")
		}
		at := len(args)
		fmt.Fprintf(&q, "($1, $2, $%d, $%d, $%d, $%d)", at+1, at+2, at+3, at+4)
		args = append(args, x.row.sample(), x.row.splitName(), x.number, hex.EncodeToString(x.row.hash[:]))
	}
	if _, err := tx.Exec(ctx, q.String()+` ON CONFLICT DO NOTHING`, args...); err != nil {
		return fmt.Errorf("dataset: build: %w", err)
	}
	return nil
}

const oldBuild = int64(24 * time.Hour / time.Microsecond)

// begin notes that a version is being made, and says from which row on it is to be gone on with. What
// was begun long ago and never ended goes.
func (s *Sets) begin(ctx context.Context, sc scope.Scope, rep *Report) (from int, err error) {
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		from, rep.Known = 0, false
		if _, err := tx.Exec(ctx, `DELETE FROM dataset_row WHERE space = $1 AND dataset IN (SELECT dataset FROM dataset_build WHERE space = $1 AND state = 'building' AND created < $2 AND dataset <> $3)`, sc.Space(), tx.Now-oldBuild, rep.Dataset.Hash); err != nil {
			return fmt.Errorf("dataset: build: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM dataset_build WHERE space = $1 AND state = 'building' AND created < $2 AND dataset <> $3`, sc.Space(), tx.Now-oldBuild, rep.Dataset.Hash); err != nil {
			return fmt.Errorf("dataset: build: %w", err)
		}
		_, err := version.Get(ctx, tx, sc.Space(), Kind, rep.Dataset.Hash, nil)
		switch {
		case err == nil:
			rep.Known = true
			return s.end(ctx, tx, sc, rep)
		case wenyuan.CodeOf(err) != wenyuan.NotFound:
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO dataset_build (space, dataset, name, state, created) VALUES ($1, $2, $3, 'building', $4) ON CONFLICT (space, dataset) DO UPDATE SET created = excluded.created`, sc.Space(), rep.Dataset.Hash, rep.Set.Name, tx.Now)
		if err != nil {
			return fmt.Errorf("dataset: build: %w", err)
		}
		return tx.QueryRow(ctx, `SELECT COALESCE(MAX(number) + 1, 0) FROM dataset_row WHERE space = $1 AND dataset = $2`, sc.Space(), rep.Dataset.Hash).Scan(&from)
	})
	return from, err
}

// finish keeps the version, when all its rows are there.
func (s *Sets) finish(ctx context.Context, sc scope.Scope, rep *Report) error {
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM dataset_row WHERE space = $1 AND dataset = $2`, sc.Space(), rep.Dataset.Hash).Scan(&n); err != nil {
			return fmt.Errorf("dataset: build: %w", err)
		}
		if n != rep.Set.Rows {
			return fmt.Errorf("dataset: build: %d rows are kept of %d", n, rep.Set.Rows)
		}
		if _, err := version.Put(ctx, tx, sc.Space(), Kind, rep.Set.Name, rep.Set); err != nil {
			return err
		}
		for _, parent := range rep.Set.Parents {
			if err := version.Edge(ctx, tx, sc.Space(), wenyuan.Version{Kind: Kind, Hash: parent}, rep.Dataset); err != nil {
				return err
			}
		}
		return s.end(ctx, tx, sc, rep)
	})
}

// end labels the version and keeps the report.
func (s *Sets) end(ctx context.Context, tx *store.Tx, sc scope.Scope, rep *Report) error {
	if err := version.Label(ctx, tx, sc.Space(), Kind, rep.Set.Name, Latest, rep.Dataset.Hash); err != nil {
		return err
	}
	text, err := json.Marshal(Report{Left: rep.Left, Gates: rep.Gates})
	if err != nil {
		return fmt.Errorf("dataset: build: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO dataset_build (space, dataset, name, state, report, created) VALUES ($1, $2, $3, 'ready', $4, $5) ON CONFLICT (space, dataset) DO UPDATE SET state = 'ready', report = excluded.report, created = excluded.created`,
		sc.Space(), rep.Dataset.Hash, rep.Set.Name, string(text), tx.Now)
	if err != nil {
		return fmt.Errorf("dataset: build: %w", err)
	}
	return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.build", Object: rep.Set.Name, Version: rep.Dataset.Hash, Detail: map[string]any{"rows": rep.Set.Rows}})
}

// content is a hash over split and hash of every row, sorted, so that it does not depend on their order.
func (b *building) content() string {
	h := sha256.New()
	for _, at := range b.order(func(x, y *candidate) int {
		return cmp.Or(cmp.Compare(x.split, y.split), slices.Compare(x.hash[:], y.hash[:]))
	}) {
		if r := b.rows.at(int(at)); !r.out {
			h.Write([]byte{r.split})
			h.Write(r.hash[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
