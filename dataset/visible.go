package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// visible says which of the named samples are there and may be seen by p: one's own, and with the
// right Review those of others; each only where the scope sees every document that it may have words
// of, in the revision that was used. It is the rule of trace.Visible.
func visible(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, ids []string) (map[string]bool, error) {
	return see(ctx, tx, sc, ids, func(principal string) bool { return principal == p.ID && p.ID != "" || sc.May(scope.Review) })
}

// see is visible, with another rule of whose samples may be seen.
func see(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string, whose func(principal string) bool) (map[string]bool, error) {
	seen := make(map[string]bool, len(ids))
	if sc.Space() == "" {
		return seen, nil
	}
	for part := range slices.Chunk(ids, pageRows) {
		if err := visiblePart(ctx, tx, sc, whose, part, seen); err != nil {
			return nil, fmt.Errorf("dataset: visible: %w", err)
		}
	}
	return seen, nil
}

func visiblePart(ctx context.Context, tx *store.Tx, sc scope.Scope, whose func(principal string) bool, ids []string, seen map[string]bool) error {
	asked := false // of any document
	err := tx.Each(ctx, func(r store.Row) error {
		var id, space, principal, document string
		if err := r.Scan(&id, &space, &principal, &document); err != nil {
			return err
		}
		if space != sc.Space() {
			return nil
		}
		before, known := seen[id]
		asked = asked || document != ""
		seen[id] = (before || !known) && whose(principal) && (document == "" || sc.Sees(space, document))
		return nil
	}, `SELECT s.id, s.space, s.principal, COALESCE(d.document, '') FROM sample s
		LEFT JOIN sample_document d ON d.sample = s.id WHERE s.id IN (`+store.Marks(1, len(ids))+`)`, store.Args(ids)...)
	if err != nil || !asked || sc.All(sc.Space()) {
		return err
	}
	return hideSaid(ctx, tx, sc, seen, ids)
}

// hideSaid takes away what an earlier revision, which a sample was made from, named other readers for.
func hideSaid(ctx context.Context, tx *store.Tx, sc scope.Scope, seen map[string]bool, among []string) error {
	ids := slices.DeleteFunc(slices.Clone(among), func(id string) bool { return !seen[id] })
	if len(ids) == 0 {
		return nil
	}
	return tx.Each(ctx, func(r store.Row) error {
		var id, said string
		if err := r.Scan(&id, &said); err != nil {
			return err
		}
		var readers []string
		if err := json.Unmarshal([]byte(said), &readers); err != nil {
			return err
		}
		seen[id] = seen[id] && sc.Reads(readers)
		return nil
	}, `SELECT d.sample, r.readers FROM sample_document d JOIN revision r ON r.document = d.document AND r.revision = d.revision AND r.readers <> ''
		JOIN document n ON n.id = r.document AND n.revision <> r.revision JOIN access a ON a.document = r.document JOIN access_class c ON c.id = a.class AND c.layer <> 'hand'
		WHERE d.sample IN (`+store.Marks(1, len(ids))+`)`, store.Args(ids)...)
}
