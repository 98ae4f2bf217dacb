package server

import (
	"context"
	"errors"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/internal/zh"
	"wenyuan/limit"
	"wenyuan/web"
)

// statuses is the one map from codes to HTTP statuses.
var statuses = map[wenyuan.Code]int{
	wenyuan.Invalid:     http.StatusBadRequest,
	wenyuan.NotFound:    http.StatusNotFound,
	wenyuan.Denied:      http.StatusForbidden,
	wenyuan.Conflict:    http.StatusConflict,
	wenyuan.TooLarge:    http.StatusRequestEntityTooLarge,
	wenyuan.Limited:     http.StatusTooManyRequests,
	wenyuan.Unavailable: http.StatusServiceUnavailable,
	wenyuan.Internal:    http.StatusInternalServerError,
	guardRefused:        http.StatusBadRequest,
}

// statusGone is what the log calls a request whose caller went away.
const statusGone = 499

// A problem is an error as the person gets it.
type problem struct {
	Code    wenyuan.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
}

// told is the problem in the language that the request asks for. The code stays.
func (p problem) told(r *request) problem {
	return problem{p.Code, r.tell(p.Message), r.tell(p.Hint)}
}

// tell says a sentence of the house in the language that Accept-Language asks for; without
// the header that is English, as programs get it.
func (r *request) tell(english string) string {
	if web.AcceptLang(r.Header.Get("Accept-Language")) != web.Chinese {
		return english
	}
	chinese, _ := zh.Sentence(english)
	return chinese
}

type problemBody struct {
	Error problem `json:"error"`
}

// explain turns any error into what the person may read, and its status. What has no
// message of its own says only where the operator finds it.
func explain(err error, id string) (problem, int) {
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem{wenyuan.TooLarge, "the request is larger than " + size(big.Limit), "send less at once; for uploads alone the setting limits.upload_bytes can be raised"}, http.StatusRequestEntityTooLarge
	}
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		status, known := statuses[e.Code]
		if !known {
			status = http.StatusInternalServerError
		}
		if errors.Is(err, errNoKey) {
			status = http.StatusUnauthorized
		}
		return problem{e.Code, e.Message, e.Hint}, status
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return problem{wenyuan.Unavailable, "the disk with the data folder is full", "free some space there and try again; nothing that was reported done is lost"}, http.StatusServiceUnavailable
	case errors.Is(err, context.Canceled):
		return problem{wenyuan.Unavailable, "the request was stopped", "try again"}, statusGone
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return problem{wenyuan.Unavailable, "it took too long", "try again, or ask for less at once"}, http.StatusServiceUnavailable
	}
	return problem{wenyuan.Internal, "the server made a mistake", "its log says more, under " + id}, http.StatusInternalServerError
}

// fail sends an error the way the route's callers read errors, and logs what is ours.
func (s *Server) fail(w http.ResponseWriter, r *request, t route, err error) {
	p, status := explain(err, r.id)
	s.logFailure(r, status, err)
	if status == statusGone {
		return
	}
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		panic(http.ErrAbortHandler) // the reply has begun: it must not look whole
	}
	if status == http.StatusUnauthorized {
		if s.toSignIn(w, r) {
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="Wenyuan: leave the name empty, the key is the password", charset="UTF-8"`)
	}
	s.retryAfter(w, status, err)
	if t.fail != nil {
		t.fail(s, w, r, err)
		return
	}
	p = p.told(r)
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		s.reportLost(r, writeJSON(w, status, openAIProblem(p)))
		return
	}
	s.reportLost(r, writeJSON(w, status, problemBody{p}))
}

// retryAfter says when to come again, where waiting helps.
func (s *Server) retryAfter(w http.ResponseWriter, status int, err error) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		if never(err) {
			return
		}
		wait := max(gateway.WaitOf(err), limit.WaitOf(err), time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
}

// logFailure writes the cause for the operator; what the person did wrong is in the access
// log by its status alone.
func (s *Server) logFailure(r *request, status int, err error) {
	if status < http.StatusInternalServerError {
		return
	}
	s.Log.Error("request failed", "request", r.id, "method", r.Method, "path", r.URL.Path, "error", err)
}

// reportLost notes that a reply did not reach its reader, which is nobody's fault.
func (s *Server) reportLost(r *request, err error) {
	if err != nil {
		s.Log.Debug("reply was not taken", "request", r.id, "error", err)
	}
}

// size says bytes the way people do.
func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
