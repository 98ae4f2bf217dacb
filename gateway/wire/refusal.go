package wire

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan"
)

// A Refusal is the cause of an error that a server gave in words of its own.
type Refusal struct {
	Status  int    // of HTTP; 0 where it came inside a stream that had begun
	Type    string // as the server calls it
	Code    string
	Message string // one line, cut short, without our key
}

// Error is what the server said, for the operator.
func (r *Refusal) Error() string {
	said := strings.Join(slices.DeleteFunc([]string{strings.TrimSpace(r.Type + " " + r.Code), r.Message}, func(s string) bool { return s == "" }), ": ")
	return strings.TrimSuffix(fmt.Sprintf("status %d, %s", r.Status, said), ", ")
}

// RefusalOf finds what the server said; nil where it said nothing.
func RefusalOf(err error) *Refusal {
	r, _ := errors.AsType[*Refusal](err)
	return r
}

// refused turns a reply that is not 200 into an error.
func (s *Server) refused(status int, h http.Header, body io.Reader) error {
	data, _ := io.ReadAll(io.LimitReader(body, maxError)) // half a body still says more than none
	r := refusal(data, true)
	r.Status = status
	return s.mapped(r, retryAfter(h.Get("Retry-After"), time.Now()))
}

// Refused turns an error inside a stream into ours. It takes the error alone or the envelope
// around it, in the form of any dialect.
func (k *Call) Refused(data []byte) error { return k.s.mapped(refusal(data, true), 0) }

// refusal reads the error bodies of the dialects: {"error":{...}}, {"error":"..."},
// {"message":"..."}, {"detail":"..."}, or just text. Only one envelope is opened.
func refusal(data []byte, envelope bool) *Refusal {
	var b struct {
		Error     json.RawMessage `json:"error"`
		Message   string          `json:"message"`
		Type      string          `json:"type"`
		ErrorType string          `json:"error_type"`
		Code      json.RawMessage `json:"code"` // a string, a number or null
		Detail    json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(data, &b) != nil {
		var text string
		if json.Unmarshal(data, &text) != nil {
			text = string(data)
		}
		return &Refusal{Message: text}
	}
	if inner := b.Error; len(inner) > 0 && string(inner) != "null" {
		if !envelope {
			return &Refusal{Message: string(inner)}
		}
		r := refusal(inner, false)
		r.Type = cmp.Or(r.Type, b.ErrorType)
		return r
	}
	code := strings.Trim(string(b.Code), `"`)
	r := &Refusal{Type: cmp.Or(b.Type, b.ErrorType), Code: code, Message: cmp.Or(b.Message, string(b.Detail), string(data))}
	if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 {
		r.Status = n
	}
	return r
}

// mapped gives the error of a status, an error body, or both.
func (s *Server) mapped(r *Refusal, after time.Duration) error {
	r.Type, r.Code, r.Message = s.clean(r.Type), s.clean(r.Code), s.clean(r.Message)
	var cause error = r
	if after > 0 || r.limited() {
		cause = &Wait{After: after, Err: r}
	}
	fail := func(code wenyuan.Code, message, hint string) error {
		return &wenyuan.Error{Code: code, Message: message, Hint: hint, Err: cause}
	}
	switch {
	case r.tooLong():
		return fail(wenyuan.TooLarge, "what is asked is too long for the model "+s.Name, "send less of it, such as fewer passages or earlier turns, or use a model with a longer context")
	case r.objectionable():
		return fail(wenyuan.Denied, "the provider of the model "+s.Name+" refuses what it is asked with", "ask in other words, or use another model; its rules are the provider's, not ours")
	case r.unpaid():
		return fail(wenyuan.Unavailable, "the account of the model "+s.Name+" has no credit left", "top it up at the provider, or use another model")
	case r.limited():
		return fail(wenyuan.Limited, "the model "+s.Name+" has too much to do", "try again in "+cmp.Or(after, time.Second).Round(time.Second).String())
	case r.is("authentication_error", "permission_error") || r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		return fail(wenyuan.Unavailable, "the model "+s.Name+" does not accept our key", s.keyHint())
	case r.is("not_found_error") || r.Status == http.StatusNotFound:
		return fail(wenyuan.Unavailable, "the server at "+s.URL+" knows no model "+s.RemoteName, "put url or remote_name of "+s.Name+" right in the configuration")
	case r.Status >= 300 && r.Status < 400:
		return fail(wenyuan.Unavailable, "the server at "+s.URL+" wants to send us elsewhere", "redirects are not followed, because the key would go with them: put the final address in the configuration")
	case r.Status == http.StatusBadRequest || r.Status == http.StatusUnprocessableEntity: // it will be refused again
		return fail(wenyuan.Invalid, "the model "+s.Name+" refused the request", "its server said: "+r.Message)
	case r.Status >= 400 && r.Status < 500:
		return fail(wenyuan.Unavailable, "the model "+s.Name+" refused the request", "its server said: "+r.Message)
	}
	return fail(wenyuan.Unavailable, "the model "+s.Name+" failed", "look at the log of the model's server, or try again")
}

func (r *Refusal) is(names ...string) bool {
	for _, n := range names {
		if r.Type == n || r.Code == n {
			return true
		}
	}
	return false
}

// limited: too much at once. Anthropic's 529 says so of all its customers together.
func (r *Refusal) limited() bool {
	return r.Status == http.StatusTooManyRequests || r.Status == 529 || r.is("overloaded_error", "rate_limit_error", "rate_limit_exceeded")
}

// unpaid: 429 too, at OpenAI, but waiting does not help.
func (r *Refusal) unpaid() bool {
	return r.Status == http.StatusPaymentRequired || r.is("insufficient_quota", "billing_error", "billing_not_active", "Arrearage")
}

// objectionable: the words that providers have for content they do not take.
func (r *Refusal) objectionable() bool {
	return r.is("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "data_inspection_failed", "DataInspectionFailed", "1301") ||
		strings.Contains(r.Message, "Content Exists Risk")
}

// tooLong recognises the one refusal that every server words differently.
func (r *Refusal) tooLong() bool {
	m := strings.ToLower(r.Message)
	if r.is("context_length_exceeded", "exceed_context_size_error", "request_too_large") || r.Status == http.StatusRequestEntityTooLarge && !strings.Contains(m, "batch") {
		return true
	}
	about := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(m, w) {
				return true
			}
		}
		return false
	}
	return about("prompt is too long", "prompt too long", "input is too long", "input length exceeds", "must have less than") ||
		about("context length", "context size", "context window", "model len") && about("exceed", "maximum", "longer", "too l")
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
