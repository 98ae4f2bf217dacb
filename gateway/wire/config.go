package wire

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"wenyuan"
)

// DefaultIdle is the longest silence of a server once it speaks; see [Config.Idle].
const DefaultIdle = 30 * time.Second

// A Config says where one model is, who may be asked there and how long to wait.
type Config struct {
	Name       string // how the operator calls it; used in messages
	URL        string // http or https; with or without its version segment ("/v1")
	RemoteName string // how the server calls it; Name where empty
	Key        Secret // none where empty
	KeyEnv     string // where the operator keeps the key, for hints
	Inside     bool   // the server belongs to the house: what is in closed corpora may be sent there
	Context    int    // tokens that fit, for servers that load a model with as many as they are told; 0: not told

	FirstByte time.Duration // longest wait for the first words, and later between two pieces of content; default 2 min, as a cold model has to load and a long prompt to be read
	Idle      time.Duration // longest silence once it speaks, signs of life included; default 30 s
	Total     time.Duration // longest time of one request, whatever comes; default 1 h
	Batch     int           // texts of one embedding or rerank request; default 32, which every known server takes

	HTTP *http.Client `json:"-"` // by which it is asked; nil: one of [NewHTTP] for this model alone
}

// A Secret shows itself to nobody who prints, logs or encodes what holds it.
type Secret string

// String is the same for every secret.
func (Secret) String() string { return "[secret]" }

// GoString is the same for every secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText is the same for every secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Limits on what one server may send.
const (
	maxEvent = 1 << 20   // bytes of one event or line of a stream; an honest one has some hundred
	maxText  = 16 << 20  // bytes of text, reasoning and arguments in one answer
	maxBody  = 256 << 20 // bytes of one body with all its wrapping: about a million tokens
	maxWhole = 32 << 20  // bytes of a body that is read as one piece
	maxError = 64 << 10  // bytes of an error's body that are looked at
	maxCalls = 128       // tool calls in one answer
)

func (c Config) withDefaults() Config {
	c.RemoteName = cmp.Or(c.RemoteName, c.Name)
	c.FirstByte = cmp.Or(c.FirstByte, 2*time.Minute)
	c.Idle = cmp.Or(c.Idle, DefaultIdle)
	c.Total = cmp.Or(c.Total, time.Hour)
	c.Batch = cmp.Or(c.Batch, 32)
	if c.HTTP == nil {
		c.HTTP = NewHTTP()
	}
	return c
}

// NewHTTP makes a client that is fit for models: without a time-out of its own, because a
// long answer is not a slow one and silence is watched instead; without a proxy out of the
// environment, because nothing goes where it was not configured to; and it follows no
// redirect, because the key would go with it.
func NewHTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil
	t.MaxIdleConnsPerHost = 64
	t.DisableCompression = true // a compressed stream arrives in lumps
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: t, CheckRedirect: stay}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// CheckURL says whether a model can be reached by such an address, in words for the
// one who wrote it.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "url " + raw + " is not an http or https address", Hint: "write it like http://127.0.0.1:8080/v1", Err: err}
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "url " + u.Redacted() + " has a query, a fragment or a password", Hint: "give the key by key_env"}
	}
	return nil
}

// versionName is what an operator writes for a version: v1, v4, v1beta.
var versionName = regexp.MustCompile(`^v[0-9]+[a-z0-9]*$`)

// Versioned is the address that a dialect's methods stand below: what the operator wrote,
// without one of the methods at its end, with /v1 where it names no version.
func Versioned(url string, methods ...string) string {
	base := bare(url, methods)
	if Root(base) == base {
		base += "/v1"
	}
	return base
}

// Root is the address without version and method.
func Root(url string, methods ...string) string {
	base := bare(url, methods)
	i := strings.LastIndexByte(base, '/')
	if i < 1 || base[i-1] == '/' || !versionName.MatchString(base[i+1:]) {
		return base // after two slashes stands a host
	}
	return strings.TrimRight(base[:i], "/")
}

func bare(url string, methods []string) string {
	url = strings.TrimRight(url, "/")
	for _, m := range methods {
		if short, found := strings.CutSuffix(url, m); found {
			return strings.TrimRight(short, "/")
		}
	}
	return url
}
