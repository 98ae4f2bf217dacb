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
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// KeyPrefix begins every key, so that one that leaked is found by those who look for them.
const KeyPrefix = "wyk_"

// keyBytes are the chance in a key: 200 bits, 40 characters.
const keyBytes = 25

var keyLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

func newSecret() string {
	b := make([]byte, keyBytes)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return KeyPrefix + strings.ToLower(keyLetters.EncodeToString(b))
}

// hashKey is what is kept of a key. It has too much chance in it to be guessed from a fast
// digest, and who looks for the digest learns nothing from the time that takes.
func hashKey(secret string) string {
	var key [maxKey]byte
	var digits [2 * sha256.Size]byte
	sum := sha256.Sum256(append(key[:0], secret...))
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

// errNoKey says of every key that opens nothing the same.
var errNoKey = &wenyuan.Error{Code: wenyuan.Denied, Message: "this key or session is not valid", Hint: "it may have been ended or have run out: sign in again, or have another key made"}

// maxKey is how long what is shown as a key may be, in bytes.
const maxKey = 200

// keyRow is a key as the database holds it.
type keyRow struct {
	id, person, can, space string
	expires, used, revoked int64
}

// A Credential is what somebody comes with.
type Credential struct {
	Key     string // the secret of a key
	Session string // id of a session whose token was found good; in place of a key
	Space   string // the name of the space that is asked for, as Scope takes it
}

// Enter lets somebody in: it says who comes, and what they may see and do in a space, as of the moment
// when it is called. A key or session that is not known, was ended or has run out is
// Denied, in the same words, and so is that of somebody who is disabled. Where only the space is NotFound, as
// by Scope, the identity comes with the error.
func (d *Directory) Enter(ctx context.Context, c Credential) (Identity, scope.Scope, error) {
	id, err := Identity{}, error(nil)
	if c.Session == "" {
		id, err = d.findHolder(ctx, c.Key)
	} else {
		err = d.store.Read(ctx, func(tx *store.Tx) (err error) {
			id, err = d.findSession(ctx, tx, c.Session)
			return err
		})
	}
	if err != nil {
		return Identity{}, scope.Scope{}, err
	}
	sc, err := d.scope(id, c.Space)
	return id, sc, err
}

// findHolder is who comes with a key. What is known of a key is kept until something is written: a
// server asks the database for each request only where others write to it too.
func (d *Directory) findHolder(ctx context.Context, key string) (Identity, error) {
	if len(key) > maxKey {
		return Identity{}, errNoKey
	}
	hash := hashKey(key)
	k, err := d.keys.Of(d.store, hash, func() (k keyRow, err error) {
		err = d.store.Read(ctx, func(tx *store.Tx) error {
			k, err = d.findKey(ctx, tx, hash)
			return err
		})
		if err == nil && k.id == "" {
			err = errNoKey // those that open nothing are without number
		}
		return k, err
	})
	if err != nil {
		return Identity{}, err
	}
	id, ok := d.keyHolder(k, d.store.Now())
	if !ok {
		return Identity{}, errNoKey
	}
	d.note(ctx, k)
	return id, nil
}

// findSession is who is signed in.
func (d *Directory) findSession(ctx context.Context, tx *store.Tx, session string) (Identity, error) {
	var number int64
	var person, viewAs sql.NullString
	var expires sql.NullInt64
	err := tx.QueryRow(ctx, `SELECT c.value, s.person, s.expires, s.view_as
		FROM counter c LEFT JOIN signin_session s ON s.id = $1 WHERE c.name = 'access'`, session).Scan(&number, &person, &expires, &viewAs)
	if err != nil {
		return Identity{}, fmt.Errorf("auth: look for a session: %w", err)
	}
	if err := d.upTo(ctx, tx, number); err != nil {
		return Identity{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.state.people[person.String]
	if p == nil || p.disabled || expires.Int64 <= tx.Now {
		return Identity{}, errNoKey
	}
	return Identity{Kind: p.kind, Principal: wenyuan.Principal{ID: p.id, Name: p.name}, Session: session, Rights: scope.Every, ViewAs: viewAs.String, Expires: expires.Int64}, nil
}

// findKey reads a key together with the number of the last change; without an id where there is none.
func (d *Directory) findKey(ctx context.Context, tx *store.Tx, hash string) (k keyRow, err error) {
	var number int64
	var id, person, can, space sql.NullString
	var expires, used, revoked sql.NullInt64
	err = tx.QueryRow(ctx, `SELECT c.value, k.id, k.person, k.can, k.space, k.expires, k.used, k.revoked
		FROM counter c LEFT JOIN access_key k ON k.hash = $1 WHERE c.name = 'access'`, hash).
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
	if k.space != "" {
		rights &^= scope.Operate // what is of the whole house does not lie in one space
	}
	return Identity{Kind: p.kind, Principal: wenyuan.Principal{ID: p.id, Name: p.name}, Key: k.id, Rights: rights, Space: k.space, Expires: k.expires}, true
}

// noted is how exactly it is kept when a key was used: to the hour, in microseconds.
const noted = int64(3_600_000_000)

// noteWithin is how long a request waits for others that write.
const noteWithin = 2 * time.Second

// note keeps when a key was used. That must not keep anybody out.
func (d *Directory) note(ctx context.Context, k keyRow) {
	now := d.store.Now()
	if now-k.used < noted {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	err := d.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE access_key SET used = $1 WHERE id = $2 AND used < $1`, now-now%noted, k.id)
		return err
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		d.log.WarnContext(ctx, "the time of use of a key was not kept", "key", k.id, "err", err)
	}
}
