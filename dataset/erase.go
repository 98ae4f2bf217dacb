package dataset

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// Holders are the sets that hold samples, and what was trained on these sets. They are named where what a
// sample was made from is erased: the words are gone from the house, and not from what has learned them.
type Holders struct {
	Samples  int               `json:"samples"`
	Sets     []wenyuan.Version `json:"sets"`     // by name
	Adapters []wenyuan.Version `json:"adapters"` // by name
}

// theirs finds the samples that have words of a person: what was taken from a file or written by a model is
// not theirs, though they brought it.
const theirs = `SELECT id FROM sample WHERE state <> 'erased' AND (principal = $1 AND origin NOT IN ('import', 'instruct') OR id IN (SELECT sample FROM sample_person WHERE principal = $1))`

// Erase empties every sample that has words of a person, in all spaces, in the transaction that erases
// them, and says what holds these samples. What they brought stays, and nothing says who brought it.
func Erase(ctx context.Context, tx *store.Tx, principal string) (Holders, error) {
	h, err := forget(ctx, tx, theirs, principal)
	if err != nil {
		return h, err
	}
	_, err = tx.Exec(ctx, `UPDATE sample SET principal = '' WHERE principal = $1`, principal)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE instruct_run SET principal = '', asker = '', wanted = '{}', state = CASE WHEN state IN ('queued', 'running') THEN 'stopped' ELSE state END WHERE principal = $1`, principal)
	}
	if err != nil {
		return h, fmt.Errorf("dataset: erase: %w", err)
	}
	return h, nil
}

// Withdraw empties every sample that may have words of a document, in the transaction that removes
// the document, and says what holds these samples.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) (Holders, error) {
	return forget(ctx, tx, `SELECT id FROM sample WHERE space = $1 AND state <> 'erased' AND id IN (SELECT sample FROM sample_document WHERE document = $2)`, space, document)
}

// forget empties the samples that a query finds, and those that people's judgements made of them.
func forget(ctx context.Context, tx *store.Tx, query string, args ...any) (Holders, error) {
	query = `SELECT id FROM sample WHERE state <> 'erased' AND (id IN (` + query + `) OR id IN (SELECT m.sample FROM judge_made m JOIN judge_item_sample s ON s.item = m.item WHERE s.sample IN (` + query + `)))`
	ids, err := texts(ctx, tx, query, args...)
	if err != nil || len(ids) == 0 {
		return Holders{Sets: []wenyuan.Version{}, Adapters: []wenyuan.Version{}}, err
	}
	h, err := holders(ctx, tx, query, args...)
	if err != nil {
		return h, err
	}
	h.Samples = len(ids)
	return h, trace.ForgetSamples(ctx, tx, ids)
}

// texts reads a query of one column.
func texts(ctx context.Context, tx *store.Tx, query string, args ...any) (all []string, err error) {
	all, err = store.Column[string](ctx, tx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return all, nil
}

// holders finds the sets that hold the samples of a query, and what was trained on them.
func holders(ctx context.Context, tx *store.Tx, query string, args ...any) (Holders, error) {
	h := Holders{Sets: []wenyuan.Version{}, Adapters: []wenyuan.Version{}}
	var spaces []string
	err := tx.Each(ctx, func(r store.Row) error {
		v := wenyuan.Version{Kind: Kind}
		var space string
		if err := r.Scan(&space, &v.Hash, &v.Name); err != nil {
			return err
		}
		h.Sets, spaces = append(h.Sets, v), append(spaces, space)
		return nil
	}, `SELECT DISTINCT r.space, r.dataset, v.name FROM dataset_row r JOIN version v ON v.space = r.space AND v.kind = 'dataset' AND v.hash = r.dataset WHERE r.sample IN (`+query+`) ORDER BY 3, 2`, args...)
	if err != nil {
		return h, fmt.Errorf("dataset: holders: %w", err)
	}
	for i, v := range h.Sets {
		made, err := learned(ctx, tx, spaces[i], v)
		if err != nil {
			return h, err
		}
		for _, a := range made {
			if !slices.Contains(h.Adapters, a) {
				h.Adapters = append(h.Adapters, a)
			}
		}
	}
	return h, nil
}

// maxFollowed is how many versions are followed along the edges from one.
const maxFollowed = 10_000

// learned are the adapters that were made from a version, also over others in between.
func learned(ctx context.Context, tx *store.Tx, space string, from wenyuan.Version) (all []wenyuan.Version, err error) {
	return follow(ctx, tx, space, from, version.Children, Adapter)
}

// follow goes along the edges over sets and adapters, and gives those of a kind that it meets. Edges
// from a set to a set that goes on from it are not followed down: the rows of that one are its own.
func follow(ctx context.Context, tx *store.Tx, space string, from wenyuan.Version, next func(context.Context, *store.Tx, string, wenyuan.Version) ([]wenyuan.Version, error), kind string) (all []wenyuan.Version, err error) {
	met, todo := map[string]bool{}, []wenyuan.Version{from}
	for len(todo) > 0 && len(met) < maxFollowed {
		v := todo[0]
		todo = todo[1:]
		found, err := next(ctx, tx, space, v)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if n.Kind == v.Kind && v.Kind == Kind || n.Kind != Kind && n.Kind != Adapter || met[n.Kind+n.Hash] {
				continue
			}
			met[n.Kind+n.Hash] = true
			if todo = append(todo, n); n.Kind == kind {
				all = append(all, n)
			}
		}
	}
	return all, nil
}
