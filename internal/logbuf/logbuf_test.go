package logbuf_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/internal/logbuf"
)

// out counts what reaches it.
type out struct {
	mu     sync.Mutex
	writes int
	bytes.Buffer
}

func (o *out) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	return o.Buffer.Write(p)
}

func (o *out) lines() (writes, lines int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writes, strings.Count(o.String(), "\n")
}

// TestTime: lines wait for a tenth of a second and for no longer, warnings and errors not at all.
func TestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &out{}
		w := logbuf.New(o)
		log := slog.New(logbuf.Handler(slog.NewTextHandler(w, nil), w)).With("a", 1).WithGroup("g")
		for range 5 {
			log.Info("request")
		}
		if writes, _ := o.lines(); writes != 0 {
			t.Errorf("%d writes at once", writes)
		}
		time.Sleep(101 * time.Millisecond)
		synctest.Wait()
		if writes, lines := o.lines(); writes != 1 || lines != 5 {
			t.Errorf("%d lines in %d writes", lines, writes)
		}
		log.Info("request")
		log.Warn("beware")
		if writes, lines := o.lines(); writes != 2 || lines != 7 {
			t.Errorf("%d lines in %d writes", lines, writes)
		}
		log.Info("last")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, lines := o.lines(); lines != 8 || !strings.HasSuffix(o.String(), "msg=last a=1\n") {
			t.Errorf("%d lines: %s", lines, o.String())
		}
		time.Sleep(time.Second) // the timer that is left finds nothing
	})
}

// TestSize: what does not fit goes out, whole and in order.
func TestSize(t *testing.T) {
	t.Parallel()
	o := &out{}
	w := logbuf.New(o)
	log := slog.New(logbuf.Handler(slog.NewTextHandler(w, nil), w))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				log.Info("request", "text", strings.Repeat("x", 100))
			}
		})
	}
	all.Wait()
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	writes, lines := o.lines()
	if lines != 8000 || writes > 200 {
		t.Errorf("%d lines in %d writes", lines, writes)
	}
	for line := range strings.Lines(o.String()) {
		if !strings.HasSuffix(line, "xxx\n") || !strings.HasPrefix(line, "time=") {
			t.Fatalf("a line is broken: %q", line)
		}
	}
}
