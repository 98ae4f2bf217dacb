package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway/h1"
)

// An Outbound is the one way out of the program for what is said to models. It connects to
// the addresses that are configured and to nothing else, but for a request that was given its turn at a
// replica which is configured no more since: it still goes there, and nowhere else. It follows no redirect, and knows no
// proxy but the one it is given: a proxy from the environment would be a place that nobody
// configured.
type Outbound struct {
	proxy   *url.URL
	allowed atomic.Pointer[map[string]bool] // host:port
	lent    sync.Map                        // host:port of processes that this program started
	direct  *http.Transport
	proxied *http.Transport
	plain   *h1.Transport // directly and without encryption
}

// NewOutbound makes a way out that leads nowhere yet. What is outside goes through proxy,
// where one is given; what is inside is reached directly.
func NewOutbound(proxy string) (*Outbound, error) {
	o := &Outbound{}
	o.Allow(nil)
	if proxy != "" {
		u, err := url.Parse(proxy)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the proxy is not an http or https address", Hint: "write it like http://proxy.example.com:3128", Err: err}
		}
		o.proxy = u
	}
	o.direct, o.proxied = o.transport(nil), o.transport(o.proxy)
	o.plain = &h1.Transport{Dial: o.direct.DialContext}
	return o, nil
}

// Allow says which addresses, as host:port, may be reached from now on.
func (o *Outbound) Allow(addresses []string) {
	set := map[string]bool{}
	for _, a := range addresses {
		set[strings.ToLower(a)] = true
	}
	o.allowed.Store(&set)
}

// Client is the HTTP client for a model that is inside or outside. It has no time-out of
// its own, because a long answer is not a slow one: silence is watched by who reads.
func (o *Outbound) Client(inside bool) *http.Client {
	t := o.proxied
	if inside {
		t = o.direct
	}
	return &http.Client{
		Transport:     watched{o, t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Close lets idle connections go.
func (o *Outbound) Close() {
	o.plain.CloseIdleConnections()
	o.direct.CloseIdleConnections()
	o.proxied.CloseIdleConnections()
}

func (o *Outbound) transport(proxy *url.URL) *http.Transport {
	t := &http.Transport{
		ForceAttemptHTTP2: true, MaxIdleConns: 8192, MaxIdleConnsPerHost: 4096, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second,
		DisableCompression:     true, // a compressed stream arrives in lumps
		MaxResponseHeaderBytes: 64 << 10,
	}
	way := ""
	if proxy != nil {
		t.Proxy, way = http.ProxyURL(proxy), addressOf(proxy)
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.ToLower(address) != way && !o.allows(address) && !granted(ctx, address) {
			return nil, refused(address)
		}
		return dialer.DialContext(ctx, network, address)
	}
	return t
}

func (o *Outbound) allows(address string) bool {
	if (*o.allowed.Load())[strings.ToLower(address)] {
		return true
	}
	_, lent := o.lent.Load(address)
	return lent
}

// Lend lets an address be reached, which is of a process that this program started, until it is
// withdrawn.
func (o *Outbound) Lend(address string) (withdraw func()) {
	o.lent.Store(address, nil)
	return func() { o.lent.Delete(address) }
}

// A grant is the replica that a request was given a turn at. It may be reached for that request
// though its address is not configured any more by the time that it is.
type grant struct{}

func granting(ctx context.Context, r *replica) context.Context {
	return context.WithValue(ctx, grant{}, r)
}

func granted(ctx context.Context, address string) bool {
	r, ok := ctx.Value(grant{}).(*replica)
	if !ok {
		return false
	}
	u, err := url.Parse(r.at.URL)
	return err == nil && addressOf(u) == strings.ToLower(address)
}

func refused(address string) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "nothing is sent to " + address + ", which is not configured", Hint: "add a model with this address, or put the address under outbound in the settings file"}
}

// A watched transport looks at where a request goes before anything is dialled: behind a
// proxy the dialler sees only the proxy.
type watched struct {
	o *Outbound
	t *http.Transport
}

// RoundTrip sends a request to an allowed address.
func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	if address := addressOf(r.URL); !w.o.allows(address) && !granted(r.Context(), address) {
		return nil, refused(address)
	}
	if w.t.Proxy == nil && r.URL.Scheme == "http" {
		return w.o.plain.RoundTrip(r)
	}
	return w.t.RoundTrip(r)
}

// CloseIdleConnections lets idle connections go; [http.Client] asks for it.
func (w watched) CloseIdleConnections() {
	w.t.CloseIdleConnections()
	if w.t.Proxy == nil {
		w.o.plain.CloseIdleConnections()
	}
}

// addressOf is the host:port that an address leads to.
func addressOf(u *url.URL) string {
	port := u.Port()
	if port != "" {
		return strings.ToLower(u.Host)
	}
	if port = "80"; u.Scheme == "https" {
		port = "443"
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// CheckOutbound looks at one entry of the list of addresses that models may have: a host, or
// host:port.
func CheckOutbound(entry string) error {
	u, err := url.Parse("http://" + entry)
	if err != nil || u.Host != entry || u.Hostname() == "" || strings.Contains(entry, "*") {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is not a host, nor host:port", entry), Hint: "write it like models.example.com or 10.0.0.5:8080"}
	}
	return nil
}

// Permitted says whether a list of hosts and host:port lets an address be named by a model.
// An empty list lets every one.
func Permitted(list []string, raw string) bool {
	if len(list) == 0 {
		return true
	}
	u, err := url.Parse(raw)
	return err == nil && slices.ContainsFunc(list, func(entry string) bool {
		e, err := url.Parse("http://" + entry)
		return err == nil && strings.EqualFold(e.Hostname(), u.Hostname()) && (e.Port() == "" || addressOf(e) == addressOf(u))
	})
}

var _ http.RoundTripper = watched{}
