package corpus

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
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

	Hidden map[string]int `json:"hidden,omitempty"` // places where text is kept from readers, by how; of one document that is asked for by its id

	File     string `json:"file,omitempty"`      // source of the table that it is some rows of; "" for a whole file
	FileHash string `json:"file_hash,omitempty"` // SHA-256 of that file, for who sees everything
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

func scanDocument(row store.Row) (Document, error) {
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
		ids, n, err := l.pageOf(ctx, tx, sc, c, f)
		if err != nil {
			return err
		}
		total = n
		for _, id := range ids {
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
	AND (LOWER(document.source) LIKE $3 ESCAPE '\' OR LOWER(document.title) LIKE $3 ESCAPE '\')`

func (f DocumentFilter) args(corpus string) []any {
	return []any{corpus, f.State, store.Like(strings.ToLower(f.Query))}
}

// wholeList reads all that match in one go.
func wholeList(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, f DocumentFilter) ([]Document, error) {
	out := []Document{}
	err := tx.Each(ctx, func(r store.Row) error {
		d, err := scanDocument(r)
		if err != nil {
			return err
		}
		if sc.Sees(c.Space, d.ID) {
			out = append(out, d)
		}
		return nil
	}, `SELECT `+documentColumns+matching+` ORDER BY document.source`, f.args(c.ID)...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// pageOf gives the ids of one page of what the asker sees and matches, by source, and says how many match in
// all. Ids come first and rows later, so that a page of a long list reads only its own rows; without words
// to look for, what comes behind it is not read but counted.
func (l *Library) pageOf(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, f DocumentFilter) (ids []string, total int, err error) {
	for after, more := "", true; more; {
		var some []sourced
		if some, err = matchDocuments(ctx, tx, c.ID, after, f); err != nil {
			return nil, 0, err
		}
		for _, d := range some {
			if after = d.source; !sc.Sees(c.Space, d.id) {
				continue
			}
			if total++; total > f.Offset && (f.Limit == 0 || len(ids) < f.Limit) {
				ids = append(ids, d.id)
			}
		}
		more = len(some) == listedIDs
		if f.Query == "" && more && f.Limit > 0 && len(ids) == f.Limit {
			total, err = l.inState(ctx, tx, sc, c, f.State)
			return ids, total, err
		}
	}
	return ids, total, nil
}

// inState counts the documents that the asker sees in a state, "" for all of them.
func (l *Library) inState(ctx context.Context, tx *store.Tx, sc scope.Scope, c Corpus, state string) (int, error) {
	err := l.countSeen(ctx, tx, sc, &c)
	return map[string]int{"": c.Documents, Ready: c.Ready, Failed: c.Failed, Skipped: c.Skipped}[state], err
}

// listedIDs is how many documents of a list are looked at in one step.
const listedIDs = 500

// sourced is a document with where it is.
type sourced struct{ id, source string }

// matchDocuments gives the next documents that match, by source, behind one.
func matchDocuments(ctx context.Context, tx *store.Tx, corpus, after string, f DocumentFilter) ([]sourced, error) {
	query, args := `SELECT document.id, document.source FROM document WHERE document.corpus = $1 AND document.source > $2`, []any{corpus, after}
	if f.State != "" || f.Query != "" {
		query, args = `SELECT document.id, document.source FROM document`+matching+` AND document.source > $4`, append(f.args(corpus), after)
	}
	return store.List(ctx, tx, func(r store.Row) (d sourced, err error) {
		err = r.Scan(&d.id, &d.source)
		return d, err
	}, query+` ORDER BY document.source LIMIT `+strconv.Itoa(listedIDs), args...)
}

// Document finds a document by its id.
func (l *Library) Document(ctx context.Context, sc scope.Scope, id string) (Document, error) {
	var d Document
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if d, err = findDocument(ctx, tx, sc, id); err != nil || d.Revision == "" {
			return err
		}
		hidden, err := hiddenIn(ctx, tx, d.ID, d.Revision)
		d.Hidden = disguised(hidden)
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
