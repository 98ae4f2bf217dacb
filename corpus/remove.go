package corpus

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/eval/record"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/trace"
)

// Removed is what went with a document.
type Removed struct {
	Documents []Document      `json:"documents" doc:"as they were"`
	Learned   dataset.Holders `json:"learned" doc:"the samples that were made from them and are erased, the data sets that hold these, and the adapters that learned from them"`
}

// add takes in what another document held.
func (r *Removed) add(d Document, h dataset.Holders) {
	r.Documents = append(r.Documents, d)
	r.Learned.Samples += h.Samples
	for _, x := range []struct {
		all  *[]wenyuan.Version
		more []wenyuan.Version
	}{{&r.Learned.Sets, h.Sets}, {&r.Learned.Adapters, h.Adapters}} {
		for _, v := range x.more {
			if !slices.Contains(*x.all, v) {
				*x.all = append(*x.all, v)
			}
		}
	}
}

// Remove takes a document out with everything that was read from it, and with what recorded
// answers and conversations hold of it. A part of a table goes with all its
// parts, for who sees everything. When it
// returns, no search finds any of them. It gives what was removed, and names what has learned from it. Needs Edit.
func (l *Library) Remove(ctx context.Context, sc scope.Scope, id string) (removed Removed, err error) {
	var corpus string
	var blobs []string
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		blobs, removed = nil, Removed{Learned: dataset.Holders{Sets: []wenyuan.Version{}, Adapters: []wenyuan.Version{}}}
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if !sc.May(scope.Edit) {
			return errNotEditor
		}
		c, err := l.findCorpus(ctx, tx, sc, d.Corpus)
		if err != nil {
			return err
		}
		corpus = c.ID
		all, err := whole(ctx, tx, sc, c.ID, d)
		if err != nil {
			return err
		}
		for _, t := range all {
			d, err := findDocument(ctx, tx, sc, t.id)
			if err != nil {
				return err
			}
			gone, learned, err := l.removeOne(ctx, tx, c, t.id)
			if err != nil {
				return err
			}
			removed.add(d, learned)
			blobs = append(blobs, gone...)
			if err := audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "document.remove", Object: d.ID, Version: d.Revision, Detail: map[string]any{"corpus": c.Name, "source": d.Source}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Removed{}, err
	}
	s, err := l.shelf(ctx, corpus)
	if err != nil {
		return Removed{}, err
	}
	if err := l.catchUp(ctx, s); err != nil {
		return Removed{}, err
	}
	if err := l.store.Write(ctx, func(tx *store.Tx) error { return l.wantFeatures(ctx, tx, s) }); err != nil {
		return Removed{}, err
	}
	return removed, l.dropBlobs(ctx, blobs)
}

// removeOne takes one document out and gives the hashes of its originals, and what has learned from it.
func (l *Library) removeOne(ctx context.Context, tx *store.Tx, c Corpus, id string) (blobs []string, learned dataset.Holders, err error) {
	if blobs, err = originals(ctx, tx, id); err != nil {
		return nil, learned, err
	}
	if err := l.auth.Displace(ctx, tx, id); err != nil {
		return nil, learned, err
	}
	learned, err = removeRows(ctx, tx, c, id)
	return blobs, learned, err
}

func removeRows(ctx context.Context, tx *store.Tx, c Corpus, id string) (learned dataset.Holders, err error) {
	for _, q := range []string{
		`DELETE FROM vector WHERE passage IN (SELECT id FROM passage WHERE document = $1)`,
		`DELETE FROM passage WHERE document = $1`,
		`DELETE FROM revision WHERE document = $1`,
		`DELETE FROM document WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return learned, err
		}
	}
	if err := session.Withdraw(ctx, tx, c.Space, id); err != nil {
		return learned, err
	}
	if err := guard.Withdraw(ctx, tx, c.Space, id); err != nil {
		return learned, err
	}
	if err := record.Withdraw(ctx, tx, c.Space, id); err != nil {
		return learned, err
	}
	if err := trace.Withdraw(ctx, tx, c.Space, id); err != nil {
		return learned, err
	}
	if learned, err = dataset.Withdraw(ctx, tx, c.Space, id); err != nil {
		return learned, err
	}
	return learned, logChange(ctx, tx, c.Space, c.ID, id, "remove", "")
}

func originals(ctx context.Context, tx *store.Tx, id string) ([]string, error) {
	return store.Column[string](ctx, tx, `SELECT revision FROM revision WHERE document = $1 UNION SELECT hash FROM document WHERE id = $1`, id)
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

// Move gives a document another source and keeps its id, its revisions and its origin. A part of
// a table moves with all its parts, for who sees everything. Who may read it follows from where it lies now. Needs Edit.
func (l *Library) Move(ctx context.Context, sc scope.Scope, id, source string) error {
	source, err := cleanSource(source)
	if err == nil && len(source) > maxSource {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s has a name of more than %d bytes", shorten(source), maxSource), Hint: "give it a shorter name"}
	}
	if err == nil && path.Base(source) == accessName {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: ".access is the name of files that say who may read what", Hint: "choose another name"}
	}
	if err != nil {
		return err
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if !sc.May(scope.Edit) {
			return errNotEditor
		}
		c, err := l.findCorpus(ctx, tx, sc, d.Corpus)
		if err != nil {
			return err
		}
		all, err := whole(ctx, tx, sc, c.ID, d)
		if err != nil {
			return err
		}
		if err := l.free(ctx, tx, sc, c, all, source); err != nil {
			return err
		}
		for _, t := range all {
			if err := l.moveOne(ctx, tx, c, t, source); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, audit.Act{Space: c.Space, Action: "document.move", Object: d.ID, Version: d.Revision, Detail: map[string]any{"corpus": c.Name, "from": cmp.Or(d.File, d.Source), "to": source}})
	})
}

// free says why some documents cannot move to a source.
func (l *Library) free(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, moving []twin, source string) error {
	if err := l.mayPut(ctx, tx, sc, c.ID, source); err != nil {
		return err
	}
	there, err := twins(ctx, tx, c.ID, source)
	if err != nil {
		return err
	}
	for _, t := range there {
		if !slices.Contains(moving, t) {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s is the name of another document in %s", source, c.Name),
				Hint: "remove that one first, or choose another name"}
		}
	}
	return nil
}

func (l *Library) moveOne(ctx context.Context, tx *store.Tx, c Corpus, t twin, source string) error {
	to, file := source, ""
	if t.file != "" {
		_, key, _ := strings.Cut(strings.TrimPrefix(t.source, t.file), partMark)
		to, file = partSource(source, key), source
	}
	var layer, own, revision string
	err := tx.QueryRow(ctx, `SELECT access.layer, access.own, document.revision FROM document JOIN access ON access.document = document.id WHERE document.id = $1`, t.id).
		Scan(&layer, &own, &revision)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE document SET source = $1, file = $2, updated = $3 WHERE id = $4`, to, file, tx.Now, t.id); err != nil {
		return err
	}
	err = l.auth.Place(ctx, tx, auth.Placing{Space: c.Space, Corpus: c.ID, Document: t.id, Source: source, Layer: layer, Own: own, Passages: auth.SamePassages})
	if err != nil {
		return err
	}
	return logChange(ctx, tx, c.Space, c.ID, t.id, "move", revision)
}
