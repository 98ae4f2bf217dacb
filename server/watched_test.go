package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCutOff: once a right is gone nothing more is sent or taken by what stands on it.
func TestCutOff(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancelCause(t.Context())
	q := &request{Request: httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader("one two"))}
	rec := httptest.NewRecorder()
	w := q.cutOff(rec)
	three := make([]byte, 3)
	if _, err := io.ReadFull(q.Body, three); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(three); err != nil {
		t.Fatal(err)
	}
	end(errMissing)
	if n, err := q.Body.Read(three); n != 0 || !errors.Is(err, errMissing) {
		t.Errorf("%d bytes are taken, %v", n, err)
	}
	if n, err := w.Write(three); n != 0 || !errors.Is(err, errMissing) || rec.Body.String() != "one" {
		t.Errorf("%d bytes are sent, %v", n, err)
	}
}

// TestHalfAReply: a reply that has begun and cannot be ended breaks off, so that nobody takes it for
// whole.
func TestHalfAReply(t *testing.T) {
	t.Parallel()
	s := &Server{Config: Config{Log: slog.New(slog.DiscardHandler)}}
	rec := &recorder{ResponseWriter: httptest.NewRecorder()}
	if _, err := io.WriteString(rec, "half"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("it goes on: %v", p)
		}
	}()
	s.fail(rec, &request{Request: httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)}, route{}, errMissing)
}
