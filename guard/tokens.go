package guard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/guard/pii"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// maxTokens is how many tokens a conversation has.
const maxTokens = 5000

// ErrTaken says that a token of a vault stands for something else by now: somebody was quicker in the
// same conversation. A vault that is opened anew knows it.
var ErrTaken = errors.New("guard: a token stands for something else by now")

// Vault is what tokens stand for in a conversation of the space; one without an id has none yet. It
// knows the key of the space by which values are hashed, so that equal values can be followed: the
// same at every door, in every process and on every server. What it is asked to restore is for
// MayRestore to allow.
func (g *Guards) Vault(ctx context.Context, sc scope.Scope, conversation string) (v *pii.Vault, err error) {
	if g.Store == nil {
		return pii.NewVault(nil), nil
	}
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

// NeedsVault says whether the policy covers anything by hashes or tokens: without, no vault is
// needed.
func (g *Guard) NeedsVault() bool {
	return slices.ContainsFunc(Places(), func(p Place) bool { return g.coversBy(p, pii.Hash) || g.coversBy(p, pii.Token) })
}

// Tokens says whether the policy covers anything by tokens at a place.
func (g *Guard) Tokens(place Place) bool { return g.coversBy(place, pii.Token) }

func (g *Guard) coversBy(place Place, how pii.How) bool {
	return slices.ContainsFunc(g.lines[place], func(c Check) bool { return c.Action == Mask && c.How == string(how) })
}

// MayRestore says for whom a value is put back in the place of its token: for who wrote it, and for
// who sees the document that it came from.
func MayRestore(sc scope.Scope, p wenyuan.Principal) func(pii.Entry) bool {
	return func(e pii.Entry) bool {
		return e.Document == "" && e.Principal != "" && e.Principal == p.ID || e.Document != "" && sc.Sees(sc.Space(), e.Document)
	}
}

// Restorer gives what puts back, for one reader, what the tokens of a conversation stand for.
func (g *Guards) Restorer(ctx context.Context, sc scope.Scope, p wenyuan.Principal, conversation string) (restore func(string) string, err error) {
	var entries []pii.Entry
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		entries, err = tokensOf(ctx, tx, sc.Space(), conversation)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("guard: tokens: %w", err)
	}
	v, may := pii.NewVault(nil, entries...), MayRestore(sc, p)
	return func(text string) string { return v.Restore(text, may) }, nil
}

// KeepTokens keeps what a vault has learned of a conversation, in the transaction that records it. A
// value of which nobody knows whose it is is not kept, nor one that the policy takes out of records
// for good, nor one of a document that is gone. It is ErrTaken where a token stands for something
// else by now; nothing of tx is to be kept then.
func (g *Guard) KeepTokens(ctx context.Context, tx *store.Tx, conversation string, fresh []pii.Entry) error {
	for _, e := range fresh {
		if conversation == "" || e.Principal == "" && e.Document == "" || !g.recordable(e) {
			continue
		}
		if e.Document != "" {
			gone, err := trace.Removed(ctx, tx, []string{e.Document})
			if err != nil {
				return err
			}
			if gone {
				continue
			}
		}
		n, err := tx.Exec(ctx, `INSERT INTO guard_token (space, conversation, token, kind, value, principal, document, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (space, conversation, token) DO NOTHING`, g.space, conversation, e.Token, e.Kind, clean(e.Value), e.Principal, e.Document, tx.Now)
		if err != nil {
			return fmt.Errorf("guard: keep tokens: %w", err)
		}
		if n == 0 {
			return ErrTaken
		}
	}
	return nil
}

// recordable says whether a value may stand in what is kept: records hold it, or its token.
func (g *Guard) recordable(e pii.Entry) bool {
	check := PII
	if secretKinds[e.Kind] {
		check = Secrets
	}
	a, how := g.lines.action(Log, Finding{Check: check, Kind: e.Kind, Score: 1})
	return a.rank() < Mask.rank() || a == Mask && how == pii.Token
}

func tokensOf(ctx context.Context, tx *store.Tx, space, conversation string) (all []pii.Entry, err error) {
	return store.List(ctx, tx, func(r store.Row) (e pii.Entry, err error) {
		err = r.Scan(&e.Token, &e.Kind, &e.Value, &e.Principal, &e.Document)
		return e, err
	}, fmt.Sprintf(`SELECT token, kind, value, principal, document FROM guard_token WHERE space = $1 AND conversation = $2 ORDER BY created, token LIMIT %d`, maxTokens), space, conversation)
}

// keyOf is the key of a space; nil where it has none yet.
func keyOf(ctx context.Context, tx *store.Tx, space string) (key []byte, err error) {
	secret, err := store.Column[string](ctx, tx, `SELECT secret FROM guard_key WHERE space = $1`, space)
	if err != nil || len(secret) == 0 {
		return nil, err
	}
	return hex.DecodeString(secret[0])
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
