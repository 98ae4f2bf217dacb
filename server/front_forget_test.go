package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wenyuan/internal/testenv"
)

// TestFrontForgets: of what connections can give again nothing is left once it is forgotten elsewhere, and
// nothing for longer than a minute once it cannot be given any more.
func TestFrontForgets(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	c := f.dial(t)
	f.as(t, "operator", "POST", "/api/spaces", `{"name": "beside"}`, nil)
	f.as(t, "operator", "PUT", "/api/spaces/beside/members/person:ann", `{"role": "asker"}`, nil)
	var k struct{ Key, ID string }
	f.as(t, "operator", "POST", "/api/keys", `{"person": "bob"}`, &k)
	f.key["bob again"] = k.Key

	forgets := func(what, raw string, forget func()) {
		t.Helper()
		until(t, what, func() bool { // what the house writes by itself meanwhile ends an answer, too
			f.settled(t, c, raw)
			n, bytes := f.Server.Fronted()
			return n > 0 && bytes > 0
		})
		forget()
		if n, bytes := f.Server.Fronted(); n != 0 || bytes != 0 {
			t.Errorf("%s: %d answers and %d bytes are left", what, n, bytes)
		}
	}
	ann := f.raw("ann", frontQuestion)
	forgets("a purge", ann, func() { f.as(t, "operator", "POST", "/api/cache/purge", `{}`, nil) })
	forgets("a purge of one model", ann, func() {
		f.as(t, "operator", "POST", "/api/cache/purge", `{"kind": "model", "name": "plain"}`, nil)
	})
	forgets("a revoked key", f.raw("bob", frontQuestion), func() { f.as(t, "operator", "DELETE", "/api/keys/"+f.key["bob id"], "", nil) })
	forgets("a space", f.raw("ann", frontQuestion, "Wenyuan-Space: beside\r\n"), func() { f.as(t, "operator", "DELETE", "/api/spaces/beside", "", nil) })
	forgets("an erased person", f.raw("bob again", frontQuestion), func() { f.as(t, "operator", "POST", "/api/people/bob/erase", `{"confirm": "bob"}`, nil) })
	forgets("a write and a minute", ann, func() {
		f.as(t, "operator", "PUT", "/api/limits", `{"limits": [{"kind": "house", "resource": "tokens_out", "span": "day", "hard": 1000000}]}`, nil)
		f.Server.SweepFront(time.Now())
	})
	forgets("what has ended", ann, func() { f.Server.SweepFront(time.Now().Add(24 * time.Hour)) })
	c.ask(f.raw("ann", strings.Replace(frontQuestion, "pressure", "temperature", 1)))
	c.ask(f.raw("ann", strings.Replace(frontQuestion, "pressure", "temperature", 1)))
	f.Server.SweepFront(time.Now().Add(2 * time.Minute))
	if n, bytes := f.Server.Fronted(); n != 0 || bytes != 0 {
		t.Errorf("asked for once: %d answers and %d bytes are left", n, bytes)
	}
}

// TestFrontPeople: who may not ask any more is not answered by what their connections can give again.
func TestFrontPeople(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	c := f.dial(t)
	refused := func(what, raw string, status int, change func()) {
		t.Helper()
		c.ask(raw)
		f.settled(t, c, raw)
		change()
		before := f.Server.Given()
		if resp, text := c.ask(raw); resp.StatusCode != status || f.Server.Given() != before {
			t.Errorf("%s: %d %s", what, resp.StatusCode, text)
		}
	}
	refused("a person who is blocked", f.raw("ann", frontQuestion), 401, func() { f.as(t, "operator", "PATCH", "/api/people/ann", `{"disabled": true}`, nil) })
	refused("a role that is taken away", f.raw("bob", frontQuestion), 404, func() { f.as(t, "operator", "DELETE", "/api/spaces/main/members/person:bob", "", nil) })
}

// TestFrontSeveral: where other servers write to the same database, nobody here knows whether everything is
// as it was, and each request is handled in full.
func TestFrontSeveral(t *testing.T) {
	t.Parallel()
	f := openFrontedOn(t, testenv.Postgres(t))
	c, raw := f.dial(t), f.raw("ann", frontQuestion)
	for range 5 {
		if resp, text := c.ask(raw); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	if n := f.Server.Given(); n != 0 {
		t.Errorf("%d answers were given without a look at the database", n)
	}
	f.as(t, "operator", "DELETE", "/api/keys/"+f.key["ann id"], "", nil)
	if resp, text := c.ask(raw); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked key: %d %s", resp.StatusCode, text)
	}
}
