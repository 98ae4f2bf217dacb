package corpus

import (
	"bytes"
	"context"
	"io/fs"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// builtin marks, in a corpus's settings, that the program made it and keeps it up to date.
const builtin = `{"builtin":true}`

// AddBuiltin gives a space that has no corpus yet one that comes with the program, and
// brings an earlier copy up to date. A corpus of the name that a person made is left alone.
func (l *Library) AddBuiltin(ctx context.Context, sc scope.Scope, name string, files fs.FS) error {
	wanted := false
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		var corpora, mine int
		err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN name = $2 AND settings = $3 THEN 1 ELSE 0 END), 0)
			FROM corpus WHERE space = $1`, sc.Space(), name, builtin).Scan(&corpora, &mine)
		if err != nil {
			return err
		}
		if wanted = corpora == 0 || mine > 0; corpora > 0 || !wanted {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, settings, created) VALUES ($1, $2, $3, '', $4, $5)`,
			store.NewID("cor"), sc.Space(), name, builtin, tx.Now)
		return err
	})
	if err != nil || !wanted {
		return err
	}
	var ups []Upload
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, path)
		ups = append(ups, Upload{Source: path, Body: bytes.NewReader(b)})
		return err
	})
	if err != nil {
		return err
	}
	_, err = l.Add(ctx, sc, name, ups)
	return err
}
