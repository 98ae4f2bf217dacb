package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/server"
)

// A fronted is a house that listens, so that its connections give answers again by themselves.
type fronted struct {
	peopled
	at    string
	model *gatewaytest.Server
	log   *lockedBuffer
}

func openFronted(t testing.TB) fronted { return openFrontedOn(t, "") }

// openFrontedOn is the same on a database; "" is one of its own.
func openFrontedOn(t testing.TB, database string) fronted {
	t.Helper()
	f := fronted{model: gatewaytest.New(t, gatewaytest.Say("Twelve bar.")), log: &lockedBuffer{}}
	f.peopled = peopled{key: map[string]string{"machine": token}}
	f.house = openWith(t, app.Config{Database: database, Server: server.Config{Token: token}, Log: slog.New(slog.NewTextHandler(f.log, nil)),
		Models: []gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: f.model.URL}}, Location: "inside"}}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	f.at = l.Addr().String()
	var k struct{ Key, ID string }
	f.as(t, "machine", "POST", "/api/init", `{}`, &k)
	f.key["operator"] = k.Key
	for _, name := range []string{"ann", "bob"} {
		f.as(t, "operator", "POST", "/api/people", fmt.Sprintf(`{"name": %q, "role": "asker"}`, name), nil)
		f.as(t, "operator", "POST", "/api/keys", fmt.Sprintf(`{"person": %q}`, name), &k)
		f.key[name], f.key[name+" id"] = k.Key, k.ID
	}
	f.as(t, "operator", "PUT", "/api/guard/policies/default", `{"policy": {"name": "default", "checks": []}}`, nil)
	f.as(t, "operator", "POST", "/api/guard/policies/default/release", `{}`, nil)
	return f
}

const frontQuestion = `{"model": "plain", "temperature": 0, "messages": [{"role": "user", "content": "At which pressure does it open?"}]}`

// raw is a request as it goes over the wire.
func (f fronted) raw(who, body string, headers ...string) string {
	return fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", f.at, f.key[who], strings.Join(headers, ""), len(body), body)
}

// A rawClient is one connection.
type rawClient struct {
	t testing.TB
	net.Conn
	in *bufio.Reader
}

func (f fronted) dial(t testing.TB) *rawClient {
	t.Helper()
	c, err := net.Dial("tcp", f.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &rawClient{t, c, bufio.NewReader(c)}
}

// reply reads one.
func (c *rawClient) reply() (*http.Response, string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(b)
}

// ask sends a request, in pieces, and reads the reply.
func (c *rawClient) ask(pieces ...string) (*http.Response, string) {
	c.t.Helper()
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			c.t.Fatal(err)
		}
	}
	return c.reply()
}

// settled asks until the front gives the answer.
func (f fronted) settled(t testing.TB, c *rawClient, raw string) {
	t.Helper()
	until(t, "the front", func() bool {
		before := f.Server.Given()
		if resp, text := c.ask(raw); resp.StatusCode != http.StatusOK || !strings.Contains(text, "Twelve bar.") {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		return f.Server.Given() > before
	})
}

// TestFrontReply: what is given again before it is handled reads as what is handled.
func TestFrontReply(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	c, raw := f.dial(t), f.raw("ann", frontQuestion)
	c.ask(raw)
	handled, full := c.ask(raw)
	f.settled(t, c, raw)
	var again *http.Response
	var text string
	until(t, "the front once more", func() bool { // the sums of an hour may be written meanwhile
		before := f.Server.Given()
		again, text = c.ask(raw)
		return f.Server.Given() == before+1
	})
	var a, b map[string]any
	if json.Unmarshal([]byte(full), &a) != nil || json.Unmarshal([]byte(text), &b) != nil {
		t.Fatalf("%s\n%s", full, text)
	}
	if a["id"] == b["id"] || len(b["id"].(string)) != len(a["id"].(string)) || "req_"+strings.TrimPrefix(b["id"].(string), "chatcmpl-") != again.Header.Get("X-Request-Id") {
		t.Errorf("ids %v and %v, header %q", a["id"], b["id"], again.Header.Get("X-Request-Id"))
	}
	delete(a, "id")
	delete(b, "id")
	delete(a, "created")
	delete(b, "created")
	if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
		t.Errorf("handled %s\nagain   %s", x, y)
	}
	for name := range handled.Header {
		if got := again.Header.Get(name); got == "" || got != handled.Header.Get(name) && name != "X-Request-Id" && name != "Date" && name != "Age" && name != "Content-Length" {
			t.Errorf("header %s: %q, and handled %q", name, got, handled.Header.Get(name))
		}
	}
	for name := range again.Header {
		if handled.Header.Get(name) == "" {
			t.Errorf("header %s stands only where it is given again", name)
		}
	}
	if n := len(f.model.Requests()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
	if id := again.Header.Get("X-Request-Id"); !strings.Contains(f.log.String(), id) {
		t.Error("the log does not tell of it")
	}
	_, explained := f.send(t, "GET", "/api/gateway/requests/"+again.Header.Get("X-Request-Id"), "", bearerOf(f.key["operator"])...)
	if !strings.Contains(explained, "memory") {
		t.Errorf("explained: %s", explained)
	}
	_, figures := f.send(t, "GET", "/metrics", "", bearerOf(f.key["operator"])...)
	if !strings.Contains(figures, `wenyuan_requests_total{route="/v1/chat/completions",status="200"}`) {
		t.Error("the figures do not count it")
	}
}

// TestFrontWithdrawn: what an answer hung on changes, and from the moment that the change returns it is
// not given any more.
func TestFrontWithdrawn(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	c, raw := f.dial(t), f.raw("ann", frontQuestion)
	refused := func(what, raw string, status int) {
		t.Helper()
		before := f.Server.Given()
		if resp, text := c.ask(raw); resp.StatusCode != status || f.Server.Given() != before {
			t.Fatalf("%s: %d %s", what, resp.StatusCode, text)
		}
	}
	c.ask(raw)
	f.settled(t, c, raw)
	refused("another key", strings.Replace(raw, f.key["ann"], "wyk_"+strings.Repeat("a", len(f.key["ann"])-4), 1), 401)
	refused("another space", f.raw("ann", frontQuestion, "Wenyuan-Space: nowhere\r\n"), 404)

	f.as(t, "operator", "PUT", "/api/guard/policies/default", `{"policy": {"name": "default", "checks": [{"check": "injection", "places": ["input"], "action": "refuse"}]}}`, nil)
	f.as(t, "operator", "POST", "/api/guard/policies/default/release", `{}`, nil)
	before := f.Server.Given()
	if resp, text := c.ask(raw); f.Server.Given() != before {
		t.Fatalf("another policy: %d %s", resp.StatusCode, text)
	}
	f.settled(t, c, raw)
	f.as(t, "operator", "PUT", "/api/guard/policies/default", `{"policy": {"name": "default", "checks": []}}`, nil)
	f.as(t, "operator", "POST", "/api/guard/policies/default/release", `{}`, nil)

	f.settled(t, c, raw)
	f.as(t, "operator", "POST", "/api/cache/purge", `{}`, nil)
	n := len(f.model.Requests())
	refused("purged", raw, 200)
	if len(f.model.Requests()) != n+1 {
		t.Error("the model was not asked after the purge")
	}
	f.settled(t, c, raw)
	if err := f.Models.Replace([]gateway.Spec{{Name: "other", Replicas: []gateway.Replica{{URL: f.model.URL}}}}, nil); err != nil {
		t.Fatal(err)
	}
	refused("no model", raw, 404)
	if err := f.Models.Replace([]gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: f.model.URL}}, Location: "inside"}}, nil); err != nil {
		t.Fatal(err)
	}
	c.ask(raw)
	f.settled(t, c, raw)
	f.as(t, "operator", "PUT", "/api/limits", `{"limits": [{"kind": "house", "resource": "tokens_out", "span": "day", "hard": 1000000}]}`, nil)
	f.settled(t, c, raw) // the limit of tokens is among what is sent
	f.as(t, "operator", "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 9}]}`, nil)
	status := 0
	for i := 0; i < 30 && status != 429; i++ {
		resp, text := c.ask(raw)
		if status = resp.StatusCode; status == 200 && resp.Header.Get("X-RateLimit-Limit-Requests") != "9" {
			t.Fatalf("%d: %v %s", i, resp.Header, text)
		}
		if status == 429 && i != 9 {
			t.Errorf("the limit of 9 requests let %d through", i)
		}
	}
	if status != 429 {
		t.Error("the limit was never reached")
	}
	bob := f.raw("bob", frontQuestion)
	f.settled(t, c, bob)
	f.as(t, "operator", "DELETE", "/api/keys/"+f.key["bob id"], "", nil)
	refused("a revoked key", bob, 401)
}

// TestFrontFraming: however the bytes of requests come, each gets its own reply, and what stands within a
// body is no request.
func TestFrontFraming(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	raw := f.raw("ann", frontQuestion)
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	first := f.dial(t)
	first.ask(raw)
	f.settled(t, first, raw)

	whole := func(resp *http.Response, text string) {
		t.Helper()
		if resp.StatusCode != http.StatusOK || !strings.Contains(text, "Twelve bar.") {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
	}
	c := f.dial(t) // in pieces
	for range 20 {
		whole(c.ask(head+"\r\n\r\n", body))
		whole(c.ask(raw[:10], raw[10:60], raw[60:len(raw)-9], raw[len(raw)-9:]))
		whole(c.ask(raw))
	}
	c = f.dial(t) // without waiting for the reply
	if _, err := io.WriteString(c, strings.Repeat(raw, 7)); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		whole(c.reply())
	}
	whole(c.ask(raw))

	for _, frame := range []string{ // a request within the body of another one, which net/http gets in two pieces
		fmt.Sprintf("POST /v1/models HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", f.at, 5+len(raw)),
		fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", f.at, 5+len(raw)),
		fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", f.at, 5+len(raw)),
	} {
		c := f.dial(t)
		before := f.Server.Given()
		_, err := io.WriteString(c, raw+frame+"12345")
		if err != nil {
			t.Fatal(err)
		}
		whole(c.reply())
		given := f.Server.Given()
		resp, text := c.ask(raw, "\r\n0\r\n\r\n"[:len("\r\n0\r\n\r\n")*strings.Count(frame, "chunked")])
		if resp.StatusCode < 400 || f.Server.Given() != given || given > before+1 {
			t.Errorf("after %q: %d %s", frame, resp.StatusCode, text)
		}
	}
}
