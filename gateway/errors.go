package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"wenyuan"
)

// A Wait is the cause of an error that passes by itself: After is how long the model
// asked to be left alone.
type Wait struct {
	After time.Duration
	Err   error
}

// Error is the cause, for the operator.
func (w *Wait) Error() string { return fmt.Sprintf("wait %s: %v", w.After, w.Err) }

// Unwrap gives the cause.
func (w *Wait) Unwrap() error { return w.Err }

// WaitOf finds how long an error asks to wait; 0 where it does not say.
func WaitOf(err error) time.Duration {
	if w, ok := errors.AsType[*Wait](err); ok {
		return w.After
	}
	return 0
}

func (c Config) unreachable(err error) error {
	message := "the model " + c.Name + " cannot be reached at " + c.URL
	hint := "look whether the server is up and the address is right"
	if errors.Is(err, syscall.ECONNREFUSED) {
		hint = "nothing listens there: start the model's server, or put its address right in the configuration"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		hint = "the name " + dns.Name + " is not known: put the address right in the configuration"
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: message, Hint: hint, Err: err}
}

func (c Config) silent() error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + c.Name + " did not answer in time", Hint: "it may be loading or overloaded: look at its server, or try again", Err: errSilent}
}

func (c Config) rubbish(err error) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + c.Name + " sent something that is no answer", Hint: "look whether " + c.URL + " speaks the OpenAI dialect", Err: err}
}

func (c Config) brokenOff(err error) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the answer of the model " + c.Name + " broke off", Hint: "ask again; where it happens often, look at the log of the model's server", Err: err}
}

// A remoteError is the body of an error in the OpenAI dialect.
type remoteError struct {
	Message string          `json:"message"`
	Type    string          `json:"type"`
	Code    json.RawMessage `json:"code"` // a string, a number or null
}

// refused turns a reply that is not 200 into an error.
func (c Config) refused(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError)) // half a body still says more than none
	var envelope struct {
		Error json.RawMessage `json:"error"`
	}
	remote := remoteError{Message: string(body)}
	if json.Unmarshal(body, &envelope) == nil && len(envelope.Error) > 0 {
		if json.Unmarshal(envelope.Error, &remote) != nil {
			_ = json.Unmarshal(envelope.Error, &remote.Message) // some servers send a bare string
		}
	}
	return c.mapped(resp.StatusCode, remote, retryAfter(resp.Header.Get("Retry-After"), time.Now()))
}

// mapped gives the error of a status, an error body, or both; status 0 is an error inside a stream.
func (c Config) mapped(status int, remote remoteError, after time.Duration) error {
	cause := fmt.Errorf("status %d, %s %s: %s", status, remote.Type, remote.Code, c.clean(remote.Message))
	fail := func(code wenyuan.Code, message, hint string) error {
		return &wenyuan.Error{Code: code, Message: message, Hint: hint, Err: cause}
	}
	switch {
	case contextTooLong(remote):
		return fail(wenyuan.TooLarge, "the question and its passages are too long for the model "+c.Name, "give it fewer passages, or a model with a longer context")
	case status == http.StatusTooManyRequests:
		cause = &Wait{After: after, Err: cause}
		return fail(wenyuan.Limited, "the model "+c.Name+" has too much to do", "try again in "+cmp.Or(after, time.Second).Round(time.Second).String())
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fail(wenyuan.Unavailable, "the model "+c.Name+" does not accept our key", c.keyHint())
	case status == http.StatusNotFound:
		return fail(wenyuan.Unavailable, "the server at "+c.URL+" knows no model "+c.RemoteName, "put url or remote_name of "+c.Name+" right in the configuration")
	case status >= 300 && status < 400:
		return fail(wenyuan.Unavailable, "the server at "+c.URL+" wants to send us elsewhere", "redirects are not followed, because the key would go with them: put the final address in the configuration")
	case status >= 400 && status < 500:
		return fail(wenyuan.Unavailable, "the model "+c.Name+" refused the request", "its server said: "+c.clean(remote.Message))
	case after > 0:
		cause = &Wait{After: after, Err: cause}
	}
	return fail(wenyuan.Unavailable, "the model "+c.Name+" failed", "look at the log of the model's server, or try again")
}

func (c Config) keyHint() string {
	switch {
	case c.KeyEnv == "":
		return "give the model a key_env in the configuration, and the key in that environment variable"
	case c.Key == "":
		return "the environment variable " + c.KeyEnv + " is empty: put the key there"
	}
	return "put the right key in the environment variable " + c.KeyEnv
}

// contextTooLong recognises the one refusal that every server words differently.
func contextTooLong(r remoteError) bool {
	if strings.Contains(string(r.Code), "context_length_exceeded") || r.Type == "exceed_context_size_error" {
		return true
	}
	m := strings.ToLower(r.Message)
	about := strings.Contains(m, "context length") || strings.Contains(m, "context size") || strings.Contains(m, "context window") || strings.Contains(m, "model len")
	over := strings.Contains(m, "exceed") || strings.Contains(m, "maximum") || strings.Contains(m, "longer") || strings.Contains(m, "too l")
	return about && over
}

// clean makes what a stranger sent fit for one line of ours, without our key.
func (c Config) clean(s string) string {
	if c.Key != "" {
		s = strings.ReplaceAll(s, string(c.Key), "[key]")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// retryAfter reads the header in both of its forms. It believes at most an hour.
func retryAfter(h string, now time.Time) time.Duration {
	d := time.Duration(0)
	if s, err := strconv.Atoi(h); err == nil && s < 3600 {
		d = time.Duration(s) * time.Second
	} else if err == nil {
		d = time.Hour
	} else if t, err := http.ParseTime(h); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), time.Hour)
}
