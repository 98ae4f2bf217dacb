package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
)

// watched serves a route that takes its time, and ends it once its asker may no longer have
// what it gives. That other rights are lost meanwhile changes nothing.
func (s *Server) watched(w http.ResponseWriter, q *request, t *route) error {
	leave := s.watch(q, t)
	defer leave()
	if t.long {
		w = q.cutOff(w)
	}
	ctx := q.Context() // a handler may derive another
	return withdrawn(ctx, t.serve(s, w, q))
}

// watch has the context of a request end with the right to what it gives, until leave is called.
func (s *Server) watch(q *request, t *route) (leave func()) {
	var needed scope.Right
	for _, r := range t.rights {
		if q.scope.May(r) {
			needed |= r
		}
	}
	ctx, watch := s.Auth.Watch(q.Context(), q.identity, q.scope.Within(needed))
	leave = watch.End
	if q.identity.Kind == auth.Declared {
		var end func()
		ctx, end = s.whileDeclared(ctx, credential(q.Request))
		leave = func() { end(); watch.End() }
	}
	q.watch = watch
	q.within(ctx)
	return leave
}

// whileDeclared is a context that ends when a key is declared no more.
func (s *Server) whileDeclared(ctx context.Context, key string) (_ context.Context, leave func()) {
	ctx, end := context.WithCancelCause(ctx)
	go func() {
		for a := s.access.Load(); ; a = s.access.Load() {
			if _, still := s.configured(key); !still {
				end(errKey)
			}
			select {
			case <-a.replaced:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() { end(nil) }
}

// withdrawn is the error of work that a watch has ended.
func withdrawn(ctx context.Context, err error) error {
	if why, ok := errors.AsType[*wenyuan.Error](context.Cause(ctx)); err != nil && ok {
		return why
	}
	return err
}

// cutOff has what is sent and taken end with the context of the request, also while the other side
// keeps us waiting.
func (q *request) cutOff(w http.ResponseWriter) http.ResponseWriter {
	ctx, ctl := q.Context(), http.NewResponseController(w)
	context.AfterFunc(ctx, func() {
		if _, ended := errors.AsType[*wenyuan.Error](context.Cause(ctx)); ended {
			_ = ctl.SetReadDeadline(time.Unix(1, 0)) // in memory nobody waits
			_ = ctl.SetWriteDeadline(time.Unix(1, 0))
		}
	})
	q.Body = &cutReader{q.Body, ctx}
	return &cutWriter{w, ctx}
}

type cutReader struct {
	io.ReadCloser
	ctx context.Context
}

// Read takes nothing more once the context has ended.
func (r *cutReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.ReadCloser.Read(p)
}

type cutWriter struct {
	http.ResponseWriter
	ctx context.Context
}

// Write sends nothing more once the context has ended.
func (w *cutWriter) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the connection.
func (w *cutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
