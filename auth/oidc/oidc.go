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
	"log/slog"
	"time"

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
	Name        string // in addresses: lower-case letters, digits and hyphens
	Title       string // on the button; the name where it is empty
	Issuer      string // address, without what is well known
	ClientID    string
	Secret      string   `json:"-"` // "" for a public client
	Scopes      []string // beside openid; profile, email and groups where there are none
	GroupsClaim string   // groups where it is empty
	MakeGroups  bool     // groups that are not there yet are made
	Domains     []string // of e-mail addresses; where there are any, nobody else comes in
	Space       string   // that somebody new becomes a member of; "" for none
	Role        string   // in it
}

// Label is how a provider is called in front of people.
func (p Provider) Label() string { return cmp.Or(p.Title, p.Name) }

// Providers are the declared ones. Their methods may be called from many goroutines.
type Providers struct {
	store *store.Store
	log   *slog.Logger
	all   []*party
}

// Open makes the room. It asks nobody anything.
func Open(c Config) *Providers {
	p := &Providers{store: c.Store, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler))}
	for _, d := range c.Providers {
		d.GroupsClaim = cmp.Or(d.GroupsClaim, "groups")
		if len(d.Scopes) == 0 {
			d.Scopes = []string{"profile", "email", "groups"}
		}
		p.all = append(p.all, &party{Provider: d, http: newClient(d.Issuer), now: func() time.Time { return time.UnixMicro(c.Store.Now()) }})
	}
	return p
}

// All are the declared providers, in the order of the settings file.
func (p *Providers) All() (all []Provider) {
	for _, t := range p.all {
		all = append(all, t.Provider)
	}
	return all
}

// A Person is who a provider says somebody is.
type Person struct {
	Provider Provider
	Subject  string   // the provider's own id of the person
	Name     string   // preferred_username, else the e-mail address, else the subject
	Email    string   // "" where the provider has not verified it
	Groups   []string // sorted; nil: the claim is missing
	// Elsewhere says that the provider keeps the groups back and names another place to ask for
	// them, as Entra does with more than 200. They count as none.
	Elsewhere bool
	Back      string // the address that was asked for before
}
