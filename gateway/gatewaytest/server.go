// Package gatewaytest is a model server for tests: it speaks the dialects of models at the
// wire and says what the test tells it to say, good and bad. [Conform] puts a dialect's
// client through all of it.
//
// It is the outside of the program, so it is the one thing that is faked; what it is given
// is recorded. Which dialect it speaks it takes from the path that is asked for.
package gatewaytest

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A Reply answers one request.
type Reply func(w http.ResponseWriter, r *http.Request)

// A Server gives its replies in order; the last one is repeated.
type Server struct {
	URL string // without /v1

	mu       sync.Mutex
	replies  []Reply
	requests []Request
}

// New starts a server that ends with the test.
func New(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s := &Server{replies: replies}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// NewTLS starts a server whose certificate nobody trusts.
func NewTLS(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s := &Server{replies: replies}
	h := httptest.NewUnstartedServer(s)
	h.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that fail are the point
	h.StartTLS()
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// ServeHTTP records a request and gives the next reply.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body)) // a reply may want to read it too
	q := record(r, body)
	s.mu.Lock()
	s.requests = append(s.requests, q)
	reply := s.replies[0]
	if len(s.replies) > 1 {
		s.replies = s.replies[1:]
	}
	s.mu.Unlock()
	reply(w, r)
}

// Requests are those that came so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}
