package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
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

// TestFrontKeyExpires: an answer that is held for a key is given to nobody once the key's time has run out.
func TestFrontKeyExpires(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	c := f.dial(t)
	for life := 2 * time.Second; ; life *= 2 { // longer where this machine does not get there in time
		expires := time.Now().Add(life)
		var k struct{ Key string }
		f.as(t, "operator", "POST", "/api/keys", fmt.Sprintf(`{"person": "ann", "expires": %d}`, expires.UnixMicro()), &k)
		f.key["short"] = k.Key
		raw, before := f.raw("short", frontQuestion), f.Server.Given()
		until(t, "the front or the end", func() bool {
			resp, _ := c.ask(raw)
			return f.Server.Given() > before || resp.StatusCode == http.StatusUnauthorized
		})
		if f.Server.Given() == before && life < time.Minute {
			continue
		}
		until(t, "the end of the key", func() bool {
			late := !time.Now().Before(expires)
			resp, text := c.ask(raw)
			if late && resp.StatusCode != http.StatusUnauthorized {
				t.Fatalf("after its time: %d %s", resp.StatusCode, text)
			}
			return late
		})
		return
	}
}

// TestFrontAsksAJudge: where a policy has a model look at each question, no answer is given before that was asked:
// it may see the same words otherwise.
func TestFrontAsksAJudge(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	says := atomic.Pointer[string]{}
	harmless, unsafe := `{"score": 0.01, "category": "safe"}`, `{"score": 0.97, "category": "unsafe"}`
	says.Store(&harmless)
	judge := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) { gatewaytest.Say(*says.Load())(w, r) })
	if err := f.Models.Replace([]gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: f.model.URL}}, Location: "inside"},
		{Name: "judge", Replicas: []gateway.Replica{{URL: judge.URL}}, Can: []string{"chat"}, Location: "inside"}}, nil); err != nil {
		t.Fatal(err)
	}
	f.as(t, "operator", "PUT", "/api/guard/policies/default", `{"policy": {"name": "default", "checks": [{"check": "judge", "model": "judge", "places": ["input"], "action": "refuse", "timeout_ms": 30000}]}}`, nil)
	f.as(t, "operator", "POST", "/api/guard/policies/default/release", `{}`, nil)
	c, raw := f.dial(t), f.raw("ann", frontQuestion)
	for range 5 {
		if resp, text := c.ask(raw); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	if n := len(judge.Requests()); n != 5 || f.Server.Given() != 0 || len(f.model.Requests()) != 1 {
		t.Errorf("of 5 questions the judge saw %d, the model %d, and %d were given before", n, len(f.model.Requests()), f.Server.Given())
	}
	says.Store(&unsafe)
	if resp, text := c.ask(raw); resp.StatusCode != http.StatusBadRequest || strings.Contains(text, "Twelve bar.") {
		t.Errorf("what the judge refuses now: %d %s", resp.StatusCode, text)
	}
}

// TestFrontViewAs: while the view of somebody else is shown nothing is asked, nor answered again, whatever was
// before.
func TestFrontViewAs(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	var ann struct{ ID string }
	f.as(t, "ann", "GET", "/api/me", "", &ann)
	c, viewing := f.dial(t), f.raw("machine", frontQuestion, "Cookie: wenyuan_view="+ann.ID+"\r\n")
	for range 3 {
		if resp, text := c.ask(f.raw("machine", frontQuestion)); resp.StatusCode != http.StatusOK || !strings.Contains(text, "Twelve bar.") {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
		if resp, text := c.ask(viewing); resp.StatusCode != http.StatusForbidden || strings.Contains(text, "Twelve bar.") {
			t.Errorf("while looking: %d %s", resp.StatusCode, text)
		}
	}
	if n := f.Server.Given(); n != 0 {
		t.Errorf("%d were answered again", n)
	}
}
