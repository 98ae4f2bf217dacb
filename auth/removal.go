package auth

import (
	"context"

	"wenyuan/store"
)

// RemoveIn removes somebody, by their id, as RemovePerson does, in the transaction of whoever takes
// away the rest of them too and has made sure that they may.
func (d *Directory) RemoveIn(ctx context.Context, tx *store.Tx, id string) error {
	return removePerson(ctx, tx, id)
}
