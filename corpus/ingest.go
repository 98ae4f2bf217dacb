package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

const (
	ingestJob = "ingest"
	learnJob  = "learn"
	embedJob  = "embed"

	maxSource = 1024 // bytes of a source's name
)

// An Upload is a file to be added. Source is its slash-separated name in the corpus.
type Upload struct {
	Source string
	Body   io.Reader
}

// order is the payload of an ingest job: files whose bytes are safe in the blob store.
type order struct {
	Corpus string `json:"corpus"` // id
	Items  []item `json:"items"`
}

type item struct {
	Source string `json:"source"`
	Blob   string `json:"blob"` // SHA-256 of the bytes
	Size   int64  `json:"size"`
	Reason string `json:"reason,omitempty"` // set when the file was refused before it was read
	Hint   string `json:"hint,omitempty"`
}

// Add takes files into a corpus and returns when each has ended as ready, failed or
// skipped. What it has taken in survives the process: after a crash the next Start goes on
// with it. A file whose bytes are those already read is not read again.
func (l *Library) Add(ctx context.Context, sc scope.Scope, corpus string, ups []Upload) ([]Document, error) {
	c, err := l.Corpus(ctx, sc, corpus)
	if err != nil {
		return nil, err
	}
	var items []item
	var orders []string
	for len(ups) > 0 {
		n := min(groupFiles, len(ups))
		o, key, err := l.accept(ctx, c, ups[:n])
		if err != nil {
			return nil, fmt.Errorf("corpus: add to %s: %w", corpus, err)
		}
		items, orders, ups = append(items, o.Items...), append(orders, key), ups[n:]
	}
	if err := l.wait(ctx, c, orders); err != nil {
		return nil, fmt.Errorf("corpus: add to %s: %w", corpus, err)
	}
	return l.bySource(ctx, sc, c, items)
}

// accept makes uploads durable: bytes first, then one job that names them.
func (l *Library) accept(ctx context.Context, c Corpus, ups []Upload) (o order, key string, err error) {
	l.blobs.RLock()
	defer l.blobs.RUnlock()
	o.Corpus = c.ID
	batch := l.store.Blobs().Batch()
	defer batch.Discard()
	for _, u := range ups {
		it, err := l.receive(ctx, batch, u)
		if err != nil {
			return o, "", err
		}
		o.Items = append(o.Items, it)
	}
	if err := batch.Commit(); err != nil {
		return o, "", err
	}
	payload, err := json.Marshal(o)
	if err != nil {
		return o, "", err
	}
	key = store.NewID("ord")
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		_, err := l.queue.Enqueue(ctx, tx, job.Job{Space: c.Space, Kind: ingestJob, Key: key, Payload: payload, Priority: 1})
		return err
	})
	return o, key, err
}

// wait returns when the orders are done; one that was given up is an error.
func (l *Library) wait(ctx context.Context, c Corpus, orders []string) error {
	if len(orders) == 0 {
		return nil
	}
	f := job.Filter{Space: c.Space, Kind: ingestJob, Keys: orders}
	if err := l.queue.Drain(ctx, f); err != nil {
		return err
	}
	f.States = []job.State{job.Failed}
	return l.store.Read(ctx, func(tx *store.Tx) error {
		failed, err := job.List(ctx, tx, f, 1)
		if err != nil || len(failed) == 0 {
			return err
		}
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("not every file could be taken into %s: %s", c.Name, failed[0].Error),
			Hint: "mend that and add the files again; those that are in already are passed over"}
	})
}

// receive stores one upload, up to the limit on a file.
func (l *Library) receive(ctx context.Context, batch *store.Batch, u Upload) (item, error) {
	source, err := cleanSource(u.Source)
	if err != nil {
		return item{}, err
	}
	it := item{Source: source}
	limited := &io.LimitedReader{R: u.Body, N: l.limits.Bytes + 1}
	if it.Blob, it.Size, err = batch.Put(ctx, limited); err != nil {
		return it, err
	}
	if limited.N <= 0 {
		it.Reason = fmt.Sprintf("%s is larger than %d MiB", it.Source, l.limits.Bytes>>20)
		it.Hint = "split the file, or raise limits.file_bytes in the configuration"
	}
	if len(source) > maxSource {
		it.Source = shorten(source)
		it.Reason = fmt.Sprintf("%s has a name of more than %d bytes", it.Source, maxSource)
		it.Hint = "give it a shorter name, or put it into a folder nearer to the top"
	}
	return it, nil
}

// cleanSource makes a name safe to store and to show: relative, without "..", control
// characters or invalid UTF-8.
func cleanSource(source string) (string, error) {
	s := strings.ReplaceAll(strings.ToValidUTF8(source, "\uFFFD"), `\`, "/")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	s = strings.TrimPrefix(path.Clean("/"+s), "/")
	if s == "" {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%.80q cannot be the name of a document", source),
			Hint: "give each file its name or its path"}
	}
	return s, nil
}

// shorten makes a name that is too long fit, and keeps it apart from others that begin alike.
func shorten(source string) string {
	sum := sha256.Sum256([]byte(source))
	return strings.ToValidUTF8(source[:200], "") + "…" + hex.EncodeToString(sum[:4])
}

func (l *Library) bySource(ctx context.Context, sc scope.Scope, c Corpus, items []item) ([]Document, error) {
	out := make([]Document, 0, len(items))
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out = out[:0]
		for _, it := range items {
			d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.corpus = $1 AND document.source = $2`, c.ID, it.Source))
			if err != nil {
				return err
			}
			if sc.Sees(c.Space, d.ID) {
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
}

// Remove takes a document out with everything that was read from it. When it returns, no
// search finds the document any more.
func (l *Library) Remove(ctx context.Context, sc scope.Scope, id string) error {
	var corpus string
	var blobs []string
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		c, err := findCorpus(ctx, tx, sc.Space(), d.Corpus)
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
	return logChange(ctx, tx, c.Space, c.ID, id, "remove", "")
}

func logChange(ctx context.Context, tx *store.Tx, space, corpus, document, kind, revision string) error {
	n, err := tx.NextChange(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO change (number, space, corpus, document, kind, revision, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (number, document) DO UPDATE SET kind = excluded.kind, revision = excluded.revision`,
		n, space, corpus, document, kind, revision, tx.Now)
	return err
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
		c, err := findCorpus(ctx, tx, sc.Space(), d.Corpus)
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

// problem turns the reason a file could not be read into what its document will say.
func problem(source string, err error) (reason, hint string) {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message, e.Hint
	}
	return fmt.Sprintf("%s could not be read", source), "the log of the program says more"
}

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
