package corpus

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"slices"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// AddBuiltin gives a space that has no corpus yet one that comes with the program, and
// brings an earlier copy up to date. A corpus of the name that a person made is left alone,
// and so is the gap that a removed document leaves.
func (l *Library) AddBuiltin(ctx context.Context, sc scope.Scope, name string, files fs.FS) error {
	known, err := l.claimBuiltin(ctx, sc, name)
	if err != nil || !known.Builtin {
		return err
	}
	docs, _, err := l.Documents(ctx, sc, name, DocumentFilter{})
	if err != nil {
		return err
	}
	var ups []Upload
	var all []string
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all = append(all, path)
		there := slices.ContainsFunc(docs, func(d Document) bool { return d.Source == path })
		if !there && slices.Contains(known.Files, path) {
			return nil
		}
		b, err := fs.ReadFile(files, path)
		ups = append(ups, Upload{Source: path, Body: bytes.NewReader(b)})
		return err
	})
	if err != nil {
		return err
	}
	if _, err := l.Add(ctx, sc, name, ups); err != nil {
		return err
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		return keep(ctx, tx, sc.Space(), name, func(k *kept) { k.Builtin, k.Files = true, all })
	})
}

// claimBuiltin finds the program's corpus, or makes it where there is no corpus at all. The
// zero value says that there is none to keep.
func (l *Library) claimBuiltin(ctx context.Context, sc scope.Scope, name string) (b kept, err error) {
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		b = kept{}
		var corpora int
		var settings string
		err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MAX(CASE WHEN name = $2 THEN settings ELSE '' END), '')
			FROM corpus WHERE space = $1`, sc.Space(), name).Scan(&corpora, &settings)
		if err != nil {
			return err
		}
		if corpora > 0 {
			if settings == "" {
				return nil
			}
			return json.Unmarshal([]byte(settings), &b)
		}
		b.Builtin = true
		id := store.NewID("cor")
		_, err = tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, settings, created) VALUES ($1, $2, $3, '', '{"builtin":true}', $4)`,
			id, sc.Space(), name, tx.Now)
		if err != nil {
			return err
		}
		return l.auth.PlaceCorpus(ctx, tx, sc.Space(), id, name)
	})
	return b, err
}
