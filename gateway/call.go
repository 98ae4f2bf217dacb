package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

var (
	errSilent = errors.New("no answer in time")
	errClosed = errors.New("the caller stopped")
)

// A call is one request under way, with a watch on silence.
type call struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer
	resp   *http.Response
}

// post sends a body as JSON and waits for the head of the reply. The caller ends the call.
func post(ctx context.Context, hc *http.Client, c Config, method string, body any) (*call, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	k := &call{}
	k.ctx, k.cancel = context.WithCancelCause(ctx)
	k.watch = time.AfterFunc(c.FirstByte, func() { k.cancel(errSilent) })
	req, err := http.NewRequestWithContext(k.ctx, http.MethodPost, endpoint(c.URL, method), bytes.NewReader(data))
	if err != nil {
		k.end()
		return nil, c.unreachable(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "wenyuan")
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.Key))
	}
	k.resp, err = hc.Do(req)
	if err != nil {
		defer k.end()
		return nil, k.explain(ctx, c, err)
	}
	if k.resp.StatusCode != http.StatusOK {
		defer k.end()
		return nil, c.refused(k.resp)
	}
	return k, nil
}

// heard puts the watch back: something arrived.
func (k *call) heard(within time.Duration) { k.watch.Reset(within) }

// end stops the watch and lets the connection go.
func (k *call) end() {
	k.watch.Stop()
	k.cancel(errClosed)
	if k.resp != nil {
		k.resp.Body.Close()
	}
}

// explain tells apart who ended a call: the asker, the watch or the network.
func (k *call) explain(asker context.Context, c Config, err error) error {
	switch {
	case asker.Err() != nil:
		return context.Cause(asker)
	case context.Cause(k.ctx) == errSilent:
		return c.silent()
	case k.resp == nil:
		return c.unreachable(err)
	}
	return c.brokenOff(err)
}
