package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/manner"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/version"
)

// inTime waits until something is so.
func inTime(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("never: " + what)
		}
	}
}

// vllmed opens a house whose model "big" runs on servers of vLLM.
func vllmed(t *testing.T, servers ...*VLLM) *school {
	t.Helper()
	return vllmedOn(t, store.Config{Dir: t.TempDir()}, servers...)
}

func vllmedOn(t *testing.T, c store.Config, servers ...*VLLM) *school {
	t.Helper()
	on := gateway.Spec{Name: "big"}
	for _, v := range servers {
		on.Replicas = append(on.Replicas, gateway.Replica{URL: New(t, v.Reply).URL, RemoteName: v.Model, Adapters: gateway.AdaptersVLLM})
	}
	s := &school{t: t, files: map[string]gateway.AdapterFiles{}, store: storetest.Open(t, c)}
	for i := range 18 {
		s.files[lessonHash(i)] = gateway.AdapterFiles{GGUF: "/a.gguf", PEFT: "/adapters/" + lessonHash(i), Base: "b"}
	}
	s.declared = on
	s.Models = s.another()
	return s
}

// another is one more server of the house.
func (s *school) another() *gateway.Models {
	return open(s.t, gateway.Config{Store: s.store, Declared: []gateway.Spec{s.declared}, Leave: 50 * time.Millisecond, Cache: gateway.Caching{Memory: 1 << 20},
		Adapters: func(_ context.Context, _, hash string) (gateway.AdapterFiles, error) { return s.files[hash], nil }})
}

func (s *school) spec(i int) gateway.Spec {
	return gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "big", Hash: lessonHash(i)}}
}

// TestVLLM: vLLM is given adapters under names that are made of their versions, has them again after a
// restart, and forgets what left use.
func TestVLLM(t *testing.T) {
	t.Parallel()
	v, w := &VLLM{Model: "meta/big"}, &VLLM{Model: "meta/big"}
	s := vllmed(t, v, w)
	ctx, sc := t.Context(), everything(t)
	hash, err := s.Offer(ctx, sc, s.spec(0))
	if err == nil {
		err = s.AwaitReady(ctx, wenyuan.DefaultSpace, "pupil", hash)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := s.spec(0).Adapter.Served()
	if len(name) != 15 || !strings.HasPrefix(name, "wy-") {
		t.Errorf("%q", name)
	}
	inTime(t, "both have it", func() bool {
		return slices.Equal(v.Loaded(), []string{name}) && slices.Equal(w.Loaded(), []string{name})
	})
	if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text != "meta/big" {
		t.Errorf("without an adapter: %q, %v", text, err)
	}
	s.all(hash)
	if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text != name {
		t.Errorf("%q, %v", text, err)
	}

	// Both are started again: they are given it again as soon as one of them is asked.
	v.Restart()
	w.Restart()
	inTime(t, "it answers", func() bool { text, _, err := said(get(t, s.Models, "pupil"), ctx); return err == nil && text == name })

	two, err := s.Offer(ctx, sc, s.spec(1))
	if err == nil {
		err = s.AwaitReady(ctx, wenyuan.DefaultSpace, "pupil", two)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.beside(gateway.Previous, hash)
	s.all(two)
	s.beside(gateway.Candidate, "")
	if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text == name {
		t.Errorf("%q, %v", text, err)
	}
	if len(v.Loaded()) != 2 {
		t.Errorf("what may be gone back to is not at hand: %v", v.Loaded())
	}
	s.beside(gateway.Previous, "")
	inTime(t, "what left use is forgotten", func() bool { return len(v.Loaded()) == 1 && len(w.Loaded()) == 1 })
	if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text != s.spec(1).Adapter.Served() {
		t.Errorf("%q, %v", text, err)
	}
}

// TestAdapterServers: what one server of the house is offered, the others serve.
func TestAdapterServers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := vllmedOn(t, c, &VLLM{Model: "meta/big"})
		ctx := t.Context()
		other := s.another()
		hash, err := s.Offer(ctx, everything(t), s.spec(0))
		if err == nil {
			err = other.AwaitReady(ctx, wenyuan.DefaultSpace, "pupil", hash)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.all(hash)
		if err := other.Load(ctx, version.Move{Space: wenyuan.DefaultSpace, Kind: gateway.Kind, Name: "pupil", Shares: []version.Share{{Hash: hash, Share: version.Whole}}}); err != nil {
			t.Error(err)
		}
		if err := other.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		if text, _, err := said(get(t, other, "pupil"), ctx); err != nil || text != s.spec(0).Adapter.Served() {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// TestAdapterCache: kept answers of one adapter are never given for another one, nor those of what a model
// stood on before it was declared anew.
func TestAdapterCache(t *testing.T) {
	t.Parallel()
	v := &VLLM{Model: "meta/big"}
	s := vllmed(t, v)
	sc, told := everything(t), &manner.Told{}
	ctx := manner.With(t.Context(), manner.Manner{Share: true, Keep: time.Hour, Told: told, Scope: sc})
	ask := func(want string, level manner.Level) {
		t.Helper()
		if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text != want || told.Level != level {
			t.Errorf("%q at %s, %v; want %q at %s", text, told.Level, err, want, level)
		}
	}
	for i := range 2 {
		hash, err := s.Offer(ctx, sc, s.spec(i))
		if err == nil {
			err = s.AwaitReady(ctx, wenyuan.DefaultSpace, "pupil", hash)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.all(hash)
		ask(s.spec(i).Adapter.Served(), manner.Origin)
		ask(s.spec(i).Adapter.Served(), manner.Memory)
	}
	anew := s.declared
	anew.Context = 1000
	if err := s.Replace([]gateway.Spec{anew}, nil); err != nil {
		t.Fatal(err)
	}
	ask(s.spec(1).Adapter.Served(), manner.Origin)
	if got := get(t, s.Models, "pupil").Spec(); got.Context != 1000 {
		t.Errorf("it has not what it stands on: %+v", got)
	}
}

// TestManyAdapters: one model carries so many adapters and no more.
func TestManyAdapters(t *testing.T) {
	t.Parallel()
	s := vllmed(t, &VLLM{Model: "meta/big"})
	var err error
	for i := range 17 {
		one := s.spec(i)
		one.Name = fmt.Sprint("pupil", i)
		if _, err = s.Offer(t.Context(), everything(t), one); err != nil && i < 16 {
			t.Fatal(err)
		}
	}
	if wenyuan.CodeOf(err) != wenyuan.Limited {
		t.Errorf("%v", err)
	}
}

// TestVLLMRefuses: a server that does not take the adapter says why, and what is in use goes on.
func TestVLLMRefuses(t *testing.T) {
	t.Parallel()
	v := &VLLM{Model: "meta/big"}
	s := vllmed(t, v)
	ctx, sc := t.Context(), everything(t)
	for i, c := range []struct {
		name, says string
		set        func()
	}{
		{"rank", "LoRA rank 64 is greater than max_lora_rank 16", func() { v.Refuse("LoRA rank 64 is greater than max_lora_rank 16.") }},
		{"off", "takes no adapters", func() { v.Off(true) }},
	} {
		c.set()
		hash, err := s.Offer(ctx, sc, s.spec(i))
		if err == nil {
			err = s.AwaitReady(ctx, wenyuan.DefaultSpace, "pupil", hash)
		}
		if wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		at, _ := s.At(wenyuan.DefaultSpace, "pupil", hash)
		if _, _, err := said(at, ctx); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: asked all the same: %v", c.name, err)
		}
		s.beside(gateway.Candidate, "")
		if text, _, err := said(get(t, s.Models, "pupil"), ctx); err != nil || text != "meta/big" {
			t.Errorf("%s: %q, %v", c.name, text, err)
		}
		inTime(t, "it is let go", func() bool { _, ok := s.At(wenyuan.DefaultSpace, "pupil", hash); return !ok })
	}
}

// TestAdapterSpecs: what stands on another model has nothing of its own, and cannot be put in use past a release.
func TestAdapterSpecs(t *testing.T) {
	t.Parallel()
	s := vllmed(t, &VLLM{Model: "meta/big"})
	ctx, sc := t.Context(), everything(t)
	with := s.spec(0)
	with.Replicas = []gateway.Replica{{URL: "http://127.0.0.1:1"}}
	own, off, priced := s.spec(0), s.spec(0), s.spec(0)
	own.Adapter = &gateway.Adapter{On: "nobody", Hash: lessonHash(0)}
	off.Name, priced.Context = "big", 100
	for name, c := range map[string]struct {
		spec gateway.Spec
		code wenyuan.Code
	}{"servers": {with, wenyuan.Invalid}, "context": {priced, wenyuan.Invalid}, "unknown": {own, wenyuan.NotFound}, "declared": {off, wenyuan.Conflict},
		"no adapter": {gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "big"}}, wenyuan.Invalid}} {
		if _, err := s.Offer(ctx, sc, c.spec); wenyuan.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Put(ctx, sc, s.spec(0)); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("an adapter is put in use: %v", err)
	}
	if err := s.Put(ctx, sc, gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "big"}}); err != nil {
		t.Error(err)
	}
	if err := s.Beside(ctx, sc, "pupil", "production", lessonHash(0)); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("%v", err)
	}
	if err := s.Replace(nil, nil); err != nil {
		t.Fatal(err)
	}
	if list := s.List(wenyuan.DefaultSpace); len(list) != 1 || !strings.Contains(list[0].Fault, "stands on the model") {
		t.Errorf("%+v", list)
	}
}
