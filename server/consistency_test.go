package server_test

import (
	"context"
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
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
	"wenyuan/server"
)

// A served is which versions answered a question, and when.
type served struct {
	begun, ended     time.Time
	assistant, model string
}

// ask puts a question from any goroutine.
func (h house) ask(ctx context.Context, body string) (a wenyuan.Answer, err error) {
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/api/ask", strings.NewReader(body))
	if err != nil {
		return a, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%d %s", resp.StatusCode, b)
	}
	return a, json.Unmarshal(b, &a)
}

func hashOf(a wenyuan.Answer, kind string) string {
	for _, v := range a.Versions {
		if v.Kind == kind {
			return v.Hash
		}
	}
	return ""
}

// TestStrongOnTwoServers: while a strong assistant and its model are changed, two servers of one
// house are asked all the time. Once anybody was answered by a version, nobody who asks after that
// is answered by an older one, on either server.
func TestStrongOnTwoServers(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	a, b := openWith(t, app.Config{Database: url}), openWith(t, app.Config{Database: url})
	model := gatewaytest.New(t, gatewaytest.Say("NO_ANSWER"))
	a.add(t, "pumps", map[string]string{"alarms.md": englishHandbook})
	var models, assistants []string
	putModel := func(n int) {
		var l struct{ Hash string }
		a.into(t, &l, "POST", "/api/models", fmt.Sprintf(`{"name": "writer", "context": %d, "replicas": [{"url": %q}]}`, 8000+n, model.URL))
		models = append(models, l.Hash)
	}
	putAssistant := func(n int) {
		var as struct {
			Hash  string
			Waits []any
		}
		a.into(t, &as, "PUT", "/api/assistants/desk", fmt.Sprintf(`{"title": "Desk %d", "corpora": ["pumps"], "model": "writer", "consistency": "strong"}`, n))
		until(t, "the other server", func() bool { // which may be slow
			if len(as.Waits) > 0 {
				as.Waits = nil
				a.into(t, &as, "GET", "/api/assistants/desk/split", "")
			}
			return len(as.Waits) == 0
		})
		assistants = append(assistants, as.Hash)
	}
	putModel(0)
	putAssistant(0)
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	var all []served
	came, asking := sync.NewCond(&mu), 4
	more := func() { // waits for some more answers
		mu.Lock()
		defer mu.Unlock()
		for most := len(all) + 8; len(all) < most && asking > 0; {
			came.Wait()
		}
	}
	var wg sync.WaitGroup
	for _, h := range []house{a, b} {
		for range 2 {
			wg.Go(func() {
				defer func() {
					mu.Lock()
					asking--
					mu.Unlock()
					came.Broadcast()
				}()
				for ctx.Err() == nil {
					x := served{begun: time.Now()}
					got, err := h.ask(ctx, fmt.Sprintf(`{"question": %q, "assistant": "desk"}`, clientQuestion))
					if ctx.Err() != nil {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					x.ended, x.assistant, x.model = time.Now(), hashOf(got, "assistant"), hashOf(got, "model")
					mu.Lock()
					all = append(all, x)
					mu.Unlock()
					came.Broadcast()
				}
			})
		}
	}
	for n := 1; n <= 5; n++ {
		putAssistant(n)
		more()
		putModel(n)
		more()
	}
	stop()
	wg.Wait()
	inOrder(t, "assistant", all, assistants, func(x served) string { return x.assistant })
	inOrder(t, "model", all, models, func(x served) string { return x.model })
	t.Logf("%d questions", len(all))
}

// inOrder looks for questions that began after another had ended, and were answered by an older version.
func inOrder(t *testing.T, what string, all []served, hashes []string, of func(served) string) {
	t.Helper()
	order := map[string]int{}
	for i, h := range hashes {
		order[h] = i
	}
	seen := map[int]bool{}
	for _, x := range all {
		n, known := order[of(x)]
		if !known {
			t.Errorf("%s: answered by an unknown version %q", what, of(x))
			return
		}
		seen[n] = true
		for _, y := range all {
			if y.ended.Before(x.begun) && order[of(y)] > n {
				t.Errorf("%s: version %d answered after version %d", what, n, order[of(y)])
				return
			}
		}
	}
	if len(seen) < 3 {
		t.Errorf("%s: only the versions %v were met", what, seen)
	}
}

// askers are many people with keys.
func askers(n int) (keys []server.Key, values []string) {
	for i := range n {
		keys = append(keys, server.Key{Name: fmt.Sprint("asker", i), Value: fmt.Sprintf("key-%d-of-somebody-who-asks-0123456789", i)})
		values = append(values, keys[i].Value)
	}
	return keys, values
}

// TestSplit: versions of an assistant and of a model are asked in the shares that were given, each
// person stays with theirs, conversations too, and answers name them.
func TestSplit(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{"sqlite": "", "postgres": testenv.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			keys, values := askers(60)
			h := openWith(t, app.Config{Database: database, Server: server.Config{Access: server.Access{Keys: keys}}})
			as := func(key, method, path, body string, into any) {
				t.Helper()
				resp, text := h.send(t, method, path, body, bearerOf(key)...)
				if resp.StatusCode >= 300 {
					t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
				}
				if into != nil {
					if err := json.Unmarshal([]byte(text), into); err != nil {
						t.Fatal(err)
					}
				}
			}
			one, two := gatewaytest.New(t, gatewaytest.Say("one")), gatewaytest.New(t, gatewaytest.Say("two"))
			var hashes []string
			for _, s := range []*gatewaytest.Server{one, two} {
				var l struct{ Hash string }
				as(values[0], "POST", "/api/models", fmt.Sprintf(`{"name": "writer", "replicas": [{"url": %q}]}`, s.URL), &l)
				hashes = append(hashes, l.Hash)
			}
			says := func(key string) string {
				var out struct {
					Choices []struct{ Message struct{ Content string } }
				}
				as(key, "POST", "/v1/chat/completions", `{"model": "writer", "messages": [{"role": "user", "content": "hello"}]}`, &out)
				return out.Choices[0].Message.Content
			}
			split := func(path string, first, second string, share int) {
				as(values[0], "PUT", path+"/split", fmt.Sprintf(`{"shares": [{"hash": %q, "share": %d}, {"hash": %q, "share": %d}]}`, first[:12], 10000-share, second[:12], share), nil)
			}
			split("/api/models/writer", hashes[0], hashes[1], 5000)
			before := map[string]string{}
			n := 0
			for _, key := range values {
				if before[key] = says(key); before[key] == "two" {
					n++
				}
				if again := says(key); again != before[key] {
					t.Errorf("one person was answered %q and %q", before[key], again)
				}
			}
			if n < 15 || n > 45 {
				t.Errorf("%d of 60 fell to the half of the second version", n)
			}
			split("/api/models/writer", hashes[0], hashes[1], 7000)
			for _, key := range values {
				if now := says(key); now == "one" && before[key] == "two" {
					t.Error("somebody moved back when the share grew")
				}
			}
			var shown struct {
				Shares   []struct{ Hash string }
				Versions []any
				Counts   []struct{ Requests, Firsts int }
			}
			as(values[0], "GET", "/api/models/writer/split", "", &shown)
			if len(shown.Counts) != 2 || shown.Counts[0].Requests+shown.Counts[1].Requests != 180 || shown.Counts[0].Firsts == 0 {
				t.Errorf("%+v", shown.Counts)
			}
			if len(shown.Shares) != 2 || shown.Shares[0].Hash != hashes[1] || len(shown.Versions) != 2 {
				t.Errorf("%+v", shown)
			}
			h.splitAssistant(t, as, values)
		})
	}
}

func (h house) splitAssistant(t *testing.T, as func(key, method, path, body string, into any), keys []string) {
	t.Helper()
	h.add(t, "pumps", map[string]string{"alarms.md": englishHandbook})
	var hashes []string
	for n := range 2 {
		var x struct{ Hash string }
		as(keys[0], "PUT", "/api/assistants/desk", fmt.Sprintf(`{"title": "Desk %d", "corpora": ["pumps"], "model": "writer"}`, n), &x)
		hashes = append(hashes, x.Hash)
	}
	ask := func(key, conversation string) (a wenyuan.Answer) {
		body := fmt.Sprintf(`{"question": %q, "assistant": "desk", "conversation": %q}`, clientQuestion, conversation)
		as(key, "POST", "/api/ask", body, &a)
		return a
	}
	as(keys[0], "PUT", "/api/assistants/desk/split", fmt.Sprintf(`{"shares": [{"hash": %q, "share": 5000}, {"hash": %q, "share": 5000}]}`, hashes[0], hashes[1]), nil)
	met := map[string]int{}
	talks := map[string]wenyuan.Answer{}
	for _, key := range keys[:20] {
		a := ask(key, "new")
		met[hashOf(a, "assistant")]++
		talks[key] = a
	}
	if len(met) != 2 || met[hashes[0]] == 0 || met[hashes[1]] == 0 {
		t.Errorf("versions: %v", met)
	}
	as(keys[0], "PUT", "/api/assistants/desk/split", fmt.Sprintf(`{"shares": [{"hash": %q, "share": 10000}]}`, hashes[1]), nil)
	as(keys[0], "PUT", "/api/models/writer/split", `{"shares": [{"hash": "`+hashOf(ask(keys[0], ""), "model")+`", "share": 10000}]}`, nil)
	for key, began := range talks {
		if now := ask(key, began.Conversation); hashOf(now, "assistant") != hashOf(began, "assistant") {
			t.Error("a conversation left the version it began with")
		}
		if fresh := ask(key, ""); hashOf(fresh, "assistant") != hashes[1] {
			t.Error("the split did not end")
		}
	}
}

// TestConversationsAndVersions: what a conversation is answered by after its assistant and its model
// have changed is what the assistant's consistency says, on every engine and server.
func TestConversationsAndVersions(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{"sqlite": "", "postgres": testenv.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			a := openWith(t, app.Config{Database: database})
			b := a
			if database != "" {
				b = openWith(t, app.Config{Database: database})
			}
			model := gatewaytest.New(t, gatewaytest.Say("NO_ANSWER"))
			a.add(t, "pumps", map[string]string{"alarms.md": englishHandbook})
			for _, level := range []string{"", "session", "eventual", "strong"} {
				name := "desk" + level
				put := func(n int) (assistant, writer string) {
					var l, as struct{ Hash string }
					a.into(t, &l, "POST", "/api/models", fmt.Sprintf(`{"name": "writer%s", "context": %d, "replicas": [{"url": %q}]}`, level, 8000+n, model.URL))
					a.into(t, &as, "PUT", "/api/assistants/"+name, fmt.Sprintf(`{"title": "Desk %d", "corpora": ["pumps"], "model": "writer%s", "consistency": %q}`, n, level, level))
					return as.Hash, l.Hash
				}
				ask := func(h house, conversation string) wenyuan.Answer {
					t.Helper()
					got, err := h.ask(t.Context(), fmt.Sprintf(`{"question": %q, "assistant": %q, "conversation": %q}`, clientQuestion, name, conversation))
					if err != nil {
						t.Fatal(err)
					}
					return got
				}
				first, _ := put(0)
				began := ask(a, "new")
				if hashOf(began, "assistant") != first {
					t.Fatalf("%s: it began with %s", level, hashOf(began, "assistant"))
				}
				second, _ := put(1)
				want := first
				if level == "eventual" {
					want = second
				}
				for _, h := range []house{a, b} {
					if now := ask(h, began.Conversation); hashOf(now, "assistant") != want {
						t.Errorf("%q: a conversation is answered by %s instead of %s", level, hashOf(now, "assistant"), want)
					}
					if fresh := ask(h, "new"); hashOf(fresh, "assistant") != second {
						t.Errorf("%q: a new conversation begins with %s instead of %s", level, hashOf(fresh, "assistant"), second)
					}
				}
			}
		})
	}
}
