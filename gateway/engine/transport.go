package engine

import (
	"cmp"
	"io"
	"net/http"
	"sync"
	"time"

	"wenyuan"
)

// Transport is the way to the instance. It counts what is under way, so that an instance is
// stopped only once it has nothing left to do, and is kept while it is needed.
func (i *Instance) Transport() http.RoundTripper { return counted{i} }

type counted struct{ i *Instance }

// RoundTrip sends a request, unless the instance is being stopped.
func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.i.enter(); err != nil {
		return nil, err
	}
	resp, err := c.i.e.c.HTTP.RoundTrip(r)
	if err != nil {
		return nil, cmp.Or(c.i.leave(), err)
	}
	c.i.heard.Store(time.Now().UnixMicro())
	resp.Body = &body{ReadCloser: resp.Body, i: c.i}
	return resp, nil
}

// A body ends the request when it is closed.
type body struct {
	io.ReadCloser
	i    *Instance
	once sync.Once
}

// Read notes that the instance is alive.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.i.heard.Store(time.Now().UnixMicro())
	}
	return n, err
}

// Close ends the request.
func (b *body) Close() error {
	b.once.Do(func() { _ = b.i.leave() }) // what was read says how it ended
	return b.ReadCloser.Close()
}

func (i *Instance) enter() error {
	e := i.e
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := i.going(); err != nil {
		return err
	}
	i.flight++
	e.flight++
	e.loaded()
	return nil
}

// leave ends a request, and says where the instance ends as well.
func (i *Instance) leave() error {
	i.e.mu.Lock()
	defer i.e.mu.Unlock()
	i.e.loaded()
	i.flight--
	i.e.flight--
	return i.going()
}

// going is that an instance ends or has ended; nil where it does not. The caller holds mu.
func (i *Instance) going() error {
	if !i.stopping && !i.dead {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "this instance of the engine of " + i.e.c.Name + " has ended or is being stopped", Hint: "ask again: another one is there, or is started"}
}

// loaded notes how many requests are under way. The caller holds mu.
func (e *Engine) loaded() {
	now := time.Now()
	for n := range min(e.flight, maxInstances) {
		if n == len(e.over) {
			e.over = append(e.over, now)
		}
		e.over[n] = now
	}
}

var (
	_ http.RoundTripper = counted{}
	_ io.ReadCloser     = (*body)(nil)
)
