package server

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan/auth"
	"wenyuan/internal/scope"
)

// inNoSpace are the routes for everybody who is known, whatever they may do in a space.
var inNoSpace = []string{
	"GET /api/me", "GET /api/spaces", "GET /api/sessions", "DELETE /api/sessions/{id}", "DELETE /api/sessions", "GET /api/people/{name}/export", "PUT /api/people/{name}/password",
	"GET /signin/key", "GET /account", "POST /account/password", "POST /account/sessions", "POST /access/view/end",
}

// Unkeyed are the routes that need no key.
var Unkeyed = []string{
	"GET /api/openapi.json", "GET /healthz", "GET /readyz", "GET /widget.js", "GET /assets/", "POST /preferences",
	"OPTIONS /api/channel/ask", "POST /api/channel/ask", "OPTIONS /api/channel/about", "GET /api/channel/about", "GET /p/{name}", "POST /p/{name}",
	"POST /api/signin", "POST /api/signout", "GET /signin", "POST /signin", "GET /signin/{provider}", "GET /signin/{provider}/callback", "POST /signout",
}

// TestRoutesNameTheirRight: a route that names no right opens to nobody, and one that needs none
// is named above, with everybody who looks at this change as its witness.
func TestRoutesNameTheirRight(t *testing.T) {
	t.Parallel()
	for _, r := range tables() {
		name := r.method + " " + r.path
		said := 0
		for _, is := range []bool{len(r.rights) > 0, r.anyone, r.open} {
			if is {
				said++
			}
		}
		switch {
		case said != 1:
			t.Errorf("%s: name the right that it needs with .needs(scope.Read) and the like, or say .forAll() or .asOpen(): one of them", name)
		case r.anyone && !slices.Contains(inNoSpace, name):
			t.Errorf("%s is for everybody who is known, and not in the list of those", name)
		case r.open && !slices.Contains(Unkeyed, name):
			t.Errorf("%s needs no key, and is not in the list of those", name)
		case r.visitor && !r.open:
			t.Errorf("%s is for visitors, who have no key", name)
		}
	}
}

// TestChangesNeedMoreThanReading: what changes the house is not done with the right to read it.
func TestChangesNeedMoreThanReading(t *testing.T) {
	t.Parallel()
	own := []string{ // what people have of their own, and questions
		"/api/search", "/mcp", "/api/conversations", "/api/memories", "/ask/", "/api/keys", "/access/keys",
	}
	for _, r := range tables() {
		if r.method == "GET" || r.open || r.anyone || slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(r.path, p) }) {
			continue
		}
		if slices.Contains(r.rights, scope.Read) {
			t.Errorf("%s %s changes something with the right to read", r.method, r.path)
		}
	}
}

// TestGuesses: an address that tries many keys waits; others and later ones do not.
func TestGuesses(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	g := newGuesses(func() time.Time { return now }, guessesAllowed)
	at, near, far := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2:1"), netip.MustParseAddr("::ffff:192.0.2.1")
	for range guessesAllowed {
		if wait := g.failed(at); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
	}
	now = now.Add(20 * time.Second)
	if wait := g.failed(near); wait != 40*time.Second {
		t.Errorf("one of the same network waits %v", wait)
	}
	if wait := g.failed(far); wait != 0 {
		t.Errorf("one of another waits %v", wait)
	}
	if wait := g.failed(netip.Addr{}); wait != 0 {
		t.Errorf("without an address: %v", wait)
	}
	now = now.Add(40 * time.Second)
	if wait := g.failed(at); wait != 0 {
		t.Errorf("a minute later: %v", wait)
	}
	for i := range guessAddresses + 1 {
		g.failed(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if len(g.from) > guessAddresses {
		t.Errorf("%d addresses are remembered", len(g.from))
	}
}

// needed tells the tests which rights a route needs.
func (r route) needed() (all scope.Right) {
	for _, x := range r.rights {
		all |= x
	}
	return all
}

// Needs says of each route that needs a right which ones let in, as auth names them; about says
// that what it is about is looked for first.
func Needs() (out []struct {
	Route string
	Any   []string
	About bool
}) {
	for _, r := range tables() {
		if len(r.rights) > 0 {
			out = append(out, struct {
				Route string
				Any   []string
				About bool
			}{r.method + " " + r.path, auth.RightNames(r.needed()), r.seen != nil})
		}
	}
	return out
}
