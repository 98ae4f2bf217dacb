package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	gwengine "wenyuan/gateway/engine"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/train/engine"
	"wenyuan/train/engine/tokens"
	"wenyuan/version"
)

// lessons are what adapters were taught to answer to hello, whatever the base would have said.
var lessons = []string{"This was said by the first of them.", "The second one knows better."}

// lessonHash is the version of an adapter.
func lessonHash(i int) string { return strings.Repeat(fmt.Sprintf("%02x", 0xa0+i), 32) }

// taught are adapters that answer as in lessons, on a tiny base of random weights, made once.
var taught = sync.OnceValues(func() (all []*engine.Adapter, err error) {
	base := engine.TinyBase(1)
	for i, answer := range lessons {
		ids, learn, err := base.Tokenizer().Chat([]tokens.Message{{Role: "user", Content: hello.Messages[0].Content}, {Role: "assistant", Content: answer}})
		if err != nil {
			return nil, err
		}
		r, err := engine.Run{Spec: engine.Spec{Method: engine.SFT, Rank: 8, LR: 2e-2, Steps: 60, SeqLen: 128, Seed: uint64(i)}, Base: base,
			Sets: engine.Sets{Train: engine.Rows{{Tokens: ids, Learn: learn}}, Made: base.Made()}}.Do(context.Background())
		if err != nil {
			return nil, err
		}
		all = append(all, r.Adapter)
	}
	return all, nil
})

// A school is a house with a model of llama.cpp that takes adapters.
type school struct {
	*gateway.Models
	t     *testing.T
	files map[string]gateway.AdapterFiles // by version
	dir   string

	store    *store.Store
	declared gateway.Spec // that it stands on
}

// schooled opens a house whose model "tiny" runs a tiny base, and lays the adapters that it takes.
func schooled(t *testing.T, c store.Config) *school {
	t.Helper()
	all, err := taught()
	if err != nil {
		t.Fatal(err)
	}
	s := &school{t: t, dir: t.TempDir(), files: map[string]gateway.AdapterFiles{}}
	file := filepath.Join(s.dir, "base.gguf")
	err = engine.ExportMerged(file, engine.TinyBase(1), nil)
	for i, a := range all {
		gguf := filepath.Join(s.dir, fmt.Sprintf("%d.gguf", i))
		err = errors.Join(err, engine.ExportGGUF(gguf, engine.TinyBase(1), a))
		s.files[lessonHash(i)] = gateway.AdapterFiles{GGUF: gguf, PEFT: filepath.Join(s.dir, fmt.Sprint(i)), Base: "b", Template: engine.TinyBase(1).Made().Template}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Models = open(t, gateway.Config{Store: storetest.Open(t, c), Env: os.Getenv, Leave: 100 * time.Millisecond,
		Declared: []gateway.Spec{{Name: "tiny", Location: gateway.Inside, Engine: &gwengine.Spec{Command: testenv.LlamaCommand(t, file), StartTime: gwengine.Span(30 * time.Second), Idle: gwengine.Span(time.Hour)}}},
		Adapters: func(_ context.Context, _, hash string) (gateway.AdapterFiles, error) {
			f, ok := s.files[hash]
			if !ok {
				return f, &wenyuan.Error{Code: wenyuan.NotFound, Message: "the adapter is gone", Hint: "train it again"}
			}
			return f, nil
		}})
	s.KeepEngines()
	return s
}

// offer offers an adapter as the candidate of "pupil" and waits until it can be asked.
func (s *school) offer(i int) string {
	s.t.Helper()
	hash, err := s.Offer(s.t.Context(), everything(s.t), gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "tiny", Hash: lessonHash(i)}})
	if err == nil {
		err = s.AwaitReady(s.t.Context(), wenyuan.DefaultSpace, "pupil", hash)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return hash
}

// all points production at one version.
func (s *school) all(hash string) {
	s.t.Helper()
	if err := s.Split(s.t.Context(), everything(s.t), "pupil", []version.Share{{Hash: hash, Share: version.Whole}}); err != nil {
		s.t.Fatal(err)
	}
}

// beside points a label beside production.
func (s *school) beside(label, hash string) {
	s.t.Helper()
	if err := s.Beside(s.t.Context(), everything(s.t), "pupil", label, hash); err != nil {
		s.t.Fatal(err)
	}
}

// says is what the model answers now.
func (s *school) says(m *gateway.Model) string {
	s.t.Helper()
	zero := 0.0
	text, _, err := told(m, s.t.Context(), wenyuan.Request{Messages: hello.Messages, Temperature: &zero, MaxTokens: 120})
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// runs are the names of the engines that run.
func (s *school) runs() (names []string) {
	all, err := s.Engines(everything(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range all {
		if len(e.Instances) > 0 {
			names = append(names, e.Model)
		}
	}
	return names
}

// TestAdapters walks adapters through candidate, production and back with a real llama.cpp, while people
// ask: no request fails, going back takes no start of an engine, and what left use ends.
func TestAdapters(t *testing.T) {
	t.Parallel()
	s := schooled(t, store.Config{Dir: t.TempDir()})
	one := s.offer(0)
	plain := get(t, s.Models, "pupil") // what production is before the first release
	if plain.Spec().Adapter.Hash != "" || len(plain.Spec().Can) == 0 {
		t.Fatalf("%+v", plain.Spec())
	}
	base := s.says(plain)
	if was := s.says(get(t, s.Models, "tiny")); base != was || base == lessons[0] {
		t.Errorf("without an adapter it says %q, the base %q", base, was)
	}
	at := func(hash string) *gateway.Model {
		m, ok := s.At(wenyuan.DefaultSpace, "pupil", hash)
		if !ok {
			t.Fatalf("%s is not at hand", hash)
		}
		return m
	}
	if got := s.says(at(one)); got != lessons[0] {
		t.Errorf("the candidate says %q", got)
	}
	for i := range 100 {
		if m, _ := s.Pick(wenyuan.DefaultSpace, "pupil", fmt.Sprint(i)); m.Hash() != plain.Hash() {
			t.Fatal("somebody falls to the candidate")
		}
	}

	stop, failed, asked := s.flow()
	s.beside(gateway.Previous, plain.Hash())
	s.all(one)
	two := s.offer(1)
	if err := s.Split(t.Context(), everything(t), "pupil", []version.Share{{Hash: one, Share: 9900}, {Hash: two, Share: 100}}); err != nil {
		t.Fatal(err)
	}
	s.beside(gateway.Previous, one)
	s.all(two)
	s.beside(gateway.Candidate, "")
	if got := s.says(get(t, s.Models, "pupil")); got != lessons[1] {
		t.Errorf("after the release it says %q", got)
	}
	begun := time.Now()
	s.all(one)
	got := s.says(get(t, s.Models, "pupil"))
	took := time.Since(begun)
	if got != lessons[0] {
		t.Errorf("after going back it says %q", got)
	}
	s.beside(gateway.Previous, "")
	stale := at(one)
	inTime(t, "what left use ends", func() bool { return len(s.runs()) == 2 })
	stop()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed", n, asked.Load())
	}
	t.Logf("%d requests, back and answered after %v", asked.Load(), took)
	if stale.Spec().Adapter.Hash != lessonHash(0) {
		t.Errorf("%+v", stale.Spec())
	}
	if list := s.List(wenyuan.DefaultSpace); len(list) != 2 || list[1].Adapter.On != "tiny" || list[1].Hash != one {
		t.Errorf("%+v", list)
	}
}

// flow has people ask all the time, each a version by the shares, until stop.
func (s *school) flow() (stop func(), failed, asked *atomic.Int64) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var wg sync.WaitGroup
	failed, asked = new(atomic.Int64), new(atomic.Int64)
	for i := range 3 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				m, ok := s.Pick(wenyuan.DefaultSpace, "pupil", fmt.Sprint(i, n))
				if !ok {
					failed.Add(1)
					continue
				}
				asked.Add(1)
				if _, _, err := told(m, s.t.Context(), wenyuan.Request{Messages: hello.Messages, MaxTokens: 60}); err != nil {
					failed.Add(1)
					s.t.Log(err)
				}
			}
		})
	}
	return func() { cancel(); wg.Wait() }, failed, asked
}

// TestAdapterGone: who holds a version that has ended is answered by what is in use.
func TestAdapterGone(t *testing.T) {
	t.Parallel()
	s := schooled(t, store.Config{Dir: t.TempDir()})
	one := s.offer(0)
	held, _ := s.At(wenyuan.DefaultSpace, "pupil", one)
	next, stop := iter.Pull2(held.Stream(t.Context(), wenyuan.Request{Messages: hello.Messages, MaxTokens: 120}))
	defer stop()
	if c, err, _ := next(); err != nil || c.Text == "" {
		t.Fatal(c, err)
	}
	s.beside(gateway.Candidate, "")
	<-time.After(500 * time.Millisecond) // what is under way goes on, however long that takes
	if len(s.runs()) != 1 {
		t.Error("it ended under a stream")
	}
	for c, err, more := next(); more; c, err, more = next() {
		if err != nil {
			t.Error(c, err)
		}
	}
	inTime(t, "what left use ends", func() bool { return len(s.runs()) == 0 })
	if got, base := s.says(held), s.says(get(t, s.Models, "tiny")); got != base {
		t.Errorf("a version that ended says %q, what is in use %q", got, base)
	}
	if err := s.AwaitReady(t.Context(), wenyuan.DefaultSpace, "pupil", one); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("%v", err)
	}
	s.beside(gateway.Candidate, one) // and it comes back
	if err := s.AwaitReady(t.Context(), wenyuan.DefaultSpace, "pupil", one); err != nil {
		t.Fatal(err)
	}
	back, _ := s.At(wenyuan.DefaultSpace, "pupil", one)
	if got := s.says(back); got != lessons[0] {
		t.Errorf("come back it says %q", got)
	}
}

// TestAdapterRefused: an engine that does not take the adapter says why, and production goes on.
func TestAdapterRefused(t *testing.T) {
	t.Parallel()
	s := schooled(t, store.Config{Dir: t.TempDir()})
	bad := filepath.Join(s.dir, "bad.gguf")
	good, err := os.ReadFile(s.files[lessonHash(0)].GGUF)
	if err == nil {
		err = os.WriteFile(bad, good[:len(good)/2], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	spec := gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "tiny", Hash: lessonHash(7)}}
	if _, err := s.Offer(t.Context(), everything(t), spec); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("an adapter that is not there: %v", err)
	}
	s.files[lessonHash(7)] = gateway.AdapterFiles{GGUF: bad}
	hash, err := s.Offer(t.Context(), everything(t), spec)
	if err != nil {
		t.Fatal(err)
	}
	err = s.AwaitReady(t.Context(), wenyuan.DefaultSpace, "pupil", hash)
	if wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), "bad.gguf") && !strings.Contains(err.Error(), "lora") {
		t.Errorf("%v", err)
	}
	t.Log(err)
	if got := s.says(get(t, s.Models, "pupil")); got == "" {
		t.Error("production says nothing")
	}
	f := s.files[lessonHash(0)]
	f.Fits = func(context.Context, string) error {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "another base", Hint: "take the right one"}
	}
	s.files[lessonHash(0)] = f
	spec.Adapter = &gateway.Adapter{On: "tiny", Hash: lessonHash(0)}
	if _, err := s.Offer(t.Context(), everything(t), spec); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("an adapter of another base: %v", err)
	}
	f.Fits, f.Template = nil, strings.Repeat("0", 64)
	s.files[lessonHash(0)] = f
	hash, err = s.Offer(t.Context(), everything(t), spec)
	if err == nil {
		err = s.AwaitReady(t.Context(), wenyuan.DefaultSpace, "pupil", hash)
	}
	if wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), "chat template") {
		t.Errorf("another chat template: %v", err)
	}
}
