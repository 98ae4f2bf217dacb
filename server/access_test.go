package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/internal/testenv"
	"wenyuan/server"
	"wenyuan/store"
)

// A peopled is a house with somebody of each role.
type peopled struct {
	house
	key map[string]string // by role: "Bearer ..."
	doc string            // a document that all of them may read
}

func bearerOf(key string) []string { return []string{"Authorization", "Bearer " + key} }

// as sends a request with somebody's key and gives what comes back, which has to be a success.
func (p peopled) as(t testing.TB, who, method, path, body string, into any, headers ...string) {
	t.Helper()
	resp, text := p.send(t, method, path, body, append(bearerOf(p.key[who]), headers...)...)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s: %d %s", who, method, path, resp.StatusCode, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

// rightsOf are what each role may do, as the manual says it.
var rightsOf = map[string][]string{
	"viewer": {"read"}, "asker": {"read", "ask"}, "editor": {"read", "ask", "edit"}, "reviewer": {"read", "ask", "review"},
	"owner":    {"read", "ask", "edit", "review", "own"},
	"operator": {"read", "ask", "edit", "review", "own", "operate"},
	"reader":   {"read"}, // an owner's key that is held to reading
	"stranger": nil,      // a person who is in no space
}

// inhabit fills a house with people.
func inhabit(t testing.TB) peopled {
	t.Helper()
	h := openWith(t, app.Config{Server: server.Config{Token: token}})
	p := peopled{house: h, key: map[string]string{"machine": token}}
	var k struct{ Key string }
	var docs struct{ Documents []struct{ ID string } }
	h.add(t, "pumps", handbook)
	h.into(t, &docs, "GET", "/api/documents?corpus=pumps", "")
	p.doc = docs.Documents[0].ID
	p.as(t, "machine", "POST", "/api/init", `{"name": "operator"}`, &k)
	p.key["operator"] = k.Key
	for _, role := range []string{"viewer", "asker", "editor", "reviewer", "owner", "stranger"} {
		body := fmt.Sprintf(`{"name": %q, "role": %q}`, role, role)
		if role == "stranger" {
			body = `{"name": "stranger", "space": ""}`
		}
		p.as(t, "operator", "POST", "/api/people", body, nil)
		p.as(t, "operator", "POST", "/api/keys", fmt.Sprintf(`{"person": %q}`, role), &k)
		p.key[role] = k.Key
	}
	p.as(t, "owner", "POST", "/api/keys", `{"can": ["read"]}`, &k)
	p.key["reader"] = k.Key
	p.key["revoked"], p.key["expired"] = p.ended(t, "revoked"), p.ended(t, "expires")
	var w struct{ Key string }
	p.as(t, "owner", "POST", "/api/channels", shopWidget, &w)
	p.key["widget"] = w.Key
	return p
}

// ended is a key of the operator that is not in force any more.
func (p peopled) ended(t testing.TB, how string) string {
	t.Helper()
	var k struct{ ID, Key string }
	p.as(t, "operator", "POST", "/api/keys", `{}`, &k)
	if how == "revoked" {
		p.as(t, "operator", "DELETE", "/api/keys/"+k.ID, "", nil)
		return k.Key
	}
	err := p.Store.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE access_key SET expires = 1 WHERE id = $1`, k.ID); err != nil {
			return err
		}
		return auth.Changed(t.Context(), tx, auth.ChangedKey, k.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	return k.Key
}

// missing is how a route refuses who lacks its right.
const missing = "ou may not do this in this space"

// TestEveryRouteForEveryRole tries each door with each key, at things that are not there: who has no
// valid key is told so, who has no place here finds nothing, who lacks the right is refused, and
// nobody else is.
func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	tried := 0
	for _, r := range server.Needs() {
		method, path, _ := strings.Cut(r.Route, " ")
		if path = inPath.ReplaceAllString(path, "nothing-here"); strings.HasSuffix(r.Route, "/{$}") {
			path = "/"
		}
		path = strings.Replace(path, "/api/spaces/nothing-here", "/api/spaces/main", 1)
		path = strings.Replace(path, "/access/spaces/nothing-here", "/access/spaces/main", 1)
		for _, who := range []string{"", "revoked", "expired", "widget", "stranger", "viewer", "reader", "asker", "reviewer", "editor", "owner", "operator"} {
			may := slices.ContainsFunc(r.Any, func(x string) bool { return slices.Contains(rightsOf[who], x) })
			if may && (path == "/api/backup" || strings.HasSuffix(path, "/discover")) {
				continue // which take their time, and are tried elsewhere
			}
			headers := append(bearerOf(p.key[who]), "Content-Type", "application/json", "X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", tried>>8, tried&255)) // or the guessing of keys would be stopped
			if who == "" {
				headers = headers[2:]
			}
			resp, text := p.send(t, method, path, "{}", headers...)
			tried++
			var ok bool
			switch code := resp.StatusCode; {
			case rightsOf[who] == nil && who != "stranger":
				ok = code == 401
			case who == "stranger":
				ok = code == 404
			case may:
				ok = code != 401 && !strings.Contains(text, missing)
			case r.About:
				ok = code == 404 // what is not there is not there, whatever one may do
			default:
				ok = code == 403 && strings.Contains(text, missing)
			}
			if !ok {
				t.Errorf("%q at %s, which needs one of %v: %d %.120s", who, r.Route, r.Any, resp.StatusCode, text)
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// TestActsOnWhatIsSeen: a forbidden act on a visible thing is 403, on what is not seen 404, in the
// words of what is not there.
func TestActsOnWhatIsSeen(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	for _, c := range []struct {
		who, method, path string
		status            int
	}{
		{"viewer", "DELETE", "/api/documents/" + p.doc, 403},
		{"viewer", "DELETE", "/api/documents/doc_none", 404},
		{"stranger", "DELETE", "/api/documents/" + p.doc, 404},
		{"stranger", "GET", "/api/documents/" + p.doc, 404},
		{"viewer", "GET", "/api/documents/" + p.doc, 200},
		{"viewer", "POST", "/library/pumps/" + p.doc + "/remove", 403},
		{"viewer", "PATCH", "/api/corpora/pumps", 403},
		{"viewer", "PATCH", "/api/corpora/none", 404},
		{"asker", "PUT", "/api/assistants/pumps", 403},
		{"asker", "GET", "/api/assistants/none/versions", 404},
		{"viewer", "GET", "/", 303},
	} {
		resp, text := p.sendStill(t, c.method, c.path, bearerOf(p.key[c.who])...)
		if resp.StatusCode != c.status {
			t.Errorf("%s: %s %s: %d %.200s", c.who, c.method, c.path, resp.StatusCode, text)
		}
	}
}

// sendStill is send that follows no redirect.
func (h house) sendStill(t testing.TB, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp, resp.Status
}

// TestFirstPersonClosesTheHouse: where nobody is, whoever works on this machine may do
// everything; from the first person on, with the next request, a key is asked for.
func TestFirstPersonClosesTheHouse(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Server: server.Config{Token: token}})
	var me struct{ Kind string }
	h.into(t, &me, "GET", "/api/me", "")
	if me.Kind != auth.Local {
		t.Errorf("the one person is %q", me.Kind)
	}
	if resp, _ := h.send(t, "GET", "/api/status", "", "Authorization", "Bearer made-up"); resp.StatusCode != 200 {
		t.Errorf("a program that makes up a key: %d", resp.StatusCode)
	}
	if resp, _ := h.send(t, "GET", "/api/status", "", "Authorization", "Bearer wyk_"+strings.Repeat("a", 40)); resp.StatusCode != 401 {
		t.Errorf("a key of somebody who is not there: %d", resp.StatusCode)
	}
	var k struct{ ID, Key, Person string }
	h.into(t, &k, "POST", "/api/init", `{}`)
	if !strings.HasPrefix(k.Key, "wyk_") || k.ID == "" || k.Person != "operator" {
		t.Errorf("the first key: %+v", k)
	}
	for _, c := range []struct {
		key    string
		status int
	}{{"", 401}, {"made-up", 401}, {k.Key, 200}, {token, 200}} {
		if resp, text := h.send(t, "GET", "/api/status", "", bearerOf(c.key)...); resp.StatusCode != c.status {
			t.Errorf("with %q: %d %s", c.key, resp.StatusCode, text)
		}
	}
	if resp, text := h.send(t, "POST", "/api/init", `{}`, bearerOf(k.Key)...); resp.StatusCode != 409 || strings.Contains(text, "wyk_") {
		t.Errorf("a second first person: %d %s", resp.StatusCode, text)
	}
	if err := h.Server.SetAccess(t.Context(), server.Access{Open: true}); err != nil {
		t.Errorf("a house with people may listen beyond this machine: %v", err)
	}
}

// TestReplicaLearnsOfPeople: two servers on one database. What one changes holds for the next
// request to the other: the first person, a key, a role, and their end.
func TestReplicaLearnsOfPeople(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	one, two := openWith(t, app.Config{Database: url, Server: server.Config{Token: token}}), openWith(t, app.Config{Database: url, Server: server.Config{Token: token}})
	if resp, text := two.send(t, "GET", "/api/status", ""); resp.StatusCode != 200 {
		t.Fatalf("a house without people: %d %s", resp.StatusCode, text)
	}
	var k, wang struct{ ID, Key string }
	one.into(t, &k, "POST", "/api/init", `{}`)
	at := func(h house, key string) int {
		t.Helper()
		resp, _ := h.send(t, "GET", "/api/corpora", "", bearerOf(key)...)
		return resp.StatusCode
	}
	first := peopled{house: one, key: map[string]string{"operator": k.Key}}
	if got := []int{at(two, ""), at(two, k.Key)}; !slices.Equal(got, []int{401, 200}) {
		t.Errorf("the other server, after the first person: %v", got)
	}
	first.as(t, "operator", "POST", "/api/people", `{"name": "wang", "space": ""}`, nil)
	first.as(t, "operator", "POST", "/api/keys", `{"person": "wang"}`, &wang)
	for i, step := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/me", "", 404},
		{"PUT", "/api/spaces/main/members/person:wang", `{"role": "viewer"}`, 200},
		{"DELETE", "/api/spaces/main/members/person:wang", "", 404},
		{"PUT", "/api/spaces/main/members/person:wang", `{"role": "asker"}`, 200},
		{"PATCH", "/api/people/wang", `{"disabled": true}`, 401},
		{"PATCH", "/api/people/wang", `{"disabled": false}`, 200},
		{"DELETE", "/api/keys/" + wang.ID, "", 401},
	} {
		first.as(t, "operator", step.method, step.path, step.body, nil)
		if got := at(two, wang.Key); got != step.status {
			t.Errorf("step %d, %s %s: the other server answers %d, want %d", i, step.method, step.path, got, step.status)
		}
	}
}

// TestSpaceOfARequest: the header is strict, the cookie of the console is not, and a path that
// names a space is for that one.
func TestSpaceOfARequest(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	p.as(t, "operator", "POST", "/api/spaces", `{"name": "hr"}`, nil)
	p.as(t, "operator", "PUT", "/api/spaces/hr/members/person:asker", `{"role": "editor"}`, nil)
	p.as(t, "asker", "POST", "/api/corpora", `{"name": "rules"}`, nil, server.SpaceHeader, "hr")
	var list struct{ Corpora []struct{ Name string } }
	p.as(t, "asker", "GET", "/api/corpora", "", &list, server.SpaceHeader, "hr")
	if len(list.Corpora) != 1 || list.Corpora[0].Name != "rules" {
		t.Errorf("the corpora of hr: %+v", list)
	}
	p.as(t, "asker", "GET", "/api/corpora", "", &list)
	if len(list.Corpora) != 1 || list.Corpora[0].Name != "pumps" {
		t.Errorf("the corpora of main: %+v", list)
	}
	p.as(t, "operator", "POST", "/api/spaces", `{"name": "人事"}`, nil)
	for _, name := range []string{"人事", "%E4%BA%BA%E4%BA%8B"} {
		p.as(t, "operator", "GET", "/api/corpora", "", &list, server.SpaceHeader, name)
		if len(list.Corpora) != 0 {
			t.Errorf("the corpora of %s: %+v", name, list)
		}
	}
	words := map[string]string{}
	for _, space := range []string{"hr", "none"} {
		resp, text := p.send(t, "GET", "/api/corpora", "", append(bearerOf(p.key["viewer"]), server.SpaceHeader, space)...)
		if words[space] = strings.ReplaceAll(text, space, "X"); resp.StatusCode != 404 {
			t.Errorf("a viewer of main in %s: %d %s", space, resp.StatusCode, text)
		}
	}
	if words["hr"] != words["none"] {
		t.Errorf("a space that is not seen shows: %v", words)
	}
	if resp, text := p.send(t, "GET", "/api/spaces/hr/members", "", bearerOf(p.key["asker"])...); resp.StatusCode != 200 {
		t.Errorf("an editor of hr lists its members: %d %s", resp.StatusCode, text)
	}
	if resp, _ := p.send(t, "GET", "/api/spaces/main/members", "", bearerOf(p.key["asker"])...); resp.StatusCode != 403 {
		t.Errorf("an asker of main lists its members: %d", resp.StatusCode)
	}
}

// TestOnBehalf: a service acts for a person where its key says so, within what both may.
func TestOnBehalf(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	var k struct{ Key string }
	p.as(t, "operator", "POST", "/api/keys", `{"service": "wiki", "space": "main", "role": "asker", "can": ["read", "act"]}`, &k)
	p.key["wiki"] = k.Key
	var me struct{ Name, Behind, Kind string }
	p.as(t, "wiki", "GET", "/api/me", "", &me, server.BehalfHeader, "viewer")
	if me.Name != "viewer" || me.Behind != "wiki" {
		t.Errorf("the service as somebody: %+v", me)
	}
	for _, c := range []struct {
		who, person, method, path string
		status                    int
	}{
		{"wiki", "viewer", "GET", "/api/documents/" + p.doc, 200},
		{"wiki", "stranger", "GET", "/api/documents/" + p.doc, 404},
		{"wiki", "owner", "DELETE", "/api/documents/" + p.doc, 403},
		{"wiki", "owner", "GET", "/api/conversations", 200},
		{"wiki", "nobody", "GET", "/api/documents/" + p.doc, 404},
		{"wiki", "", "GET", "/api/documents/" + p.doc, 400},
		{"asker", "viewer", "GET", "/api/documents/" + p.doc, 403},
		{"operator", "viewer", "GET", "/api/documents/" + p.doc, 403},
		{"machine", "viewer", "GET", "/api/documents/" + p.doc, 403},
	} {
		resp, text := p.send(t, c.method, c.path, "{}", append(bearerOf(p.key[c.who]), server.BehalfHeader, c.person)...)
		if resp.StatusCode != c.status {
			t.Errorf("%s for %s: %s %s: %d %s", c.who, c.person, c.method, c.path, resp.StatusCode, text)
		}
	}
}

// TestStatusForWhom: how the house runs is for those who look after it.
func TestStatusForWhom(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	_, seen := p.send(t, "GET", "/api/status", "", bearerOf(p.key["viewer"])...)
	_, whole := p.send(t, "GET", "/api/status", "", bearerOf(p.key["operator"])...)
	for _, word := range []string{`"data"`, `"database"`, `"started"`} {
		if strings.Contains(seen, word) || !strings.Contains(whole, word) {
			t.Errorf("%s: a viewer sees %s, an operator %s", word, seen, whole)
		}
	}
	if !strings.Contains(seen, `"pumps"`) {
		t.Errorf("a viewer sees %s", seen)
	}
	resp, _ := p.send(t, "GET", "/readyz", "")
	if resp.StatusCode != 200 || resp.Header.Get("X-Wenyuan-Uptime") != "" {
		t.Errorf("readyz: %d %v", resp.StatusCode, resp.Header)
	}
}

// TestGuessingKeys: who tries many keys has to wait; who has one does not.
func TestGuessingKeys(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	waits := 0
	for i := range 40 {
		resp, text := p.send(t, "GET", "/api/me", "", bearerOf(fmt.Sprintf("wyk_%040d", i))...)
		switch {
		case resp.StatusCode == 429 && resp.Header.Get("Retry-After") != "" && strings.Contains(text, string(wenyuan.Limited)):
			waits++
		case resp.StatusCode != 401 || waits > 0:
			t.Fatalf("guess %d: %d %s", i, resp.StatusCode, text)
		}
	}
	if waits == 0 {
		t.Error("nobody had to wait")
	}
	p.as(t, "viewer", "GET", "/api/me", "", nil)
}
