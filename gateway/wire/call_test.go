package wire_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

func server(t *testing.T, url string, set ...func(*wire.Config)) *wire.Server {
	c := wire.Config{Name: "house", URL: url, Key: secret, KeyEnv: "HOUSE_KEY"}
	for _, f := range set {
		f(&c)
	}
	s := wire.NewServer(c, "test", func(h http.Header, key string) { h.Set("X-Key", key) })
	t.Cleanup(s.Close)
	return s
}

// problem posts and gives the error, which is one of ours.
func problem(t *testing.T, s *wire.Server) *wenyuan.Error {
	t.Helper()
	k, err := s.Post(t.Context(), s.URL, "question")
	if err == nil {
		var reply any
		err = k.Whole(&reply)
		k.End()
	}
	e, ok := errors.AsType[*wenyuan.Error](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	return e
}

// TestHowServersRefuse: the same thing in the words of many.
func TestHowServersRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		status     int
		code       wenyuan.Code
		says       string
	}{
		{"OpenAI", `{"error":{"message":"maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}`, 400, wenyuan.TooLarge, "longer context"},
		{"llama.cpp", `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, 400, wenyuan.TooLarge, ""},
		{"vLLM, older", `{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}`, 400, wenyuan.TooLarge, ""},
		{"Anthropic, size", `{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`, 413, wenyuan.TooLarge, ""},
		{"TEI, batch", `{"error":"batch size 64 > maximum allowed batch size 32","error_type":"Validation"}`, 413, wenyuan.Unavailable, "batch size 64"},
		{"Azure", `{"error":{"message":"The response was filtered","code":"content_filter","status":400}}`, 400, wenyuan.Denied, "rules"},
		{"DashScope", `{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}`, 400, wenyuan.Denied, ""},
		{"DeepSeek, content", `{"error":{"message":"Content Exists Risk","type":"invalid_request_error","code":"invalid_request_error"}}`, 400, wenyuan.Denied, ""},
		{"DeepSeek, account", `{"error":{"message":"Insufficient Balance"}}`, 402, wenyuan.Unavailable, "credit"},
		{"FastAPI", `{"detail":[{"loc":["body","model"],"msg":"field required"}]}`, 422, wenyuan.Invalid, "field required"},
		{"Cohere", `{"message":"invalid api token"}`, 401, wenyuan.Unavailable, "HOUSE_KEY"},
		{"a string", `"temperature is out of range"`, 400, wenyuan.Invalid, "its server said: temperature is out of range"},
		{"a page", `<html>forbidden</html>`, 403, wenyuan.Unavailable, "HOUSE_KEY"},
		{"a model that loads", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, 503, wenyuan.Unavailable, "log"},
		{"envelopes without end", strings.Repeat(`{"error":`, 5000) + `1` + strings.Repeat(`}`, 5000), 400, wenyuan.Invalid, "refused"},
		{"numbers", `{"error":{"code":1301,"message":"不安全"}}`, 400, wenyuan.Denied, ""},
		{"nothing", ``, 418, wenyuan.Unavailable, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := problem(t, server(t, gatewaytest.New(t, gatewaytest.Fail(c.status, c.body)).URL))
			if e.Code != c.code || !strings.Contains(e.Message+"\n"+e.Hint, c.says) {
				t.Errorf("%s: %s (%s)", e.Code, e.Message, e.Hint)
			}
			if said := wire.RefusalOf(e); said == nil || said.Status != c.status {
				t.Errorf("the server's words are lost: %+v", said)
			}
		})
	}
}

// TestDrip: a body that comes in one piece may not come in drops either.
func TestDrip(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500} {
		s := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				<-tick.C
			}
		})
		began := time.Now()
		e := problem(t, server(t, s.URL, func(c *wire.Config) { c.FirstByte, c.Idle = 150*time.Millisecond, 100*time.Millisecond }))
		if e.Code != wenyuan.Unavailable || time.Since(began) > 10*time.Second {
			t.Errorf("%d: %v", status, e)
		}
	}
}

// certs are the certificates of the test servers.
var certs = struct {
	sync.Mutex
	roots map[string]*x509.CertPool
}{roots: map[string]*x509.CertPool{}}

// shows starts a server with a certificate of its own making.
func shows(t *testing.T, change func(*x509.Certificate)) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "models.corp"}, DNSNames: []string{"models.corp"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(http.NotFoundHandler())
	h.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	trusted, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(trusted)
	certs.Lock()
	defer certs.Unlock()
	certs.roots[h.URL] = roots
	return h.URL
}

// trusting lets a client trust what the server at url shows.
func trusting(url string) func(*wire.Config) {
	return func(c *wire.Config) {
		certs.Lock()
		defer certs.Unlock()
		c.HTTP = wire.NewHTTP()
		c.HTTP.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: certs.roots[url]}
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	stranger := shows(t, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	other := shows(t, func(*x509.Certificate) {})
	old := shows(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-24 * time.Hour) })
	for name, c := range map[string]struct {
		server *wire.Server
		says   string
	}{
		"self-signed":  {server(t, stranger), "SSL_CERT_FILE"},
		"another name": {server(t, other, trusting(other)), "another name"},
		"expired":      {server(t, old, trusting(old)), "clock"},
	} {
		e := problem(t, c.server)
		if e.Code != wenyuan.Unavailable || !strings.Contains(e.Message, "models.corp") || !strings.Contains(e.Hint, c.says) {
			t.Errorf("%s: %s (%s)", name, e.Message, e.Hint)
		}
	}
	plain := strings.Replace(gatewaytest.New(t, gatewaytest.Say("x")).URL, "http:", "https:", 1)
	if e := problem(t, server(t, plain)); !strings.Contains(e.Hint, "does not speak https") {
		t.Errorf("https to http: %s (%s)", e.Message, e.Hint)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"http://h":                     {"http://h/v1", "http://h"},
		"http://h/":                    {"http://h/v1", "http://h"},
		"http://h/v1/":                 {"http://h/v1", "http://h"},
		"http://h/v1/embeddings":       {"http://h/v1", "http://h"},
		"http://h/chat":                {"http://h/v1", "http://h"},
		"http://h/api/paas/v4":         {"http://h/api/paas/v4", "http://h/api/paas"},
		"http://h/v1beta":              {"http://h/v1beta", "http://h"},
		"http://v1":                    {"http://v1/v1", "http://v1"},
		"http://h/compatible/v1/chat/": {"http://h/compatible/v1", "http://h/compatible"},
	} {
		got := [2]string{wire.Versioned(in, "/chat", "/embeddings"), wire.Root(in, "/chat", "/embeddings")}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestAClientThatFollows: whoever made the client, the key does not travel.
func TestAClientThatFollows(t *testing.T) {
	t.Parallel()
	elsewhere := gatewaytest.New(t, gatewaytest.JSON(`1`))
	s := gatewaytest.New(t, gatewaytest.Redirect(elsewhere.URL))
	hc := &http.Client{Transport: &http.Transport{}}
	e := problem(t, server(t, s.URL, func(c *wire.Config) { c.HTTP = hc }))
	if !strings.Contains(e.Hint, "final address") || len(elsewhere.Requests()) != 0 {
		t.Errorf("%v", e)
	}
	if hc.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}
