package server_test

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"wenyuan/app"
	"wenyuan/server"
)

// TestOnlyFromThisMachine: a house without people is that of who sits at it, and not of whom a proxy
// here speaks for.
func TestOnlyFromThisMachine(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Server: server.Config{Access: server.Access{Hosts: []string{"docs.example"}}}})
	for _, c := range []struct {
		headers string
		status  int
	}{
		{"", 200},
		{"X-Forwarded-For 127.0.0.1", 200},
		{"X-Forwarded-For ::1", 200},
		{"X-Forwarded-For 203.0.113.7", 401},
		{"X-Forwarded-For 127.0.0.1, 203.0.113.7", 401},
		{"X-Forwarded-For 203.0.113.7 Authorization Bearer-made-up", 401},
	} {
		headers := strings.SplitN(c.headers, " ", 2)
		if c.headers == "" {
			headers = nil
		} else if at, rest, ok := strings.Cut(headers[1], " Authorization "); ok {
			headers = []string{headers[0], at, "Authorization", strings.Replace(rest, "-", " ", 1)}
		}
		if resp, text := h.send(t, "GET", "/api/status", "", headers...); resp.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.headers, resp.StatusCode, text)
		}
	}
}

// TestKeysHeldToASpace: a key that opens one space does nothing to the house, whoever has it.
func TestKeysHeldToASpace(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	var k struct{ Key string }
	p.as(t, "operator", "POST", "/api/keys", `{"space": "main"}`, &k)
	p.key["held"] = k.Key
	p.as(t, "held", "GET", "/api/corpora", "", nil)
	for _, door := range []string{"GET /api/backup", "POST /api/people", "GET /metrics", "GET /scim/v2/Users", "POST /api/spaces", "DELETE /api/audit?before=1"} {
		method, path, _ := strings.Cut(door, " ")
		if resp, text := p.send(t, method, path, "{}", bearerOf(k.Key)...); resp.StatusCode != 403 {
			t.Errorf("%s: %d %s", door, resp.StatusCode, text)
		}
	}
}

// TestSessionsAreOnesOwn: neither a key that is held to less nor a service that acts for somebody
// learns where they are signed in, or ends it.
func TestSessionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	var k struct{ Key string }
	p.as(t, "operator", "POST", "/api/keys", `{"service": "bot", "can": ["read", "ask", "act"]}`, &k)
	for name, headers := range map[string][]string{
		"a key that reads": bearerOf(p.key["reader"]),
		"a service":        append(bearerOf(k.Key), server.BehalfHeader, "asker"),
	} {
		for _, method := range []string{"GET", "DELETE"} {
			if resp, text := p.send(t, method, "/api/sessions", "", headers...); resp.StatusCode != 403 || !strings.Contains(text, "in person") {
				t.Errorf("%s, %s: %d %s", name, method, resp.StatusCode, text)
			}
		}
	}
	p.as(t, "asker", "GET", "/api/sessions", "", nil)
}

// TestRolesElsewhere: an owner is not told of spaces that they do not see.
func TestRolesElsewhere(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	p.as(t, "operator", "POST", "/api/spaces", `{"name": "merger"}`, nil)
	p.as(t, "operator", "PUT", "/api/spaces/merger/members/person:asker", `{"role": "owner"}`, nil)
	for who, sees := range map[string]bool{"owner": false, "operator": true} {
		for _, path := range []string{"/api/people", "/api/people/asker", "/access/people/asker"} {
			if _, text := p.send(t, "GET", path, "", bearerOf(p.key[who])...); strings.Contains(text, "merger") != sees {
				t.Errorf("%s at %s is told: %s", who, path, text)
			}
		}
	}
}

// TestUploadEndsWithItsRight: what is still on its way when the right to bring it is gone is not
// taken, and who sends it does not have to end first.
func TestUploadEndsWithItsRight(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	for way, withdraw := range map[string]func(key string){
		"the key": func(key string) { p.as(t, "operator", "DELETE", "/api/keys/"+key, "", nil) },
		"the role": func(string) {
			p.as(t, "operator", "PUT", "/api/spaces/main/members/person:editor", `{"role": "asker"}`, nil)
		},
	} {
		p.as(t, "operator", "PUT", "/api/spaces/main/members/person:editor", `{"role": "editor"}`, nil)
		var k struct{ ID, Key string }
		p.as(t, "editor", "POST", "/api/keys", `{}`, &k)
		body, w := io.Pipe()
		form := multipart.NewWriter(w)
		go func() {
			part, err := form.CreateFormFile("file", "late.md")
			if err == nil {
				_, err = io.WriteString(part, "# Late\n\n")
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
			withdraw(k.ID)
		}()
		req, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/api/corpora/pumps/documents", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+k.Key)
		req.Header.Set("Content-Type", form.FormDataContentType())
		resp, err := http.DefaultClient.Do(req) // the form is never ended
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		body.Close()
		if resp.StatusCode != 403 || !strings.Contains(string(text), `"code":"denied"`) {
			t.Errorf("%s: %d %s, %v", way, resp.StatusCode, text, err)
		}
		if _, list := p.send(t, "GET", "/api/documents?corpus=pumps", "", bearerOf(p.key["operator"])...); strings.Contains(list, "late.md") {
			t.Errorf("%s: it was taken: %s", way, list)
		}
	}
}

// TestDeclaredNoMore: an answer that is under way ends with the key of the settings file that it was
// asked for by, and others go on.
func TestDeclaredNoMore(t *testing.T) {
	t.Parallel()
	h := slowly(t)
	with := func(keys ...server.Key) {
		t.Helper()
		if err := h.Server.SetAccess(t.Context(), server.Access{Keys: keys}); err != nil {
			t.Fatal(err)
		}
	}
	li, wang := server.Key{Name: "li", Value: liKey}, server.Key{Name: "wang", Value: "wang-0123456789abcdef"}
	with(li, wang)
	ended := h.begin(t, liKey, "/api/ask", fmt.Sprintf(`{"question": %q, "corpus": "pumps", "stream": true}`, clientQuestion))
	<-h.begun
	with(li)
	select {
	case text := <-ended:
		t.Errorf("it ended with the key of another: %s", text)
	default:
	}
	with(server.Key{Name: "li", Value: "another-0123456789abcdef"})
	select {
	case text := <-ended:
		if !strings.Contains(text, `"code":"denied"`) {
			t.Errorf("it ended with %s", text)
		}
	case <-time.After(20 * time.Second):
		t.Error("it goes on")
	}
}

// TestSignInsThatAreBegun: nobody fills the house with sign-ins at a provider that never end.
func TestSignInsThatAreBegun(t *testing.T) {
	t.Parallel()
	h := open(t)
	begin := func(from string) *http.Response {
		t.Helper()
		resp, _ := h.send(t, "GET", "/signin/nobody", "", "X-Forwarded-For", from)
		return resp
	}
	for range 300 {
		if resp := begin("203.0.113.9"); resp.StatusCode != 404 {
			t.Fatalf("%d", resp.StatusCode)
		}
	}
	if resp := begin("203.0.113.9"); resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if resp := begin("203.0.113.10"); resp.StatusCode != 404 {
		t.Errorf("another place: %d", resp.StatusCode)
	}
}
