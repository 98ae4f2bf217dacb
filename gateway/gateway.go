// Package gateway is the way to models that live outside the program: chat and
// embeddings in the dialect of OpenAI, over HTTP.
//
// It never sends a request that nobody waits for, never retries after the first piece of
// text was handed on, never follows a redirect (the key would go with it), and never puts a
// key into an error or a log. A stream that breaks off is an error, whatever was said
// before; a stranger who "tolerates" that would pass half an answer off as a whole one.
package gateway

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"wenyuan"
)

// A Config says where one model is and how long to wait for it.
type Config struct {
	Name       string // how the operator calls it; used in messages
	URL        string // http or https; with or without its version segment ("/v1")
	RemoteName string // how the server calls it; Name where empty
	Key        Secret // bearer key; none where empty
	KeyEnv     string // where the operator keeps the key, for hints

	FirstByte time.Duration // longest silence before the first event; default 2 min, as a cold model has to load and a long prompt to be read
	Idle      time.Duration // longest silence between two events; default 30 s
	Batch     int           // texts of one embedding request; default 64, which every known server takes
}

// A Secret shows itself to nobody who prints, logs or encodes what holds it.
type Secret string

// String is the same for every secret.
func (Secret) String() string { return "[secret]" }

// GoString is the same for every secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText is the same for every secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

const (
	maxEvent = 1 << 20  // bytes of one event of a stream; an honest one has some hundred
	maxReply = 16 << 20 // bytes of text in one answer
	maxError = 64 << 10 // bytes of an error's body that are looked at
)

func (c Config) withDefaults() Config {
	c.RemoteName = cmp.Or(c.RemoteName, c.Name)
	c.FirstByte = cmp.Or(c.FirstByte, 2*time.Minute)
	c.Idle = cmp.Or(c.Idle, 30*time.Second)
	c.Batch = cmp.Or(c.Batch, 64)
	return c
}

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

// versionSegment is how the path ends where the operator wrote the version: /v1, /v4, /v1beta.
var versionSegment = regexp.MustCompile(`/v[0-9]+[a-z0-9]*$`)

// endpoint is the address of one method below a base with or without its version.
func endpoint(base, method string) string {
	base = strings.TrimRight(base, "/")
	base = strings.TrimSuffix(base, method)
	if !versionSegment.MatchString(base) {
		base += "/v1"
	}
	return base + method
}

// newHTTP makes the client of one model. It has no time-out of its own, because a long
// answer is not a slow one: silence is watched instead.
func newHTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 8
	t.DisableCompression = true // a compressed stream arrives in lumps
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
