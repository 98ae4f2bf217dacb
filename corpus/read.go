package corpus

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"wenyuan"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/job"
	"wenyuan/store"
)

// A group of files is read together and committed in one transaction. It is small enough
// that its text fits in memory, and that a reader of the change log soon sees it.
const (
	groupFiles = 32
	groupBytes = 16 << 20
)

// A reading is what became of one item: a document and its pieces, or the error.
type reading struct {
	item
	document *parse.Document
	pieces   []cut.Piece
	err      error
}

// ingest reads the files of an order, group by group. It may be stopped anywhere and begun
// again: what is committed already is found unchanged and passed over.
func (l *Library) ingest(ctx context.Context, j job.Job, report func(progress any)) error {
	var o order
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return fmt.Errorf("corpus: order: %w", err)
	}
	s, err := l.shelf(ctx, o.Corpus)
	if err != nil {
		return err
	}
	for done := 0; done < len(o.Items); {
		group := nextGroup(o.Items[done:])
		readings, err := l.readGroup(ctx, o.Corpus, group)
		if err != nil {
			return err
		}
		if err := l.commit(ctx, s, readings); err != nil {
			return fmt.Errorf("corpus: commit: %w", err)
		}
		if err := l.catchUp(ctx, s); err != nil {
			return err
		}
		done += len(group)
		report(map[string]int{"done": done, "total": len(o.Items)})
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		// In one transaction with the end of this order, so that the last order of many is
		// the one whose wish for learning meets no open order any more.
		if err := j.Finish(ctx, tx); err != nil {
			return err
		}
		return l.wantFeatures(ctx, tx, s)
	})
}

func nextGroup(items []item) []item {
	var bytes int64
	for i, it := range items {
		bytes += it.Size
		if i > 0 && (i == groupFiles || bytes > groupBytes) {
			return items[:i]
		}
	}
	return items
}

// readGroup parses and cuts the files of a group side by side; those whose bytes are the
// current revision already are left out.
func (l *Library) readGroup(ctx context.Context, corpus string, items []item) ([]reading, error) {
	var fresh []reading
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		fresh = nil
		for _, it := range items {
			var same int
			err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM document JOIN revision ON revision.document = document.id AND revision.revision = document.revision
				WHERE document.corpus = $1 AND document.source = $2 AND document.state = 'ready' AND document.revision = $3 AND revision.parser = $4`,
				corpus, it.Source, it.Blob, parserVersion).Scan(&same)
			if err != nil {
				return err
			}
			if same == 0 {
				fresh = append(fresh, reading{item: it})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: find what changed: %w", err)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range fresh {
		g.Go(func() error {
			r := &fresh[i]
			r.document, r.err = l.read(ctx, r.item)
			if r.err == nil {
				r.pieces = cut.Cut(r.document, l.cut)
			}
			return ctx.Err()
		})
	}
	return fresh, g.Wait()
}

// parserVersion names everything that decides which text and passages the same bytes give.
const parserVersion = "parse " + parse.Version + ", cut " + cut.Version

func (l *Library) read(ctx context.Context, it item) (*parse.Document, error) {
	if it.Reason != "" {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: it.Reason, Hint: it.Hint}
	}
	f, err := l.store.Blobs().Open(it.Blob)
	if err != nil {
		return nil, fmt.Errorf("corpus: %s: %w", it.Source, err)
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("corpus: %s: the blob store gives no random access", it.Source)
	}
	return parse.Parse(ctx, it.Source, r, it.Size, l.limits)
}

// commit makes a group visible: all its revisions and passages, or nothing.
func (l *Library) commit(ctx context.Context, s *shelf, readings []reading) error {
	if len(readings) == 0 {
		return nil
	}
	return l.store.Write(ctx, func(tx *store.Tx) error {
		for i := range readings {
			if err := l.put(ctx, tx, s, &readings[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func quote(s string) json.RawMessage {
	b, _ := json.Marshal(s) // a string always encodes
	return b
}

// put writes one reading. A file that can no longer be read keeps the revision it had, and
// says so: what was known is not lost because a new copy is broken.
func (l *Library) put(ctx context.Context, tx *store.Tx, s *shelf, r *reading) error {
	var id, current string
	err := tx.QueryRow(ctx, `SELECT id, revision FROM document WHERE corpus = $1 AND source = $2`, s.corpus, r.Source).Scan(&id, &current)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = store.NewID("doc"), nil
	}
	if err != nil {
		return err
	}
	if r.err != nil {
		return l.putProblem(ctx, tx, s, r, id, current)
	}
	d := r.document
	_, err = tx.Exec(ctx, `INSERT INTO document (id, space, corpus, source, title, state, reason, hint, revision, type, size, hash, created, updated, change)
		VALUES ($1, $2, $3, $4, $5, 'ready', '', '', $6, $7, $8, $6, $9, $9, 0)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, state = 'ready', reason = '', hint = '', revision = excluded.revision,
		type = excluded.type, size = excluded.size, hash = excluded.hash, updated = excluded.updated`,
		id, s.space, s.corpus, r.Source, d.Title, r.Blob, d.Type, r.Size, tx.Now)
	if err != nil {
		return err
	}
	if err := putRevision(ctx, tx, s.space, id, r); err != nil {
		return err
	}
	return logChange(ctx, tx, s.space, s.corpus, id, "put", r.Blob)
}

func (l *Library) putProblem(ctx context.Context, tx *store.Tx, s *shelf, r *reading, id, current string) error {
	state := Failed
	reason, hint := problem(r.Source, r.err)
	if skip, ok := errors.AsType[*parse.Skipped](r.err); ok {
		state, reason, hint = Skipped, skip.Reason, skip.Hint
	} else if wenyuan.CodeOf(r.err) == wenyuan.Internal {
		l.log.Error("a document could not be read", "source", r.Source, "error", r.err)
	}
	if current != "" {
		reason += "; what was read from it before is still in use"
	}
	_, err := tx.Exec(ctx, `INSERT INTO document (id, space, corpus, source, title, state, reason, hint, revision, type, size, hash, created, updated, change)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', $9, $10, $11, $11, 0)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, hint = excluded.hint,
		size = excluded.size, hash = excluded.hash, updated = excluded.updated`,
		id, s.space, s.corpus, r.Source, r.Source[strings.LastIndexByte(r.Source, '/')+1:], state, reason, hint, r.Size, r.Blob, tx.Now)
	return err
}

func putRevision(ctx context.Context, tx *store.Tx, space, id string, r *reading) error {
	d := r.document
	blocks, err := json.Marshal(d.Blocks)
	if err != nil {
		return err
	}
	removed, err := json.Marshal(d.Removed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO revision (document, revision, space, title, text, blocks, pages, chars, type, charset, removed, parser, created, change)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)
		ON CONFLICT (document, revision) DO UPDATE SET title = excluded.title, text = excluded.text, blocks = excluded.blocks,
		pages = excluded.pages, chars = excluded.chars, type = excluded.type, charset = excluded.charset, removed = excluded.removed, parser = excluded.parser`,
		id, r.Blob, space, d.Title, d.Text, string(blocks), d.Pages, runes(d.Text), d.Type, d.Charset, string(removed), parserVersion, tx.Now)
	if err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM vector WHERE passage IN (SELECT id FROM passage WHERE document = $1 AND revision = $2)`,
		`DELETE FROM passage WHERE document = $1 AND revision = $2`,
	} {
		if _, err := tx.Exec(ctx, q, id, r.Blob); err != nil {
			return err
		}
	}
	text := []rune(d.Text)
	for i, p := range r.pieces {
		heading, err := json.Marshal(append([]string{}, p.Heading...))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO passage (id, space, document, revision, ord, section, kind, page, heading, start_, end_, parent_start, parent_end, text, context)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			passageID(id, r.Blob, i), space, id, r.Blob, i, p.Section, string(p.Kind), p.Page, string(heading),
			p.Start, p.End, p.ParentStart, p.ParentEnd, string(text[p.Start:p.End]), p.Context)
		if err != nil {
			return err
		}
	}
	return nil
}

func runes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

var base32lower = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// passageID names a passage by where it stands, so that reading the same bytes of the same
// document again gives the same names.
func passageID(document, revision string, ord int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", document, revision, ord))
	return "pas_" + base32lower.EncodeToString(sum[:16])
}
