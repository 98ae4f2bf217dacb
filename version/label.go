package version

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/store"
)

// Label points a label of a name at a version, which must be there. Where it was split, it is not
// any more.
func Label(ctx context.Context, tx *store.Tx, space, kind, name, label, hash string) error {
	if name == "" || label == "" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a label needs a name, and something to point with", Hint: "give both"}
	}
	if _, err := Get(ctx, tx, space, kind, hash, nil); err != nil {
		return err
	}
	if err := unsplit(ctx, tx, space, kind, name, label); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO label (space, kind, name, label, hash, moved) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (space, kind, name, label) DO UPDATE SET hash = excluded.hash, moved = excluded.moved`, space, kind, name, label, hash, tx.Now)
	if err != nil {
		return fmt.Errorf("version: label %s %q %q: %w", kind, name, label, err)
	}
	return nil
}

// Resolve says which version a label points at.
func Resolve(ctx context.Context, tx *store.Tx, space, kind, name, label string) (wenyuan.Version, error) {
	v := wenyuan.Version{Kind: kind, Name: name}
	err := tx.QueryRow(ctx, `SELECT hash FROM label WHERE space = $1 AND kind = $2 AND name = $3 AND label = $4`, space, kind, name, label).Scan(&v.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return wenyuan.Version{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the %s %q has no label %q", kind, name, label), Hint: "look at the labels that there are"}
	}
	if err != nil {
		return wenyuan.Version{}, fmt.Errorf("version: resolve %s %q %q: %w", kind, name, label, err)
	}
	return v, nil
}

// Edge records that a version was made from another. Recording it again is no error.
func Edge(ctx context.Context, tx *store.Tx, space string, from, to wenyuan.Version) error {
	if from.Kind == "" || from.Hash == "" || to.Kind == "" || to.Hash == "" || from.Kind == to.Kind && from.Hash == to.Hash {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "an edge needs two versions that differ, each with kind and hash", Hint: "give both"}
	}
	_, err := tx.Exec(ctx, `INSERT INTO edge (space, from_kind, from_hash, to_kind, to_hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		space, from.Kind, from.Hash, to.Kind, to.Hash)
	if err != nil {
		return fmt.Errorf("version: edge: %w", err)
	}
	return nil
}

// Parents are the versions that v was made from, by kind and hash. One that is kept
// elsewhere, such as a document's revision, has no name here.
func Parents(ctx context.Context, tx *store.Tx, space string, v wenyuan.Version) ([]wenyuan.Version, error) {
	return neighbours(ctx, tx, `SELECT e.from_kind, COALESCE(v.name, ''), e.from_hash FROM edge e
		LEFT JOIN version v ON v.space = e.space AND v.kind = e.from_kind AND v.hash = e.from_hash
		WHERE e.space = $1 AND e.to_kind = $2 AND e.to_hash = $3 ORDER BY 1, 3`, space, v)
}

// Children are the versions that were made from v, by kind and hash.
func Children(ctx context.Context, tx *store.Tx, space string, v wenyuan.Version) ([]wenyuan.Version, error) {
	return neighbours(ctx, tx, `SELECT e.to_kind, COALESCE(v.name, ''), e.to_hash FROM edge e
		LEFT JOIN version v ON v.space = e.space AND v.kind = e.to_kind AND v.hash = e.to_hash
		WHERE e.space = $1 AND e.from_kind = $2 AND e.from_hash = $3 ORDER BY 1, 3`, space, v)
}

func neighbours(ctx context.Context, tx *store.Tx, query, space string, v wenyuan.Version) ([]wenyuan.Version, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (n wenyuan.Version, err error) {
		err = r.Scan(&n.Kind, &n.Name, &n.Hash)
		return n, err
	}, query, space, v.Kind, v.Hash)
	if err != nil {
		return nil, fmt.Errorf("version: edges of %s %s: %w", v.Kind, v.Hash, err)
	}
	return all, nil
}
