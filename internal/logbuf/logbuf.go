// Package logbuf writes a log in pieces: a line for each of ten thousand requests a second must not be
// ten thousand writes.
//
// What is said stays in memory for a tenth of a second or 32 KiB at most. A warning or an error goes out
// at once, with everything before it, and so does what is left when the log is flushed at the end. A
// program that is killed loses the lines of its last tenth of a second, none of which is a warning.
package logbuf

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	most  = 32 << 10 // bytes
	delay = 100 * time.Millisecond
)

// A Writer collects what is written to it. It may be used from many goroutines.
type Writer struct {
	out io.Writer

	mu    sync.Mutex
	buf   []byte
	armed bool
	timer *time.Timer
}

// New makes a writer in front of another one.
func New(out io.Writer) *Writer { return &Writer{out: out, buf: make([]byte, 0, 4<<10)} }

// Write takes a piece. An error of the writer behind it is that of the call that found it.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	if len(w.buf) >= most {
		return len(p), w.flush()
	}
	if !w.armed {
		w.armed = true
		if w.timer == nil {
			w.timer = time.AfterFunc(delay, func() { _ = w.Flush() }) // the next call is told
		} else {
			w.timer.Reset(delay)
		}
	}
	return len(p), nil
}

// Flush writes what is there.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

func (w *Writer) flush() error {
	if w.armed = false; len(w.buf) == 0 {
		return nil
	}
	_, err := w.out.Write(w.buf)
	if cap(w.buf) > 2*most {
		w.buf = make([]byte, 0, 4<<10)
	}
	w.buf = w.buf[:0]
	return err
}

// Handler is a handler that writes to w, where warnings and errors are not kept waiting.
func Handler(h slog.Handler, w *Writer) slog.Handler { return handler{h, w} }

type handler struct {
	slog.Handler
	w *Writer
}

// Handle writes a record.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if err == nil && r.Level >= slog.LevelWarn {
		err = h.w.Flush()
	}
	return err
}

// WithAttrs is the handler with attributes that all records have.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.w}
}

// WithGroup is the handler with all attributes in a group.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name), h.w} }
