package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// keyPrefix begins every key, so that one that leaked is found by those who look for them.
const keyPrefix = "wyk_"

// keyBytes are the chance in a key: 200 bits, 40 characters.
const keyBytes = 25

var keyLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

func newSecret() string {
	b := make([]byte, keyBytes)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return keyPrefix + strings.ToLower(keyLetters.EncodeToString(b))
}

// hashKey is what is kept of a key. It has too much chance in it to be guessed from a fast
// digest, and who looks for the digest learns nothing from the time that takes.
func hashKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// errNoKey says of every key that opens nothing the same.
var errNoKey = &wenyuan.Error{Code: wenyuan.Denied, Message: "this key is not valid", Hint: "it may have been revoked or have run out; wenyuan key create makes another"}

// maxKey is how long what is shown as a key may be, in bytes.
const maxKey = 200

// keyRow is a key as the database holds it.
type keyRow struct {
	id, person, can, space string
	expires, used, revoked int64
}

// ByKey is who comes with a key. One that is not known, was revoked or has run out is Denied,
// in the same words, and so is that of somebody who is disabled.
func (d *Directory) ByKey(ctx context.Context, key string) (Identity, error) {
	if len(key) > maxKey {
		return Identity{}, errNoKey
	}
	var k keyRow
	var now int64
	err := d.store.Read(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now
		if k, err = d.findKey(ctx, tx, `hash = $1`, hashKey(key)); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return Identity{}, err
	}
	id, ok := d.keyHolder(k, now)
	if !ok {
		return Identity{}, errNoKey
	}
	d.note(ctx, k, now)
	return id, nil
}

// findKey reads a key together with the number of the last change; without an id where there is none.
func (d *Directory) findKey(ctx context.Context, tx *store.Tx, where, arg string) (k keyRow, err error) {
	var number int64
	var id, person, can, space sql.NullString
	var expires, used, revoked sql.NullInt64
	err = tx.QueryRow(ctx, `SELECT c.value, k.id, k.person, k.can, k.space, k.expires, k.used, k.revoked
		FROM counter c LEFT JOIN access_key k ON k.`+where+` WHERE c.name = 'access'`, arg).
		Scan(&number, &id, &person, &can, &space, &expires, &used, &revoked)
	if err != nil {
		return k, fmt.Errorf("auth: look for a key: %w", err)
	}
	return keyRow{id.String, person.String, can.String, space.String, expires.Int64, used.Int64, revoked.Int64}, d.upTo(ctx, tx, number)
}

// keyHolder is who comes with a key at a time; ok is false where it opens nothing.
func (d *Directory) keyHolder(k keyRow, now int64) (id Identity, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.state.people[k.person]
	if k.id == "" || k.revoked != 0 || k.expires != 0 && k.expires <= now || p == nil || p.disabled {
		return Identity{}, false
	}
	rights := scope.Every
	if k.can != "" {
		var err error
		if rights, err = ParseRights(strings.Split(k.can, ",")); err != nil {
			return Identity{}, false
		}
	}
	return Identity{Kind: p.kind, Principal: wenyuan.Principal{ID: p.id, Name: p.name}, Key: k.id, Rights: rights, Space: k.space, Expires: k.expires}, true
}

// noted is how exactly it is kept when a key was used: to the hour, in microseconds.
const noted = int64(3_600_000_000)

// note keeps when a key was used. That must not keep anybody out.
func (d *Directory) note(ctx context.Context, k keyRow, now int64) {
	if now-k.used < noted {
		return
	}
	err := d.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE access_key SET used = $1 WHERE id = $2 AND used < $1`, now-now%noted, k.id)
		return err
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		d.log.WarnContext(ctx, "the time of use of a key was not kept", "key", k.id, "err", err)
	}
}
