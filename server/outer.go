package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/web"
)

// outer is what every request passes, whatever its route: a name, the log, the headers, and
// the question whether a foreign page sent it.
func (s *Server) outer(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &coming{begun: time.Now(), id: newRequestID(), recorder: recorder{ResponseWriter: w, stall: s.Limits.Stall}}
		ctx := context.WithValue(r.Context(), comingKey, c)
		if s.Gateway != nil {
			ctx = s.Gateway.Telemetry().Begin(ctx, r.Header.Get("Traceparent"))
		}
		c.request = request{Request: r.WithContext(ctx), id: c.id}
		q, rec := &c.request, &c.recorder
		defer s.finish(c)
		q.name[0] = q.id
		headers(rec.Header(), q.name[:], toProgram(r))
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

// A coming is a request as it passes the outer, whatever its route.
type coming struct {
	begun    time.Time
	id       string
	label    string // the route that it took, for log and figures; "" before it took one
	recorder recorder
	request  request
}

// label notes which route a request took.
func label(ctx context.Context, path string) {
	if c, ok := ctx.Value(comingKey).(*coming); ok {
		c.label = path
	}
}

// finish logs and counts a request, and turns a panic into an error where that can still be said.
func (s *Server) finish(c *coming) {
	w, r := &c.recorder, &c.request
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
	took, ctx := time.Since(c.begun), r.Request.Context() // what its handler made of it may have ended
	s.count.request(c.label, status, took)
	if s.Gateway != nil {
		s.Gateway.Telemetry().Served(ctx, r.Method, c.label, status, c.begun, took)
	}
	if s.Quiet || !s.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request", r.id), slog.String("method", r.Method), slog.String("route", c.label),
		slog.Int("status", status), slog.Int64("bytes", w.bytes), slog.Duration("took", took.Round(time.Microsecond)))
}

func headers(h http.Header, id []string, program bool) {
	h["X-Request-Id"] = id
	always.set(h)
	if !program {
		ofDocuments.set(h)
	}
}

// toProgram says whether a reply goes to a program: a browser sends no key of ours by itself, so that what
// comes back is never a document in a window of it. The routes of OpenAI's clients give no pages either.
func toProgram(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/v1/") && bearer(r) != ""
}

// Fixed headers are not to be written to: all replies share them.
type fixedHeaders []struct {
	name  string
	value []string
}

func (f fixedHeaders) set(h http.Header) {
	for i := range f {
		h[f[i].name] = f[i].value
	}
}

// always are the headers that every reply has.
var always = fixedHeaders{
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Cache-Control", []string{"no-store"}},
}

// ofDocuments are those that say something about a document in a window alone: who may frame it, what it may
// load and run, what it tells others of where it came from. A reply has them unless it goes to a program, for
// which net/http's map of headers would grow.
var ofDocuments = fixedHeaders{
	{"X-Frame-Options", []string{"DENY"}},
	{"Referrer-Policy", []string{"same-origin"}}, // with no-referrer a browser calls the origin of our own forms null
	{"Content-Security-Policy", []string{web.ContentSecurityPolicy}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
}

// A recorder notes the status and size of a reply, and gives the reader a time to take each
// piece of it. The deadline is set with the first piece, because that of the request before it stays with the
// connection, and anew as time goes by.
type recorder struct {
	http.ResponseWriter
	stall  time.Duration
	paced  time.Time // when the deadline was set last
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

// paceStep is how much of the time for a piece may have gone by already: setting a deadline costs as much as
// writing a small piece.
const paceStep = 16

func (w *recorder) pace() {
	now := time.Now()
	if now.Sub(w.paced) < w.stall/paceStep {
		return
	}
	w.paced = now
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(now.Add(w.stall)) // in memory there is no deadline, and none is needed
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

// A pacedReader gives each piece of a body its own time to arrive, so that a large upload may be
// long but not stand still.
type pacedReader struct {
	io.ReadCloser
	ctl   http.ResponseController
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
