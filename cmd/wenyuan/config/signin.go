package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"wenyuan/auth/oidc"
	"wenyuan/auth/signin"
)

// SignIn is how people come in.
type SignIn struct {
	Passwords bool          `yaml:"passwords" default:"true" doc:"whether people may come in by a password"`
	Idle      time.Duration `yaml:"idle" default:"12h" doc:"after which a session ends that is not used"`
	Longest   time.Duration `yaml:"longest" default:"168h" doc:"after which a session ends in any case"`
	Providers []Provider    `yaml:"providers" doc:"providers of OpenID Connect by name, in the order of their buttons"`
}

// A Provider of OpenID Connect says who people are.
type Provider struct {
	Name        string   `yaml:"-" key:"name"`
	Title       string   `yaml:"title" doc:"on the button; the name above where it is empty"`
	Issuer      string   `yaml:"issuer" doc:"its address as its tokens have it; https, or http on this machine"`
	ClientID    string   `yaml:"client_id" doc:"how it calls this server"`
	SecretEnv   string   `yaml:"secret_env" doc:"environment variable that holds the client's secret; none for a public client"`
	Scopes      []string `yaml:"scopes" doc:"what is asked for beside openid; profile, email and groups where it is missing"`
	GroupsClaim string   `yaml:"groups_claim" doc:"where the groups of a person stand, a text or a list; groups where it is empty"`
	MakeGroups  bool     `yaml:"make_groups" doc:"groups that are not there yet are made; else only those that are there count"`
	Domains     []string `yaml:"domains" doc:"of verified e-mail addresses; where there are any, nobody else comes in"`
	Space       string   `yaml:"space" doc:"that somebody new becomes a member of; none where it is empty"`
	Role        string   `yaml:"role" doc:"in that space: viewer, asker, editor, reviewer or owner; asker where it is empty"`
}

// Sessions are the settings of sessions.
func (f File) Sessions() signin.Config {
	return signin.Config{Closed: !f.SignIn.Passwords, Idle: f.SignIn.Idle, Longest: f.SignIn.Longest}
}

// Providers are the declared providers with their secrets.
func (e *Effective) Providers() oidc.Config {
	var c oidc.Config
	for _, p := range e.SignIn.Providers {
		x := oidc.Provider{Name: p.Name, Title: p.Title, Issuer: p.Issuer, ClientID: p.ClientID, Secret: e.Secret(p.SecretEnv), Scopes: p.Scopes,
			GroupsClaim: p.GroupsClaim, MakeGroups: p.MakeGroups, Domains: p.Domains, Space: p.Space, Role: p.Role}
		if x.Space != "" && x.Role == "" {
			x.Role = "asker"
		}
		c.Providers = append(c.Providers, x)
	}
	return c
}

// PublicHost is the name in public_url; "" where there is none.
func (f File) PublicHost() string {
	u, err := url.Parse(f.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

var (
	providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	domainName   = regexp.MustCompile(`^[\pL\pN]([\pL\pN-]*[\pL\pN])?(\.[\pL\pN]([\pL\pN-]*[\pL\pN])?)+$`)
	roles        = []string{"", "viewer", "asker", "editor", "reviewer", "owner"}
)

func (c checker) signIn() {
	if u, err := url.Parse(c.e.PublicURL); c.e.PublicURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil) {
		c.bad("public_url", fmt.Sprintf("is %q: want https://HOST, without a path", c.e.PublicURL))
	}
	if c.e.SignIn.Idle > c.e.SignIn.Longest {
		c.bad("signin.idle", "is more than signin.longest")
	}
	if c.e.SignIn.Idle < time.Minute {
		c.bad("signin.idle", "is less than a minute")
	}
	for _, p := range c.e.SignIn.Providers {
		c.provider("signin.providers."+p.Name, p)
	}
}

func (c checker) provider(at string, p Provider) {
	if !providerName.MatchString(p.Name) || p.Name == "key" || p.Name == "yes" || p.Name == "hand" || p.Name == "scim" {
		c.bad(at, fmt.Sprintf("%q cannot be the name of a provider: use lower-case letters, digits and hyphens, and not key, yes, hand or scim", p.Name))
	}
	if u, err := url.Parse(p.Issuer); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
		c.bad(joined(at, "issuer"), fmt.Sprintf("is %q: want https://HOST, as its tokens have it", p.Issuer))
	}
	if p.ClientID == "" {
		c.bad(joined(at, "client_id"), "is empty: the provider gives one when this server is made known there")
	}
	if p.SecretEnv != "" && !c.e.away && c.e.env(p.SecretEnv) == "" {
		c.bad(joined(at, "secret_env"), fmt.Sprintf("the environment variable %s is empty: put the secret there", p.SecretEnv))
	}
	for i, d := range p.Domains {
		if !domainName.MatchString(d) {
			c.bad(fmt.Sprintf("%s.domains[%d]", at, i), fmt.Sprintf("is %q: want a name such as example.com", d))
		}
	}
	if !slices.Contains(roles, p.Role) {
		c.bad(joined(at, "role"), fmt.Sprintf("is %q: want one of %s", p.Role, list(roles[1:])))
	}
	if p.Role != "" && p.Space == "" {
		c.bad(joined(at, "role"), "is in no space: say which one under space")
	}
}

// onThisMachine says whether a host is this machine, where http needs no TLS.
func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
