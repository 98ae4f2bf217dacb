package gateway_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var hello = wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "你好"}}}

// said collects a stream.
func said(m wenyuan.Model, ctx context.Context) (text string, last wenyuan.Chunk, err error) {
	for c, e := range m.Stream(ctx, hello) {
		if e != nil {
			return text, last, e
		}
		text, last = text+c.Text, c
	}
	return text, last, nil
}

func TestModels(t *testing.T) {
	t.Parallel()
	down, busy, up := New(t, Fail(500, "")), New(t, Fail(429, "")), New(t, Say("from the third"))
	m := gateway.NewModels([]gateway.Pool{
		{Name: "b", Replicas: []gateway.Config{{URL: down.URL}, {URL: busy.URL}, {URL: up.URL, RemoteName: "r"}}},
		{Name: "a", Replicas: []gateway.Config{{URL: up.URL}}},
	})
	t.Cleanup(m.Close)
	if d := cmp.Diff([]string{"b", "a"}, m.Names()); d != "" {
		t.Error(d)
	}
	name, model, ok := m.First()
	if name != "b" || !ok {
		t.Fatalf("first is %q", name)
	}
	text, _, err := said(model, t.Context())
	if text != "from the third" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, ok := m.Get("c"); ok {
		t.Error("an unknown model was found")
	}
	m.Replace(nil)
	if _, _, ok := m.First(); ok {
		t.Error("a model is left after all were taken away")
	}
	if text, _, err := said(model, t.Context()); text != "from the third" || err != nil {
		t.Errorf("who holds a model loses it by a replacement: %q, %v", text, err)
	}
}

func TestNoSecondTryAfterTheFirstWord(t *testing.T) {
	t.Parallel()
	half, whole := New(t, BreakOff("half")), New(t, Say("whole"))
	m := gateway.NewModels([]gateway.Pool{{Name: "a", Replicas: []gateway.Config{{URL: half.URL}, {URL: whole.URL}}}})
	t.Cleanup(m.Close)
	model, _ := m.Get("a")
	text, _, err := said(model, t.Context())
	if text != "half" || err == nil || len(whole.Requests()) != 0 {
		t.Errorf("%q, %v, %d requests to the second", text, err, len(whole.Requests()))
	}
}
