package auth

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"wenyuan/store"
)

// What a change is about, with the id it names.
const (
	ChangedPerson   = "person" // with the groups, roles and shares of the person or service
	ChangedGroup    = "group"  // with the groups, roles and shares of the group
	ChangedSpace    = "space"
	ChangedClass    = "class"
	ChangedDocument = "document" // or a corpus, by its own row among the documents
	ChangedCorpus   = "corpus"   // all its documents and classes
	ChangedKey      = "key"
	ChangedSession  = "session"
	changedAll      = "all"
)

const (
	maxChanges = 5000   // ids of one change; beyond, everything is read anew
	keptNumber = 10_000 // changes that the log keeps; who is farther behind reads everything anew
)

// Changed tells every replica, with the commit of tx, that what the ids name is to be read anew. A
// replica knows it with its next request.
func Changed(ctx context.Context, tx *store.Tx, kind string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	if len(ids) > maxChanges {
		kind, ids = changedAll, []string{""}
	}
	var number int64
	err := tx.QueryRow(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'access' RETURNING value`).Scan(&number)
	if err != nil {
		return fmt.Errorf("auth: number of the change: %w", err)
	}
	if number%1000 == 0 {
		if _, err := tx.Exec(ctx, `DELETE FROM access_change WHERE number <= $1`, number-keptNumber); err != nil {
			return fmt.Errorf("auth: %w", err)
		}
	}
	args := []any{number, kind}
	var rows strings.Builder
	for i, id := range ids {
		if i > 0 {
			rows.WriteByte(',')
		}
		args = append(args, id)
		rows.WriteString("($1,$2,$" + strconv.Itoa(len(args)) + ")")
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_change (number, kind, id) VALUES `+rows.String()+` ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("auth: log of changes: %w", err)
	}
	return nil
}
