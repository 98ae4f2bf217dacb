package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"wenyuan"
)

// Access says who may come in.
type Access struct {
	Keys  []Key    // declared; with none, and nobody in the directory, everybody on this machine
	Hosts []string // names by which the server is reached, beside localhost; without port
	Open  bool     // it listens beyond this machine

	replaced chan struct{} // closed once others are in its place
}

// A Key lets somebody in.
type Key struct {
	Name  string // whose it is, for the log
	Value string `json:"-"`
}

// MinKey is the shortest key that is taken: shorter ones can be guessed.
const MinKey = 16

// SetAccess puts other rules in the place of the present ones; what runs by a key that is declared
// no more ends. Rules that CheckAccess refuses change nothing.
func (s *Server) SetAccess(ctx context.Context, a Access) error {
	if err := s.CheckAccess(ctx, a); err != nil {
		return err
	}
	a.replaced = make(chan struct{})
	if before := s.access.Swap(&a); before != nil {
		close(before.replaced)
	}
	return nil
}

// CheckAccess refuses rules that would let strangers in. Where there are people, everybody is
// asked who they are.
func (s *Server) CheckAccess(ctx context.Context, a Access) error {
	if a.Open && len(a.Keys) == 0 {
		if nobody, err := s.Auth.Empty(ctx); err != nil || nobody {
			return cmp.Or(err, errUnguarded)
		}
	}
	for _, k := range a.Keys {
		if len(k.Value) < MinKey {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the key " + k.Name + " is shorter than 16 characters", Hint: "make one with: openssl rand -hex 24"}
		}
	}
	return nil
}

var errUnguarded error = &wenyuan.Error{Code: wenyuan.Denied, Message: "without people and keys the server listens on this machine only",
	Hint: "make the first operator with wenyuan init, declare keys in the configuration, or listen on 127.0.0.1"}

// Guarded says whether everybody who comes is asked who they are: there are people, or keys are
// declared. Where nobody is, this house is one person's.
func (s *Server) Guarded(ctx context.Context) (bool, error) {
	if len(s.access.Load().Keys) > 0 {
		return true, nil
	}
	nobody, err := s.Auth.Empty(ctx)
	return !nobody, err
}

// IsLoopback says whether an address to listen on can be reached from this machine only.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	return loopbackName(host)
}

func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// equal compares without telling by its time how much was right, the length included.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// vouch refuses requests that a foreign page makes through somebody's browser: a Host
// that is not ours (a name that was rebound to this address), or an Origin that is not the Host.
func (s *Server) vouch(r *http.Request) error {
	a := s.access.Load()
	if !a.ours(r.Host) {
		hint := "open it as localhost"
		if a.Open {
			hint = "add the name under hosts in the configuration"
		}
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "this server is not called " + r.Host, Hint: hint}
	}
	if forOthers(r) {
		return nil // whose page it is, its handler looks at
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "requests from the page " + origin + " are not answered", Hint: "call the server from its own page, or without a browser", Err: err}
		}
	}
	site, mode := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Mode")
	if (site == "cross-site" || site == "same-site") && (mode != "navigate" || r.Method != http.MethodGet) {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "requests from other pages are not answered", Hint: "a link to a page of this server works; loading its parts elsewhere does not"}
	}
	return nil
}

// ours says whether a Host header names this server. A name can be made to point here by
// its owner, an address cannot; so beyond this machine addresses are taken, and names only
// where the operator listed them.
func (a *Access) ours(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if loopbackName(host) {
		return true
	}
	for _, h := range a.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	_, err := netip.ParseAddr(host)
	return a.Open && err == nil
}
