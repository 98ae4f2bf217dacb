// Package memhttp carries HTTP requests to a handler of the same process, without a
// socket, so that a program can be its own client.
//
// Bodies stream in both directions, the handler stops when the caller does, and a handler
// that panics breaks its reply off as it would on the wire.
package memhttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// A Transport hands every request to Handler. It is safe for concurrent use.
type Transport struct {
	Handler http.Handler
}

// RoundTrip returns as soon as the handler has begun to answer.
func (t Transport) RoundTrip(out *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(out.Context())
	in := out.Clone(ctx)
	in.RequestURI = out.URL.RequestURI()
	in.RemoteAddr = "memory"
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	if in.Host == "" {
		in.Host = out.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	body, sink := io.Pipe()
	w := &writer{header: http.Header{}, sink: sink, begun: make(chan struct{})}
	go t.serve(w, in)
	resp := func() *http.Response {
		return &http.Response{
			Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.sent, Body: &reader{body, cancel}, ContentLength: -1, Request: out,
		}
	}
	select {
	case <-w.begun:
		return resp(), nil
	case <-ctx.Done():
		cancel()
		body.CloseWithError(ctx.Err())
		return nil, context.Cause(ctx)
	}
}

// serve runs the handler and ends the reply the way it ended.
func (t Transport) serve(w *writer, r *http.Request) {
	err := io.ErrUnexpectedEOF
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			err = fmt.Errorf("the handler panicked: %v", p)
		}
		w.WriteHeader(http.StatusOK)
		r.Body.Close()
		w.sink.CloseWithError(err)
	}()
	t.Handler.ServeHTTP(w, r)
	err = nil
}

// A writer is the handler's side of a reply.
type writer struct {
	header http.Header
	sent   http.Header // as it was when the reply began
	status int
	once   sync.Once
	begun  chan struct{}
	sink   *io.PipeWriter
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if status < 200 {
		return
	}
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.sink.Write(p)
}

// Flush begins the reply; what is written arrives at once anyhow.
func (w *writer) Flush() { w.WriteHeader(http.StatusOK) }

// A reader is the caller's side. Closing it stops the handler.
type reader struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.PipeReader.Read(p)
	if err != nil {
		r.cancel()
	}
	return n, err
}

func (r *reader) Close() error {
	r.cancel()
	return r.PipeReader.Close()
}

var _ http.RoundTripper = Transport{}
