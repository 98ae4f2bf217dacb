package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A SamplePage is one page of samples.
type SamplePage struct {
	Samples []Sample `json:"samples"`
	Next    string   `json:"next,omitempty"` // the id to go on behind; "" at the end
}

// MaxSamples is the most samples of one page.
const MaxSamples = 200

// Samples lists the samples that p may see, oldest first, behind the one with the id after. limit is 1
// to MaxSamples; 0 means 50. Who sees few of many may get fewer, also none, with Next to go on from: no more than 20,000
// are looked at in one go. Needs Edit, Review or Own.
func (s *Sets) Samples(ctx context.Context, sc scope.Scope, p wenyuan.Principal, f Filter, after string, limit int) (out SamplePage, err error) {
	if err := mayRead(sc); err != nil {
		return out, err
	}
	if err := f.check(); err != nil {
		return out, err
	}
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, MaxSamples)
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		out = SamplePage{Samples: []Sample{}}
		at, looked := after, 0
		for len(out.Samples) < limit {
			all, seen, err := page(ctx, tx, sc, p, f, at, pageRows)
			if err != nil || len(all) == 0 {
				return err
			}
			if looked += len(all); looked > maxCounted {
				out.Next = at
				return nil
			}
			for _, x := range all {
				if at = x.ID; seen[x.ID] {
					out.Samples = append(out.Samples, x)
				}
				if len(out.Samples) == limit {
					out.Next = at
					return nil
				}
			}
		}
		return nil
	})
	return out, err
}

func noSample(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no sample %q", id), Hint: "wenyuan dataset samples lists them"}
}

// Sample finds one that p may see, with everything that it was made from. Needs Edit, Review or Own.
func (s *Sets) Sample(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) (x Sample, err error) {
	if err := mayRead(sc); err != nil {
		return x, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		seen, err := visible(ctx, tx, sc, p, []string{id})
		if err != nil {
			return err
		}
		if !seen[id] {
			return noSample(id)
		}
		x, err = whole(ctx, tx, id)
		return err
	})
	return x, err
}

// whole reads a sample with what it belongs to. That it is seen is known.
func whole(ctx context.Context, tx *store.Tx, id string) (Sample, error) {
	x, err := scanSample(tx.QueryRow(ctx, `SELECT `+sampleColumns+` FROM sample s WHERE s.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return x, noSample(id)
	}
	if err != nil {
		return x, fmt.Errorf("dataset: sample: %w", err)
	}
	people, err := texts(ctx, tx, `SELECT principal FROM sample_person WHERE sample = $1 ORDER BY principal`, id)
	if err != nil {
		return x, err
	}
	x.People = slices.DeleteFunc(people, func(p string) bool { return p == x.Principal })
	err = tx.Each(ctx, func(r store.Row) error {
		var what, a, b string
		if err := r.Scan(&what, &a, &b); err != nil {
			return err
		}
		if what == "document" {
			x.Documents = append(x.Documents, Document{a, b})
		} else {
			x.Versions = append(x.Versions, wenyuan.Version{Kind: a, Hash: b})
		}
		return nil
	}, `SELECT 'document', document, revision FROM sample_document WHERE sample = $1 UNION ALL SELECT 'version', kind, hash FROM sample_version WHERE sample = $1 ORDER BY 1, 2, 3`, id)
	if err != nil {
		return x, fmt.Errorf("dataset: sample: %w", err)
	}
	return x, nil
}

// SetAside takes samples out of the sets to come, or with back set puts them back; what was put back is not set aside
// again by risk control. Needs Review.
func (s *Sets) SetAside(ctx context.Context, sc scope.Scope, p wenyuan.Principal, ids []string, back bool, note string) (changed int, err error) {
	state, was, why, action := Aside, Ready, reviewed("reviewed", note), "dataset.aside"
	if back {
		state, was, why, action = Ready, Aside, reviewed("kept", note), "dataset.back"
	}
	err = s.change(ctx, sc, p, ids, action, func(tx *store.Tx) error {
		args := append([]any{state, why, sc.Space(), was}, store.Args(ids)...)
		n, err := tx.Exec(ctx, `UPDATE sample SET state = $1, why = $2 WHERE space = $3 AND state = $4 AND id IN (`+store.Marks(5, len(ids))+`)`, args...)
		changed = int(n)
		return err
	})
	return changed, err
}

// reviewed is what somebody said who looked at a sample, as JSON.
func reviewed(kind, note string) string {
	if r := []rune(note); len(r) > maxSmall {
		note = string(r[:maxSmall])
	}
	b, err := json.Marshal([]Reason{{Kind: kind, Note: note}})
	if err != nil {
		return `[{"kind":"` + kind + `"}]` // never: it is a text
	}
	return string(b)
}

// Remove erases samples: their words go, and sets that hold them have gaps. It says what holds them. Needs Review.
func (s *Sets) Remove(ctx context.Context, sc scope.Scope, p wenyuan.Principal, ids []string) (h Holders, err error) {
	err = s.change(ctx, sc, p, ids, "dataset.remove", func(tx *store.Tx) (err error) {
		args := append([]any{sc.Space()}, store.Args(ids)...)
		h, err = forget(ctx, tx, `SELECT id FROM sample WHERE space = $1 AND state <> 'erased' AND id IN (`+store.Marks(2, len(ids))+`)`, args...)
		return err
	})
	if err == nil {
		if _, failed := s.Store.Overwrite(ctx); failed != nil {
			s.Log.Warn("what was erased may stand in the database's log until that is written anew", "reason", failed)
		}
	}
	return h, err
}

// change does something with samples that p may see, for who may review, and notes it.
func (s *Sets) change(ctx context.Context, sc scope.Scope, p wenyuan.Principal, ids []string, action string, f func(*store.Tx) error) error {
	if !sc.May(scope.Review) {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only a reviewer of the space changes its samples", Hint: "ask an owner of the space for this role"}
	}
	if len(ids) == 0 || len(ids) > pageRows {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("name 1 to %d samples", pageRows), Hint: "wenyuan dataset samples lists them"}
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		seen, err := visible(ctx, tx, sc, p, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !seen[id] {
				return noSample(id)
			}
		}
		if err := f(tx); err != nil {
			return fmt.Errorf("dataset: change a sample: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: action, Object: ids[0], Detail: map[string]any{"samples": len(ids)}})
	})
}

// Own gives the samples that have words of a person, for that person: with words as far as the scope of
// their space sees them. scopes finds it.
func Own(ctx context.Context, st *store.Store, scopes func(space string) (scope.Scope, error), person string, give func(Sample) error) error {
	for after := ""; ; {
		var ids, spaces []string
		err := st.Read(ctx, func(tx *store.Tx) (err error) {
			ids, err = texts(ctx, tx, fmt.Sprintf(`SELECT id FROM (`+theirs+`) AS found WHERE id > $2 ORDER BY id LIMIT %d`, pageRows), person, after)
			if err == nil && len(ids) > 0 {
				spaces, err = texts(ctx, tx, `SELECT space FROM sample WHERE id IN (`+store.Marks(1, len(ids))+`) ORDER BY id`, store.Args(ids)...)
			}
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		for i, id := range ids {
			sc, err := scopes(spaces[i])
			if err != nil {
				return err
			}
			var x Sample
			err = st.Read(ctx, func(tx *store.Tx) error {
				x, err = ownOne(ctx, tx, sc, person, id)
				return err
			})
			if err != nil {
				return err
			}
			if err := give(x); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// ownOne reads one sample for the person whose words it has: without them where documents are not seen now.
func ownOne(ctx context.Context, tx *store.Tx, sc scope.Scope, person, id string) (Sample, error) {
	x, err := whole(ctx, tx, id)
	if err != nil {
		return x, err
	}
	seen, err := visible(ctx, tx, sc.Within(sc.Rights()&^scope.Review), wenyuan.Principal{ID: x.Principal}, []string{id})
	if err != nil {
		return x, err
	}
	x.People = nil
	if x.Origin != Import && x.Origin != Instruct {
		x.Source = "" // who said it
	}
	if !seen[id] || x.Principal != person { // what others said of their words is theirs
		x.Row, x.Documents, x.Principal = form.Row{}, nil, ""
	}
	return x, nil
}
