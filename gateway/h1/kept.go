package h1

import (
	"context"
	"time"
)

// conn gives a connection to an address: the one that was used last and is quiet, else a new one.
func (t *Transport) conn(ctx context.Context, address string) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		c := t.take(address)
		if c == nil {
			break
		}
		if time.Since(c.used) < idleTime && c.in.quiet() {
			c.reused = true
			return c, nil
		}
		c.Close()
	}
	n, err := t.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: n, t: t, address: address}
	c.in.open(n)
	return c, nil
}

func (t *Transport) take(address string) *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.idle[address]
	if len(all) == 0 {
		return nil
	}
	c := all[len(all)-1]
	all[len(all)-1] = nil
	t.idle[address] = all[:len(all)-1]
	return c
}

// put keeps a connection for the next request. What has come on it already is no reply to anything.
func (t *Transport) put(c *conn) {
	more := len(c.in.waiting()) > 0 || c.br != nil && c.br.Buffered() > 0
	c.br = nil
	if c.in.clear(); more {
		c.Close()
		return
	}
	c.used = time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		t.idle = map[string][]*conn{}
	}
	if len(t.idle[c.address]) >= maxIdle {
		c.Close()
		return
	}
	t.idle[c.address] = append(t.idle[c.address], c)
	if t.sweep == nil {
		t.sweep = time.AfterFunc(idleTime/3, t.clear)
	}
}

// clear closes what was idle for too long.
func (t *Transport) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep = nil
	for address, all := range t.idle {
		n := 0
		for n < len(all) && time.Since(all[n].used) >= idleTime { // the oldest stand first
			all[n].Close()
			n++
		}
		if all = append(all[:0], all[n:]...); len(all) == 0 {
			delete(t.idle, address)
			continue
		}
		t.idle[address] = all
		if t.sweep == nil {
			t.sweep = time.AfterFunc(idleTime/3, t.clear)
		}
	}
}

// CloseIdleConnections closes what is not in use. A request after it still works.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, all := range t.idle {
		for _, c := range all {
			c.Close()
		}
	}
	clear(t.idle)
	if t.sweep != nil {
		t.sweep.Stop()
		t.sweep = nil
	}
}
