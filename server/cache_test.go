package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
	"wenyuan/server"
	"wenyuan/store"
)

// TestHerd: a thousand requests that are the same come at one moment, and the model is asked once, for
// whole answers and for streams.
func TestHerd(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream=%v", stream), func(t *testing.T) {
			t.Parallel()
			const herd = 1000
			free := make(chan struct{})
			model := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
				<-free
				gatewaytest.Say("One ", "answer ", "for all.")(w, r)
			})
			h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: model.URL}}}}})
			body := fmt.Sprintf(`{"model": "plain", "temperature": 0, "stream": %v, "messages": [{"role": "user", "content": "What is one?"}]}`, stream)
			var wg sync.WaitGroup
			for range herd {
				wg.Go(func() {
					resp, text := h.send(t, "POST", "/v1/chat/completions", body)
					if resp.StatusCode != http.StatusOK || !strings.Contains(strings.NewReplacer(`"}`, "", "\n", "").Replace(text), "for all.") {
						t.Errorf("%d %s", resp.StatusCode, text)
					}
				})
			}
			h.untilCache(t, func(l cache.Look) bool { return l.Levels[0].Hits == herd-1 })
			close(free)
			wg.Wait()
			if n := len(model.Requests()); n != 1 {
				t.Errorf("the model was asked %d times", n)
			}
			resp, _ := h.send(t, "POST", "/v1/chat/completions", body)
			if got := resp.Header.Get("Wenyuan-Cache"); got != "memory" || len(model.Requests()) != 1 {
				t.Errorf("the next one was served from %q", got)
			}
		})
	}
}

// untilCache waits until the cache looks so.
func (h house) untilCache(t *testing.T, f func(cache.Look) bool) {
	t.Helper()
	until(t, "the cache", func() bool { return f(h.Models.CacheLook()) })
}

func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for late := time.After(time.Minute); !f(); {
		select {
		case <-late:
			t.Fatalf("%s: it takes too long", what)
		case <-ticker.C:
		}
	}
}

const bonusQuestion = "How high is the annual bonus of the maintenance crew?"

// cachingHouse is a house of people whose assistant keeps answers; bob is in the group that reads the second corpus.
func cachingHouse(t *testing.T, c app.Config, model string) peopled {
	t.Helper()
	c.Server = server.Config{Token: token}
	c.Models = []gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: model}}, Location: "inside"}}
	return peopled{house: openWith(t, c), key: map[string]string{"machine": token}}
}

func (p peopled) settle(t *testing.T) {
	t.Helper()
	var k struct{ Key string }
	p.add(t, "pumps", map[string]string{"alarms.md": englishHandbook})
	p.add(t, "payroll", map[string]string{"pay.md": pay(1700)})
	p.as(t, "machine", "POST", "/api/init", `{}`, &k)
	p.key["operator"] = k.Key
	p.as(t, "operator", "POST", "/api/groups", `{"name": "hr"}`, nil)
	for _, name := range []string{"ann", "bob", "carl"} {
		p.as(t, "operator", "POST", "/api/people", fmt.Sprintf(`{"name": %q, "role": "asker"}`, name), nil)
		p.as(t, "operator", "POST", "/api/keys", fmt.Sprintf(`{"person": %q}`, name), &k)
		p.key[name] = k.Key
	}
	p.as(t, "operator", "POST", "/api/groups/hr/members", `{"members": ["person:bob", "person:carl"]}`, nil)
	p.as(t, "operator", "PATCH", "/api/corpora/payroll", `{"read": ["group:hr"]}`, nil)
	p.as(t, "operator", "PUT", "/api/assistants/desk", `{"corpora": ["payroll"], "model": "plain", "cache": {"level": "exact", "keep": 3600, "stale": 3600}}`, nil)
}

func pay(euros int) string {
	return fmt.Sprintf("# Pay\n\nThe annual bonus of the maintenance crew is %d euros, paid in December.\n", euros)
}

func (p peopled) asksDesk(t *testing.T, who string) wenyuan.Answer {
	t.Helper()
	var a wenyuan.Answer
	_, text := p.send(t, "POST", "/api/ask", fmt.Sprintf(`{"question": %q, "assistant": "desk"}`, bonusQuestion), bearerOf(p.key[who])...)
	_ = json.Unmarshal([]byte(text), &a) // an error has no answer
	return a
}

// says1700 is a model that says what the original says.
func says1700(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	said := "The annual bonus is 1700 euros [1]."
	if strings.Contains(string(b), "1800 euros") {
		said = "The annual bonus is 1800 euros [1]."
	}
	r.Body = io.NopCloser(strings.NewReader(string(b)))
	gatewaytest.Say(said)(w, r)
}

// TestKeptAnswers: what an assistant keeps is given to who sees what it was made from, as it is, by
// any door, on any server of the house, and to nobody else from the moment that a change returns.
func TestKeptAnswers(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			model := gatewaytest.New(t, says1700)
			c := app.Config{}
			if engine == "postgres" {
				c.Database = testenv.Postgres(t)
			}
			p := cachingHouse(t, c, model.URL)
			p.settle(t)
			other := p
			if engine == "postgres" {
				c.Data = ""
				other = cachingHouse(t, c, model.URL)
				other.key = p.key
			}
			asked := func() int { return len(model.Requests()) }

			if a := p.asksDesk(t, "bob"); !strings.Contains(a.Answer, "1700") || asked() != 1 || a.Trace == "" {
				t.Fatalf("bob is answered %q after %d calls", a.Answer, asked())
			}
			a := p.asksDesk(t, "carl")
			if !strings.Contains(a.Answer, "1700") || asked() != 1 || len(a.Citations) == 0 || a.Usage != nil {
				t.Errorf("carl is answered %+v after %d calls", a, asked())
			}
			if tr := p.traced(t, "operator", a.Trace); !strings.Contains(tr, `"cached"`) || !strings.Contains(tr, `"memory"`) {
				t.Errorf("the trace does not say where the answer came from: %s", tr)
			}

			// the very prompt, by the plain model's door
			type message struct {
				Role    string `json:"role"`
				Content string `json:"content"`
			}
			var all []message
			for _, m := range model.Requests()[0].Messages {
				all = append(all, message{m.Role, m.Content})
			}
			messages, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			for who, level := range map[string]string{"ann": "model", "bob": ""} {
				before := asked()
				resp, text := p.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "plain", "temperature": 0, "messages": %s}`, messages), bearerOf(p.key[who])...)
				if resp.StatusCode != http.StatusOK {
					t.Fatalf("%s: %s", who, text)
				}
				if level == "model" && asked() != before+1 {
					t.Errorf("%s gets what was made from a document that they do not see, from %q", who, resp.Header.Get("Wenyuan-Cache"))
				}
			}
			p.as(t, "operator", "POST", "/api/cache/purge", `{}`, nil)

			// each change is made on one server and looked for on the other
			changes := []struct {
				name   string
				do     func(peopled)
				undone func(peopled)
			}{
				{"a new revision", func(p peopled) { p.add2(t, "payroll", map[string]string{"pay.md": pay(1800)}) }, func(p peopled) { p.add2(t, "payroll", map[string]string{"pay.md": pay(1700)}) }},
				{"out of the group", func(p peopled) { p.as(t, "operator", "DELETE", "/api/groups/hr/members/person:bob", "", nil) },
					func(p peopled) {
						p.as(t, "operator", "POST", "/api/groups/hr/members", `{"members": ["person:bob"]}`, nil)
					}},
				{"another rule", func(p peopled) {
					p.as(t, "operator", "PATCH", "/api/corpora/payroll", `{"read": ["person:carl"]}`, nil)
				},
					func(p peopled) { p.as(t, "operator", "PATCH", "/api/corpora/payroll", `{"read": ["group:hr"]}`, nil) }},
			}
			for _, change := range changes {
				p.asksDesk(t, "bob")
				n := asked()
				if other.asksDesk(t, "bob"); engine == "sqlite" && asked() != n {
					t.Errorf("%s: nothing was kept", change.name)
				}
				change.do(other)
				n = asked()
				if a := p.asksDesk(t, "bob"); strings.Contains(a.Answer, "1700") {
					t.Errorf("after %s bob is answered %q, %d calls", change.name, a.Answer, asked()-n)
				}
				change.undone(other)
			}
		})
	}
}

// TestRemovedLeavesNoCopy: of a document that is removed, no answer is left in the memory or in the
// shared level.
func TestRemovedLeavesNoCopy(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, says1700)
	p := cachingHouse(t, app.Config{Cache: gateway.Caching{Shared: gateway.SharedDatabase}}, model.URL)
	p.settle(t)
	rows := func() (n int) {
		t.Helper()
		if err := p.Store.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM cache_entry`).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	a := p.asksDesk(t, "bob")
	if len(a.Citations) == 0 {
		t.Fatalf("%+v", a)
	}
	until(t, "an answer in the shared level", func() bool { return rows() == 1 })
	if n := p.Models.CacheLook().Levels[1].Entries; n != 1 {
		t.Fatalf("%d entries", n)
	}
	p.as(t, "operator", "DELETE", "/api/documents/"+a.Citations[0].Document, "", nil)
	if n := p.Models.CacheLook().Levels[1].Entries; n != 0 {
		t.Errorf("%d answers are left in the memory", n)
	}
	until(t, "an empty shared level", func() bool { return rows() == 0 })
}

// traced is a trace as somebody reads it.
func (p peopled) traced(t *testing.T, who, id string) string {
	t.Helper()
	_, text := p.send(t, "GET", "/api/traces/"+id, "", bearerOf(p.key[who])...)
	return text
}

// add2 puts documents anew as the operator.
func (p peopled) add2(t *testing.T, corpus string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if status, body := p.upload(t, "operator", corpus, name, text); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
	}
}

// TestPurgeRights: who owns a space purges it, who operates the house all of it, and nobody else.
func TestPurgeRights(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	for _, who := range []string{"viewer", "asker", "editor", "reviewer", "owner", "operator"} {
		for body, may := range map[string]bool{`{}`: who == "owner" || who == "operator", `{"house": true}`: who == "operator", `{"kind": "model", "name": "x"}`: who == "owner" || who == "operator"} {
			resp, text := p.send(t, "POST", "/api/cache/purge", body, bearerOf(p.key[who])...)
			if (resp.StatusCode == http.StatusOK) != may {
				t.Errorf("%s %s: %d %s", who, body, resp.StatusCode, text)
			}
		}
	}
	for _, bad := range []string{`{"kind": "model"}`, `{"name": "x"}`, `{"kind": "person", "name": "x"}`} {
		if resp, text := p.send(t, "POST", "/api/cache/purge", bad, bearerOf(p.key["operator"])...); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, resp.StatusCode, text)
		}
	}
}

// TestAssistantsSayWhereFrom: the reply of an assistant says where the model's part of it came from.
func TestAssistantsSayWhereFrom(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, says1700)
	p := cachingHouse(t, app.Config{}, model.URL)
	p.settle(t)
	for i, c := range []struct{ path, body, want string }{
		{"/api/ask", `{"question": %q, "assistant": "desk"}`, "model"},
		{"/api/ask", `{"question": %q, "assistant": "desk"}`, "memory"},
		{"/v1/chat/completions", `{"model": "desk", "messages": [{"role": "user", "content": %q}]}`, "memory"},
	} {
		resp, text := p.send(t, "POST", c.path, fmt.Sprintf(c.body, bonusQuestion), bearerOf(p.key["bob"])...)
		if got := resp.Header.Get(server.CacheHeader); got != c.want || resp.Header.Get(server.ModelHeader) != "" {
			t.Errorf("%d: from %q instead of %q: %s", i, got, c.want, text)
		}
	}
}
