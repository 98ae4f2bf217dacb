package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type mcpCmd struct{}

func (mcpCmd) Help() string {
	return "  $ wenyuan mcp\n  {\"mcpServers\": {\"wenyuan\": {\"command\": \"wenyuan\", \"args\": [\"mcp\"]}}}"
}

// Run carries messages between standard input and output and the server's own door for
// agents, so that an agent on this machine has what one that comes over HTTP has.
func (*mcpCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		agent, err := (&mcp.StdioTransport{}).Connect(s.ctx)
		if err != nil {
			return err
		}
		house, err := (&mcp.StreamableClientTransport{Endpoint: c.base + "/mcp", HTTPClient: c.keyed(), DisableStandaloneSSE: true, MaxRetries: -1}).Connect(s.ctx)
		if err != nil {
			return errors.Join(err, agent.Close())
		}
		return carry(s.ctx, agent, house)
	})
}

// carry copies messages in both directions until one side ends. What the agent asks goes out at
// once, also while an earlier question is under way; when it has asked all, carry ends
// behind the last reply.
func carry(ctx context.Context, agent, house mcp.Connection) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var open sync.WaitGroup // calls without their reply
	var ids sync.Map        // of those calls
	back := make(chan error, 1)
	go func() {
		back <- deliver(ctx, house, func(ctx context.Context, m jsonrpc.Message) error {
			if r, ok := m.(*jsonrpc.Response); ok {
				if _, asked := ids.LoadAndDelete(r.ID); asked {
					defer open.Done()
				}
			}
			return agent.Write(ctx, m)
		})
	}()
	err := deliver(ctx, agent, func(ctx context.Context, m jsonrpc.Message) error {
		if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
			if _, twice := ids.LoadOrStore(r.ID, true); !twice {
				open.Add(1)
			}
		}
		go func() {
			err := house.Write(ctx, m)
			if reply := refusal(m, err); reply != nil {
				if _, asked := ids.LoadAndDelete(reply.ID); asked {
					defer open.Done()
				}
				err = agent.Write(ctx, reply)
			}
			if err != nil {
				stop(err) // the server is gone: nothing more will be answered
			}
		}()
		return nil
	})
	replied := make(chan struct{})
	go func() { open.Wait(); close(replied) }()
	select {
	case <-replied:
	case <-ctx.Done():
	case err := <-back:
		return errors.Join(err, house.Close())
	}
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return errors.Join(err, house.Close())
}

// refusal is the reply to a call that the server refused with an error of the protocol and a
// status of HTTP, as newer revisions of it want; else nil.
func refusal(m jsonrpc.Message, err error) *jsonrpc.Response {
	call, ok := m.(*jsonrpc.Request)
	if !ok || !call.IsCall() {
		return nil
	}
	why, ok := errors.AsType[*jsonrpc.Error](err)
	if !ok {
		return nil
	}
	return &jsonrpc.Response{ID: call.ID, Error: why}
}

// deliver gives on what one side says until it has said all.
func deliver(ctx context.Context, from mcp.Connection, to func(context.Context, jsonrpc.Message) error) error {
	for {
		m, err := from.Read(ctx)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = to(ctx, m)
		}
		if err != nil {
			return err
		}
	}
}

// keyed is the client's HTTP that says on each request who asks.
func (c *client) keyed() *http.Client {
	h := *c.http
	h.Transport = signed{c, c.http.Transport}
	return &h
}

// signed says on each request who asks.
type signed struct {
	c *client
	t http.RoundTripper
}

// RoundTrip sends one request.
func (x signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	x.c.sign(r.Header)
	return x.t.RoundTrip(r)
}
