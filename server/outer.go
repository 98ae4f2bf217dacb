package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"wenyuan"
	"wenyuan/web"
)

// outer is what every request passes, whatever its route: a name, the log, the headers, and
// the question whether a foreign page sent it.
func (s *Server) outer(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		seen := new(string)
		ctx := context.WithValue(r.Context(), labelKey, seen)
		q := &request{Request: r.WithContext(context.WithValue(ctx, idKey, newRequestID()))}
		q.id = requestID(q.Context())
		rec := &recorder{ResponseWriter: w, stall: s.Limits.Stall}
		defer s.finish(rec, q, seen, begin)
		headers(rec.Header(), q.id)
		if forOthers(q.Request) {
			s.shareAlike(rec, q.Request)
		}
		if err := s.vouch(q.Request); err != nil {
			s.fail(rec, q, route{}, err)
			return
		}
		inner.ServeHTTP(rec, q.Request)
	})
}

// label notes which route a request took, for log and figures.
func label(ctx context.Context, path string) {
	if seen, ok := ctx.Value(labelKey).(*string); ok {
		*seen = path
	}
}

// finish logs and counts a request, and turns a panic into an error where that can still be said.
func (s *Server) finish(w *recorder, r *request, seen *string, begin time.Time) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.Log.Error("panic", "request", r.id, "path", r.URL.Path, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
		if w.status != 0 {
			panic(http.ErrAbortHandler) // the reply has begun: it must not look whole
		}
		s.fail(w, r, route{}, &wenyuan.Error{Code: wenyuan.Internal, Message: "the server made a mistake", Hint: "its log says more, under " + r.id})
	}
	status := w.status
	if status == 0 {
		status = statusGone
	}
	took := time.Since(begin)
	s.count.request(*seen, status, took)
	s.Log.Info("request", "request", r.id, "method", r.Method, "route", *seen, "status", status, "bytes", w.bytes, "took", took.Round(time.Microsecond))
}

func headers(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer a browser calls the origin of our own forms null
	h.Set("Content-Security-Policy", web.ContentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// A recorder notes the status and size of a reply, and gives the reader a time to take each
// piece of it. The deadline is set anew for every piece, because it stays with the
// connection and would meet the next request.
type recorder struct {
	http.ResponseWriter
	stall  time.Duration
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.pace()
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) pace() {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.stall)) // in memory there is no deadline, and none is needed
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.pace()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// paced gives each piece of a body its own time to arrive, so that a large upload may be
// long but not stand still.
func (s *Server) paced(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	return &pacedReader{body, http.NewResponseController(w), s.Limits.Stall}
}

type pacedReader struct {
	io.ReadCloser
	ctl   *http.ResponseController
	stall time.Duration
}

// Read sets the deadline for one piece; net/http lifts it at the end of the body, so the
// work that follows may take its time.
func (r *pacedReader) Read(p []byte) (int, error) {
	_ = r.ctl.SetReadDeadline(time.Now().Add(r.stall)) // in memory there is no deadline, and none is needed
	return r.ReadCloser.Read(p)
}

// A flushWriter sends each piece at once.
type flushWriter struct {
	w   http.ResponseWriter
	ctl *http.ResponseController
}

func flushing(w http.ResponseWriter) *flushWriter {
	return &flushWriter{w, http.NewResponseController(w)}
}

func (f *flushWriter) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if err == nil {
		err = f.ctl.Flush()
	}
	return n, err
}
