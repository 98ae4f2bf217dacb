package server_test

import (
	"strings"
	"testing"

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
