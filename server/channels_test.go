package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/sse"
	"wenyuan/server"
)

const shop = "https://shop.example"

// A door is a channel as the server gives it.
type door struct {
	ID, Key, Name, Tag, Address string
}

// door opens a channel, for whoever has the operator's key where there is one.
func (h house) door(t testing.TB, body string, headers ...string) (d door) {
	t.Helper()
	resp, text := h.send(t, "POST", "/api/channels", body, append(headers, "Content-Type", "application/json")...)
	if resp.StatusCode != http.StatusOK || json.Unmarshal([]byte(text), &d) != nil {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return d
}

const shopWidget = `{"kind": "widget", "name": "shop", "assistant": "pumps", "origins": ["` + shop + `"]}`

// fromShop asks through a widget as a browser on the shop's page does.
func (h house) fromShop(t testing.TB, key, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return h.send(t, "POST", "/api/channel/ask", body, append([]string{"Authorization", "Bearer " + key, "Origin", shop, "Content-Type", "application/json",
		"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, headers...)...)
}

// TestWidgetAsks: a visitor gets sentences with quotes and no more, and goes on with the
// conversation; another visitor does not.
func TestWidgetAsks(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	d := h.door(t, shopWidget)
	if !strings.HasPrefix(d.Key, "wy_") || !strings.Contains(d.Tag, `data-key="`+d.Key+`"`) || !strings.Contains(d.Tag, h.url+"/widget.js") {
		t.Errorf("made %+v", d)
	}
	ask := func(body string) (events map[string][]string, done struct {
		Visitor, Conversation string
		Refused               bool
	}) {
		t.Helper()
		resp, text := h.fromShop(t, d.Key, body)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != shop || resp.Header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Origin") {
			t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, text)
		}
		if len(resp.Cookies()) > 0 {
			t.Errorf("cookies: %v", resp.Cookies())
		}
		for _, never := range []string{"trc_", "doc_", "revision", "rev_", "source\"", "passages", "versions", ".md"} {
			if strings.Contains(text, never) {
				t.Errorf("a visitor sees %q: %s", never, text)
			}
		}
		events = map[string][]string{}
		for in := sse.NewReader(strings.NewReader(text), 1<<20); ; {
			e, err := in.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			events[e.Name] = append(events[e.Name], e.Data)
		}
		if len(events["done"]) != 1 || json.Unmarshal([]byte(events["done"][0]), &done) != nil {
			t.Fatalf("%v", events)
		}
		return events, done
	}
	events, first := ask(fmt.Sprintf(`{"question": %q}`, clientQuestion))
	if len(events["sentence"]) == 0 || !strings.Contains(events["sentence"][0], `"quote":"`) || first.Conversation == "" {
		t.Errorf("%v", events)
	}
	_, second := ask(fmt.Sprintf(`{"question": "And a confirmed one?", "visitor": %q, "conversation": %q}`, first.Visitor, first.Conversation))
	if second.Conversation != first.Conversation || second.Visitor != first.Visitor {
		t.Errorf("the conversation did not go on: %+v %+v", first, second)
	}
	_, refused := ask(`{"question": "Who won the world cup in 2018?", "visitor": "guessed"}`)
	if !refused.Refused || refused.Visitor == "guessed" {
		t.Errorf("%+v", refused)
	}
	resp, text := h.fromShop(t, d.Key, fmt.Sprintf(`{"question": "And?", "visitor": %q, "conversation": %q}`, refused.Visitor, first.Conversation))
	if resp.StatusCode != http.StatusNotFound || !strings.Contains(text, "begin a new one") {
		t.Errorf("another's conversation: %d %s", resp.StatusCode, text)
	}
	resp, text = h.fromShop(t, d.Key, fmt.Sprintf(`{"question": "And?", "visitor": %q, "conversation": %q}`, refused.Visitor, first.Conversation), "Accept-Language", "zh")
	if !strings.Contains(text, "请开始新的对话") {
		t.Errorf("in Chinese: %d %s", resp.StatusCode, text)
	}
	// The operator sees where it came from, and has none of these conversations.
	var traces struct{ Traces []struct{ ID string } }
	h.into(t, &traces, "GET", "/api/traces", "")
	var one struct{ Principal string }
	h.into(t, &one, "GET", "/api/traces/"+traces.Traces[0].ID, "")
	if !strings.HasPrefix(one.Principal, "channel:"+d.ID+":") {
		t.Errorf("asked by %q", one.Principal)
	}
	var own struct{ Conversations []any }
	if h.into(t, &own, "GET", "/api/conversations", ""); len(own.Conversations) != 0 {
		t.Errorf("the operator has %v", own.Conversations)
	}
	if _, text := h.send(t, "GET", "/records", ""); !strings.Contains(text, "shop") {
		t.Error("the records do not name the channel")
	}
}

// TestWidgetRefuses: other origins, other keys, and what is no question.
func TestWidgetRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	d := h.door(t, shopWidget)
	other := h.door(t, `{"kind": "widget", "name": "other", "assistant": "pumps", "origins": ["https://other.example"]}`)
	question := fmt.Sprintf(`{"question": %q}`, clientQuestion)
	for _, c := range []struct {
		what    string
		key     string
		body    string
		headers []string
		status  int
		shared  string
	}{
		{"another origin", d.Key, question, []string{"Origin", "https://evil.example"}, 403, ""},
		{"another scheme", d.Key, question, []string{"Origin", "http://shop.example"}, 403, ""},
		{"another port", d.Key, question, []string{"Origin", "https://shop.example:8443"}, 403, ""},
		{"a name that begins so", d.Key, question, []string{"Origin", "https://shop.example.evil.example"}, 403, ""},
		{"no origin", d.Key, question, []string{"Origin", ""}, 403, ""},
		{"null", d.Key, question, []string{"Origin", "null"}, 403, ""},
		{"the origin of another widget", d.Key, question, []string{"Origin", "https://other.example"}, 403, "https://other.example"},
		{"the key of another widget", other.Key, question, nil, 403, shop},
		{"no key", "", question, nil, 403, shop},
		{"a wrong key", "wy_" + strings.Repeat("A", 26), question, nil, 403, shop},
		{"an id for a key", d.ID, question, nil, 403, shop},
		{"another host", d.Key, question, []string{"Host", "evil.example"}, 403, shop},
		{"nothing", d.Key, `{"question": " "}`, nil, 400, shop},
		{"too long", d.Key, `{"question": "` + strings.Repeat("问", 1001) + `"}`, nil, 400, shop},
		{"a megabyte", d.Key, `{"question": "` + strings.Repeat("a", 2<<20) + `"}`, nil, 413, shop},
		{"another assistant", d.Key, `{"question": "a", "assistant": "manual"}`, nil, 400, shop},
		{"no JSON", d.Key, `question=a`, nil, 400, shop},
	} {
		resp, text := h.fromShop(t, c.key, c.body, c.headers...)
		if resp.StatusCode != c.status || resp.Header.Get("Access-Control-Allow-Origin") != c.shared || !strings.Contains(text, `"hint":"`) {
			t.Errorf("%s: %d, shared with %q: %s", c.what, resp.StatusCode, resp.Header.Get("Access-Control-Allow-Origin"), text)
		}
	}
	for origin, status := range map[string]int{shop: 204, "https://other.example": 204, "https://evil.example": 403, "null": 403, "": 403, "http://shop.example": 403} {
		for _, path := range []string{"/api/channel/ask", "/api/channel/about"} {
			resp, _ := h.send(t, "OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site")
			want := map[bool]string{true: origin}[status == 204]
			if resp.StatusCode != status || resp.Header.Get("Access-Control-Allow-Origin") != want || resp.Header.Get("Vary") != "Origin" {
				t.Errorf("preflight of %q at %s: %d %v", origin, path, resp.StatusCode, resp.Header)
			}
		}
	}
	for _, path := range []string{"/api/ask", "/api/status", "/api/channels", "/ask", "/p/none"} {
		for _, method := range []string{"OPTIONS", "POST"} {
			resp, _ := h.send(t, method, path, "", "Origin", shop, "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "cross-site")
			if resp.StatusCode < 400 || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s from the shop: %d %v", method, path, resp.StatusCode, resp.Header)
			}
		}
	}
	resp, text := h.send(t, "GET", "/widget.js", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
	if resp.StatusCode != 200 || resp.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || strings.Contains(text, d.Key) {
		t.Errorf("the script: %d %v", resp.StatusCode, resp.Header)
	}
}

var inPath = regexp.MustCompile(`\{[^}]*\}`)

// TestChannelKeyOpensNothingElse walks every door of the house with the key of a widget and
// the cookie of a visitor, with and without keys for people.
func TestChannelKeyOpensNothingElse(t *testing.T) {
	t.Parallel()
	keyed := openWith(t, app.Config{Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "li", Value: liKey}}}}})
	for name, h := range map[string]house{"with keys": keyed, "without": open(t)} {
		h.add(t, "pumps", handbook)
		d := h.door(t, shopWidget, "Authorization", "Bearer "+liKey)
		open := 0
		for _, route := range server.AllRoutes() {
			method, path, _ := strings.Cut(route, " ")
			path = inPath.ReplaceAllString(path, "pumps")
			if path == "/pumps" {
				path = "/"
			}
			resp, text := h.send(t, method, path, "{}", "Authorization", "Bearer "+d.Key, "Cookie", "wenyuan_visitor="+strings.Repeat("A", 26), "Content-Type", "application/json")
			if slices.Contains(server.Unkeyed, route) {
				open++
				continue // without a key, for everybody; what they refuse is looked at elsewhere
			}
			if resp.StatusCode != 401 && resp.StatusCode != 403 && resp.StatusCode != 404 {
				t.Errorf("%s: %s is open: %d %.200s", name, route, resp.StatusCode, text)
			}
		}
		if open != len(server.Unkeyed) {
			t.Errorf("%s: %d doors are open to everybody", name, open)
		}
		for _, path := range []string{"/pumps", "/api/documents?corpus=pumps", "/library/pumps"} {
			if resp, _ := h.send(t, "GET", path, "", "Authorization", "Bearer "+d.Key); resp.StatusCode != 401 && resp.StatusCode != 404 {
				t.Errorf("%s: %s: %d", name, path, resp.StatusCode)
			}
		}
	}
}

// TestVisitorsAreLimited: each by the address it comes from, and all together.
func TestVisitorsAreLimited(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	d := h.door(t, `{"kind": "widget", "name": "shop", "assistant": "pumps", "origins": ["`+shop+`"], "per_minute": 2, "all_per_minute": 3}`)
	ask := func(from string) *http.Response {
		t.Helper()
		resp, text := h.fromShop(t, d.Key, fmt.Sprintf(`{"question": %q}`, clientQuestion), "X-Forwarded-For", from)
		if resp.StatusCode == 429 && (resp.Header.Get("Retry-After") == "" || !strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), "Retry-After") || !strings.Contains(text, "too many questions")) {
			t.Errorf("%v %s", resp.Header, text)
		}
		return resp
	}
	for i, c := range []struct {
		from   string
		status int
	}{{"192.0.2.1", 200}, {"198.51.100.7, 192.0.2.1", 200}, {"192.0.2.1", 429}, {"192.0.2.2", 200}, {"192.0.2.3", 429}} {
		if resp := ask(c.from); resp.StatusCode != c.status {
			t.Errorf("question %d from %s: %d", i, c.from, resp.StatusCode)
		}
	}
}

// TestRemovedChannel: who asks right now is cut off, and the next one finds nothing.
func TestRemovedChannel(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	m := gatewaytest.New(t, gatewaytest.Hang(gone, "A closed alarm is kept for 400 days [1]. And "))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	h.add(t, "pumps", handbook)
	d := h.door(t, shopWidget)
	page := h.door(t, `{"kind": "page", "name": "help", "assistant": "pumps"}`)
	req, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/api/channel/ask", strings.NewReader(fmt.Sprintf(`{"question": %q}`, clientQuestion)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.Key)
	req.Header.Set("Origin", shop)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := sse.NewReader(resp.Body, 1<<20)
	for {
		e, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Name == "sentence" {
			break
		}
	}
	h.into(t, &struct{}{}, "DELETE", "/api/channels/"+d.ID, "")
	e, err := in.Next()
	if err != nil || e.Name != "error" || !strings.Contains(e.Data, "has closed it") {
		t.Errorf("%+v, %v", e, err)
	}
	<-gone
	if resp, _ := h.fromShop(t, d.Key, `{"question": "a"}`); resp.StatusCode != 403 {
		t.Errorf("the key still opens: %d", resp.StatusCode)
	}
	if resp, _ := h.send(t, "GET", "/p/help", ""); resp.StatusCode != 200 {
		t.Errorf("the page: %d", resp.StatusCode)
	}
	h.into(t, &struct{}{}, "DELETE", "/api/channels/"+page.ID, "")
	if resp, text := h.send(t, "GET", "/p/help", ""); resp.StatusCode != 404 || strings.Contains(text, `href="/library`) {
		t.Errorf("the page that is gone: %d %s", resp.StatusCode, text)
	}
}

// TestPublicPage is the page without a script, on a server that wants keys everywhere else.
func TestPublicPage(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "li", Value: liKey}}}}})
	h.add(t, "pumps", handbook)
	key := []string{"Authorization", "Bearer " + liKey}
	d := h.door(t, `{"kind": "page", "assistant": "pumps", "notice": "By a machine."}`, key...)
	path := "/p/" + d.Name
	resp, text := h.send(t, "GET", path, "")
	if resp.StatusCode != 200 || resp.Header.Get("X-Robots-Tag") != "noindex, nofollow" || !strings.Contains(text, "By a machine.") || len(resp.Cookies()) != 0 {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(form url.Values, headers ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", h.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(b)
	}
	resp, text = post(url.Values{"question": {clientQuestion}})
	if resp.StatusCode != 303 || len(resp.Cookies()) != 1 {
		t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
	cookie := resp.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != path || len(cookie.Value) != 26 {
		t.Errorf("the cookie %+v", cookie)
	}
	at := resp.Header.Get("Location")
	resp, text = h.send(t, "GET", at, "", "Cookie", cookie.Name+"="+cookie.Value)
	for _, want := range []string{"400 days", "<blockquote", `class="cite"`, "1 supported", "By a machine."} {
		if !strings.Contains(text, want) {
			t.Errorf("%d: no %q in %s", resp.StatusCode, want, text)
		}
	}
	for _, never := range []string{"/library", "/records", "trc_", "doc_", "/ask"} {
		if strings.Contains(text, never) {
			t.Errorf("a stranger sees %q", never)
		}
	}
	if _, text := h.send(t, "GET", at, ""); strings.Contains(text, "400 days") {
		t.Error("another visitor sees the conversation")
	}
	resp, text = post(url.Values{"question": {strings.Repeat("a", 1001)}})
	if resp.StatusCode != 400 || !strings.Contains(text, "1 to 1000 characters") {
		t.Errorf("too long: %d %s", resp.StatusCode, text)
	}
	if resp, _ := post(url.Values{"question": {"a"}}, "Origin", "https://evil.example"); resp.StatusCode != 403 {
		t.Errorf("a form on another page: %d", resp.StatusCode)
	}
	resp, text = post(url.Values{"question": {clientQuestion}}, "Accept", "text/event-stream", "Origin", h.url)
	if resp.StatusCode != 200 || !strings.Contains(text, "event: sentence") || !strings.Contains(text, "event: done") {
		t.Errorf("the stream: %d %s", resp.StatusCode, text)
	}
	if resp, text := h.send(t, "GET", "/p/nobody", "", "Accept-Language", "zh"); resp.StatusCode != 404 || !strings.Contains(text, "这里什么都没有") {
		t.Errorf("nothing there: %d %s", resp.StatusCode, text)
	}
	for range 12 {
		resp, text = post(url.Values{"question": {clientQuestion}})
	}
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "Too many questions") {
		t.Errorf("too many: %d %v", resp.StatusCode, resp.Header)
	}
	indexed := h.door(t, `{"kind": "page", "name": "open", "assistant": "pumps", "index": true}`, key...)
	if resp, _ := h.send(t, "GET", "/p/"+indexed.Name, ""); resp.Header.Get("X-Robots-Tag") != "" {
		t.Error("a page that may be listed says it may not")
	}
}
