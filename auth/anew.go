package auth

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Anew is what an asker may see now where it had a scope: what the snapshot of tx knows of is in it. It
// is for what is given long after it was made. ok is false where the asker has lost a right that the
// scope has. Without an identity the scope stays as it is, and the documents fall under it as they do now.
func (d *Directory) Anew(ctx context.Context, tx *store.Tx, id *Identity, before scope.Scope) (now scope.Scope, ok bool, err error) {
	if err := d.fresh(ctx, tx); err != nil {
		return scope.Scope{}, false, err
	}
	if id == nil {
		return before, before.Space() != "", nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	now, ok = d.state.again(*id, before)
	return now, ok, nil
}
