package oidc

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wenyuan"
)

// Bounds on the provider.
const (
	patience  = 15 * time.Second // for all that one sign-in asks of it
	maxAnswer = 1 << 20          // bytes
	staleness = time.Hour        // after which it is asked anew what it is
	pause     = 5 * time.Second  // after it could not be reached
)

// A party is a provider with what it says of itself.
type party struct {
	Provider
	http *http.Client
	now  func() time.Time

	mu     sync.Mutex
	known  *discovery
	failed time.Time // when it was last asked in vain
	why    error
}

// A discovery is what a provider says of itself.
type discovery struct {
	provider *coreos.Provider
	at       time.Time
	out      string // where a browser is signed out
	basic    bool   // our secret goes into a header
}

func (p *Providers) find(name string) (*party, error) {
	i := slices.IndexFunc(p.all, func(t *party) bool { return t.Name == name })
	if i < 0 {
		return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no provider %q to sign in with", name), Hint: "the page /signin shows which there are"}
	}
	return p.all[i], nil
}

// bounded is ctx with our client, for as long as a provider may take. go-oidc and oauth2 find the client there.
func (t *party) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(coreos.ClientContext(ctx, t.http), patience)
}

// discover asks the provider what it is, once an hour. One that cannot be reached is taken for
// what it was before.
func (t *party) discover(ctx context.Context) (*discovery, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known != nil && t.now().Sub(t.known.at) < staleness {
		return t.known, nil
	}
	if t.why == nil || t.now().Sub(t.failed) >= pause {
		t.refresh(ctx)
	}
	if t.known == nil {
		return nil, t.unreachable(t.why)
	}
	return t.known, nil
}

// refresh asks. Who goes away meanwhile does not spoil it for those who wait.
func (t *party) refresh(ctx context.Context) {
	ctx, cancel := t.bounded(context.WithoutCancel(ctx))
	defer cancel()
	d, err := t.ask(ctx)
	if t.why = err; err != nil {
		t.failed = t.now()
		return
	}
	t.known = d
}

func (t *party) ask(ctx context.Context) (*discovery, error) {
	p, err := coreos.NewProvider(ctx, t.Issuer)
	if err != nil {
		return nil, err
	}
	var said struct {
		Token   string   `json:"token_endpoint"`
		Keys    string   `json:"jwks_uri"`
		Begin   string   `json:"authorization_endpoint"`
		Out     string   `json:"end_session_endpoint"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&said); err != nil {
		return nil, err
	}
	for _, address := range []string{said.Token, said.Keys, said.Begin} {
		if err := t.proper(address); err != nil {
			return nil, err
		}
	}
	if t.proper(said.Out) != nil {
		said.Out = ""
	}
	t.http.Transport.(*border).allow(said.Token, said.Keys)
	return &discovery{p, t.now(), said.Out, len(said.Methods) == 0 || slices.Contains(said.Methods, "client_secret_basic")}, nil
}

// proper wants an address at least as safe as the issuer's own.
func (t *party) proper(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !strings.HasPrefix(t.Issuer, "http://")) {
		return fmt.Errorf("its address %.200q is none that can be used", address)
	}
	return nil
}

// client is our side of OAuth.
func (d *discovery) client(p Provider, callback string) *oauth2.Config {
	e := d.provider.Endpoint()
	e.AuthStyle = oauth2.AuthStyleInParams
	if d.basic && p.Secret != "" {
		e.AuthStyle = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: e, RedirectURL: callback, Scopes: append([]string{coreos.ScopeOpenID}, p.Scopes...)}
}

// Out is where a browser is sent to that signs out, so that the provider signs it out too
// (OpenID Connect RP-Initiated Logout 1.0); "" where the provider has no such place or was not
// reached before. after is our own address to come back to.
func (p *Providers) Out(provider, after string) string {
	t, err := p.find(provider)
	if err != nil {
		return ""
	}
	t.mu.Lock()
	d := t.known // nobody waits for a provider to sign out
	t.mu.Unlock()
	if d == nil || d.out == "" {
		return ""
	}
	u, err := url.Parse(d.out)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", t.ClientID)
	q.Set("post_logout_redirect_uri", after)
	u.RawQuery = q.Encode()
	return u.String()
}

func (t *party) unreachable(err error) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the provider " + t.Label() + " cannot be reached", Hint: "try again in a while; who looks after this server finds the reason in its log", Err: fmt.Errorf("oidc: %w", err)}
}

func (t *party) distrusted(err error) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "what the provider " + t.Label() + " said cannot be trusted", Hint: "begin again; who looks after this server finds the reason in its log", Err: fmt.Errorf("oidc: %w", err)}
}
