package trace

import (
	"context"
	"fmt"

	"wenyuan/store"
)

// Removed says whether any of some documents is there no more. What was read of it may have been
// withdrawn everywhere by now, so whoever keeps words of it in tx keeps none.
func Removed(ctx context.Context, tx *store.Tx, documents []string) (bool, error) {
	for _, id := range documents {
		there, err := column(ctx, tx, `SELECT id FROM document WHERE id = $1`, id)
		if err != nil {
			return false, fmt.Errorf("trace: removed: %w", err)
		}
		if len(there) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// Parts are the traces of a space that a document had a part in.
const Parts = `SELECT trace FROM trace_document WHERE document = $2 AND space = $1`
