package dataset

import (
	"cmp"
	"context"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Taught are the rows of all that an adapter learned from that are most like a text.
type Taught struct {
	Sets []wenyuan.Version `json:"sets"` // that it learned from, itself or through what it stands on
	Nearby
}

// NearestTaught is Nearest over all sets that an adapter learned from, by the hash of the adapter: itself, or through
// what it stands on. A row that several sets have is given once.
func (s *Sets) NearestTaught(ctx context.Context, sc scope.Scope, p wenyuan.Principal, adapter, text string, most int) (out Taught, err error) {
	out.Sets, out.Rows = []wenyuan.Version{}, []Near{}
	if err := mayRead(sc); err != nil {
		return out, err
	}
	var sets []string
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		sets, err = taught(ctx, tx, sc.Space(), wenyuan.Version{Kind: Adapter, Hash: adapter})
		return err
	})
	if err != nil {
		return out, err
	}
	met := map[string]bool{}
	for _, set := range sets {
		f, err := s.version(ctx, sc, set)
		if err != nil {
			return out, err
		}
		near, err := s.Nearest(ctx, sc, p, set, text, most)
		if err != nil {
			return out, err
		}
		out.Sets = append(out.Sets, wenyuan.Version{Kind: Kind, Name: f.Name, Hash: f.Hash})
		out.Looked, out.Cut = out.Looked+near.Looked, out.Cut || near.Cut
		for _, r := range near.Rows {
			if !met[r.Sample] {
				met[r.Sample] = true
				out.Rows = append(out.Rows, r)
			}
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b Near) int { return cmp.Compare(b.Share, a.Share) })
	if most <= 0 || most > maxNearest {
		most = maxNearest
	}
	out.Rows = out.Rows[:min(most, len(out.Rows))]
	return out, nil
}

// Hidden counts the documents that an adapter, or weights that a run moved, may have words of, through all that it stands on, and that the scope does
// not see: whoever asks it may hear of them. Needs Edit, Review or Own; it names none of them.
func (s *Sets) Hidden(ctx context.Context, sc scope.Scope, v wenyuan.Version) (n int, err error) {
	if err := mayRead(sc); err != nil || sc.All(sc.Space()) {
		return 0, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		sets, err := taught(ctx, tx, sc.Space(), v)
		if err != nil || len(sets) == 0 {
			return err
		}
		documents, err := texts(ctx, tx, `SELECT DISTINCT d.document FROM dataset_row r JOIN sample_document d ON d.sample = r.sample
			WHERE r.space = $1 AND r.dataset IN (`+store.Marks(2, len(sets))+`)`, append([]any{sc.Space()}, store.Args(sets)...)...)
		n = 0
		for _, d := range documents {
			if !sc.Sees(sc.Space(), d) {
				n++
			}
		}
		return err
	})
	return n, err
}
