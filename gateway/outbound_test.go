package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"wenyuan"
	"wenyuan/gateway"
)

// counting is a server that counts what arrives.
func counting(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	n := &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if h != nil {
			h(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv, n
}

func outbound(t *testing.T, proxy string, allow ...string) *gateway.Outbound {
	t.Helper()
	o, err := gateway.NewOutbound(proxy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	o.Allow(allow)
	return o
}

func host(raw string) string { return strings.TrimPrefix(raw, "http://") }

func TestOutboundRefusesWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	stranger, strangers := counting(t, nil)
	known, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
	})
	o := outbound(t, "", host(known.URL))
	for _, inside := range []bool{true, false} {
		c := o.Client(inside)
		if _, err := c.Get(stranger.URL); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("a stranger is reached: %v", err)
		}
		resp, err := c.Get(known.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("a redirect was followed: %s", resp.Status)
		}
		// What is no longer configured is refused, also where a connection to it waits idle.
		o.Allow(nil)
		if _, err := c.Get(known.URL); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an address is asked that was taken away: %v", err)
		}
		o.Allow([]string{host(known.URL)})
	}
	if strangers.Load() != 0 {
		t.Errorf("%d requests reached a stranger", strangers.Load())
	}
}

// TestProxies: the one that is configured is used for what is outside; none from the environment ever is.
func TestProxies(t *testing.T) {
	environment, viaEnvironment := counting(t, nil)
	t.Setenv("HTTP_PROXY", environment.URL)
	t.Setenv("HTTPS_PROXY", environment.URL)
	t.Setenv("ALL_PROXY", environment.URL)
	proxy, viaProxy := counting(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "proxied "+r.URL.Host) })
	model, atModel := counting(t, nil)
	o := outbound(t, proxy.URL, host(model.URL), "models.example.com:80")

	get := func(inside bool, address string) string {
		t.Helper()
		resp, err := o.Client(inside).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if said := get(false, "http://models.example.com/v1"); said != "proxied models.example.com" {
		t.Errorf("outside: %q", said)
	}
	get(true, model.URL)
	if atModel.Load() != 1 || viaProxy.Load() != 1 || viaEnvironment.Load() != 0 {
		t.Errorf("%d at the model, %d through the proxy, %d through that of the environment", atModel.Load(), viaProxy.Load(), viaEnvironment.Load())
	}
	// Behind a proxy too only what is configured is asked for.
	if _, err := o.Client(false).Get("http://stranger.example.com/"); wenyuan.CodeOf(err) != wenyuan.Denied || viaProxy.Load() != 1 {
		t.Errorf("a stranger behind the proxy: %v", err)
	}
	for _, bad := range []string{"proxy.example.com:3128", "socks5://x:1", "http://"} {
		if _, err := gateway.NewOutbound(bad); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s is a proxy: %v", bad, err)
		}
	}
}

func TestPermitted(t *testing.T) {
	t.Parallel()
	list := []string{"models.example.com", "10.0.0.5:8080", "[::1]:9"}
	for address, want := range map[string]bool{
		"https://models.example.com/v1": true, "http://MODELS.example.com:1234": true, "http://10.0.0.5:8080": true, "http://[::1]:9/v1": true,
		"http://10.0.0.5:8081": false, "http://10.0.0.5": false, "http://models.example.com.evil.example": false, "http://[::1]:10": false, "http://x@10.0.0.6:8080": false,
	} {
		if got := gateway.Permitted(list, address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if !gateway.Permitted(nil, "http://anywhere.example") {
		t.Error("an empty list permits nothing")
	}
	for _, good := range list {
		if err := gateway.CheckOutbound(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "http://x", "x/y", "*.example.com", "a b", "x:y"} {
		if gateway.CheckOutbound(bad) == nil {
			t.Errorf("%q can stand in the list", bad)
		}
	}
}

// TestOutboundList: a model whose address is not in the list is not declared, and one that was
// added before the list was made is shown with the reason and cannot be asked.
func TestOutboundList(t *testing.T) {
	t.Parallel()
	srv, n := counting(t, nil)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.Open(t.Context(), gateway.Config{Declared: []gateway.Spec{at("m", srv.URL)}, Allow: []string{"models.example.com"}}); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("declared: %v", err)
	}
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", srv.URL)}, Allow: []string{u.Hostname()}})
	if _, ok := m.Get(wenyuan.DefaultSpace, "m"); !ok || n.Load() != 0 {
		t.Errorf("a permitted model is there: %v, %d requests at the start", ok, n.Load())
	}
}

// TestTurnOutlivesDeclaration: a request that was given a turn at a replica reaches it, though its
// address is configured no more by the time that it is dialled; nothing else does, and it reaches
// nothing else.
func TestTurnOutlivesDeclaration(t *testing.T) {
	t.Parallel()
	stranger, strangers := counting(t, nil)
	known, n := counting(t, nil)
	o := outbound(t, "", host(known.URL))
	o.Allow(nil)
	ask := func(url, turnAt string) error {
		ctx := t.Context()
		if turnAt != "" {
			ctx = gateway.Granting(ctx, turnAt+"/v1")
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := o.Client(true).Do(r)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := ask(known.URL, known.URL); err != nil || n.Load() != 1 {
		t.Errorf("a request with a turn: %v", err)
	}
	if err := ask(known.URL, ""); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a request without one: %v", err)
	}
	if err := ask(stranger.URL, known.URL); wenyuan.CodeOf(err) != wenyuan.Denied || strangers.Load() != 0 {
		t.Errorf("a request elsewhere: %v", err)
	}
}
