package corpus

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"wenyuan/auth"
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

	File     string `json:"file,omitempty"`      // source of the table that it is some rows of; "" for a whole file
	FileHash string `json:"file_hash,omitempty"` // SHA-256 of that file, for who sees all its rows
}

// A DocumentFilter narrows a list of documents.
type DocumentFilter struct {
	State  string // "" any
	Query  string // part of source or title, whatever the case
	Offset int
	Limit  int // 0: all
}

const documentColumns = `document.id, corpus.name, document.source, document.title, document.state, document.reason,
	document.hint, document.revision, document.hash, document.type, document.size, document.created, document.updated, document.file,
	COALESCE((SELECT chars FROM revision WHERE revision.document = document.id AND revision.revision = document.revision), 0),
	COALESCE((SELECT pages FROM revision WHERE revision.document = document.id AND revision.revision = document.revision), 0),
	(SELECT COUNT(*) FROM passage WHERE passage.document = document.id AND passage.revision = document.revision)
	FROM document JOIN corpus ON corpus.id = document.corpus`

func scanDocument(row interface{ Scan(...any) error }) (Document, error) {
	var d Document
	err := row.Scan(&d.ID, &d.Corpus, &d.Source, &d.Title, &d.State, &d.Reason, &d.Hint, &d.Revision, &d.Hash,
		&d.Type, &d.Size, &d.Created, &d.Updated, &d.File, &d.Chars, &d.Pages, &d.Passages)
	return d, err
}

// Documents lists the documents of a corpus by source, and says how many match in all.
func (l *Library) Documents(ctx context.Context, sc scope.Scope, corpus string, f DocumentFilter) ([]Document, int, error) {
	var out []Document
	var total int
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		out, total = []Document{}, 0
		c, err := l.findCorpus(ctx, tx, sc, corpus)
		if err != nil {
			return err
		}
		if f.Limit == 0 && f.Offset == 0 {
			out, err = wholeList(ctx, tx, sc, c, f)
			total = len(out)
			return errors.Join(err, wholeHashes(ctx, tx, sc, c.ID, out))
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
		return wholeHashes(ctx, tx, sc, c.ID, out)
	})
	return out, total, err
}

// matching is the condition of a filter; its arguments are the corpus and those of the filter.
const matching = ` WHERE document.corpus = $1 AND ($2 = '' OR document.state = $2)
	AND (LOWER(document.source) LIKE $3 ESCAPE '\' OR LOWER(document.title) LIKE $3 ESCAPE '\') ORDER BY document.source`

func (f DocumentFilter) args(corpus string) []any {
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Query))
	return []any{corpus, f.State, "%" + like + "%"}
}

// wholeList reads all that match in one go.
func wholeList(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, f DocumentFilter) ([]Document, error) {
	rows, err := tx.Query(ctx, `SELECT `+documentColumns+matching, f.args(c.ID)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Document{}
	for rows.Next() {
		d, err := scanDocument(rows)
		if err != nil {
			return nil, err
		}
		if sc.Sees(c.Space, d.ID) {
			out = append(out, d)
		}
	}
	return out, rows.Err()
}

// matchDocuments gives the ids that match, by source. Ids come first and rows later, so
// that a page of a long list reads only its own rows.
func matchDocuments(ctx context.Context, tx *store.Tx, corpus string, f DocumentFilter) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT document.id FROM document`+matching, f.args(corpus)...)
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
		return Document{}, auth.NoDocument(id)
	}
	d, err := scanDocument(tx.QueryRow(ctx, `SELECT `+documentColumns+` WHERE document.id = $1 AND document.space = $2`, id, sc.Space()))
	if errors.Is(err, sql.ErrNoRows) {
		return d, auth.NoDocument(id)
	}
	return d, err
}

// Readers is the rule that says who may read a document. Needs Edit, and that the asker sees the
// document.
func (l *Library) Readers(ctx context.Context, sc scope.Scope, id string) (auth.Rule, error) {
	var r auth.Rule
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		if _, err := findDocument(ctx, tx, sc, id); err != nil {
			return err
		}
		if !sc.May(scope.Edit) {
			return errNotEditor
		}
		var err error
		r, err = l.auth.RuleOf(ctx, tx, id)
		return err
	})
	return r, err
}
