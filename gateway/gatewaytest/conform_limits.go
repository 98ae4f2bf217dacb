package gatewaytest

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// stopsInTime: when the caller has enough, everything ends at once, and the server sees it.
func (c conformance) stopsInTime(t *testing.T) {
	for name, pieces := range map[string][]string{"before the stream": nil, "in the stream": {"first"}} {
		t.Run(name, func(t *testing.T) {
			quick(t, func() time.Duration {
				gone := make(chan struct{})
				arrived := make(chan struct{})
				hang := Hang(gone, pieces...)
				s := New(t, func(w http.ResponseWriter, r *http.Request) { close(arrived); hang(w, r) })
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var began time.Time
				stop := func() { began = time.Now(); cancel() }
				if pieces == nil {
					go func() { <-arrived; stop() }()
				}
				var errs []error
				for _, err := range c.model(t, s).Stream(ctx, hello) {
					if err != nil {
						errs = append(errs, err)
						continue
					}
					stop()
				}
				if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
					t.Errorf("errors %v, want one: canceled", errs)
				}
				<-gone
				return time.Since(began)
			})
		})
	}
	t.Run("ranging", func(t *testing.T) {
		quick(t, func() time.Duration {
			gone := make(chan struct{})
			s := New(t, Hang(gone, "first", "second"))
			var began time.Time
			for range c.model(t, s).Stream(t.Context(), hello) {
				began = time.Now()
				break
			}
			<-gone
			return time.Since(began)
		})
	})
	t.Run("before the request", func(t *testing.T) {
		s := New(t, Say("x"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if o := ask(ctx, t, c.model(t, s), hello); !errors.Is(o.err, context.Canceled) || len(s.Requests()) != 0 {
			t.Errorf("%d requests though nobody waits, %v", len(s.Requests()), o.err)
		}
	})
}

// quick wants a time to be short, once in three: a machine under load may be late, but not
// always.
func quick(t *testing.T, measure func() time.Duration) {
	t.Helper()
	var took time.Duration
	for range 3 {
		if took = measure(); took <= soon {
			return
		}
	}
	t.Errorf("it took %v to stop", took)
}

// silence: a server that says nothing more is given up, however it keeps the connection
// alive; so is one that never comes to an end.
func (c conformance) silence(t *testing.T) {
	short := func(conf *wire.Config) { conf.FirstByte, conf.Idle = 200*time.Millisecond, 100*time.Millisecond }
	for name, x := range map[string]struct {
		reply Reply
		set   func(*wire.Config)
		says  string
	}{
		"hangs before the stream":       {Hang(nil), short, "in time"},
		"hangs in the stream":           {Hang(nil, "half"), short, "in time"},
		"one token a minute":            {Trickle(300*time.Millisecond, "x", 100), short, "in time"},
		"alive without ever a word":     {Drip(20 * time.Millisecond), short, "in time"},
		"alive without a word any more": {Drip(20*time.Millisecond, "half"), short, "in time"},
		"speaks for ever":               {Trickle(5*time.Millisecond, "x", 1<<20), func(conf *wire.Config) { conf.Total = 300 * time.Millisecond }, "end within"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, x.reply)
			conf := c.config(s)
			x.set(&conf)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // else the test would hang
			defer cancel()
			o := ask(ctx, t, c.open(t, conf), hello)
			c.check(t, s, o, wenyuan.Unavailable, x.says)
		})
	}
	t.Run("longer than any silence", func(t *testing.T) {
		t.Parallel()
		conf := c.config(New(t, Trickle(100*time.Millisecond, "x", 9)))
		conf.FirstByte, conf.Idle = 600*time.Millisecond, 600*time.Millisecond
		if o := ask(t.Context(), t, c.open(t, conf), hello); o.err != nil || o.text != "xxxxxxxxx" {
			t.Errorf("%q, %v", o.text, o.err)
		}
	})
	t.Run("the reader's own slowness is not the server's", func(t *testing.T) {
		t.Parallel()
		s := New(t, Say("a", "b", "c"))
		conf := c.config(s)
		conf.FirstByte, conf.Idle = 2*time.Second, 60*time.Millisecond
		slow := time.NewTimer(0)
		for _, err := range c.open(t, conf).Stream(t.Context(), hello) {
			if err != nil {
				t.Error(err)
			}
			slow.Reset(120 * time.Millisecond)
			<-slow.C
		}
	})
}

// boundedMemory: a gigabyte goes through without staying, until the limit ends it.
func (c conformance) boundedMemory(t *testing.T) {
	for name, reply := range map[string]Reply{
		"packaging": Flood(1<<30, 256<<10),
		"text":      endless(strings.Repeat("源x", 16<<10)),
	} {
		t.Run(name, func(t *testing.T) {
			s := New(t, reply)
			m := c.model(t, s)
			base, n, most, text := live(), 0, uint64(0), 0
			var last error
			for chunk, err := range m.Stream(t.Context(), hello) {
				text += len(chunk.Text)
				if n++; n%100 == 0 {
					most = max(most, live())
				}
				last = err
			}
			c.check(t, s, outcome{err: last}, wenyuan.Unavailable, "no answer")
			if text > 32<<20 {
				t.Errorf("%d bytes of text in one answer", text)
			}
			if grown := int64(most) - int64(base); most == 0 || grown > 8<<20 {
				t.Errorf("memory grew by %d bytes over %d chunks", grown, n)
			}
		})
	}
}

// live is the memory that is in use. What is allocated while it is looked for counts as
// used: the server under test writes on until the buffers of the connection are full. So
// it is looked for until a look finds no less than the one before.
func live() uint64 {
	least := ^uint64(0)
	for range 10 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc >= least {
			break
		}
		least = m.HeapAlloc
	}
	return least
}

func endless(piece string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		v := begun(w, r, nil)
		for r.Context().Err() == nil {
			v.text(quoted(piece))
		}
	}
}
