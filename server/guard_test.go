package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/server"
)

const liKey, token = "li-0123456789abcdef", "token-0123456789abcdef"

func TestForeignPagesAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	own := strings.TrimPrefix(h.url, "http://")
	for _, c := range []struct {
		method  string
		headers []string
		refused bool
	}{
		{"GET", nil, false},
		{"GET", []string{"Host", "localhost:7700"}, false},
		{"GET", []string{"Host", "[::1]:7700"}, false},
		{"GET", []string{"Host", "evil.example"}, true},
		{"GET", []string{"Host", "localhost.evil.example"}, true},
		{"GET", []string{"Host", "192.168.1.7"}, true},
		{"GET", []string{"Origin", "http://" + own}, false},
		{"GET", []string{"Origin", "http://evil.example"}, true},
		{"GET", []string{"Origin", "null"}, true},
		{"GET", []string{"Origin", "http://127.0.0.1:1"}, true},
		{"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, true},
		{"GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, true},
		{"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, false},
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, true},
		{"GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, false},
	} {
		resp, text := h.send(t, c.method, "/api/status", "", c.headers...)
		if refused := resp.StatusCode == http.StatusForbidden; refused != c.refused {
			t.Errorf("%s %v: %d %s", c.method, c.headers, resp.StatusCode, text)
		}
		if c.refused && !strings.Contains(text, `"hint":"`) {
			t.Errorf("%v: no hint in %s", c.headers, text)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Server: server.Config{Token: token, Access: server.Access{Keys: []server.Key{{Name: "li", Value: liKey}}, Hosts: []string{"docs.example"}, Open: true}}})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(":"+liKey))
	for _, c := range []struct {
		path    string
		headers []string
		status  int
	}{
		{"/api/status", nil, 401},
		{"/", nil, 401},
		{"/ask", nil, 401},
		{"/v1/models", nil, 401},
		{"/metrics", nil, 401},
		{"/nothing", nil, 401}, // who has no key does not learn what there is
		{"/healthz", nil, 200},
		{"/api/openapi.json", nil, 200},
		{"/api/status", []string{"Authorization", "Bearer wrong"}, 401},
		{"/api/status", []string{"Authorization", "Bearer "}, 401},
		{"/api/status", []string{"Authorization", "Bearer " + liKey[:len(liKey)-1]}, 401},
		{"/api/status", []string{"Authorization", "Bearer " + liKey}, 200},
		{"/api/status", []string{"Authorization", "Bearer " + token}, 200},
		{"/ask", []string{"Authorization", basic}, 200},
		{"/api/status", []string{"Authorization", "Bearer " + liKey, "Host", "docs.example"}, 200},
		{"/api/status", []string{"Authorization", "Bearer " + liKey, "Host", "10.0.0.7:7700"}, 200},
		{"/api/status", []string{"Authorization", "Bearer " + liKey, "Host", "evil.example"}, 403},
	} {
		resp, text := h.send(t, "GET", c.path, "", c.headers...)
		if resp.StatusCode != c.status {
			t.Errorf("%s %v: %d %s", c.path, c.headers, resp.StatusCode, text)
		}
		if c.status == 401 && resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %v: a browser does not learn how to bring the key", c.path, c.headers)
		}
	}
}

func TestAccessThatLetsStrangersIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, a := range []server.Access{{Open: true}, {Keys: []server.Key{{Name: "li", Value: "short"}}}} {
		if err := h.Server.SetAccess(t.Context(), a); err == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
	if resp, _ := h.send(t, "GET", "/api/status", ""); resp.StatusCode != 200 {
		t.Errorf("rules that were refused hold: %d", resp.StatusCode)
	}
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0"} {
		if l, err := server.Listen(t.Context(), address, false); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%s: %v %v", address, l, err)
		}
	}
	if _, err := server.Listen(t.Context(), "7700", true); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("error %v", err)
	}
	l, err := server.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := server.Listen(t.Context(), l.Addr().String(), false); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("an address in use: %v", err)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := open(t)
	resp, _ := h.send(t, "GET", "/api/status", "")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'", "X-Request-Id": "req_"} {
		if !strings.Contains(resp.Header.Get(name), want) {
			t.Errorf("%s is %q", name, resp.Header.Get(name))
		}
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("other pages are invited")
	}
	resp, _ = h.send(t, "GET", "/v1/models", "", bearerOf("of a program")...)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "X-Frame-Options": "", "Content-Security-Policy": ""} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("to a program %s is %q", name, got)
		}
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestLogHoldsNoContents(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	h := openWith(t, app.Config{Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "li", Value: liKey}}}}})
	h.add(t, "pumps", handbook)
	h.send(t, "POST", "/api/ask", `{"question": "What about the zebra alarm?", "corpus": "pumps"}`, "Authorization", "Bearer "+liKey)
	h.send(t, "GET", "/api/documents?corpus=pumps&query=zebra", "", "Authorization", "Bearer "+liKey)
	text := log.String()
	if !strings.Contains(text, "route=/api/ask status=200") {
		t.Errorf("the request is not in the log: %s", text)
	}
	for _, secret := range []string{"zebra", liKey, "duty manager"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log: %s", secret, text)
		}
	}
}

// With one turn for answers and one place to wait, who asks then is told to come again;
// other requests and the probes have turns of their own.
func TestTurns(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 8)
	m := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		gatewaytest.Hang(nil)(w, r)
	})
	h := openWith(t, app.Config{
		Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}},
		Server: server.Config{Limits: server.Limits{Concurrent: 1, Answers: 1, Waiting: 1, Wait: 100 * time.Millisecond}},
	})
	h.add(t, "pumps", handbook)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		body := strings.NewReader(`{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`)
		req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/api/ask", body)
		if err != nil {
			t.Error(err)
			return
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	<-asked
	resp, text := h.send(t, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, `"limited"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	for _, other := range []string{"/healthz", "/api/corpora"} {
		if resp, _ := h.send(t, "GET", other, ""); resp.StatusCode != 200 {
			t.Errorf("%s while somebody waits for an answer: %d", other, resp.StatusCode)
		}
	}
	cancel()
	<-done
	for range 100 { // the handler leaves a moment after its caller
		if resp, _ = h.send(t, "POST", "/api/ask", `{"question": "Who won the chess championship of 1972?", "corpus": "pumps"}`); resp.StatusCode == 200 {
			break
		}
	}
	if resp.StatusCode != 200 {
		t.Errorf("the turn was not given back: %d", resp.StatusCode)
	}
}

// What is under way when the server is told to stop is finished; new callers find the door shut.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	asked, speak := make(chan struct{}), make(chan struct{})
	m := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-speak
		gatewaytest.Say("A closed alarm is kept for 400 days [1].")(w, r)
	})
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	h.add(t, "pumps", handbook)
	l, err := server.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- h.Server.Serve(ctx, l) }()
	type result struct {
		text string
		err  error
	}
	answered := make(chan result, 1)
	go func() {
		resp, err := http.Post("http://"+l.Addr().String()+"/api/ask", "application/json", strings.NewReader(`{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`))
		if err != nil {
			answered <- result{"", err}
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		answered <- result{string(b), err}
	}()
	<-asked
	stop()
	for { // Shutdown closes the listener first
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		c.Close()
	}
	close(speak)
	if r := <-answered; r.err != nil || !strings.Contains(r.text, "400 days") {
		t.Errorf("%s %v", r.text, r.err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A piece of a body has little time, the work between the pieces has all it needs, and what
// one request was given does not shorten the next on the same connection.
func TestPatience(t *testing.T) {
	t.Parallel()
	const stall = 60 * time.Millisecond
	m := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * stall) // a slow model is what is tested
		gatewaytest.Say("A closed alarm is kept for 400 days [1].")(w, r)
	})
	h := openWith(t, app.Config{
		Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}},
		Server: server.Config{Limits: server.Limits{Stall: stall}},
	})
	h.add(t, "pumps", handbook)
	for range 2 { // the second one comes on the connection of the first
		resp, text := h.send(t, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps", "stream": true}`)
		if resp.StatusCode != 200 || !strings.Contains(text, "event: done") {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	reply := h.wire(t, "POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
	if !strings.Contains(reply, "HTTP/1.1 4") && !strings.Contains(reply, "HTTP/1.1 5") {
		t.Errorf("a body that stands still: %q", reply)
	}
}

// A body that says how large it is gets its refusal before it is sent.
func TestTooLargeAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, path := range []string{"/api/ask", "/api/corpora/c/documents"} {
		reply := h.wire(t, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999999999\r\n\r\n{")
		if !strings.HasPrefix(reply, "HTTP/1.1 413 ") || !strings.Contains(reply, "larger than") {
			t.Errorf("%s: %q", path, reply)
		}
	}
}

// wire sends what no client would, and gives all that comes back until the server hangs up.
func (h house) wire(t *testing.T, head string) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, head)
	reply, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("%.60q: %v", head, err)
	}
	return string(reply)
}

// Each key is a person of its own: nobody lists, reads or deletes what another began.
func TestKeysArePeople(t *testing.T) {
	t.Parallel()
	const ann, bob = "ann-0123456789abcdef", "bob-0123456789abcdef"
	h := openWith(t, app.Config{Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "ann", Value: ann}, {Name: "bob", Value: bob}}}}})
	h.add(t, "pumps", handbook)
	as := func(key, method, path, body string) (int, string) {
		resp, text := h.send(t, method, path, body, "Authorization", "Bearer "+key)
		return resp.StatusCode, text
	}
	status, text := as(ann, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps", "conversation": "new"}`)
	var a wenyuan.Answer
	if err := json.Unmarshal([]byte(text), &a); err != nil || status != 200 || a.Conversation == "" {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := as(ann, "POST", "/api/memories", `{"text": "I work on zebra pumps."}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	for _, path := range []string{"/api/conversations", "/api/memories", "/api/conversations/export"} {
		if _, text := as(bob, "GET", path, ""); strings.Contains(text, a.Conversation) || strings.Contains(text, "zebra") {
			t.Errorf("bob sees at %s: %s", path, text)
		}
		if _, text := as(ann, "GET", path, ""); !strings.Contains(text, a.Conversation) && !strings.Contains(text, "zebra") {
			t.Errorf("ann does not see at %s: %s", path, text)
		}
	}
	for _, method := range []string{"GET", "DELETE"} {
		if status, text := as(bob, method, "/api/conversations/"+a.Conversation, ""); status != 404 {
			t.Errorf("%s by bob: %d %s", method, status, text)
		}
	}
	if status, text := as(bob, "POST", "/api/ask", `{"question": "And an open one?", "corpus": "pumps", "conversation": "`+a.Conversation+`"}`); status != 404 {
		t.Errorf("bob goes on with it: %d %s", status, text)
	}
	if status, _ := as(ann, "DELETE", "/api/conversations/"+a.Conversation, ""); status != 200 {
		t.Errorf("ann cannot delete her own: %d", status)
	}
}

// A set that people labelled may be larger than what else is sent.
func TestLargeSet(t *testing.T) {
	t.Parallel()
	h := open(t)
	row := `{"claim": "c", "evidence": ["` + strings.Repeat("e", 1000) + `"], "supported": true}`
	for n, want := range map[int]int{2000: http.StatusNotFound, 40_000: http.StatusRequestEntityTooLarge} {
		rows := `{"rows": [` + strings.Repeat(row+",", n-1) + row + `]}`
		if resp, text := h.send(t, "POST", "/api/models/nobody/agreement", rows); resp.StatusCode != want {
			t.Errorf("%d rows: %d %.200s", n, resp.StatusCode, text)
		}
	}
}

// What a model was told of a person is read by that person alone, wherever a record is shown.
func TestRecordsOfOthers(t *testing.T) {
	t.Parallel()
	const ann, bob = "ann-0123456789abcdef", "bob-0123456789abcdef"
	m := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}},
		Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "ann", Value: ann}, {Name: "bob", Value: bob}}}}})
	h.add(t, "pumps", handbook)
	as := func(key, method, path, body string) string {
		resp, text := h.send(t, method, path, body, "Authorization", "Bearer "+key)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
		}
		return text
	}
	as(ann, "POST", "/api/memories", `{"text": "I work on zebra pumps."}`)
	var a wenyuan.Answer
	if err := json.Unmarshal([]byte(as(ann, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps", "conversation": "new"}`)), &a); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Requests()[0].Body, "zebra") {
		t.Fatal("the model is not told what is to be remembered")
	}
	for path, told := range map[string]bool{
		"/api/traces/" + a.Trace: true, "/records/" + a.Trace: true, "/assistants/pumps/engine?trace=" + a.Trace: true,
		"/ask/" + a.Trace + "?alone": false, "/records": false, "/api/traces": false, "/api/feedback": false,
	} {
		if text := as(bob, "GET", path, ""); strings.Contains(text, "zebra") || strings.Contains(text, a.Conversation) {
			t.Errorf("bob reads at %s what ann wants to be remembered: %s", path, text)
		}
		if text := as(ann, "GET", path, ""); told && !strings.Contains(text, "zebra") {
			t.Errorf("ann does not read at %s what the model was told of her", path)
		}
	}
}

// TestSchemeOfAKey: the word before the key is written in any case, and has to be there.
func TestSchemeOfAKey(t *testing.T) {
	t.Parallel()
	h := openRecorded(t)
	for header, want := range map[string]int{"Bearer " + h.li: 200, "bearer  " + h.li: 200, " BEARER " + h.li + " ": 200, h.li: 401, "Token " + h.li: 401, "Bearer": 401} {
		if resp, text := h.send(t, "GET", "/api/corpora", "", "Authorization", header); resp.StatusCode != want {
			t.Errorf("%q: %d %s", header[:min(len(header), 8)], resp.StatusCode, text)
		}
	}
}
