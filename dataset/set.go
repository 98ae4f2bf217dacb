package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A Found is a set with what became of it.
type Found struct {
	wenyuan.Version
	Set     Set          `json:"set"`
	Labels  []string     `json:"labels,omitempty"`
	Erased  int          `json:"erased"`         // rows whose sample was erased since
	Created int64        `json:"created"`        // UTC microseconds
	Left    []Left       `json:"left,omitempty"` // when it was made last
	Gates   []GateReport `json:"gates,omitempty"`
}

// mayRead says whether a scope may look at data sets: who edits, reviews or owns the space.
func mayRead(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor, a reviewer or an owner of the space may look at its data sets", Hint: "ask an owner of the space for one of these roles"}
}

func mayEdit(sc scope.Scope) error {
	if sc.May(scope.Edit) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space makes data sets", Hint: "ask an owner of the space for this role"}
}

// Get finds a version of a set, by its hash; by the first 8 digits of it or more; by the name of the
// set, which means its newest version; or by name@label. Needs Edit, Review or Own.
func (s *Sets) Get(ctx context.Context, sc scope.Scope, which string) (f Found, err error) {
	if err := mayRead(sc); err != nil {
		return f, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := resolve(ctx, tx, sc, which)
		if err != nil {
			return err
		}
		f, err = found(ctx, tx, sc, v)
		return err
	})
	return f, err
}

// pageRows is how many rows are read at once.
const pageRows = 500

// Rows goes through the rows of a split in their order; split "" means all. which is as in Get. It
// gives those that p may see by the scope and that were not erased: whoever needs all of them counts,
// against Found.Set and Found.Erased. It reads page by page and holds no snapshot in between.
func (s *Sets) Rows(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which, split string) iter.Seq2[Row, error] {
	return s.RowsFrom(ctx, sc, p, which, split, 0)
}

// RowsFrom is Rows from a number on.
func (s *Sets) RowsFrom(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which, split string, from int) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := mayRead(sc); err != nil {
			yield(Row{}, err)
			return
		}
		var hash string
		err := s.Store.Read(ctx, func(tx *store.Tx) error {
			v, err := resolve(ctx, tx, sc, which)
			hash = v.Hash
			return err
		})
		for err == nil {
			var page []Row
			var last int
			err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
				page, last, err = rowsOf(ctx, tx, sc, p, hash, split, from)
				return err
			})
			if err != nil || last < from {
				break
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			from = last + 1
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

// rowsOf reads a page of rows from a number on, and says the last number that it looked at; less
// than from where there was none.
func rowsOf(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, hash, split string, from int) (page []Row, last int, err error) {
	last = from - 1
	var ids, texts []string
	err = tx.Each(ctx, func(row store.Row) error {
		var r Row
		var text, state string
		if err := row.Scan(&r.Number, &r.Split, &r.Sample, &r.Hash, &text, &state); err != nil {
			return err
		}
		if last = r.Number; state == Erased || text == "" {
			return nil
		}
		page, ids, texts = append(page, r), append(ids, r.Sample), append(texts, text)
		return nil
	}, fmt.Sprintf(`SELECT r.number, r.split, r.sample, r.hash, COALESCE(s.row, ''), COALESCE(s.state, 'erased') FROM dataset_row r LEFT JOIN sample s ON s.id = r.sample
		WHERE r.space = $1 AND r.dataset = $2 AND r.number >= $3 AND ($4 = '' OR r.split = $4) ORDER BY r.number LIMIT %d`, pageRows), sc.Space(), hash, from, split)
	if err != nil {
		return nil, 0, fmt.Errorf("dataset: rows: %w", err)
	}
	seen, err := visible(ctx, tx, sc, p, ids)
	if err != nil {
		return nil, 0, err
	}
	kept := page[:0]
	for i, r := range page {
		if !seen[r.Sample] {
			continue
		}
		if err := json.Unmarshal([]byte(texts[i]), &r.Row); err != nil {
			return nil, 0, fmt.Errorf("dataset: the row of %s: %w", r.Sample, err)
		}
		kept = append(kept, r)
	}
	return kept, last, nil
}

// resolve finds the version that somebody names.
func resolve(ctx context.Context, tx *store.Tx, sc scope.Scope, which string) (wenyuan.Version, error) {
	name, label, labelled := cutLabel(which)
	if labelled || setName.MatchString(which) {
		v, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, label)
		if err == nil || labelled || wenyuan.CodeOf(err) != wenyuan.NotFound {
			return v, told(err, which)
		}
	}
	return byHash(ctx, tx, sc, which)
}

// cutLabel takes a name with a label apart; without one the label is latest.
func cutLabel(which string) (name, label string, labelled bool) {
	if name, label, labelled = strings.Cut(which, "@"); !labelled {
		label = Latest
	}
	return name, label, labelled
}

// told is an error of a set that is not there, in words for whom it was named by.
func told(err error, which string) error {
	if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no data set %q", which), Hint: "wenyuan dataset list shows what there is", Err: err}
}

var hashStart = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// byHash finds a version by its hash or the beginning of it.
func byHash(ctx context.Context, tx *store.Tx, sc scope.Scope, which string) (wenyuan.Version, error) {
	v := wenyuan.Version{Kind: Kind}
	if !hashStart.MatchString(which) {
		return v, told(&wenyuan.Error{Code: wenyuan.NotFound}, which)
	}
	rows, err := tx.Query(ctx, `SELECT name, hash FROM version WHERE space = $1 AND kind = $2 AND hash >= $3 AND hash <= $4 ORDER BY hash LIMIT 2`, sc.Space(), Kind, which, which+"g")
	if err != nil {
		return v, fmt.Errorf("dataset: %w", err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(&v.Name, &v.Hash); err != nil {
			return v, fmt.Errorf("dataset: %w", err)
		}
	}
	switch err := rows.Err(); {
	case err != nil:
		return v, fmt.Errorf("dataset: %w", err)
	case n == 0:
		return v, told(&wenyuan.Error{Code: wenyuan.NotFound}, which)
	case n > 1:
		return v, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("several data sets begin with %q", which), Hint: "give more of the hash"}
	}
	return v, nil
}

// found reads a version with what became of it.
func found(ctx context.Context, tx *store.Tx, sc scope.Scope, v wenyuan.Version) (f Found, err error) {
	if f.Version, err = version.Get(ctx, tx, sc.Space(), Kind, v.Hash, &f.Set); err != nil {
		return f, err
	}
	labels, err := version.Labels(ctx, tx, sc.Space(), Kind, f.Name)
	if err != nil {
		return f, err
	}
	for _, l := range labels {
		if l.Hash == f.Hash {
			f.Labels = append(f.Labels, l.Label)
		}
	}
	if f.Erased, err = erasedOf(ctx, tx, sc, f.Hash); err != nil {
		return f, err
	}
	var report string
	err = tx.QueryRow(ctx, `SELECT report, created FROM dataset_build WHERE space = $1 AND dataset = $2`, sc.Space(), f.Hash).Scan(&report, &f.Created)
	if errors.Is(err, sql.ErrNoRows) || report == "" {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("dataset: %w", err)
	}
	var r Report
	err = json.Unmarshal([]byte(report), &r)
	f.Left, f.Gates = r.Left, r.Gates
	return f, err
}

// erasedOf counts the rows of sets whose sample was erased since. It goes from the few that were, in the order in which
// CROSS JOIN has SQLite go, because a set may have a million rows.
func erasedOf(ctx context.Context, tx *store.Tx, sc scope.Scope, sets ...string) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM sample s CROSS JOIN dataset_row r WHERE s.space = $1 AND s.state = 'erased' AND r.sample = s.id AND r.space = $1
		AND r.dataset IN (`+store.Marks(2, len(sets))+`)`, append([]any{sc.Space()}, store.Args(sets)...)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("dataset: erased: %w", err)
	}
	return n, nil
}

// List are the newest versions of all sets of the space, by name. Needs Edit, Review or Own.
func (s *Sets) List(ctx context.Context, sc scope.Scope) (all []Found, err error) {
	if err := mayRead(sc); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all = []Found{}
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		labels = slices.DeleteFunc(labels, func(l version.Labelled) bool { return l.Label != Latest })
		for _, l := range labels {
			f, err := found(ctx, tx, sc, l.Version)
			if err != nil {
				return err
			}
			all = append(all, f)
		}
		return nil
	})
	return all, err
}

// History are the versions of a set, newest first, without what became of them.
func (s *Sets) History(ctx context.Context, sc scope.Scope, name string) (all []version.Kept, err error) {
	if err := mayRead(sc); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = version.History(ctx, tx, sc.Space(), Kind, name)
		if err == nil && len(all) == 0 {
			err = told(&wenyuan.Error{Code: wenyuan.NotFound}, name)
		}
		return err
	})
	return all, err
}
