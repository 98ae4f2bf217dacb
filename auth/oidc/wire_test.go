package oidc_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth/oidc"
)

// A script is a provider that says what Dex would never say.
type script struct {
	*httptest.Server
	key     *rsa.PrivateKey
	head    map[string]any              // of the token
	claims  map[string]any              // changed ones; nil leaves a claim out
	sign    func(signed string) []byte  // in place of RS256
	say     map[string]any              // of the discovery, changed
	keys    map[string]any              // of the one key, changed
	answers map[string]http.HandlerFunc // in place of its own
	nonce   string                      // that is given back
	asked   atomic.Int64                // requests
	form    atomic.Pointer[url.Values]  // of the last exchange
	basic   atomic.Pointer[[2]string]   // its credentials
}

var rsaKey = func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}()

func scripted(t *testing.T) *script {
	t.Helper()
	s := &script{key: rsaKey, head: map[string]any{"alg": "RS256", "kid": "one", "typ": "JWT"}, claims: map[string]any{}, say: map[string]any{}, keys: map[string]any{}, answers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *script) serve(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	w.Header().Set("Content-Type", "application/json")
	if f := s.answers[r.URL.Path]; f != nil {
		f(w, r)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		said := map[string]any{"issuer": s.URL, "authorization_endpoint": s.URL + "/auth", "token_endpoint": s.URL + "/token", "jwks_uri": s.URL + "/keys",
			"end_session_endpoint": s.URL + "/out?x=1", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
		maps.Copy(said, s.say)
		json.NewEncoder(w).Encode(said)
	case "/keys":
		k := map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": b64(s.key.N.Bytes()), "e": "AQAB"}
		maps.Copy(k, s.keys)
		json.NewEncoder(w).Encode(map[string]any{"keys": []any{k}})
	case "/token":
		r.ParseForm()
		s.form.Store(&r.PostForm)
		if id, pass, ok := r.BasicAuth(); ok {
			s.basic.Store(&[2]string{id, pass})
		}
		json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": s.token()})
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (s *script) token() string {
	now := time.Now().Unix()
	claims := map[string]any{"iss": s.URL, "sub": "4711", "aud": "wenyuan", "iat": now, "exp": now + 60, "nonce": s.nonce, "preferred_username": "li"}
	for k, v := range s.claims {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	head, _ := json.Marshal(s.head)
	body, _ := json.Marshal(claims)
	signed := b64(head) + "." + b64(body)
	if s.sign != nil {
		return signed + "." + b64(s.sign(signed))
	}
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(sig)
}

// in goes through the whole of a sign-in.
func (s *script) in(ctx context.Context, t *testing.T, p oidc.Provider) (oidc.Person, error) {
	t.Helper()
	p.Issuer, p.ClientID = s.URL, "wenyuan"
	h := open(t, p)
	address, binder, err := h.a.Begin(ctx, "house", callback, "/", "")
	if err != nil {
		return oidc.Person{}, err
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if s.nonce == "" {
		s.nonce = u.Query().Get("nonce")
	}
	return h.finish(ctx, binder, url.Values{"state": {u.Query().Get("state")}, "code": {"c"}})
}

func many(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("group-%05d", i))
	}
	return all
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	now := time.Now().Unix()
	for name, change := range map[string]func(*script){
		"alg none": func(s *script) {
			s.head["alg"] = "none"
			s.sign = func(string) []byte { return nil }
		},
		"alg None, and a signature": func(s *script) { s.head["alg"] = "None" },
		"HS256 with the public key": func(s *script) {
			s.head["alg"] = "HS256"
			s.sign = func(signed string) []byte {
				m := hmac.New(sha256.New, s.key.N.Bytes())
				m.Write([]byte(signed))
				return m.Sum(nil)
			}
		},
		"HS256 with our secret": func(s *script) {
			s.head["alg"] = "HS256"
			s.sign = func(signed string) []byte {
				m := hmac.New(sha256.New, []byte(secret))
				m.Write([]byte(signed))
				return m.Sum(nil)
			}
		},
		"another key":              func(s *script) { s.keys["n"] = b64(append([]byte{0x81}, make([]byte, 255)...)) },
		"a kid that is nowhere":    func(s *script) { s.head["kid"] = "two" },
		"no signature":             func(s *script) { s.sign = func(string) []byte { return nil } },
		"another audience":         func(s *script) { s.claims["aud"] = "shop" },
		"no audience":              func(s *script) { s.claims["aud"] = nil },
		"two audiences, no azp":    func(s *script) { s.claims["aud"] = []string{"wenyuan", "shop"} },
		"the azp of another":       func(s *script) { s.claims["azp"] = "shop" },
		"another issuer":           func(s *script) { s.claims["iss"] = "https://id.example.com" },
		"no issuer":                func(s *script) { s.claims["iss"] = nil },
		"expired":                  func(s *script) { s.claims["exp"] = now - 1 },
		"never expires":            func(s *script) { s.claims["exp"] = nil },
		"given out tomorrow":       func(s *script) { s.claims["iat"] = now + 86400 },
		"not yet":                  func(s *script) { s.claims["nbf"] = now + 86400 },
		"another nonce":            func(s *script) { s.nonce = "x" },
		"no nonce":                 func(s *script) { s.claims["nonce"] = nil },
		"no subject":               func(s *script) { s.claims["sub"] = nil },
		"a subject of 500 letters": func(s *script) { s.claims["sub"] = strings.Repeat("x", 500) },
		"5,001 groups":             func(s *script) { s.claims["groups"] = many(5001) },
		"groups that are numbers":  func(s *script) { s.claims["groups"] = []int{1} },
		"groups in an object":      func(s *script) { s.claims["groups"] = map[string]string{"a": "b"} },
		"a group of 500 letters":   func(s *script) { s.claims["groups"] = []string{strings.Repeat("x", 500)} },
		"no token at all": func(s *script) {
			s.answers["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer"}`)
			}
		},
		"a token that is none": func(s *script) {
			s.answers["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","id_token":"a.b.c"}`)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scripted(t)
			change(s)
			who, err := s.in(t.Context(), t, oidc.Provider{})
			if wenyuan.CodeOf(err) != wenyuan.Denied || who.Subject != "" {
				t.Errorf("%+v, %v", who, err)
			}
			if e, ok := errors.AsType[*wenyuan.Error](err); ok && e.Message != "what the provider house said cannot be trusted" {
				t.Errorf("what is said gives something away: %s", e.Message)
			}
		})
	}
}

func TestTokensThatAreTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*script)
		p      oidc.Provider
		want   oidc.Person
	}{
		"as Okta": {func(s *script) {
			s.claims["groups"] = []string{"Everyone", "HR", "HR"}
			s.claims["email"] = "li@a.example"
			s.claims["email_verified"] = true
		}, oidc.Provider{}, oidc.Person{Name: "li", Email: "li@a.example", Groups: []string{"Everyone", "HR"}}},
		"email_verified as text": {func(s *script) { s.claims["email"] = "li@a.example"; s.claims["email_verified"] = "true" }, oidc.Provider{}, oidc.Person{Name: "li", Email: "li@a.example"}},
		"email not verified":     {func(s *script) { s.claims["email"] = "li@a.example"; s.claims["preferred_username"] = nil }, oidc.Provider{}, oidc.Person{Name: "4711"}},
		"one group as text":      {func(s *script) { s.claims["roles"] = "hr" }, oidc.Provider{GroupsClaim: "roles"}, oidc.Person{Name: "li", Groups: []string{"hr"}}},
		"5,000 groups":           {func(s *script) { s.claims["groups"] = many(5000) }, oidc.Provider{}, oidc.Person{Name: "li", Groups: many(5000)}},
		"no kid":                 {func(s *script) { delete(s.head, "kid") }, oidc.Provider{}, oidc.Person{Name: "li"}},
		"two audiences":          {func(s *script) { s.claims["aud"] = []string{"shop", "wenyuan"}; s.claims["azp"] = "wenyuan" }, oidc.Provider{}, oidc.Person{Name: "li"}},
		"as Entra with many groups": {func(s *script) {
			s.claims["_claim_names"] = map[string]string{"groups": "src1"}
			s.claims["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": "https://graph.example/groups"}}
		}, oidc.Provider{}, oidc.Person{Name: "li", Elsewhere: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scripted(t)
			c.change(s)
			who, err := s.in(t.Context(), t, c.p)
			if err != nil {
				t.Fatal(err)
			}
			if who.Name != c.want.Name || who.Email != c.want.Email || !slices.Equal(who.Groups, c.want.Groups) || who.Elsewhere != c.want.Elsewhere || who.Subject != "4711" {
				t.Errorf("%.300v", who)
			}
		})
	}
}

// TestOurSide: what goes to the token endpoint, and how we show who we are.
func TestOurSide(t *testing.T) {
	t.Parallel()
	s := scripted(t)
	if _, err := s.in(t.Context(), t, oidc.Provider{Secret: "se cret/%"}); err != nil {
		t.Fatal(err)
	}
	if b := s.basic.Load(); b == nil || b[0] != "wenyuan" || b[1] != url.QueryEscape("se cret/%") {
		t.Errorf("credentials %v", b)
	}
	if f := *s.form.Load(); len(f.Get("code_verifier")) < 43 || f.Get("client_secret") != "" || f.Get("redirect_uri") != callback {
		t.Errorf("%v", f)
	}
	s = scripted(t)
	s.say["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	if _, err := s.in(t.Context(), t, oidc.Provider{Secret: secret}); err != nil {
		t.Fatal(err)
	}
	if s.basic.Load() != nil || s.form.Load().Get("client_secret") != secret {
		t.Error("the secret is not where this provider wants it")
	}
}

// TestProviderThatMisbehaves: nothing of it stops the house, or leads it elsewhere.
func TestProviderThatMisbehaves(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("somebody else was asked for %s", r.URL) }))
	t.Cleanup(elsewhere.Close)
	huge := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"`)
		for range 200 {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}
	sent := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}
	hangs := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // that the client is gone is seen once all was read
		<-r.Context().Done()
	}
	for name, change := range map[string]func(*script){
		"a huge answer":                       func(s *script) { s.answers["/token"] = huge },
		"a huge discovery":                    func(s *script) { s.answers["/.well-known/openid-configuration"] = huge },
		"a huge list of keys":                 func(s *script) { s.answers["/keys"] = huge },
		"keys that are sent elsewhere":        func(s *script) { s.answers["/keys"] = sent },
		"a token that is sent elsewhere":      func(s *script) { s.answers["/token"] = sent },
		"a discovery that is sent elsewhere":  func(s *script) { s.answers["/.well-known/openid-configuration"] = sent },
		"an address that is none":             func(s *script) { s.say["token_endpoint"] = "file:///etc/passwd" },
		"a page to begin at that is a script": func(s *script) { s.say["authorization_endpoint"] = "javascript:alert(1)" },
		"another issuer":                      func(s *script) { s.say["issuer"] = "https://id.example.com" },
		"no JSON": func(s *script) {
			s.answers["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }
		},
		"a mistake of its own": func(s *script) {
			s.answers["/token"] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", 500) }
		},
		"it hangs": func(s *script) { s.answers["/token"] = hangs },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scripted(t)
			change(s)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			who, err := s.in(ctx, t, oidc.Provider{Secret: secret})
			if code := wenyuan.CodeOf(err); code != wenyuan.Denied && code != wenyuan.Unavailable || who.Subject != "" {
				t.Errorf("%+v, %v", who, err)
			}
		})
	}
}

// TestProviderThatIsAway: the house stands, and asks again with the next sign-in.
func TestProviderThatIsAway(t *testing.T) {
	t.Parallel()
	s := scripted(t)
	h := open(t, oidc.Provider{Issuer: s.URL, ClientID: "wenyuan"})
	s.answers["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", 503) }
	for range 5 {
		if _, _, err := h.a.Begin(t.Context(), "house", callback, "/", ""); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Fatal(err)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("it was asked %d times at once", n)
	}
	if h.a.Out("house", "http://127.0.0.1:1/") != "" {
		t.Error("there is a place to sign out at")
	}
	delete(s.answers, "/.well-known/openid-configuration")
	h.late.Add(int64(6 * time.Second))
	h.begin(t, "")
	if out := h.a.Out("house", "http://127.0.0.1:1/signin"); !strings.HasPrefix(out, s.URL+"/out?") || !strings.Contains(out, "x=1") || !strings.Contains(out, "client_id=wenyuan") {
		t.Errorf("out is %q", out)
	}
}
