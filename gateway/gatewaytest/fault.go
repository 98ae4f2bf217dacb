package gatewaytest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// After waits and then gives a reply, or gives up when the client goes away.
func After(d time.Duration, reply Reply) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		wait := time.NewTimer(d)
		defer wait.Stop()
		select {
		case <-wait.C:
			reply(w, r)
		case <-r.Context().Done():
		}
	}
}

// Reset drops the connection without a word: who asked reads that it was reset.
func Reset() Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if t, ok := c.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
		c.Close()
	}
}

// Short promises a body as JSON and sends the first half of it.
func Short(body string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		io.WriteString(w, body[:len(body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Bytewise sends a body as JSON, one byte each time that passes.
func Bytewise(every time.Duration, body string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		out := http.NewResponseController(w)
		for i := range len(body) {
			io.WriteString(w, body[i:i+1])
			out.Flush()
			select {
			case <-time.After(every):
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Framing sends bytes that are no HTTP.
func Framing(raw string) Reply {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(c, raw)
		c.Close()
	}
}

// A Capacity answers so many at a time. Beyond it, others wait, or are given another reply.
type Capacity struct {
	slots  chan struct{}
	reply  Reply
	beyond Reply        // nil: they wait
	Most   atomic.Int64 // requests that were there at once
	now    atomic.Int64
}

// Serve makes a server's capacity.
func Serve(n int, reply, beyond Reply) *Capacity {
	return &Capacity{slots: make(chan struct{}, n), reply: reply, beyond: beyond}
}

// Reply is what it answers.
func (c *Capacity) Reply(w http.ResponseWriter, r *http.Request) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.Most.Load(); n > most && !c.Most.CompareAndSwap(most, n); most = c.Most.Load() {
	}
	if c.beyond != nil {
		select {
		case c.slots <- struct{}{}:
		default:
			c.beyond(w, r)
			return
		}
	} else {
		select {
		case c.slots <- struct{}{}:
		case <-r.Context().Done():
			return
		}
	}
	defer func() { <-c.slots }()
	c.reply(w, r)
}
