package wire

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
	if bad, ok := errors.AsType[tls.RecordHeaderError](err); errors.Is(err, http.ErrSchemeMismatch) || ok && string(bad.RecordHeader[:]) == "HTTP/" {
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
	return k.Rubbish(fmt.Errorf("content type %q instead of a stream: %s", k.kind, k.s.clean(string(begin[:n]))))
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
