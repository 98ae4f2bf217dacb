package dataset

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A Near is a row that is like a text.
type Near struct {
	Row
	Share   float64 `json:"share"` // of the text's runs of three words (characters in Chinese) that stand in the row, 0 to 1
	Origin  string  `json:"origin"`
	Source  string  `json:"source,omitempty"`
	Line    int     `json:"line,omitempty"`
	Licence string  `json:"licence,omitempty"`
	Teacher string  `json:"teacher,omitempty"`
}

// Nearby are the rows of a set that are most like a text.
type Nearby struct {
	Rows   []Near `json:"rows"`
	Looked int    `json:"looked"` // rows that were looked at
	Cut    bool   `json:"cut"`    // there are more, that nobody looked at
}

const (
	maxNearest   = 20
	maxNearText  = 4000
	maxNearRead  = 2000 // rows that are read to find the nearest; more may be as near only where runs are as common as "one of the"
	nearPage     = 100
	leastOverlap = 0.15
)

// Nearest finds the rows of a set's training split that are most like a text, such as a sentence that no passage supports: by how
// much of it stands in the row. It gives what p may see by the scope, up to 20 rows. It reads an index that is
// made with the set, or now where it is not there, as after a restore. Needs Edit, Review or Own.
func (s *Sets) Nearest(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which, text string, most int) (out Nearby, err error) {
	out.Rows = []Near{}
	if strings.TrimSpace(text) == "" || len(text) > maxNearText {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the text has 1 to %d bytes", maxNearText), Hint: "give one sentence"}
	}
	if most <= 0 || most > maxNearest {
		most = maxNearest
	}
	v, err := s.version(ctx, sc, which)
	if err != nil {
		return out, err
	}
	want := map[uint64]bool{}
	runs(tokens(text), func(h uint64) { want[h] = true })
	x, err := s.nearIndex(ctx, sc, v.Hash, v.Set.Counts.Split[Train])
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, x.close()) }()
	out.Looked, out.Cut = x.rows, x.cut
	hits, err := x.find(want, max(1, int(math.Ceil(leastOverlap*float64(len(want))-1e-9))))
	if err != nil {
		return out, err
	}
	for read := 0; read < len(hits); read += nearPage {
		if read >= maxNearRead {
			out.Cut = true
			break
		}
		part := hits[read:min(len(hits), read+nearPage)]
		if len(out.Rows) >= most && out.Rows[most-1].Share >= float64(part[0].most)/float64(len(want)) {
			break // the others cannot be nearer
		}
		near, err := s.compare(ctx, sc, p, v.Hash, part, want)
		if err != nil {
			return out, err
		}
		out.Rows = best(append(out.Rows, near...), most)
	}
	for i := range out.Rows {
		n := &out.Rows[i]
		x, err := s.Sample(ctx, sc, p, n.Sample)
		if err != nil {
			return out, err
		}
		n.Origin, n.Line, n.Licence, n.Teacher = x.Origin, x.Line, x.Licence, x.Teacher
		if x.Origin == Import || x.Origin == Instruct {
			n.Source = x.Source
		}
	}
	return out, nil
}

// version finds a set as in Get, without what became of its rows.
func (s *Sets) version(ctx context.Context, sc scope.Scope, which string) (f Found, err error) {
	if err := mayRead(sc); err != nil {
		return f, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := resolve(ctx, tx, sc, which)
		if err == nil {
			f.Version, err = version.Get(ctx, tx, sc.Space(), Kind, v.Hash, &f.Set)
		}
		return err
	})
	return f, err
}

// compare reads rows that may be near, and says how much of the runs each has.
func (s *Sets) compare(ctx context.Context, sc scope.Scope, p wenyuan.Principal, hash string, part []hit, want map[uint64]bool) (all []Near, err error) {
	var rows []Row
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = numbered(ctx, tx, sc, p, hash, part)
		return err
	})
	for _, r := range rows {
		found := map[uint64]bool{}
		runs(tokens(words(r.Row)), func(h uint64) {
			if want[h] {
				found[h] = true
			}
		})
		if share := float64(len(found)) / float64(len(want)); share >= leastOverlap {
			all = append(all, Near{Row: r, Share: share})
		}
	}
	return all, err
}

// numbered are rows by their numbers, as far as p sees them.
func numbered(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, hash string, part []hit) (page []Row, err error) {
	args := []any{sc.Space(), hash}
	for _, h := range part {
		args = append(args, h.number)
	}
	var ids []string
	err = tx.Each(ctx, func(row store.Row) error {
		var r Row
		var text string
		if err := row.Scan(&r.Number, &r.Split, &r.Sample, &r.Hash, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &r.Row); err != nil {
			return fmt.Errorf("the row of %s: %w", r.Sample, err)
		}
		page, ids = append(page, r), append(ids, r.Sample)
		return nil
	}, `SELECT r.number, r.split, r.sample, r.hash, s.row FROM dataset_row r JOIN sample s ON s.id = r.sample AND s.state <> 'erased'
		WHERE r.space = $1 AND r.dataset = $2 AND r.number IN (`+store.Marks(3, len(part))+`) ORDER BY r.number`, args...)
	if err != nil {
		return nil, fmt.Errorf("dataset: nearest: %w", err)
	}
	seen, err := visible(ctx, tx, sc, p, ids)
	return slices.DeleteFunc(page, func(r Row) bool { return !seen[r.Sample] }), err
}

// best are the rows with the largest shares.
func best(all []Near, most int) []Near {
	slices.SortStableFunc(all, func(a, b Near) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Number, b.Number)) })
	return all[:min(most, len(all))]
}
