package wire_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// says is a server whose stream has pieces, each after a while.
type says []struct {
	after time.Duration
	text  string
}

// RoundTrip answers with the pieces; after them nothing comes until the call ends.
func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	in, out := io.Pipe()
	go func() {
		for _, p := range s {
			time.Sleep(p.after)
			io.WriteString(out, "data: "+p.text+"\n\n")
		}
		<-r.Context().Done()
		out.CloseWithError(r.Context().Err())
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: in, ContentLength: -1}, nil
}

// knows is how long a model pauses.
type knows struct {
	says    []time.Duration // what it says, one after the other
	asked   []time.Duration
	longest atomic.Int64
}

func (k *knows) Pause(silent time.Duration) time.Duration {
	k.asked = append(k.asked, silent)
	return k.says[min(len(k.asked), len(k.says))-1]
}

func (k *knows) Paused(longest time.Duration) { k.longest.Store(int64(longest)) }

// heard streams from a server, and says what came, how it ended and how long that took.
func heard(ctx context.Context, s says) (text string, took time.Duration, err error) {
	begun := time.Now()
	server := wire.NewServer(wire.Config{Name: "house", URL: "http://h", HTTP: &http.Client{Transport: s}}, "test", func(http.Header, string) {})
	stream := wire.Stream(func() (*wire.Call, error) { return server.Post(ctx, "http://h/v1", "question") }, func(r *wire.Reply) error {
		events := r.Events()
		for {
			e, err := events.Next()
			switch {
			case err != nil:
				return err
			case string(e.Data) == "end":
				r.Finish("stop")
				return nil
			}
			if err := r.Say(string(e.Data)); err != nil {
				return err
			}
		}
	})
	for c, e := range stream {
		text, err = text+c.Text, e
	}
	return text, time.Since(begun), err
}

// TestPauses: a stream that stands still is ended when whoever knows its model says so, and the error says for how
// long nothing came.
func TestPauses(t *testing.T) {
	t.Parallel()
	stalls := says{{time.Second, "half an "}, {time.Second, "answer"}}
	whole := says{{time.Second, "half an "}, {7 * time.Second, "answer"}, {time.Second, "end"}}
	for name, c := range map[string]struct {
		says         says
		knows        *knows
		took, paused time.Duration
		message      string
	}{
		"nobody knows":              {stalls, nil, 32 * time.Second, 0, "did not answer in time"},
		"nothing is known":          {stalls, &knows{says: []time.Duration{0}}, 32 * time.Second, time.Second, "did not answer in time"},
		"it is known":               {stalls, &knows{says: []time.Duration{5 * time.Second}}, 7 * time.Second, 5 * time.Second, "stopped in the middle: nothing came for 5s"},
		"longer than it was":        {stalls, &knows{says: []time.Duration{5 * time.Second, 15 * time.Second}}, 17 * time.Second, 15 * time.Second, "nothing came for 15s"},
		"no more is known":          {stalls, &knows{says: []time.Duration{5 * time.Second, 0}}, 32 * time.Second, time.Second, "did not answer in time"},
		"longer than may be at all": {stalls, &knows{says: []time.Duration{time.Hour}}, 32 * time.Second, time.Second, "did not answer in time"},
		"it goes on":                {whole, &knows{says: []time.Duration{5 * time.Second, 15 * time.Second}}, 9 * time.Second, 7 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.knows != nil {
					ctx = wire.WithPauses(ctx, c.knows)
				}
				text, took, err := heard(ctx, c.says)
				if text != "half an answer" || took.Round(100*time.Millisecond) != c.took {
					t.Errorf("%q after %s", text, took)
				}
				if c.message == "" && err != nil || c.message != "" && (wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), c.message)) {
					t.Error(err)
				}
				if ended := c.message != "" && strings.Contains(c.message, "nothing came"); wire.Paused(err) != ended {
					t.Errorf("paused: %v", !ended)
				}
				if c.knows != nil && time.Duration(c.knows.longest.Load()).Round(100*time.Millisecond) != c.paused {
					t.Errorf("its longest pause was %s", time.Duration(c.knows.longest.Load()))
				}
			})
		})
	}
}
