// Package gatewaytest is a model server for tests: it speaks the dialect of OpenAI at the
// wire and says what the test tells it to say, good and bad.
//
// It is the outside of the program, so it is the one thing that is faked; what it is given
// is recorded.
package gatewaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"wenyuan"
)

// A Reply answers one request.
type Reply func(w http.ResponseWriter, r *http.Request)

// A Request is what the server was sent.
type Request struct {
	Path     string
	Header   http.Header
	Body     string
	Messages []wenyuan.Message // of a chat
	Model    string
}

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

// ServeHTTP records a request and gives the next reply.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body)) // a reply may want to read it too
	q := Request{Path: r.URL.Path, Header: r.Header, Body: string(body)}
	var chat struct {
		Model    string            `json:"model"`
		Messages []wenyuan.Message `json:"messages"`
	}
	if err := json.Unmarshal(body, &chat); err == nil {
		q.Model, q.Messages = chat.Model, chat.Messages
	}
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

// Say streams pieces of text as a model does, with a finish, a usage and the end mark.
func Say(pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		for _, p := range pieces {
			piece(w, p)
		}
		event(w, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		event(w, fmt.Sprintf(`{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":%d}}`, len(pieces)))
		event(w, "[DONE]")
	}
}

// BreakOff says pieces and then drops the connection.
func BreakOff(pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		for _, p := range pieces {
			piece(w, p)
		}
		panic(http.ErrAbortHandler)
	}
}

// EndEarly says pieces and ends the stream properly, but without a finish.
func EndEarly(pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		for _, p := range pieces {
			piece(w, p)
		}
	}
}

// Hang says pieces and then nothing, until the client goes away. It closes gone then.
func Hang(gone chan<- struct{}, pieces ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if len(pieces) > 0 {
			begin(w)
		}
		for _, p := range pieces {
			piece(w, p)
		}
		<-r.Context().Done()
		if gone != nil {
			close(gone)
		}
	}
}

// Fail answers with a status, a body as it is, and headers in pairs.
func Fail(status int, body string, headers ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Events sends events as they are, whatever they hold.
func Events(data ...string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		for _, d := range data {
			event(w, d)
		}
	}
}

// Vectors embeds each text as what f makes of it.
func Vectors(f func(text string) []float32) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		type datum struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var data []datum
		for i, text := range q.Input {
			data = append(data, datum{i, f(text)})
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"data": data})
	}
}

func begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
}

func piece(w http.ResponseWriter, text string) {
	quoted, _ := json.Marshal(text) // a string always can be
	event(w, `{"choices":[{"index":0,"delta":{"content":`+string(quoted)+`}}]}`)
}

func event(w http.ResponseWriter, data string) {
	io.WriteString(w, "data: "+data+"\n\n")
	w.(http.Flusher).Flush()
}
