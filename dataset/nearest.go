package dataset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
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
	maxNearRows  = 300_000 // rows that are looked at: a few seconds
	leastOverlap = 0.15
)

// Nearest finds the rows of a set's training split that are most like a text, such as a sentence that no passage supports: by how
// much of it stands in the row. It gives what p may see by the scope, up to 20 rows. Needs Edit, Review or Own.
func (s *Sets) Nearest(ctx context.Context, sc scope.Scope, p wenyuan.Principal, which, text string, most int) (out Nearby, err error) {
	out.Rows = []Near{}
	if strings.TrimSpace(text) == "" || len(text) > maxNearText {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the text has 1 to %d bytes", maxNearText), Hint: "give one sentence"}
	}
	if most <= 0 || most > maxNearest {
		most = maxNearest
	}
	want := map[uint64]bool{}
	runs := func(t []uint64, f func(uint64)) {
		if len(t) < shingle {
			f(run(t))
		}
		for i := 0; i+shingle <= len(t); i++ {
			f(run(t[i : i+shingle]))
		}
	}
	runs(tokens(text), func(h uint64) { want[h] = true })
	for r, err := range s.Rows(ctx, sc, p, which, Train) {
		if err != nil {
			return out, err
		}
		if out.Looked == maxNearRows {
			out.Cut = true
			break
		}
		out.Looked++
		found := map[uint64]bool{}
		runs(tokens(words(r.Row)), func(h uint64) {
			if want[h] {
				found[h] = true
			}
		})
		if share := float64(len(found)) / float64(len(want)); share >= leastOverlap {
			out.Rows = append(out.Rows, Near{Row: r, Share: share})
			if len(out.Rows) > 50*most {
				out.Rows = best(out.Rows, most)
			}
		}
	}
	out.Rows = best(out.Rows, most)
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

// best are the rows with the largest shares.
func best(all []Near, most int) []Near {
	slices.SortStableFunc(all, func(a, b Near) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Number, b.Number)) })
	return all[:min(most, len(all))]
}
