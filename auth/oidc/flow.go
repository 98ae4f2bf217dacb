package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wenyuan"
	"wenyuan/store"
)

// How long a sign-in may be under way, in microseconds, and what is kept of it.
const (
	underWay    = 10 * 60 * 1_000_000
	secretBytes = 32
	maxParam    = 8 << 10 // bytes of a parameter that comes back
)

// A state is a sign-in that is under way.
type state struct{ nonce, verifier, back string }

// Begin starts a sign-in: address is where the browser is sent to, and binder is what it keeps
// until it is back. callback is our own address that the provider sends it to; back is where
// it goes then. A browser that has a binder keeps it, so that two of its tabs do not disturb
// each other.
func (p *Providers) Begin(ctx context.Context, provider, callback, back, has string) (address, binder string, err error) {
	t, err := p.find(provider)
	if err != nil {
		return "", "", err
	}
	d, err := t.discover(ctx)
	if err != nil {
		return "", "", err
	}
	if binder = has; !wellFormed(binder) {
		binder = random()
	}
	name, s := random(), state{random(), oauth2.GenerateVerifier(), back}
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM signin_state WHERE hash IN (SELECT hash FROM signin_state WHERE created < $1 LIMIT 100)`, tx.Now-underWay); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO signin_state (hash, provider, nonce, verifier, back, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			hash(name, binder), provider, s.nonce, s.verifier, s.back, tx.Now)
		return err
	})
	if err != nil {
		return "", "", fmt.Errorf("oidc: %w", err)
	}
	return d.client(t.Provider, callback).AuthCodeURL(name, coreos.Nonce(s.nonce), oauth2.S256ChallengeOption(s.verifier)), binder, nil
}

// Finish says who has come back, by the parameters of the address and by what the browser kept.
// It holds once: who comes a second time with the same address is refused, as is who did not
// begin here.
func (p *Providers) Finish(ctx context.Context, provider, callback, binder string, query url.Values) (Person, error) {
	t, err := p.find(provider)
	if err != nil {
		return Person{}, err
	}
	s, err := p.take(ctx, provider, query.Get("state"), binder)
	if err != nil {
		return Person{}, err
	}
	who, err := t.finish(ctx, callback, s, query)
	who.Back = s.back
	return who, err
}

func (t *party) finish(ctx context.Context, callback string, s state, query url.Values) (Person, error) {
	if said := query.Get("error"); said != "" {
		return Person{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "the provider " + t.Label() + " did not sign you in", Hint: "try again, or ask who looks after it", Err: fmt.Errorf("oidc: it said %.200q, %.500q", said, query.Get("error_description"))}
	}
	code := query.Get("code")
	if code == "" || len(code) > maxParam {
		return Person{}, errBegin
	}
	d, err := t.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	if iss := query.Get("iss"); iss != "" && iss != t.Provider.Issuer { // RFC 9207: the answer of another provider
		return Person{}, t.distrusted(fmt.Errorf("the answer is of the issuer %.200q", iss))
	}
	ctx, cancel := t.bounded(ctx)
	defer cancel()
	token, err := d.client(t.Provider, callback).Exchange(ctx, code, oauth2.VerifierOption(s.verifier))
	if _, refused := errors.AsType[*oauth2.RetrieveError](err); refused {
		return Person{}, t.distrusted(err)
	}
	if err != nil {
		return Person{}, t.unreachable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	return t.verify(ctx, d, raw, s.nonce)
}

// take finds what is under way, and ends it.
func (p *Providers) take(ctx context.Context, provider, name, binder string) (s state, err error) {
	if !wellFormed(name) || !wellFormed(binder) {
		return s, errBegin
	}
	var from string
	var created int64
	err = p.store.Write(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(ctx, `DELETE FROM signin_state WHERE hash = $1 RETURNING provider, nonce, verifier, back, created`, hash(name, binder)).
			Scan(&from, &s.nonce, &s.verifier, &s.back, &created)
		if created < tx.Now-underWay {
			from = ""
		}
		if errors.Is(err, sql.ErrNoRows) {
			from, err = "", nil
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("oidc: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(from), []byte(provider)) == 0 {
		return state{}, errBegin
	}
	return s, nil
}

var errBegin = &wenyuan.Error{Code: wenyuan.Denied, Message: "this sign-in was not begun here, was finished already, or took longer than ten minutes", Hint: "begin again"}

func random() string {
	b := make([]byte, secretBytes)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func wellFormed(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == secretBytes
}

func hash(name, binder string) string {
	sum := sha256.Sum256([]byte(name + "." + binder))
	return hex.EncodeToString(sum[:])
}
