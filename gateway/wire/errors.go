package wire

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
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

// A Refusal is the cause of an error that a server gave in words of its own.
type Refusal struct {
	Status  int    // of HTTP; 0 where it came inside a stream that had begun
	Type    string // as the server calls it
	Code    string
	Message string // one line, cut short, without our key
}

// Error is what the server said, for the operator.
func (r *Refusal) Error() string {
	return fmt.Sprintf("status %d, %s %s: %s", r.Status, r.Type, r.Code, r.Message)
}

// RefusalOf finds what the server said; nil where it said nothing.
func RefusalOf(err error) *Refusal {
	r, _ := errors.AsType[*Refusal](err)
	return r
}

func (s *Server) closed() error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "the corpus is closed, and the model " + s.Name + " runs outside", Hint: "use a model whose location is inside, or open the corpus if its texts may leave the house"}
}

func (s *Server) unreachable(err error) error {
	message := "the model " + s.Name + " cannot be reached at " + s.URL
	hint := "look whether the server is up and the address is right"
	if errors.Is(err, syscall.ECONNREFUSED) {
		hint = "nothing listens there: start the model's server, or put its address right in the configuration"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		hint = "the name " + dns.Name + " is not known: put the address right in the configuration"
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		hint = "the server there does not speak https: write the address with http"
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(bad.UnverifiedCertificates) > 0 {
		return s.untrusted(bad)
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: message, Hint: hint, Err: err}
}

// untrusted names the certificate, because the remedy hangs on which one it is.
func (s *Server) untrusted(bad *tls.CertificateVerificationError) error {
	c := bad.UnverifiedCertificates[0]
	subject := s.clean(cmp.Or(c.Subject.String(), strings.Join(c.DNSNames, ", "), "without a name"))
	hint := "let this machine trust it: put the certificate, or that of the authority who issued it, into the system's store or into the file that SSL_CERT_FILE names"
	if _, ok := errors.AsType[x509.HostnameError](bad); ok {
		hint = "it is made for another name: write the address with the name in the certificate, or get one for this address"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](bad); ok && invalid.Reason == x509.Expired {
		hint = "it is valid from " + c.NotBefore.Format(time.DateOnly) + " to " + c.NotAfter.Format(time.DateOnly) + ": renew it, or look at this machine's clock"
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server of the model " + s.Name + " at " + s.URL + " shows a certificate that is not trusted: " + subject, Hint: hint, Err: bad}
}

func (s *Server) silent() error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + s.Name + " did not answer in time", Hint: "it may be loading or overloaded: look at its server, or try again", Err: errSilent}
}

func (s *Server) endless() error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + s.Name + " did not come to an end within " + s.Total.String(), Hint: "give it a smaller max_tokens, or look at the log of its server", Err: errEndless}
}

// Rubbish is the error of what no server that speaks the dialect sends; err says what.
func (k *Call) Rubbish(err error) error {
	if t := k.Type(); t == "text/html" || t == "application/xhtml+xml" {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + k.s.Name + " sent a web page instead of an answer", Hint: "the address " + k.s.URL + " may lead to a page for people or to a sign-in: put the address of the programming interface into the configuration", Err: err}
	}
	return k.s.rubbish(err)
}

func (s *Server) rubbish(err error) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + s.Name + " sent something that is no answer", Hint: "look whether " + s.URL + " speaks the dialect " + s.dialect, Err: err}
}

func (s *Server) brokenOff(err error) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the answer of the model " + s.Name + " broke off", Hint: "ask again; where it happens often, look at the log of the model's server", Err: err}
}

// BrokenOff is the error of an answer of which the server itself says that it is not whole.
func (k *Call) BrokenOff(reason string) error { return k.s.brokenOff(errors.New(k.s.clean(reason))) }

// NoStream is the error of a body that has not the type of a stream.
func (k *Call) NoStream() error {
	begin := make([]byte, 4096)
	n, _ := io.ReadFull(k, begin) // only for the log
	return k.Rubbish(fmt.Errorf("content type %q instead of a stream: %s", k.resp.Header.Get("Content-Type"), k.s.clean(string(begin[:n]))))
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
		return fail(wenyuan.TooLarge, "the question and its passages are too long for the model "+s.Name, "give it fewer passages, or a model with a longer context")
	case r.objectionable():
		return fail(wenyuan.Denied, "the provider of the model "+s.Name+" refuses what the question or its passages say", "ask in other words, or use another model; its rules are the provider's, not ours")
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

func (s *Server) keyHint() string {
	switch {
	case s.KeyEnv == "":
		return "give the model a key_env in the configuration, and the key in that environment variable"
	case s.Key == "":
		return "the environment variable " + s.KeyEnv + " is empty: put the key there"
	}
	return "put the right key in the environment variable " + s.KeyEnv
}

// clean makes what a stranger sent fit for one line of ours, without our key.
func (s *Server) clean(text string) string {
	if s.Key != "" {
		text = strings.ReplaceAll(text, string(s.Key), "[key]")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return text
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
