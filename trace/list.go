package trace

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Filter says which traces List shows.
type Filter struct {
	Document string // only traces that this document had a part in
	Corpus   string
	Before   string // only traces before this id: the last of the page before
	Limit    int    // 1 to MaxList; 0 for 50
}

// MaxList is the most traces that one List shows.
const MaxList = 500

// List shows the newest traces that p may see by the scope, without their answers and steps.
func List(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Filter) ([]Trace, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, MaxList)
	all := []Trace{}
	if sc.Space() == "" {
		return all, nil
	}
	for step := f.Limit; len(all) < f.Limit; step = min(2*step, MaxList) {
		ids, err := find(ctx, tx, sc, p, f, step)
		if err != nil || len(ids) == 0 {
			return all, err
		}
		seen, err := Visible(ctx, tx, sc, p, ids)
		if err != nil {
			return nil, err
		}
		f.Before = ids[len(ids)-1]
		ids = slices.DeleteFunc(ids, func(id string) bool { return !seen[id] })
		if all, err = rowsOf(ctx, tx, ids[:min(len(ids), f.Limit-len(all))], all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// find gives the next ids of the traces that p might see, newest first. Very many of them may be
// hidden from who reviews a part of the space, so that the rows are read later.
func find(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, f Filter, most int) ([]string, error) {
	query := strings.Builder{}
	query.WriteString(`SELECT t.id FROM trace t`)
	args := []any{sc.Space()}
	where := ` WHERE t.space = $1`
	add := func(clause string, value string) {
		if value != "" {
			args = append(args, value)
			where += fmt.Sprintf(clause, len(args))
		}
	}
	if f.Document != "" {
		query.WriteString(` JOIN trace_document d ON d.trace = t.id`)
	}
	if !sc.May(scope.Review) {
		args = append(args, p.ID)
		where += ` AND t.principal = $2`
	}
	add(` AND d.document = $%d`, f.Document)
	add(` AND t.corpus = $%d`, f.Corpus)
	add(` AND t.id < $%d`, f.Before)
	fmt.Fprintf(&query, `%s ORDER BY t.id DESC LIMIT %d`, where, most)
	ids, err := column(ctx, tx, query.String(), args...)
	if err != nil {
		return nil, fmt.Errorf("trace: list: %w", err)
	}
	return ids, nil
}

// rowsOf puts some traces, newest first, behind a list. That they are seen is known.
func rowsOf(ctx context.Context, tx *store.Tx, ids []string, list []Trace) ([]Trace, error) {
	if len(ids) == 0 {
		return list, nil
	}
	err := tx.Each(ctx, func(r store.Row) error {
		var t Trace
		if err := r.Scan(t.row()...); err != nil {
			return err
		}
		list = append(list, t)
		return nil
	}, `SELECT `+columns+` FROM trace t WHERE t.id IN (`+store.Marks(1, len(ids))+`) ORDER BY t.id DESC`, store.Args(ids)...)
	if err != nil {
		return nil, fmt.Errorf("trace: list: %w", err)
	}
	return list, nil
}

// Visible says which of the named traces are there and may be seen by p: one's own, and with the
// right Review those of others; each only where the scope sees every document that had a part in it,
// removed ones left out, in the revision that it used: one that named its own readers is for
// those of them only, unless what was set by hand decides. A trace without documents hides nothing of a document.
func Visible(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, ids []string) (map[string]bool, error) {
	seen := make(map[string]bool, len(ids))
	if sc.Space() == "" || len(ids) == 0 {
		return seen, nil
	}
	// The space is looked at here: asked for it, SQLite goes through all traces of the space.
	err := tx.Each(ctx, func(r store.Row) error {
		var id, space, principal, document string
		if err := r.Scan(&id, &space, &principal, &document); err != nil {
			return err
		}
		if space != sc.Space() {
			return nil
		}
		before, known := seen[id]
		seen[id] = (before || !known) && (principal == p.ID && p.ID != "" || sc.May(scope.Review)) && (document == "" || sc.Sees(sc.Space(), document))
		return nil
	}, `SELECT t.id, t.space, t.principal, COALESCE(d.document, '') FROM trace t
		LEFT JOIN trace_document d ON d.trace = t.id AND d.withdrawn = 0 WHERE t.id IN (`+store.Marks(1, len(ids))+`)`, store.Args(ids)...)
	if err != nil {
		return nil, fmt.Errorf("trace: visible: %w", err)
	}

	return seen, hideSaid(ctx, tx, sc, seen)
}

// hideSaid takes away what an earlier revision, which a trace used, named other readers for.
func hideSaid(ctx context.Context, tx *store.Tx, sc scope.Scope, seen map[string]bool) error {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(seen)), func(id string) bool { return !seen[id] })
	if len(ids) == 0 {
		return nil
	}
	err := tx.Each(ctx, func(r store.Row) error {
		var id, said string
		if err := r.Scan(&id, &said); err != nil {
			return err
		}
		reads, err := readsSaid(sc, said)
		if err != nil {
			return err
		}
		seen[id] = seen[id] && reads
		return nil
	}, `SELECT d.trace, r.readers FROM trace_document d JOIN revision r ON r.document = d.document AND r.revision = d.revision AND r.readers <> ''
		JOIN document n ON n.id = r.document AND n.revision <> r.revision JOIN access a ON a.document = r.document JOIN access_class c ON c.id = a.class AND c.layer <> 'hand'
		WHERE d.withdrawn = 0 AND d.trace IN (`+store.Marks(1, len(ids))+`)`, store.Args(ids)...)
	if err != nil {
		return fmt.Errorf("trace: visible: %w", err)
	}
	return nil
}

// readsSaid says whether whom a revision names as its readers includes the asker; "" names nobody
// in particular.
func readsSaid(sc scope.Scope, said string) (bool, error) {
	if said == "" {
		return true, nil
	}
	var readers []string
	if err := json.Unmarshal([]byte(said), &readers); err != nil {
		return false, fmt.Errorf("trace: readers of a revision: %w", err)
	}
	return sc.Reads(readers), nil
}

// column reads a query of one text column.
func column(ctx context.Context, tx *store.Tx, query string, args ...any) ([]string, error) {
	return store.Column[string](ctx, tx, query, args...)
}

// Documents says from which documents the answers of the named traces may have words: those
// that whoever wrote had read. Removed ones are left out, and so are those that the search only
// passed over. A trace that p may not see has none.
func Documents(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, ids []string) (map[string][]string, error) {
	out := make(map[string][]string, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	seen, err := Visible(ctx, tx, sc, p, ids)
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, func(r store.Row) error {
		var trace, document string
		if err := r.Scan(&trace, &document); err != nil {
			return err
		}
		if seen[trace] {
			out[trace] = append(out[trace], document)
		}
		return nil
	}, `SELECT trace, document FROM trace_document WHERE withdrawn = 0 AND held = 1 AND trace IN (`+store.Marks(1, len(ids))+`) ORDER BY trace, document`, store.Args(ids)...)
	if err != nil {
		return nil, fmt.Errorf("trace: documents: %w", err)
	}
	return out, nil
}
