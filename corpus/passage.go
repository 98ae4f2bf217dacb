package corpus

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

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
		rev, err := l.resolveRevision(ctx, tx, sc, d, revision)
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
	var found []wenyuan.Passage
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		found, err = scanPassages(tx.Query(ctx, `SELECT `+passageColumns+
			` WHERE passage.space = $1 AND passage.id IN (`+store.Marks(2, len(ids))+`)`, append([]any{sc.Space()}, store.Args(ids)...)...))
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
