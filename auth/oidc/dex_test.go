package oidc_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth/oidc"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

const (
	callback = "http://127.0.0.1:1/signin/house/callback"
	secret   = "a secret of the client"
)

var people = []testenv.DexPerson{
	{Name: "li", Password: "dex-li", ID: "4711", Email: "Li@Example.com", Verified: true, Groups: []string{"staff", "hr"}},
	{Name: "wang", Password: "dex-wang", ID: "4712", Email: "wang@elsewhere.example", Verified: false},
}

// A house is two replicas that trust one provider.
type house struct {
	a, b *oidc.Providers
	late *atomic.Int64 // by how much our clock is ahead, in nanoseconds
}

func open(t *testing.T, p oidc.Provider) house {
	t.Helper()
	h := house{late: &atomic.Int64{}}
	s := storetest.Open(t, store.Config{Dir: t.TempDir(), Clock: func() time.Time { return time.Now().Add(time.Duration(h.late.Load())) }})
	p.Name = "house"
	c := oidc.Config{Providers: []oidc.Provider{p}}.With(s, nil)
	h.a, h.b = oidc.Open(c), oidc.Open(c)
	return h
}

// dex is a house that trusts a real Dex.
func dex(t *testing.T, lasting time.Duration) (h house, p oidc.Provider) {
	t.Helper()
	issuer := testenv.Dex(t, people, []testenv.DexClient{{ID: "wenyuan", Secret: secret, Name: "Wenyuan", RedirectURIs: []string{callback}}}, lasting)
	p = oidc.Provider{Issuer: issuer, ClientID: "wenyuan", Secret: secret}
	return open(t, p), p
}

var form = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

// through goes through Dex as a browser does, and gives the address that it is sent back to.
func through(t *testing.T, address, name, password string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back *url.URL
	c := http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if back == nil {
		m := form.FindSubmatch(page)
		if m == nil {
			t.Fatalf("Dex says %s\n%s", resp.Status, page)
		}
		to, err := resp.Request.URL.Parse(strings.ReplaceAll(string(m[1]), "&amp;", "&"))
		if err != nil {
			t.Fatal(err)
		}
		if resp, err = c.PostForm(to.String(), url.Values{"login": {name}, "password": {password}}); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if back == nil {
		t.Fatalf("Dex sent nobody back: %s", resp.Status)
	}
	return back.Query()
}

func (h house) begin(t *testing.T, has string) (address, binder string) {
	t.Helper()
	address, binder, err := h.a.Begin(t.Context(), "house", callback, "/library?x=1", has)
	if err != nil {
		t.Fatal(err)
	}
	return address, binder
}

// finish comes back at the other replica.
func (h house) finish(ctx context.Context, binder string, q url.Values) (oidc.Person, error) {
	return h.b.Finish(ctx, "house", callback, binder, q)
}

func TestCodeFlow(t *testing.T) {
	t.Parallel()
	h, _ := dex(t, 0)
	address, binder := h.begin(t, "")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "redirect_uri": callback, "client_id": "wenyuan", "scope": "openid profile email groups"} {
		if u.Query().Get(name) != want {
			t.Errorf("%s is %q", name, u.Query().Get(name))
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(u.Query().Get(name)) < 43 {
			t.Errorf("%s is %q", name, u.Query().Get(name))
		}
	}
	q := through(t, address, "li", "dex-li")
	who, err := h.finish(t.Context(), binder, q)
	if err != nil {
		t.Fatal(err)
	}
	if who.Name != "li" || who.Email != "Li@Example.com" || who.Subject == "" || !slices.Equal(who.Groups, []string{"hr", "staff"}) || who.Back != "/library?x=1" || who.Provider.Name != "house" {
		t.Errorf("%+v", who)
	}
	if _, err := h.finish(t.Context(), binder, q); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("the same address a second time: %v", err)
	}
	// the same code with a state that is new: Dex takes it once
	address, binder = h.begin(t, binder)
	again := through(t, address, "li", "dex-li")
	again.Set("code", q.Get("code"))
	if _, err := h.finish(t.Context(), binder, again); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("the same code a second time: %v", err)
	}
	// somebody whose address was never verified, and who is in no group
	address, binder = h.begin(t, binder)
	who, err = h.finish(t.Context(), binder, through(t, address, "wang", "dex-wang"))
	if err != nil || who.Email != "" || who.Groups != nil {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestWhoDidNotBeginHere(t *testing.T) {
	t.Parallel()
	h, _ := dex(t, 0)
	address, binder := h.begin(t, "")
	q := through(t, address, "li", "dex-li")
	_, other := h.begin(t, "")
	state := q.Get("state")
	for what, try := range map[string]struct {
		binder string
		q      url.Values
	}{
		"another browser": {other, q}, "no browser": {"", q}, "no state": {binder, url.Values{"code": q["code"]}},
		"a state of somebody's making": {binder, url.Values{"code": q["code"], "state": {strings.Repeat("A", 43)}}}, "rubbish": {"\x00", url.Values{"state": {"\x00"}}},
	} {
		if _, err := h.finish(t.Context(), try.binder, try.q); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := h.b.Finish(t.Context(), "another", callback, binder, q); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("another provider: %v", err)
	}
	if _, err := h.finish(t.Context(), binder, url.Values{"state": {state}, "error": {"access_denied"}, "error_description": {"<script>"}}); wenyuan.CodeOf(err) != wenyuan.Denied || strings.Contains(err.(*wenyuan.Error).Message, "script") {
		t.Errorf("the provider refused: %v", err)
	}
	if _, err := h.finish(t.Context(), binder, q); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a state that a refusal used up: %v", err)
	}
	address, binder = h.begin(t, "")
	q = through(t, address, "li", "dex-li")
	h.late.Add(int64(11 * time.Minute))
	if _, err := h.finish(t.Context(), binder, q); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("after eleven minutes: %v", err)
	}
}

// TestOthersClient: a code, and a token, that were given out for somebody else are worth nothing.
func TestOthersClient(t *testing.T) {
	t.Parallel()
	issuer := testenv.Dex(t, people, []testenv.DexClient{
		{ID: "wenyuan", Secret: secret, Name: "Wenyuan", RedirectURIs: []string{callback}}, {ID: "shop", Secret: secret, Name: "Shop", RedirectURIs: []string{callback}},
	}, 0)
	h := open(t, oidc.Provider{Issuer: issuer, ClientID: "wenyuan", Secret: secret})
	address, binder := h.begin(t, "")
	shop := strings.Replace(address, "client_id=wenyuan", "client_id=shop", 1)
	if _, err := h.finish(t.Context(), binder, through(t, shop, "li", "dex-li")); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a code for the shop: %v", err)
	}
	address, binder = h.begin(t, "")
	u, _ := url.Parse(address)
	q := u.Query()
	q.Set("code_challenge", strings.Repeat("B", 43))
	u.RawQuery = q.Encode()
	if _, err := h.finish(t.Context(), binder, through(t, u.String(), "li", "dex-li")); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a code that was begun with another verifier: %v", err)
	}
	address, binder = h.begin(t, "")
	u, _ = url.Parse(address)
	q = u.Query()
	q.Set("nonce", strings.Repeat("B", 43))
	u.RawQuery = q.Encode()
	if _, err := h.finish(t.Context(), binder, through(t, u.String(), "li", "dex-li")); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("another nonce: %v", err)
	}
	wrong := open(t, oidc.Provider{Issuer: issuer, ClientID: "wenyuan", Secret: "not the secret"})
	address, binder = wrong.begin(t, "")
	if _, err := wrong.finish(t.Context(), binder, through(t, address, "li", "dex-li")); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a wrong secret: %v", err)
	}
	near := open(t, oidc.Provider{Issuer: strings.Replace(issuer, "127.0.0.1", "localhost", 1), ClientID: "wenyuan", Secret: secret})
	if _, _, err := near.a.Begin(t.Context(), "house", callback, "/", ""); wenyuan.CodeOf(err) != wenyuan.Unavailable {
		t.Errorf("an issuer that calls itself otherwise: %v", err)
	}
}

// TestExpired: a token that has run out when it comes.
func TestExpired(t *testing.T) {
	t.Parallel()
	h, _ := dex(t, time.Minute)
	address, binder := h.begin(t, "")
	q := through(t, address, "li", "dex-li")
	h.late.Add(int64(5 * time.Minute)) // our clock is five minutes ahead of the provider's
	if _, err := h.finish(t.Context(), binder, q); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("%v", err)
	}
}

func TestDomains(t *testing.T) {
	t.Parallel()
	_, p := dex(t, 0)
	p.Domains = []string{"example.COM"}
	h := open(t, p)
	address, binder := h.begin(t, "")
	if who, err := h.finish(t.Context(), binder, through(t, address, "li", "dex-li")); err != nil || who.Name != "li" {
		t.Errorf("%+v, %v", who, err)
	}
	address, binder = h.begin(t, "")
	if _, err := h.finish(t.Context(), binder, through(t, address, "wang", "dex-wang")); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("somebody from elsewhere: %v", err)
	}
}
