package oidc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A border is the way to one provider: to the host of its issuer and those that the issuer
// itself names for tokens and keys, and for little at a time.
type border struct {
	next  http.RoundTripper
	mu    sync.RWMutex
	hosts map[string]bool
}

// newClient makes the way to an issuer. It follows no redirects: none of the three addresses
// has a reason to move, and each would be another place to send a secret to.
func newClient(issuer string) *http.Client {
	b := &border{hosts: map[string]bool{}, next: &http.Transport{
		Proxy:               nil, // never one from the environment
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: patience, IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: 2,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}}
	b.allow(issuer)
	return &http.Client{Transport: b, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("the provider sends us elsewhere")
	}}
}

func (b *border) allow(addresses ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range addresses {
		if u, err := url.Parse(a); err == nil {
			b.hosts[u.Scheme+"://"+u.Host] = true
		}
	}
}

// RoundTrip refuses other hosts, and cuts what is too long.
func (b *border) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.RLock()
	ok := b.hosts[r.URL.Scheme+"://"+r.URL.Host]
	b.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("%s is no host of the provider", r.URL.Host)
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &capped{resp.Body, maxAnswer}
	return resp, nil
}

// A capped body is an error once it is too long: half an answer must not look like one.
type capped struct {
	io.ReadCloser
	left int
}

func (b *capped) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("the answer of the provider is larger than %d bytes", maxAnswer)
	}
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 && err == nil {
		return b.Read(nil)
	}
	return n, err
}
