package guard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"wenyuan"
	"wenyuan/guard/pii"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// maxTokens is how many tokens a conversation has.
const maxTokens = 5000

// Vault is what tokens stand for in a conversation of the space; one without an id has none yet. It
// knows the key of the space by which values are hashed, so that equal values can be followed. What
// it is asked to restore is for MayRestore to allow.
func (g *Guards) Vault(ctx context.Context, sc scope.Scope, conversation string) (v *pii.Vault, err error) {
	var key []byte
	var entries []pii.Entry
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		if key, err = keyOf(ctx, tx, sc.Space()); err != nil || conversation == "" {
			return err
		}
		entries, err = tokensOf(ctx, tx, sc.Space(), conversation)
		return err
	})
	if err == nil && key == nil {
		key, err = g.newKey(ctx, sc.Space())
	}
	if err != nil {
		return nil, fmt.Errorf("guard: tokens: %w", err)
	}
	return pii.NewVault(key, entries...), nil
}

// MayRestore says for whom a value is put back in the place of its token: for who wrote it, and for
// who sees the document that it came from.
func MayRestore(sc scope.Scope, p wenyuan.Principal) func(pii.Entry) bool {
	return func(e pii.Entry) bool {
		return e.Document == "" && e.Principal != "" && e.Principal == p.ID || e.Document != "" && sc.Sees(sc.Space(), e.Document)
	}
}

// KeepTokens keeps what a vault has learned of a conversation.
func (g *Guards) KeepTokens(ctx context.Context, space, conversation string, v *pii.Vault) error {
	fresh := v.Fresh()
	if len(fresh) == 0 || conversation == "" {
		return nil
	}
	err := g.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for _, e := range fresh {
			_, err := tx.Exec(ctx, `INSERT INTO guard_token (space, conversation, token, kind, value, principal, document, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (space, conversation, token) DO NOTHING`, space, conversation, e.Token, e.Kind, clean(e.Value), e.Principal, e.Document, tx.Now)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("guard: keep tokens: %w", err)
	}
	return nil
}

func tokensOf(ctx context.Context, tx *store.Tx, space, conversation string) (all []pii.Entry, err error) {
	rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT token, kind, value, principal, document FROM guard_token WHERE space = $1 AND conversation = $2 ORDER BY created, token LIMIT %d`, maxTokens), space, conversation)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e pii.Entry
		if err := rows.Scan(&e.Token, &e.Kind, &e.Value, &e.Principal, &e.Document); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// keyOf is the key of a space; nil where it has none yet.
func keyOf(ctx context.Context, tx *store.Tx, space string) (key []byte, err error) {
	rows, err := tx.Query(ctx, `SELECT secret FROM guard_key WHERE space = $1`, space)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if key, err = hex.DecodeString(text); err != nil {
			return nil, err
		}
	}
	return key, rows.Err()
}

// newKey makes the key of a space, unless somebody else was first.
func (g *Guards) newKey(ctx context.Context, space string) (key []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails: crypto/rand ends the program instead
	err = g.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO guard_key (space, secret) VALUES ($1, $2) ON CONFLICT (space) DO NOTHING`, space, hex.EncodeToString(fresh))
		if err != nil {
			return err
		}
		key, err = keyOf(ctx, tx, space)
		return err
	})
	return key, err
}
