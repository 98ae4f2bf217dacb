package guard

import (
	"context"
	"fmt"

	"wenyuan/store"
	"wenyuan/trace"
)

// Withdraw takes the words of a document out of incidents, cases and tokens, in the transaction that
// removes it, before its traces are withdrawn. What people said of a text stays, under its
// fingerprint. Words of an answer that the document had a part in go too.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	const theirs = `space = $1 AND (document = $2 OR place IN ('output', 'tool') AND trace <> '' AND trace IN (` + trace.Parts + `))`
	for _, q := range []string{
		`DELETE FROM guard_case WHERE space = $1 AND (document = $2 OR incident <> '' AND incident IN (SELECT id FROM guard_incident WHERE ` + theirs + `))`,
		`DELETE FROM guard_token WHERE space = $1 AND document = $2`,
		`UPDATE guard_incident SET text = '', question = '', source = '', note = '', findings = '[]' WHERE ` + theirs,
	} {
		if _, err := tx.Exec(ctx, q, space, document); err != nil {
			return fmt.Errorf("guard: withdraw %s: %w", document, err)
		}
	}
	return nil
}

// Expire takes away what was met in a space before a time, UTC microseconds: incidents, and the
// tokens of that time. What reviewers said stays under its fingerprint, without words and without who
// wrote them; cases stay, which somebody put there on purpose. Of what was written from documents the
// trace stays named, gone as it is: by it nobody reads the case who could not read the documents. It
// says how many incidents went.
func Expire(ctx context.Context, tx *store.Tx, space string, before int64) (n int64, err error) {
	for _, q := range []string{
		`DELETE FROM guard_token WHERE space = $1 AND (created < $2 OR conversation NOT IN (SELECT id FROM conversation))`,
		`UPDATE guard_incident SET text = '', question = '', findings = '[]', principal = '', note = '',
			trace = CASE WHEN place IN ('output', 'tool') THEN trace ELSE '' END WHERE space = $1 AND seen < $2 AND state IN ('confirmed', 'dismissed') AND (text <> '' OR principal <> '' OR findings <> '[]')`,
		`DELETE FROM guard_incident WHERE space = $1 AND seen < $2 AND state IN ('open', 'waiting', 'released')`,
	} {
		if n, err = tx.Exec(ctx, q, space, before); err != nil {
			return 0, fmt.Errorf("guard: expire: %w", err)
		}
	}
	return n, nil
}

// Erase takes a person's words out of what was met, for all spaces: their questions go with their cases
// and tokens, of what was retrieved for them nothing says any more for whom, and nothing says what they
// reviewed. Attacks that were confirmed stay as hashes of which nobody can make words.
func Erase(ctx context.Context, tx *store.Tx, person string) (n int64, err error) {
	for _, q := range []string{
		`DELETE FROM guard_token WHERE principal = $1 OR conversation NOT IN (SELECT id FROM conversation)`, // those of their conversations, which went before, too
		`DELETE FROM guard_case WHERE incident <> '' AND incident IN (SELECT id FROM guard_incident WHERE principal = $1 AND document = '')`,
		`UPDATE guard_case SET author = '', note = '' WHERE author = $1`,
		`UPDATE guard_case SET question = '' WHERE incident <> '' AND incident IN (SELECT id FROM guard_incident WHERE principal = $1)`,
		`UPDATE guard_incident SET reviewer = '', note = '' WHERE reviewer = $1`,
		`UPDATE guard_incident SET principal = '', question = '', trace = '' WHERE principal = $1 AND document <> ''`,
		`DELETE FROM guard_incident WHERE principal = $1`,
	} {
		if n, err = tx.Exec(ctx, q, person); err != nil {
			return 0, fmt.Errorf("guard: erase: %w", err)
		}
	}
	return n, nil
}
