package corpus

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenyuan"
	"wenyuan/corpus/parse"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The three states a document ends in.
const (
	Ready   = "ready"   // it is read, and can be found
	Failed  = "failed"  // it could not be read; Reason and Hint say why and what to do
	Skipped = "skipped" // it is not something that can be read, a picture say
)

// A Document is one thing that was added: its place in a corpus and its current revision.
type Document struct {
	ID       string `json:"id"`
	Corpus   string `json:"corpus"` // name
	Source   string `json:"source"`
	Title    string `json:"title"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
	Hint     string `json:"hint"`
	Revision string `json:"revision"` // current; empty where nothing was ever read
	Hash     string `json:"hash"`     // SHA-256 of the bytes last seen, read or not
	Type     string `json:"type"`     // media type
	Size     int64  `json:"size"`     // bytes
	Chars    int64  `json:"chars"`    // code points of the extracted text
	Pages    int    `json:"pages"`    // 0 where the format has none
	Passages int    `json:"passages"`
	Created  int64  `json:"created"` // UTC microseconds
	Updated  int64  `json:"updated"`
}

// A Revision is what was read from one content of a document.
type Revision struct {
	Document string         `json:"document"`
	Revision string         `json:"revision"` // SHA-256 of the bytes
	Title    string         `json:"title"`
	Text     string         `json:"text"`
	Blocks   []parse.Block  `json:"blocks"`
	Pages    int            `json:"pages"`
	Chars    int64          `json:"chars"`
	Type     string         `json:"type"`
	Charset  string         `json:"charset"`
	Removed  map[string]int `json:"removed"` // what cleaning took out, by reason, in code points
	Parser   string         `json:"parser"`
	Created  int64          `json:"created"`
}

// A DocumentFilter narrows a list of documents.
type DocumentFilter struct {
	State  string // "" any
	Query  string // part of source or title, whatever the case
	Offset int
	Limit  int // 0: all
}

const documentColumns = `document.id, corpus.name, document.source, document.title, document.state, document.reason,
	document.hint, document.revision, document.hash, document.type, document.size, document.created, document.updated,
	COALESCE((SELECT chars FROM revision WHERE revision.document = document.id AND revision.revision = document.revision), 0),
	COALESCE((SELECT pages FROM revision WHERE revision.document = document.id AND revision.revision = document.revision), 0),
	(SELECT COUNT(*) FROM passage WHERE passage.document = document.id AND passage.revision = document.revision)
	FROM document JOIN corpus ON corpus.id = document.corpus`

func scanDocument(row interface{ Scan(...any) error }) (Document, error) {
	var d Document
	err := row.Scan(&d.ID, &d.Corpus, &d.Source, &d.Title, &d.State, &d.Reason, &d.Hint, &d.Revision, &d.Hash,
		&d.Type, &d.Size, &d.Created, &d.Updated, &d.Chars, &d.Pages, &d.Passages)
	return d, err
}

// Documents lists the documents of a corpus by source, and says how many match in all.
func (l *Library) Documents(ctx context.Context, sc scope.Scope, corpus string, f DocumentFilter) ([]Document, int, error) {
	var out []Document
	var total int
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out, total = []Document{}, 0
		c, err := findCorpus(ctx, tx, sc.Space(), corpus)
		if err != nil {
			return err
		}
		ids, err := matchDocuments(ctx, tx, c.ID, f)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !sc.Sees(c.Space, id) {
				continue
			}
			total++
			if total <= f.Offset || f.Limit > 0 && len(out) == f.Limit {
				continue
			}
			d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.id = $1`, id))
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	return out, total, err
}

// matchDocuments gives the ids that match, by source. Ids come first and rows later, so
// that a page of a long list reads only its own rows.
func matchDocuments(ctx context.Context, tx *store.Tx, corpus string, f DocumentFilter) ([]string, error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Query)) + "%"
	rows, err := tx.Query(ctx, `SELECT id FROM document WHERE corpus = $1 AND ($2 = '' OR state = $2)
		AND (LOWER(source) LIKE $3 ESCAPE '\' OR LOWER(title) LIKE $3 ESCAPE '\') ORDER BY source`, corpus, f.State, like)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// noDocument is also what somebody is told who may not see the document.
func noDocument(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no document %q", id),
		Hint: "wenyuan list --corpus NAME shows the documents and their ids"}
}

// Document finds a document by its id.
func (l *Library) Document(ctx context.Context, sc scope.Scope, id string) (Document, error) {
	var d Document
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		d, err = findDocument(ctx, tx, sc, id)
		return err
	})
	return d, err
}

func findDocument(ctx context.Context, tx *store.Tx, sc scope.Scope, id string) (Document, error) {
	if !sc.Sees(sc.Space(), id) {
		return Document{}, noDocument(id)
	}
	d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.id = $1 AND document.space = $2`, id, sc.Space()))
	if errors.Is(err, sql.ErrNoRows) {
		return d, noDocument(id)
	}
	return d, err
}

// Revision reads one revision of a document; "" is the current one. A revision may be
// named by the first six digits of its hash or more.
func (l *Library) Revision(ctx context.Context, sc scope.Scope, id, revision string) (Revision, error) {
	r := Revision{Document: id}
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		r.Revision, err = resolveRevision(ctx, tx, d, revision)
		if err != nil {
			return err
		}
		var blocks, removed string
		err = tx.QueryRow(ctx, `SELECT title, text, blocks, pages, chars, type, charset, removed, parser, created
			FROM revision WHERE document = $1 AND revision = $2`, id, r.Revision).
			Scan(&r.Title, &r.Text, &blocks, &r.Pages, &r.Chars, &r.Type, &r.Charset, &removed, &r.Parser, &r.Created)
		if err != nil {
			return err
		}
		return errors.Join(json.Unmarshal([]byte(blocks), &r.Blocks), json.Unmarshal([]byte(removed), &r.Removed))
	})
	return r, err
}

func resolveRevision(ctx context.Context, tx *store.Tx, d Document, revision string) (string, error) {
	if revision == "" {
		if d.Revision == "" {
			return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s has no text: %s", d.Source, d.Reason), Hint: d.Hint}
		}
		return d.Revision, nil
	}
	missing := &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s has no revision %q", d.Source, revision),
		Hint: "without a revision the current one is shown"}
	if len(revision) < 6 || strings.Trim(revision, "0123456789abcdef") != "" {
		return "", missing
	}
	var found string
	err := tx.QueryRow(ctx, `SELECT revision FROM revision WHERE document = $1 AND revision LIKE $2 ORDER BY created DESC LIMIT 1`,
		d.ID, revision+"%").Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return "", missing
	}
	return found, err
}

const passageColumns = `passage.id, passage.document, passage.revision, document.source, revision.title, passage.heading,
	passage.page, passage.start_, passage.end_, passage.text, passage.context
	FROM passage JOIN document ON document.id = passage.document
	JOIN revision ON revision.document = passage.document AND revision.revision = passage.revision`

func scanPassages(rows *sql.Rows, err error) ([]wenyuan.Passage, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []wenyuan.Passage{}
	for rows.Next() {
		var p wenyuan.Passage
		var heading string
		var page int
		if err := rows.Scan(&p.ID, &p.Document, &p.Revision, &p.Source, &p.Title, &heading, &page, &p.Start, &p.End, &p.Text, &p.Context); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(heading), &p.Heading); err != nil {
			return nil, err
		}
		if page > 0 {
			p.Page = &page
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// DocumentPassages gives the passages of one revision in reading order; "" is the current one.
func (l *Library) DocumentPassages(ctx context.Context, sc scope.Scope, id, revision string) ([]wenyuan.Passage, error) {
	var out []wenyuan.Passage
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		rev, err := resolveRevision(ctx, tx, d, revision)
		if err != nil {
			return err
		}
		out, err = scanPassages(tx.Query(ctx, `SELECT `+passageColumns+
			` WHERE passage.document = $1 AND passage.revision = $2 ORDER BY passage.ord`, id, rev))
		return err
	})
	return out, err
}

// Passages reads passages by id, in the order of the ids. What was removed since the ids
// were found, or may not be seen, is left out.
func (l *Library) Passages(ctx context.Context, sc scope.Scope, ids []string) ([]wenyuan.Passage, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks := make([]string, len(ids))
	args := make([]any, len(ids)+1)
	args[0] = sc.Space()
	for i, id := range ids {
		marks[i], args[i+1] = fmt.Sprintf("$%d", i+2), id
	}
	var found []wenyuan.Passage
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		found, err = scanPassages(tx.Query(ctx, `SELECT `+passageColumns+
			` WHERE passage.space = $1 AND passage.id IN (`+strings.Join(marks, ", ")+`)`, args...))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("corpus: passages: %w", err)
	}
	at := make(map[string]wenyuan.Passage, len(found))
	for _, p := range found {
		if sc.Sees(sc.Space(), p.Document) {
			at[p.ID] = p
		}
	}
	out := make([]wenyuan.Passage, 0, len(ids))
	for _, id := range ids {
		if p, ok := at[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// Original opens the bytes that a revision was read from.
func (l *Library) Original(ctx context.Context, sc scope.Scope, id, revision string) (io.ReadSeekCloser, string, int64, error) {
	var hash, media string
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		d, err := findDocument(ctx, tx, sc, id)
		if err != nil {
			return err
		}
		if revision == "" && d.Revision == "" {
			hash, media = d.Hash, d.Type
			return nil
		}
		if hash, err = resolveRevision(ctx, tx, d, revision); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT type FROM revision WHERE document = $1 AND revision = $2`, id, hash).Scan(&media)
	})
	if err != nil {
		return nil, "", 0, err
	}
	f, err := l.store.Blobs().Open(hash)
	if err != nil {
		return nil, "", 0, fmt.Errorf("corpus: original of %s: %w", id, err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, "", 0, fmt.Errorf("corpus: original of %s: %w", id, err)
	}
	return f, media, size, nil
}
