package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/auth/oidc"
	"wenyuan/auth/signin"
	"wenyuan/internal/testenv"
	"wenyuan/server"
)

const liPassword = "correct horse battery"

// lodging is a house with an operator, and Li who asks and has a password.
func lodging(t testing.TB, c app.Config) house {
	t.Helper()
	h := openWith(t, c)
	ctx := t.Context()
	if _, _, _, err := h.Auth.Init(ctx, "operator"); err != nil {
		t.Fatal(err)
	}
	sc, err := h.Auth.Scope(ctx, auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Auth.AddPerson(ctx, sc, auth.NewPerson{Name: "Li", Email: "li@example.com", Space: "main"}); err != nil {
		t.Fatal(err)
	}
	if !c.SignIn.Closed {
		if err := h.Server.SignIn.SetPassword(ctx, auth.Machine(), true, "Li", "", liPassword); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// cookieOf is the value that a reply sets, and how it sets it.
func cookieOf(resp *http.Response, name string) (c *http.Cookie) {
	for _, x := range resp.Cookies() {
		if x.Name == name {
			c = x
		}
	}
	return c
}

// signIn gives the cookie of a session.
func (h house) signIn(t testing.TB) string {
	t.Helper()
	resp, body := h.send(t, "POST", "/api/signin", `{"name": "li", "password": "`+liPassword+`"}`)
	c := cookieOf(resp, "wenyuan_session")
	if resp.StatusCode != 200 || c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" {
		t.Fatalf("%d %s %v", resp.StatusCode, body, c)
	}
	return "wenyuan_session=" + c.Value
}

func TestSignInWithoutScript(t *testing.T) {
	t.Parallel()
	h := lodging(t, app.Config{})
	r := h.reader(t)
	r.client.CheckRedirect = nil
	get := func(address string) (int, string, string) {
		req, _ := http.NewRequest("GET", h.url+address, nil)
		req.Header.Set("Accept", "text/html,application/xhtml+xml")
		resp, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		page, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Request.URL.RequestURI(), string(page)
	}
	status, at, page := get("/library?x=%E4%B8%AD")
	r.want("a page that is asked for", page, "Sign in", `name="password"`, `value="/library?x=%E4%B8%AD"`, `action="/signin"`)
	if status != 200 || !strings.HasPrefix(at, "/signin?back=") {
		t.Fatalf("%d at %s", status, at)
	}
	status, _, page = r.post("/signin", url.Values{"name": {"Li"}, "password": {"wrong horse battery"}, "back": {"/library"}})
	r.want("a wrong password", page, "The name or the password is wrong", `value="Li"`, `value="/library"`)
	if status != 403 || strings.Contains(page, "wrong horse") {
		t.Errorf("%d %s", status, page)
	}
	_, at, page = r.post("/signin", url.Values{"name": {"Li"}, "password": {liPassword}, "back": {"/library"}})
	r.want("the library", page, "Library", "Li", "Sign out")
	if at != "/library" {
		t.Errorf("one ends at %s", at)
	}
	if _, at, _ = get("/signin?back=/account"); at != "/account" {
		t.Errorf("who is in already ends at %s", at)
	}
	_, _, page = get("/account")
	r.want("the account", page, "li@example.com", "Where you are signed in", "this one", "New password")
	status, _, page = r.post("/account/password", url.Values{"before": {liPassword}, "password": {"short"}})
	r.want("a short one", page, "The password has 5 characters")
	if status != 400 {
		t.Errorf("a short one: %d", status)
	}
	_, at, page = r.post("/account/password", url.Values{"before": {liPassword}, "password": {"another good one"}})
	r.want("changed", page, "The password is changed")
	if at != "/account?done=password" {
		t.Errorf("changed at %s", at)
	}
	other := h.reader(t)
	other.post("/signin", url.Values{"name": {"li@example.com"}, "password": {"another good one"}})
	_, _, page = r.post("/account/sessions", url.Values{})
	r.want("others ended", page, "All other sessions have ended")
	if _, at, _ := other.get("/account"); at != "/account" {
		t.Errorf("a program is sent to %s", at)
	}
	if status, _, _ := other.get("/account"); status != 401 {
		t.Errorf("the other browser: %d", status)
	}
	_, at, page = r.post("/signout", url.Values{})
	r.want("out", page, "You are signed out here.")
	if status, _, _ := r.get("/account"); status != 401 || at != "/signin?out=yes" {
		t.Errorf("after signing out: %d, at %s", status, at)
	}
}

// TestBackIsOurs: whoever makes a link to the page of signing in leads nobody elsewhere.
func TestBackIsOurs(t *testing.T) {
	t.Parallel()
	h := lodging(t, app.Config{})
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, `\\evil.example`, "/%09/evil.example", "/\t/evil.example", "/%2F/evil.example", "%2F%2Fevil.example", "javascript:alert(1)", "http:evil.example", "/.//evil.example", "///evil.example", "", "ask", " //evil.example", "/\n/evil.example", "https:/evil.example", "\x00//evil.example", "//evil%E3%80%82example", "/..//evil.example"} {
		for _, by := range []string{"form", "session"} {
			form := url.Values{"name": {"Li"}, "password": {liPassword}, "back": {back}}
			jar, _ := cookiejar.New(nil)
			c := http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			req, _ := http.NewRequest("POST", h.url+"/signin", strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", h.url)
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if by == "session" {
				if resp, err = c.Get(h.url + "/signin?" + url.Values{"back": {back}}.Encode()); err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
			}
			to, err := resp.Location()
			if err != nil {
				t.Fatalf("%q: %d, %v", back, resp.StatusCode, err)
			}
			if to.Scheme+"://"+to.Host != h.url || strings.HasPrefix(resp.Header.Get("Location"), "//") || strings.Contains(resp.Header.Get("Location"), `\`) {
				t.Errorf("%q leads to %s", back, resp.Header.Get("Location"))
			}
		}
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// TestForeignPagesDoNothing walks every door that changes something, with the cookie of somebody
// who is signed in, as the page of somebody else would: none lets it in, and none of what it
// says tells anything.
func TestForeignPagesDoNothing(t *testing.T) {
	t.Parallel()
	h := lodging(t, app.Config{})
	cookie := h.signIn(t)
	walked := 0
	for _, route := range server.AllRoutes() {
		method, path, _ := strings.Cut(route, " ")
		if method == "GET" || method == "OPTIONS" || path == "/api/channel/ask" { // a widget stands on foreign pages, and has no cookie
			continue
		}
		walked++
		path = strings.ReplaceAll(parameter.ReplaceAllString(path, "x"), "/x...", "/x")
		for what, headers := range map[string][]string{
			"another site":       {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"},
			"a form elsewhere":   {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
			"a sandbox":          {"Origin", "null", "Sec-Fetch-Site", "cross-site"},
			"a neighbour":        {"Origin", "http://docs.127.0.0.1", "Sec-Fetch-Site", "same-site"},
			"another port":       {"Origin", "http://127.0.0.1:1"},
			"an old browser":     {"Referer", "https://evil.example/"},
			"a neighbour, quiet": {"Sec-Fetch-Site", "same-site"},
		} {
			if what == "an old browser" && (path == "/preferences" || path == "/api/signin" || path == "/p/x" || strings.HasPrefix(path, "/scim/")) {
				continue // these look at no session
			}
			resp, body := h.send(t, method, path, "{}", append(headers, "Cookie", cookie, "Content-Type", "application/x-www-form-urlencoded")...)
			if resp.StatusCode != 403 && resp.StatusCode != 401 {
				t.Errorf("%s: %s %s: %d %.200s", what, method, path, resp.StatusCode, body)
			}
		}
	}
	if walked < 60 {
		t.Errorf("%d doors were tried", walked)
	}
	resp, body := h.send(t, "GET", "/api/me", "", "Cookie", cookie)
	if resp.StatusCode != 200 || !strings.Contains(body, `"Li"`) {
		t.Errorf("the session is gone: %d %s", resp.StatusCode, body)
	}
	for what, headers := range map[string][]string{"our page": {"Origin", h.url}, "our page, of today": {"Origin", h.url, "Sec-Fetch-Site", "same-origin"}} {
		if resp, body := h.send(t, "POST", "/api/memories", `{"text": "likes tables"}`, append(headers, "Cookie", cookie)...); resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", what, resp.StatusCode, body)
		}
	}
}

func TestSessionOverHTTP(t *testing.T) {
	t.Parallel()
	h := lodging(t, app.Config{})
	for _, c := range []string{"wenyuan_session=x", "wenyuan_session=" + strings.Repeat("A", 22) + "." + strings.Repeat("A", 43), "wenyuan_session=" + strings.Repeat("x", 8000)} {
		resp, _ := h.send(t, "GET", "/api/corpora", "", "Cookie", c)
		if set := cookieOf(resp, "wenyuan_session"); resp.StatusCode != 401 || set == nil || set.MaxAge >= 0 {
			t.Errorf("%.30s: %d, the cookie stays: %v", c, resp.StatusCode, set)
		}
	}
	one, two := h.signIn(t), h.signIn(t)
	var list struct{ Sessions []signin.Session }
	_, body := h.send(t, "GET", "/api/sessions", "", "Cookie", one)
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Sessions) != 2 {
		t.Fatalf("%s, %v", body, err)
	}
	for _, s := range list.Sessions {
		if !s.Current {
			h.send(t, "DELETE", "/api/sessions?id="+s.ID, "", "Cookie", one, "Origin", h.url)
		}
	}
	for cookie, want := range map[string]int{one: 200, two: 401} {
		if resp, _ := h.send(t, "GET", "/api/corpora", "", "Cookie", cookie); resp.StatusCode != want {
			t.Errorf("%d, want %d", resp.StatusCode, want)
		}
	}
	if resp, _ := h.send(t, "POST", "/api/signout", "", "Cookie", one, "Origin", h.url); resp.StatusCode != 204 {
		t.Errorf("out: %d", resp.StatusCode)
	}
	if resp, _ := h.send(t, "GET", "/api/corpora", "", "Cookie", one); resp.StatusCode != 401 {
		t.Errorf("after signing out: %d", resp.StatusCode)
	}
	var resp *http.Response
	until(t, "no more attempts", func() bool { // the first wait is a second, which a busy machine takes for one attempt; the next ones are longer
		for range 12 {
			h.send(t, "POST", "/api/signin", `{"name": "li", "password": "wrong horse battery"}`)
		}
		resp, body = h.send(t, "POST", "/api/signin", `{"name": "li", "password": "`+liPassword+`"}`, "Accept-Language", "zh")
		return resp.StatusCode != 200
	})
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "登录失败的次数太多") {
		t.Errorf("%d, %v, %s", resp.StatusCode, resp.Header, body)
	}
}

// TestCookieByHTTPS: where the house is reached by HTTPS its cookie is sent by nothing else, and
// no neighbouring host can set it.
func TestCookieByHTTPS(t *testing.T) {
	t.Parallel()
	h := lodging(t, app.Config{Server: server.Config{PublicURL: "https://docs.example.com", Access: server.Access{Hosts: []string{"docs.example.com"}}}})
	resp, _ := h.send(t, "POST", "/api/signin", `{"name": "li", "password": "`+liPassword+`"}`)
	c := cookieOf(resp, "__Host-wenyuan_session")
	if c == nil || !c.Secure || !c.HttpOnly || c.Domain != "" || c.Path != "/" {
		t.Fatalf("%v", resp.Cookies())
	}
	for cookie, want := range map[string]int{"__Host-wenyuan_session=" + c.Value: 200, "wenyuan_session=" + c.Value: 401} {
		if resp, _ := h.send(t, "GET", "/api/corpora", "", "Cookie", cookie); resp.StatusCode != want {
			t.Errorf("%.25s: %d", cookie, resp.StatusCode)
		}
	}
}

func TestPasswordsOverHTTP(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	set := func(who, name, body string) int {
		resp, _ := p.send(t, "PUT", "/api/people/"+name+"/password", body, bearerOf(p.key[who])...)
		return resp.StatusCode
	}
	for _, c := range []struct {
		who, name, body string
		want            int
	}{
		{"asker", "owner", `{"password": "a good long one"}`, 403}, {"asker", "nobody", `{"password": "a good long one"}`, 403},
		{"operator", "nobody", `{"password": "a good long one"}`, 404}, {"operator", "asker", `{"password": "asker"}`, 400},
		{"operator", "asker", `{"password": "a good long one"}`, 200}, {"asker", "asker", `{"password": "another good one"}`, 403},
		{"asker", "asker", `{"password": "another good one", "before": "a good long one"}`, 200}, {"machine", "asker", `{"password": "a good long one"}`, 200},
	} {
		if got := set(c.who, c.name, c.body); got != c.want {
			t.Errorf("%s sets that of %s: %d, want %d", c.who, c.name, got, c.want)
		}
	}
}

// dexHouse is a house that trusts a real Dex.
func dexHouse(t testing.TB, closed bool) house {
	t.Helper()
	issuer := testenv.Dex(t, []testenv.DexPerson{
		{Name: "zhao", Password: "dex-zhao", ID: "1", Email: "zhao@example.com", Verified: true, Groups: []string{"hr"}},
		{Name: "li", Password: "dex-li", ID: "2", Email: "li@example.com", Verified: true},
	}, []testenv.DexClient{{ID: "wenyuan", Secret: "secret", Name: "Wenyuan", Public: true}}, 0)
	h := lodging(t, app.Config{SignIn: signin.Config{Closed: closed}, OIDC: oidc.Config{Providers: []oidc.Provider{
		{Name: "house", Title: "Our house", Issuer: issuer, ClientID: "wenyuan", Secret: "secret", MakeGroups: true, Space: "main", Role: "asker"}}}})
	h.url = strings.Replace(h.url, "127.0.0.1", "localhost", 1) // where Dex lets public clients be
	return h
}

var dexForm = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

// TestProviderOverHTTP signs in through a real Dex without a script: somebody new, who becomes a
// member of a space and of the groups that Dex names, and somebody who was here before.
func TestProviderOverHTTP(t *testing.T) {
	t.Parallel()
	h := dexHouse(t, false)
	for name, want := range map[string][]string{"zhao": {"zhao", "hr"}, "li": {"Li", "li@example.com"}} {
		r := h.reader(t)
		_, _, page := r.get("/signin?back=/account")
		r.want("the page of signing in", page, "Sign in with Our house", `href="/signin/house?back=%2Faccount"`)
		resp, err := r.client.Get(h.url + "/signin/house?back=/account")
		if err != nil {
			t.Fatal(err)
		}
		form, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		m := dexForm.FindSubmatch(form)
		if m == nil {
			t.Fatalf("%s: %s", resp.Status, form)
		}
		to, _ := resp.Request.URL.Parse(strings.ReplaceAll(string(m[1]), "&amp;", "&"))
		if resp, err = r.client.PostForm(to.String(), url.Values{"login": {name}, "password": {"dex-" + name}}); err != nil {
			t.Fatal(err)
		}
		account, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.Request.URL.RequestURI() != "/account" {
			t.Fatalf("%s ends at %s: %s", name, resp.Request.URL, account)
		}
		r.want(name, string(account), want...)
		if status, _, _ := r.get("/ask"); status != 200 {
			t.Errorf("%s may not ask: %d", name, status)
		}
		again := fmt.Sprint(resp.Request.Response.Request.URL) // the address of the callback
		status, _, page := r.get(strings.TrimPrefix(again, h.url))
		r.want("the address once more", page, "his sign-in was not begun here")
		if status != 403 {
			t.Errorf("once more: %d", status)
		}
	}
	sc, err := h.Auth.Scope(t.Context(), auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	if _, total, err := h.Auth.People(t.Context(), sc, auth.PeopleFilter{}); err != nil || total != 3 {
		t.Errorf("%d people, %v", total, err)
	}
}
