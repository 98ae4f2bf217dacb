package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Microseconds.
const (
	second = int64(1_000_000)
	minute = 60 * second

	rotation = 15 * minute // the age at which a secret is replaced
	grace    = minute      // for which the secret before is taken once the new one was seen: requests that were under way
	seenTo   = minute      // how exactly it is known when a session was last used
)

// Bytes of the two parts of a token: 128 bits name the session, 256 open it.
const (
	familyBytes = 16
	secretBytes = 32
	maxAgent    = 200
)

// A row is a session as the database holds it, with its person.
type row struct {
	id, person, name       string
	secret, former, viewAs string
	rotated, taken, seen   int64
	expires, disabled      int64
	changed                int64 // when the person was last changed
}

// Begin signs a person in, by id, after somebody has shown to be them. The token is given this once.
func (s *Sessions) Begin(ctx context.Context, person string, v Visit) (token string, err error) {
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		name, err := found(ctx, tx, person)
		if err != nil {
			return err
		}
		if err := s.endToken(ctx, tx, v.Former); err != nil {
			return err
		}
		if err := s.tidy(ctx, tx); err != nil {
			return err
		}
		if token, err = s.insert(ctx, tx, person, v); err != nil {
			return err
		}
		who := auth.Identity{Kind: auth.Person, Principal: wenyuan.Principal{ID: person, Name: name}}
		return audit.Append(who.By(ctx, v.Address), tx, audit.Act{Action: "signin.ok", Object: name, Detail: map[string]string{"way": v.Way}})
	})
	if err != nil {
		return "", fmt.Errorf("signin: begin: %w", err)
	}
	return token, nil
}

// found is the name of a person who may come in.
func found(ctx context.Context, tx *store.Tx, person string) (name string, err error) {
	err = tx.QueryRow(ctx, `SELECT name FROM person WHERE id = $1 AND kind = 'person' AND disabled = 0`, person).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", refused(nil)
	}
	return name, err
}

func (s *Sessions) insert(ctx context.Context, tx *store.Tx, person string, v Visit) (token string, err error) {
	family, secret := random(familyBytes), random(secretBytes)
	agent := strings.ToValidUTF8(v.Agent[:min(len(v.Agent), maxAgent)], "")
	_, err = tx.Exec(ctx, `INSERT INTO signin_session (id, person, family, secret, rotated, created, seen, expires, address, agent, way)
		VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $9)`,
		store.NewID("ses"), person, hash(family), hash(secret), tx.Now, tx.Now+s.longest, v.Address, agent, v.Way)
	return family + "." + secret, err
}

// tidy forgets sessions that have run out, a few at a time.
func (s *Sessions) tidy(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM signin_session WHERE id IN (SELECT id FROM signin_session WHERE expires < $1 OR seen < $2 LIMIT 100)`, tx.Now, tx.Now-s.idle)
	return err
}

// BySession is who comes with the token of a session. next is the token that the browser is to
// be given in the place of it; "" where it keeps its own. A token that is not known, has run out
// or was replaced is Denied, and the cause is ErrSignedOut.
func (s *Sessions) BySession(ctx context.Context, token string) (id auth.Identity, next string, err error) {
	family, secret, ok := parts(token)
	if !ok {
		return auth.Identity{}, "", signedOut()
	}
	var r row
	var must verdict
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		if r, err = byFamily(ctx, tx, family); err != nil {
			return err
		}
		must = s.judge(r, secret, tx.Now)
		return nil
	})
	if err == nil && must != keep {
		r, next, err = s.act(ctx, family, secret)
	}
	if err != nil {
		return auth.Identity{}, "", fmt.Errorf("signin: %w", err)
	}
	return auth.Identity{
		Kind: auth.Person, Principal: wenyuan.Principal{ID: r.person, Name: r.name},
		Session: r.id, Rights: scope.Every, ViewAs: r.viewAs, Expires: r.expires,
	}, next, nil
}

func byFamily(ctx context.Context, tx *store.Tx, family string) (r row, err error) {
	err = tx.QueryRow(ctx, `SELECT s.id, s.person, p.name, s.secret, s.former, s.view_as, s.rotated, s.taken, s.seen, s.expires, p.disabled, p.updated
		FROM signin_session s JOIN person p ON p.id = s.person WHERE s.family = $1`, hash(family)).
		Scan(&r.id, &r.person, &r.name, &r.secret, &r.former, &r.viewAs, &r.rotated, &r.taken, &r.seen, &r.expires, &r.disabled, &r.changed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, signedOut()
	}
	return r, err
}

// A verdict is what is to be done about a token.
type verdict int

const (
	keep   verdict = iota // it is good, and nothing is to be written
	note                  // it is good; that it was seen is to be written
	rotate                // it is good, and is to be replaced
	over                  // the session has run out
	stolen                // it was replaced, and somebody else holds the new one
)

// judge looks at a token. The hashes may be compared in any time: who could make one that is
// near another could make the token.
func (s *Sessions) judge(r row, secret string, now int64) verdict {
	h := hash(secret)
	switch {
	case r.disabled != 0 || now >= r.expires || now-r.seen > s.idle:
		return over
	case h == r.secret && (now-r.rotated > rotation || r.changed > r.rotated):
		return rotate
	case h == r.secret && (r.taken == 0 || now-r.seen > seenTo):
		return note
	case h == r.secret:
		return keep
	case h != r.former:
		return stolen
	case r.taken != 0 && now-r.taken > grace:
		return stolen
	case r.taken == 0 && now-r.rotated > grace:
		return rotate // the reply with the new one was lost
	}
	return keep
}

// act does what the verdict asks for. It judges anew, as another request may have been quicker.
func (s *Sessions) act(ctx context.Context, family, secret string) (r row, next string, err error) {
	ended := false
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		next, ended = "", false
		if r, err = byFamily(ctx, tx, family); err != nil {
			return err
		}
		switch s.judge(r, secret, tx.Now) {
		case note:
			_, err = tx.Exec(ctx, `UPDATE signin_session SET seen = $2, taken = CASE taken WHEN 0 THEN $2 ELSE taken END WHERE id = $1`, r.id, tx.Now)
		case rotate:
			fresh := random(secretBytes)
			next = family + "." + fresh
			_, err = tx.Exec(ctx, `UPDATE signin_session SET former = $2, secret = $3, rotated = $4, taken = 0, seen = $4 WHERE id = $1`, r.id, hash(secret), hash(fresh), tx.Now)
		case over:
			ended = true
			err = s.end(ctx, tx, r.id)
		case stolen:
			ended = true
			s.log.Warn("a session was ended: it was used with a token that had been replaced, so somebody holds a copy", "person", r.name, "session", r.id)
			if err = s.end(ctx, tx, r.id); err == nil {
				err = audit.Append(ctx, tx, audit.Act{Action: "signin.stolen", Object: r.name, Detail: map[string]string{"session": r.id}})
			}
		}
		return err
	})
	if err == nil && ended {
		err = signedOut()
	}
	return r, next, err
}

// end forgets a session, and tells the streams that run in it.
func (s *Sessions) end(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM signin_session WHERE id = $1`, id); err != nil {
		return err
	}
	return auth.Changed(ctx, tx, auth.ChangedSession, id)
}

// endToken ends the session of a token, whatever its secret: who signs in anew leaves it behind.
func (s *Sessions) endToken(ctx context.Context, tx *store.Tx, token string) error {
	family, secret, ok := parts(token)
	if !ok {
		return nil
	}
	r, err := byFamily(ctx, tx, family)
	if errors.Is(err, ErrSignedOut) {
		return nil
	}
	if err != nil || hash(secret) != r.secret && hash(secret) != r.former {
		return err
	}
	return s.end(ctx, tx, r.id)
}

func signedOut() error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "you are not signed in any more", Hint: "sign in again", Err: ErrSignedOut}
}

// parts takes a token apart; ok is false for what cannot be one.
func parts(token string) (family, secret string, ok bool) {
	family, secret, ok = strings.Cut(token, ".")
	enc := base64.RawURLEncoding
	return family, secret, ok && len(family) == enc.EncodedLen(familyBytes) && len(secret) == enc.EncodedLen(secretBytes)
}

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
