package corpus

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/trace"
)

// Remove takes a document out with everything that was read from it, and with what recorded
// answers and conversations hold of it. When it returns, no search finds the document any more.
func (l *Library) Remove(ctx context.Context, sc scope.Scope, id string) error {
	var corpus string
	var blobs []string
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		c, err := l.findCorpus(ctx, tx, sc.Space(), d.Corpus)
		if err != nil {
			return err
		}
		corpus = c.ID
		if blobs, err = originals(ctx, tx, d); err != nil {
			return err
		}
		return removeRows(ctx, tx, c, id)
	})
	if err != nil {
		return err
	}
	s, err := l.shelf(ctx, corpus)
	if err != nil {
		return err
	}
	if err := l.catchUp(ctx, s); err != nil {
		return err
	}
	if err := l.store.Write(ctx, func(tx *store.Tx) error { return l.wantFeatures(ctx, tx, s) }); err != nil {
		return err
	}
	return l.dropBlobs(ctx, blobs)
}

func removeRows(ctx context.Context, tx *store.Tx, c Corpus, id string) error {
	for _, q := range []string{
		`DELETE FROM vector WHERE passage IN (SELECT id FROM passage WHERE document = $1)`,
		`DELETE FROM passage WHERE document = $1`,
		`DELETE FROM revision WHERE document = $1`,
		`DELETE FROM document WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	if err := session.Withdraw(ctx, tx, c.Space, id); err != nil {
		return err
	}
	if err := trace.Withdraw(ctx, tx, c.Space, id); err != nil {
		return err
	}
	return logChange(ctx, tx, c.Space, c.ID, id, "remove", "")
}

func originals(ctx context.Context, tx *store.Tx, d Document) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT revision FROM revision WHERE document = $1`, d.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []string{d.Hash}
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// dropBlobs takes away originals that no document and no open job needs any more.
func (l *Library) dropBlobs(ctx context.Context, hashes []string) error {
	l.blobs.Lock()
	defer l.blobs.Unlock()
	for _, h := range hashes {
		var used int
		err := l.store.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM revision WHERE revision = $1) + (SELECT COUNT(*) FROM document WHERE hash = $1)
				+ (SELECT COUNT(*) FROM job WHERE kind = 'ingest' AND state IN ('queued', 'running') AND payload LIKE $2)`,
				h, "%"+h+"%").Scan(&used)
		})
		if err == nil && used == 0 && h != "" {
			err = l.store.Blobs().Delete(h)
		}
		if err != nil {
			return fmt.Errorf("corpus: drop original %s: %w", h, err)
		}
	}
	return nil
}

// Move gives a document another source and keeps its id, its revisions and its origin.
func (l *Library) Move(ctx context.Context, sc scope.Scope, id, source string) error {
	source, err := cleanSource(source)
	if err == nil && len(source) > maxSource {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s has a name of more than %d bytes", shorten(source), maxSource), Hint: "give it a shorter name"}
	}
	if err != nil {
		return err
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		c, err := l.findCorpus(ctx, tx, sc.Space(), d.Corpus)
		if err != nil {
			return err
		}
		var taken int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM document WHERE corpus = $1 AND source = $2`, c.ID, source).Scan(&taken); err != nil {
			return err
		}
		if taken > 0 && source != d.Source {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s is the name of another document in %s", source, d.Corpus),
				Hint: "remove that one first, or choose another name"}
		}
		if _, err := tx.Exec(ctx, `UPDATE document SET source = $1, updated = $2 WHERE id = $3`, source, tx.Now, id); err != nil {
			return err
		}
		return logChange(ctx, tx, c.Space, c.ID, id, "move", d.Revision)
	})
}
