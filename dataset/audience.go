package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Base is the kind of version of weights that a run moved as a whole, which a later run may stand on.
const Base = "base"

// Narrow counts the documents that an adapter may have words of, through all that it stands on, and
// that not everybody of the space may see: in the revision that a sample used, unless what was set by
// hand decides. Of one that is gone nobody can say who might, so it counts. Needs Edit, Review or Own;
// it names none of them.
func (s *Sets) Narrow(ctx context.Context, sc scope.Scope, adapter string) (n int, err error) {
	if err := mayRead(sc); err != nil {
		return 0, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		sets, err := taught(ctx, tx, sc.Space(), wenyuan.Version{Kind: Adapter, Hash: adapter})
		if err != nil || len(sets) == 0 {
			return err
		}
		n, err = narrow(ctx, tx, sc, sets)
		return err
	})
	return n, err
}

// taught are the hashes of the sets that a version learned from, itself or through what it stands on.
func taught(ctx context.Context, tx *store.Tx, space string, from wenyuan.Version) (sets []string, err error) {
	met, todo := map[string]bool{}, []wenyuan.Version{from}
	for len(todo) > 0 {
		if len(met) > maxFollowed {
			return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the adapter stands on more than %d versions", maxFollowed), Hint: "train one anew, on a base of its own"}
		}
		parents, err := version.Parents(ctx, tx, space, todo[0])
		if err != nil {
			return nil, err
		}
		todo = todo[1:]
		for _, p := range parents {
			if met[p.Kind+p.Hash] || p.Kind != Kind && p.Kind != Adapter && p.Kind != Base {
				continue
			}
			met[p.Kind+p.Hash] = true
			todo = append(todo, p)
			if p.Kind == Kind {
				sets = append(sets, p.Hash)
			}
		}
	}
	return sets, nil
}

// narrow counts the documents of sets.
func narrow(ctx context.Context, tx *store.Tx, sc scope.Scope, sets []string) (int, error) {
	hidden := map[string]bool{}
	err := tx.Each(ctx, func(r store.Row) error {
		var document, readers, said string
		if err := r.Scan(&document, &readers, &said); err != nil {
			return err
		}
		if !everybody(readers) || said != "" && !everybody(said) {
			hidden[document] = true
		}
		return nil
	}, `SELECT DISTINCT d.document, COALESCE(c.readers, '[]'), CASE WHEN c.layer <> 'hand' AND n.revision <> d.revision THEN COALESCE(v.readers, '') ELSE '' END
		FROM dataset_row r JOIN sample_document d ON d.sample = r.sample LEFT JOIN access a ON a.document = d.document LEFT JOIN access_class c ON c.id = a.class
		LEFT JOIN document n ON n.id = d.document LEFT JOIN revision v ON v.document = d.document AND v.revision = d.revision
		WHERE r.space = $1 AND r.dataset IN (`+store.Marks(2, len(sets))+`)`, append([]any{sc.Space()}, store.Args(sets)...)...)
	if err != nil {
		return 0, fmt.Errorf("dataset: audience: %w", err)
	}
	return len(hidden), nil
}

// everybody says whether readers, as a class or a revision names them, are all who are in the space.
func everybody(readers string) bool {
	var all []string
	return json.Unmarshal([]byte(readers), &all) == nil && (slices.Contains(all, "space") || slices.Contains(all, "public"))
}
