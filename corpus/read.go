package corpus

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/guard"
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
	suspect  []guard.Unseen // what beside its passages holds instructions
	err      error

	layer, own string    // what it says of its readers, as in [auth.Placing]
	parts      []reading // of a table that says it of each row; then there is no document
	file       string    // of a part: the source of its table,
	fileHash   string    // the hash of that,
	body       []byte    // and its own bytes, until they are stored
}

// place is the path by which rules find it.
func (r *reading) place() string { return cmp.Or(r.file, r.Source) }

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
	var gone []string
	for done := 0; done < len(o.Items); {
		group := nextGroup(o.Items[done:])
		readings, spare, err := l.readGroup(ctx, s, group)
		if err != nil {
			return err
		}
		left, err := l.commit(ctx, s, readings)
		if err != nil {
			return fmt.Errorf("corpus: commit: %w", err)
		}
		l.tell(ctx, s, readings)
		gone = append(append(gone, spare...), left...)
		if err := l.catchUp(ctx, s); err != nil {
			return err
		}
		done += len(group)
		report(map[string]int{"done": done, "total": len(o.Items)})
	}
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		// In one transaction with the end of this order, so that the last order of many is
		// the one whose wish for learning meets no open order any more.
		if err := j.Finish(ctx, tx); err != nil {
			return err
		}
		return l.wantFeatures(ctx, tx, s)
	})
	if err != nil {
		return err
	}
	return l.dropBlobs(ctx, gone)
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
// current revision already are left out. Spare are the bytes of tables among those, of which the
// parts are kept already.
func (l *Library) readGroup(ctx context.Context, s *shelf, items []item) (fresh []reading, spare []string, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		fresh, spare = nil, nil
		for _, it := range items {
			same, parts, err := unchanged(ctx, tx, s.corpus, it)
			if err != nil {
				return err
			}
			if same && parts {
				spare = append(spare, it.Blob)
			}
			if !same {
				fresh = append(fresh, reading{item: it})
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("corpus: find what changed: %w", err)
	}
	look := l.guard(ctx, s.space)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range fresh {
		g.Go(func() error {
			r := &fresh[i]
			l.readOne(ctx, r)
			l.screen(ctx, look, r)
			return ctx.Err()
		})
	}
	return fresh, spare, g.Wait()
}

// unchanged says whether the bytes of an item are what was read already, as a whole or in parts.
func unchanged(ctx context.Context, tx *store.Tx, corpus string, it item) (same, parts bool, err error) {
	var all, current, divided int
	err = tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN document.state = 'ready' AND revision.parser = $4 AND
		(document.source = $2 AND document.file = '' AND document.revision = $3 OR document.file = $2 AND document.file_hash = $3) THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN document.file = '' THEN 0 ELSE 1 END), 0)
		FROM (SELECT id FROM document WHERE corpus = $1 AND source = $2 UNION ALL SELECT id FROM document WHERE corpus = $1 AND file = $2 AND file <> '') AS twin
		JOIN document ON document.id = twin.id LEFT JOIN revision ON revision.document = document.id AND revision.revision = document.revision`,
		corpus, it.Source, it.Blob, parserVersion).Scan(&all, &current, &divided)
	return all > 0 && all == current, divided > 0, err
}

// readOne parses and cuts a file, or the parts of a table.
func (l *Library) readOne(ctx context.Context, r *reading) {
	if r.document, r.err = l.read(ctx, r.item); r.err != nil {
		return
	}
	if r.document.Divided {
		r.parts, r.err = l.divide(ctx, r.item)
		return
	}
	if r.document.Says {
		r.layer, r.own = auth.Front, r.document.Readers
	}
	r.pieces = cut.Cut(r.document, l.cut)
}

// parserVersion names everything that decides which text and passages the same bytes give.
const parserVersion = "parse " + parse.Version + ", cut " + cut.Version

func (l *Library) read(ctx context.Context, it item) (*parse.Document, error) {
	if it.Reason != "" {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: it.Reason, Hint: it.Hint}
	}
	f, err := l.open(it)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse.Parse(ctx, it.Source, f, it.Size, l.limits)
}

// commit makes a group visible: all its revisions and passages with who may read them, or
// nothing. It gives the blobs that nobody may need any more.
func (l *Library) commit(ctx context.Context, s *shelf, readings []reading) (gone []string, err error) {
	if len(readings) == 0 {
		return nil, nil
	}
	l.blobs.RLock()
	defer l.blobs.RUnlock()
	if err := l.keepParts(ctx, readings); err != nil {
		return nil, err
	}
	err = l.store.Write(ctx, func(tx *store.Tx) error {
		gone = nil
		for i := range readings {
			left, err := l.putFile(ctx, tx, s, &readings[i])
			if err != nil {
				return err
			}
			gone = append(gone, left...)
		}
		return nil
	})
	return gone, err
}

// putFile writes a file, or the parts of a table, and takes away what the file had before and
// has no more.
func (l *Library) putFile(ctx context.Context, tx *store.Tx, s *shelf, r *reading) (gone []string, err error) {
	if r.err != nil {
		return nil, l.put(ctx, tx, s, r)
	}
	docs := r.parts
	if docs == nil {
		docs = []reading{*r}
	} else {
		gone = append(gone, r.Blob) // the table as a whole is not kept
	}
	before, err := twins(ctx, tx, s.corpus, r.Source)
	if err != nil {
		return nil, err
	}
	for _, t := range before {
		if slices.ContainsFunc(docs, func(d reading) bool { return d.Source == t.source }) {
			continue
		}
		blobs, _, err := l.removeOne(ctx, tx, Corpus{ID: s.corpus, Space: s.space}, t.id)
		if err != nil {
			return nil, err
		}
		gone = append(gone, blobs...)
	}
	for i := range docs {
		if err := l.put(ctx, tx, s, &docs[i]); err != nil {
			return nil, err
		}
	}
	return gone, nil
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
	fresh := errors.Is(err, sql.ErrNoRows)
	if fresh {
		id, err = store.NewID("doc"), nil
	}
	if err != nil {
		return err
	}
	if r.err != nil {
		return l.putProblem(ctx, tx, s, r, id, current, fresh)
	}
	d := r.document
	_, err = tx.Exec(ctx, `INSERT INTO document (id, space, corpus, source, title, state, reason, hint, revision, type, size, hash, created, updated, change, file, file_hash)
		VALUES ($1, $2, $3, $4, $5, 'ready', '', '', $6, $7, $8, $6, $9, $9, 0, $10, $11)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, state = 'ready', reason = '', hint = '', revision = excluded.revision,
		type = excluded.type, size = excluded.size, hash = excluded.hash, updated = excluded.updated, file = excluded.file, file_hash = excluded.file_hash`,
		id, s.space, s.corpus, r.Source, d.Title, r.Blob, d.Type, r.Size, tx.Now, r.file, r.fileHash)
	if err != nil {
		return err
	}
	err = l.auth.Place(ctx, tx, auth.Placing{Space: s.space, Corpus: s.corpus, Document: id, Source: r.place(), Layer: r.layer, Own: r.own, Passages: len(r.pieces)})
	if err != nil {
		return err
	}
	if err := putRevision(ctx, tx, s.space, id, r); err != nil {
		return err
	}
	return logChange(ctx, tx, s.space, s.corpus, id, "put", r.Blob)
}

func (l *Library) putProblem(ctx context.Context, tx *store.Tx, s *shelf, r *reading, id, current string, fresh bool) error {
	state := Failed
	reason, hint := problem(r.Source, r.err)
	if skip, ok := errors.AsType[*parse.Skipped](r.err); ok {
		state, reason, hint = Skipped, skip.Reason, skip.Hint
	} else if wenyuan.CodeOf(r.err) == wenyuan.Internal {
		l.log.Error("a document could not be read", "source", r.Source, "error", r.err)
	}
	if current == "" && fresh {
		parts, err := twins(ctx, tx, s.corpus, r.Source)
		if err != nil {
			return err
		}
		if len(parts) > 0 {
			current = parts[0].id
		}
	}
	if current != "" {
		reason += "; what was read from it before is still in use"
	}
	_, err := tx.Exec(ctx, `INSERT INTO document (id, space, corpus, source, title, state, reason, hint, revision, type, size, hash, created, updated, change)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', $9, $10, $11, $11, 0)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, hint = excluded.hint,
		size = excluded.size, hash = excluded.hash, updated = excluded.updated`,
		id, s.space, s.corpus, r.Source, r.Source[strings.LastIndexByte(r.Source, '/')+1:], state, reason, hint, r.Size, r.Blob, tx.Now)
	if err != nil || !fresh {
		return err // a document that is known stays with the readers that it had
	}
	return l.auth.Place(ctx, tx, auth.Placing{Space: s.space, Corpus: s.corpus, Document: id, Source: r.Source})
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
	hidden, err := json.Marshal(append([]parse.Hidden{}, d.Hidden...))
	if err != nil {
		return err
	}
	readers, err := auth.SaidReaders(r.layer, r.own)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO revision (document, revision, space, title, text, blocks, pages, chars, type, charset, removed, parser, created, change, readers, hidden)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15)
		ON CONFLICT (document, revision) DO UPDATE SET title = excluded.title, text = excluded.text, blocks = excluded.blocks,
		pages = excluded.pages, chars = excluded.chars, type = excluded.type, charset = excluded.charset, removed = excluded.removed, parser = excluded.parser,
		readers = excluded.readers, hidden = excluded.hidden`,
		id, r.Blob, space, d.Title, d.Text, string(blocks), d.Pages, runes(d.Text), d.Type, d.Charset, string(removed), parserVersion, tx.Now, readers, string(hidden))
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
