package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/internal/memhttp"
	"wenyuan/store"
)

const (
	// holderWait is how long a verb waits for another verb, or for a server that just
	// starts, to let it in.
	holderWait = 10 * time.Second
	holderPoll = 50 * time.Millisecond
	// serverWait is how long a verb waits for the first answer of the server that holds the folder: it is there,
	// and may be slow because its machine has much else to do.
	serverWait = 30 * time.Second
	// settle is how long a verb stays for background work it has started.
	settle = 5 * time.Minute
)

// connect finds the server to work with: the one that was named, the house in this process
// where nobody holds the data folder, else the server that holds it.
func (s *session) connect() (*client, error) {
	if s.cli.URL != "" {
		if err := gateway.CheckURL(s.cli.URL); err != nil {
			return nil, err
		}
		return s.as(&client{base: strings.TrimRight(s.cli.URL, "/"), http: newHTTP()}), nil
	}
	dir, err := s.dataDir()
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(holderWait); ; {
		c, err := s.holding(dir)
		if c != nil || err != nil {
			return c, err
		}
		c, err = s.inProcess()
		if err == nil || wenyuan.CodeOf(err) != wenyuan.Conflict || time.Now().After(end) {
			return c, err
		}
		select {
		case <-s.ctx.Done():
			return nil, context.Cause(s.ctx)
		case <-time.After(holderPoll):
		}
	}
}

// holding finds the server that holds a data folder; nil where none does, or where it does not
// answer yet. The address is believed only when it is that of the process that holds the lock:
// a server that was killed leaves its own behind, and another program may listen there now.
func (s *session) holding(dir string) (*client, error) {
	lock, held, err := store.Holder(dir)
	if err != nil || !held {
		return nil, err
	}
	h, ok, err := readHolder(dir)
	if err != nil || !ok || h.PID != lock.PID {
		return nil, nil // it has not left its address yet
	}
	c := s.as(&client{base: h.Address, key: h.Token, http: newHTTP()})
	if !c.alive(s.ctx, serverWait) {
		return nil, c.Close()
	}
	return c, nil
}

// inProcess opens the house here and calls its handlers without a socket.
func (s *session) inProcess() (*client, error) {
	e, err := s.settings(nil)
	if err != nil {
		return nil, err
	}
	level := &slog.LevelVar{}
	level.Set(max(levels[e.Log.Level], slog.LevelWarn)) // a verb's own words are its output
	if s.cli.LogLevel != "" {
		level.Set(levels[e.Log.Level])
	}
	log, flush := s.logger(e.Log.Format, level)
	c, err := s.house(e, log)
	if err != nil {
		return nil, err
	}
	c.Server.Token = rand.Text() // whoever may open the folder may do everything
	c.Server.Access.Open = false
	if s.env("WENYUAN_KEY") == "" {
		c.Server.Access.Keys = nil // which may not be set here, and are not needed
	}
	a, err := app.Open(s.ctx, c)
	if err != nil {
		return nil, err
	}
	if err := a.Start(s.ctx); err != nil {
		a.Close()
		return nil, err
	}
	return s.as(&client{
		base: "http://localhost", key: c.Server.Token, http: &http.Client{Transport: memhttp.Transport{Handler: a.Server.Handler()}},
		settle: func() error {
			ctx, cancel := context.WithTimeout(s.ctx, settle)
			defer cancel()
			return a.Drain(ctx)
		},
		close: func() error { return errors.Join(a.Close(), flush()) },
	}), nil
}

// as says who the verbs are: who holds the key that was given, else whoever the client is already;
// and in which space and for whom they work.
func (s *session) as(c *client) *client {
	c.key = cmp.Or(s.env("WENYUAN_KEY"), c.key)
	c.space, c.behalf = cmp.Or(s.cli.Space, s.env("WENYUAN_SPACE")), s.cli.OnBehalfOf
	return c
}

// with runs f with a client and closes it; f's error goes first.
func (s *session) with(f func(c *client) error) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	err = f(c)
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	return err
}
