package version

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/store"
)

// A Labelled is a name whose label points at a version.
type Labelled struct {
	wenyuan.Version
	Label string `json:"label"`
	Moved int64  `json:"moved"` // UTC microseconds
}

// Labels lists where the labels of a kind point, by name and label. name may be empty: then
// those of all names.
func Labels(ctx context.Context, tx *store.Tx, space, kind, name string) ([]Labelled, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (l Labelled, err error) {
		l = Labelled{Version: wenyuan.Version{Kind: kind}}
		err = r.Scan(&l.Name, &l.Label, &l.Hash, &l.Moved)
		return l, err
	}, `SELECT name, label, hash, moved FROM label WHERE space = $1 AND kind = $2 AND ($3 = '' OR name = $3)
		ORDER BY name, label`, space, kind, name)
	if err != nil {
		return nil, fmt.Errorf("version: labels of %s: %w", kind, err)
	}
	return all, nil
}

// Production is the label of the version of a name that is in use.
const Production = "production"

// InUse lists the versions of a kind that are in use, by name. name may be empty: then those of
// all names.
func InUse(ctx context.Context, tx *store.Tx, space, kind, name string) ([]Labelled, error) {
	all, err := Labels(ctx, tx, space, kind, name)
	return slices.DeleteFunc(all, func(l Labelled) bool { return l.Label != Production }), err
}

// Spaces are the spaces in which a version of a kind is in use, sorted.
func Spaces(ctx context.Context, tx *store.Tx, kind string) (spaces []string, err error) {
	spaces, err = store.Column[string](ctx, tx, `SELECT DISTINCT space FROM label WHERE kind = $1 AND label = $2 ORDER BY space`, kind, Production)
	if err != nil {
		return nil, fmt.Errorf("version: spaces of %s: %w", kind, err)
	}
	return spaces, nil
}

// Unlabel takes a label away; the versions stay. That there was none is no error.
func Unlabel(ctx context.Context, tx *store.Tx, space, kind, name, label string) error {
	if err := unsplit(ctx, tx, space, kind, name, label); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM label WHERE space = $1 AND kind = $2 AND name = $3 AND label = $4`, space, kind, name, label)
	if err != nil {
		return fmt.Errorf("version: unlabel %s %q %q: %w", kind, name, label, err)
	}
	return nil
}

// A Kept is a version with the time at which it was first put.
type Kept struct {
	wenyuan.Version
	Created int64 `json:"created"` // UTC microseconds
}

// History lists the versions that were put under a name, newest first. What is put has to
// hold its name, or equal content under two names is found under the first one only.
func History(ctx context.Context, tx *store.Tx, space, kind, name string) ([]Kept, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (k Kept, err error) {
		k = Kept{Version: wenyuan.Version{Kind: kind, Name: name}}
		err = r.Scan(&k.Hash, &k.Created)
		return k, err
	}, `SELECT hash, created FROM version WHERE space = $1 AND kind = $2 AND name = $3
		ORDER BY created DESC, hash LIMIT 1000`, space, kind, name)
	if err != nil {
		return nil, fmt.Errorf("version: history of %s %q: %w", kind, name, err)
	}
	return all, nil
}
