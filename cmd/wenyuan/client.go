package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"wenyuan"
	"wenyuan/server"
)

// maxReply bounds a JSON reply: a list of a million documents is some hundred MB.
const maxReply = 1 << 30

// A client speaks to one server, here or elsewhere.
type client struct {
	base, key string
	space     string // that the verbs work in; "" for that of the key
	behalf    string // the person that a service asks for; "" for none
	http      *http.Client
	settle    func() error // waits for background work in this process; nil elsewhere
	close     func() error
}

func newHTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = nil               // a proxy from the environment is nobody that the person named
	t.ResponseHeaderTimeout = 0 // an upload is answered when its documents are ready
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Close ends the house where it lives in this process.
func (c *client) Close() error {
	c.http.CloseIdleConnections()
	if c.close == nil {
		return nil
	}
	return c.close()
}

// Settle waits until the work that a verb started is through.
func (c *client) Settle() error {
	if c.settle == nil {
		return nil
	}
	return c.settle()
}

// alive says whether somebody answers in time.
func (c *client) alive(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	resp, err := c.do(ctx, http.MethodGet, "/healthz", "", nil)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return true
}

// do sends a request. A reply that is no success becomes the error it tells of.
func (c *client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	c.sign(req.Header)
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server at " + c.base + " does not answer", Hint: "look whether it runs and WENYUAN_URL is right", Err: err}
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, c.problem(resp)
}

// sign says in a request's header who asks, in which space and for whom.
func (c *client) sign(h http.Header) {
	for name, v := range map[string]string{"Authorization": bearer(c.key), server.SpaceHeader: c.space, server.BehalfHeader: c.behalf} {
		if v != "" {
			h.Set(name, v)
		}
	}
}

func bearer(key string) string {
	if key == "" {
		return ""
	}
	return "Bearer " + key
}

// problem reads the error of a reply.
func (c *client) problem(resp *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var body struct {
		Error problem `json:"error"`
	}
	if err == nil && json.Unmarshal(b, &body) == nil && body.Error.Code != "" {
		p := body.Error
		return &wenyuan.Error{Code: p.Code, Message: p.Message, Hint: p.Hint}
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("%s answered %s", c.base, resp.Status), Hint: "is this the address of a Wenyuan server?", Err: err}
}

// raw gives the body of a reply as it came.
func (c *client) raw(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	kind := ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(b), "application/json"
	}
	resp, err := c.do(ctx, method, path, kind, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	return b, nil
}

// call sends in as JSON and reads the reply into out.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	b, err := c.raw(ctx, method, path, in)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server at " + c.base + " answered in a form that is not known here", Hint: "are program and server of the same release?", Err: err}
	}
	return nil
}

// broken is a reply that ended too early.
func (c *client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, ok := errors.AsType[*wenyuan.Error](err); ok {
		return err
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the reply of " + c.base + " broke off", Hint: "look at the server's log, and try again", Err: err}
}

// result sends in and gives the verb's result: the reply as it is with --json, else what
// human makes of it.
func result[T any](s *session, c *client, method, path string, in any, human func(w io.Writer, v T)) error {
	b, err := c.raw(s.ctx, method, path, in)
	if err != nil {
		return err
	}
	if s.json {
		_, err := s.stdout.Write(b)
		return err
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return s.give(v, func(w io.Writer) { human(w, v) })
}

// address puts a path and its parameters together; empty values are left out.
func address(path string, params ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		if params[i+1] != "" {
			q.Set(params[i], params[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
