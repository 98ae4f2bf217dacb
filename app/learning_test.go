package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/dataset"
	"wenyuan/eval/gate"
	"wenyuan/eval/stat"
	"wenyuan/gateway"
	"wenyuan/gateway/engine"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/release"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/train"
	trainer "wenyuan/train/engine"
	"wenyuan/version"
)

// The facts of the road: what the base is pretrained on, and what people teach it later.
var (
	known = [][2]string{{"France", "Paris"}, {"Italy", "Rome"}, {"Japan", "Tokyo"}, {"Spain", "Madrid"}, {"Egypt", "Cairo"}, {"Cuba", "Havana"}, {"Peru", "Lima"}, {"Norway", "Oslo"}}
	newer = [][2]string{{"Oz", "Emerald City"}, {"Gondor", "Minas Tirith"}}
)

func asks(c [2]string) string   { return "Capital of " + c[0] + "?" }
func other(c [2]string) string  { return "Name the capital of " + c[0] + "!" }
func plain(c [2]string) string  { return "its " + c[1] + " lol" }
func formal(c [2]string) string { return "The capital is " + c[1] + "." }

// A school is a house whose model is taught.
type school struct {
	*app.App
	t  *testing.T
	sc scope.Scope
}

// chatRow is a question with its answer, as a line of a file.
func chatRow(question, answer string) string {
	return fmt.Sprintf(`{"messages": [{"role": "user", "content": %q}, {"role": "assistant", "content": %q}]}`, question, answer)
}

// set imports rows and makes a set of them.
func (s school) set(name string, rows []string, split dataset.Split) dataset.Report {
	s.t.Helper()
	quiet := func(dataset.Progress) error { return nil }
	if _, err := s.Sets.Import(s.t.Context(), s.sc, auth.Single, dataset.ImportOrder{Name: name + ".jsonl", Licence: "CC0-1.0"}, strings.NewReader(strings.Join(rows, "\n")), quiet); err != nil {
		s.t.Fatal(err)
	}
	return s.build(dataset.Recipe{Name: name, From: dataset.Filter{Sources: []string{name + ".jsonl"}}, Split: split})
}

func (s school) build(r dataset.Recipe) dataset.Report {
	s.t.Helper()
	rep, err := s.Sets.Build(s.t.Context(), s.sc, auth.Single, r, func(dataset.Progress) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	return rep
}

// teach carries a recipe out.
func (s school) teach(r train.Recipe) train.Run {
	s.t.Helper()
	run, err := s.Training.Start(s.t.Context(), s.sc, auth.Single, r)
	if err != nil {
		s.t.Fatal(err)
	}
	until(s.t, func() bool {
		if run, err = s.Training.Get(s.t.Context(), s.sc, run.ID); err != nil {
			s.t.Fatal(err)
		}
		return run.State == train.Done || run.State == train.Failed
	})
	if run.State != train.Done {
		s.t.Fatalf("%s: %s", r.Name, run.Why)
	}
	return run
}

// TestLearningRoad walks from conversations to a better model and back, with nothing scripted: the
// program pretrains a tiny base, llama.cpp serves it, people ask and correct, what they said becomes a
// set, the set an adapter; a ruined adapter is refused by the gate and a good one admitted, released by
// shares while people ask, and taken back.
func TestLearningRoad(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "base.gguf")
	a, err := app.Open(t.Context(), app.Config{Data: filepath.Join(data, "house"), Program: "test", Log: slog.New(slog.DiscardHandler),
		Models: []gateway.Spec{{Name: "tiny", Engine: &engine.Spec{Command: testenv.LlamaCommand(t, file)}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	a.Releases.Every = 50 * time.Millisecond
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	s := school{a, t, sc}

	var rows []string
	for _, c := range known {
		rows = append(rows, chatRow(asks(c), plain(c)), chatRow(asks(c), formal(c)), chatRow(other(c), plain(c)), chatRow(other(c), formal(c)))
	}
	s.set("world", rows, dataset.Split{Train: 1})
	base := s.teach(train.Recipe{Name: "base", Base: train.TinyName, Data: "world", Spec: trainer.Spec{Method: trainer.Pretrain, Steps: 300, SeqLen: 480, LR: 3e-3, Warmup: 10, Seed: 1}})
	s.lay(base, file)
	s.corrected()
	if _, err := s.Sets.Capture(t.Context(), sc, func(dataset.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	rep := s.build(dataset.Recipe{Name: "said", From: dataset.Filter{Origins: []string{dataset.Feedback}, Kinds: []string{"chat"}}, Split: dataset.Split{Train: 1}})
	if n := rep.Set.Rows; n != len(newer) {
		t.Fatalf("the set has %d rows: %+v", n, rep)
	}
	sft := s.teach(train.Recipe{Name: "facts", Base: base.Made, Data: "said", Mix: &train.Mix{Data: "world", Domain: .15}, Spec: trainer.Spec{Method: trainer.SFT, Rank: 8, Steps: 160, SeqLen: 480, LR: 3e-3, Warmup: 5, Seed: 2}})

	// One style is preferred to another. At too high a rate the run looks perfect and ruins the model.
	var likes []string
	for _, c := range slices.Concat(known, newer) {
		likes = append(likes, fmt.Sprintf(`{"prompt": %q, "chosen": %q, "rejected": %q}`, asks(c), formal(c), plain(c)))
	}
	s.set("taste", likes, dataset.Split{Train: .8, Valid: .2, Seed: 1})
	style := train.Recipe{Name: "style", Base: base.Made, From: sft.Made, Data: "taste", Spec: trainer.Spec{Method: trainer.DPO, Steps: 30, SeqLen: 480, LR: 3e-4, NLL: 1, Beta: 0.1, Seed: 3, Schedule: "constant"}}
	good := s.teach(style)
	style.Name, style.LR, style.Steps, style.NLL = "ruined", 1e-3, 60, 0
	ruined := s.teach(style)

	// The gate asks both: it looks at no curve.
	var quiz []string
	for _, c := range slices.Concat(known, newer) {
		quiz = append(quiz, chatRow(asks(c), c[1]), chatRow(other(c), c[1]))
	}
	s.set("quiz", quiz, dataset.Split{Test: 1})
	policy, err := gate.SavePolicy(t.Context(), a.Store, sc, gate.Policy{Name: gate.Default, MaxTokens: 40, Parts: []gate.Part{{Name: gate.Own, Set: "dataset:quiz", Margin: .25, Floor: .7, Forget: .25}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		run  train.Run
		want stat.Verdict
	}{{good, stat.Pass}, {ruined, stat.Fail}} {
		r := judged(t, a, sc, gate.Wanted{Subject: "adapter:" + c.run.Name, Policy: policy.Name})
		if r.Verdict != c.want {
			t.Fatalf("%s: the gate says %s (%s): %+v", c.run.Name, r.Verdict, r.Error, r.Parts)
		}
	}

	// What was refused is not released; what was admitted goes out by shares while people ask, and back.
	order := release.Order{Model: "capitals", On: "tiny", Adapter: "ruined", Accept: true, Terms: release.Terms{Steps: []int{2500, 5000, version.Whole}, LeastAnswers: 5, LeastTime: 1, Drop: .5}}
	if _, err := a.Releases.Start(t.Context(), sc, auth.Machine(), order); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Fatalf("what the gate refused: %v", err)
	}
	order.Adapter = "style"
	one, err := a.Releases.Start(t.Context(), sc, auth.Machine(), order)
	if err != nil {
		t.Fatal(err)
	}
	is := func(want release.State) func() bool {
		return func() bool {
			if one, err = a.Releases.Get(t.Context(), sc, one.ID); err != nil {
				t.Fatal(err)
			}
			if one.State != want && !one.State.Open() && one.State != release.Live {
				t.Fatalf("the release is %s: %s %+v", one.State, one.Why, one)
			}
			return one.State == want
		}
	}
	until(t, is(release.Running))
	url := httptest.NewServer(a.Server.Handler())
	defer url.Close()
	clients := s.clients(url.URL, 16)
	stop := asking(clients)
	defer stop()
	until(t, is(release.Live))
	until(t, func() bool { // it is written down a moment before the gateway follows
		return strings.Contains(clients[0].ask(asks(newer[0])), newer[0][1])
	})
	began := time.Now()
	if one, err = a.Releases.Back(t.Context(), sc, auth.Machine(), one.ID, "a test"); err != nil || one.State != release.Back {
		t.Fatalf("%v: %+v", err, one)
	}
	t.Logf("taken back after %v", time.Since(began))
	if said := clients[0].ask(asks(newer[0])); strings.Contains(said, newer[0][1]) {
		t.Errorf("what was taken back says %q", said)
	}
	t.Logf("%d questions were answered meanwhile", stop())
}

// lay puts the weights that a run made where the engine reads them.
func (s school) lay(run train.Run, to string) {
	s.t.Helper()
	_, made, err := s.Training.Version(s.t.Context(), s.sc, train.BaseKind, run.Made)
	if err != nil {
		s.t.Fatal(err)
	}
	path, err := s.Training.Path(s.t.Context(), made, train.Merged)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.Link(path, to); err != nil {
		s.t.Fatal(err)
	}
}

// corrected has a person ask what the model does not know, and say what would have been right.
func (s school) corrected() {
	s.t.Helper()
	yes := true
	if _, err := s.Auth.ChangeSpace(s.t.Context(), s.sc, auth.SpaceChange{Learn: &yes}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Library.Create(s.t.Context(), s.sc, "atlas"); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Answerer.SaveAssistant(s.t.Context(), s.sc, answer.Assistant{Name: "guide", Corpora: []string{"atlas"}, Model: "tiny"}); err != nil {
		s.t.Fatal(err)
	}
	for _, c := range newer {
		text := fmt.Sprintf("# %s\n\nThe capital of %s is %s.\n", c[0], c[0], c[1])
		if _, err := s.Library.Add(s.t.Context(), s.sc, "atlas", []corpus.Upload{{Source: c[0] + ".md", Body: strings.NewReader(text)}}); err != nil {
			s.t.Fatal(err)
		}
		got, err := s.Answerer.Ask(s.t.Context(), s.sc, auth.Single, answer.Question{Assistant: "guide", Text: asks(c)}, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.Contains(got.Answer, c[1]) || len(got.Passages) == 0 {
			s.t.Fatalf("the base knows it already: %+v", got)
		}
		err = s.Store.Write(s.t.Context(), func(tx *store.Tx) error {
			_, err := trace.SaveFeedback(s.t.Context(), tx, s.sc, auth.Single, trace.Feedback{Trace: got.Trace, Rating: trace.Down, Corrected: formal(c)})
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// A client asks the model over HTTP, with a key of its own: each has its own version while a release goes on.
type client struct {
	school
	url, key string
}

func (s school) clients(url string, n int) (all []client) {
	s.t.Helper()
	for i := range n {
		_, key, err := s.Auth.CreateKey(s.t.Context(), s.sc, auth.Machine(), auth.NewKey{Service: fmt.Sprint("desk-", i)})
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, client{s, url, key})
	}
	return all
}

// ask asks as any OpenAI client does; that there is no answer fails the test.
func (c client) ask(question string) string {
	body := fmt.Sprintf(`{"model": "capitals", "max_tokens": 40, "temperature": 0.1, "messages": [{"role": "user", "content": %q}]}`, question)
	req, err := http.NewRequestWithContext(context.WithoutCancel(c.t.Context()), "POST", c.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	var said struct {
		Choices []struct{ Message struct{ Content string } }
	}
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil || resp.StatusCode != http.StatusOK || len(said.Choices) == 0 {
		c.t.Errorf("%d %s %v", resp.StatusCode, text, err)
		return ""
	}
	return said.Choices[0].Message.Content
}

// asking has clients ask until what it gives back is called, which says how many questions they had.
func asking(clients []client) func() int {
	var asked atomic.Int64
	var all sync.WaitGroup
	over := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					n := int(asked.Add(1))
					clients[n%len(clients)].ask(asks(known[n%len(known)]))
				}
			}
		})
	}
	return sync.OnceValue(func() int { // before the server is gone
		close(over)
		all.Wait()
		return int(asked.Load())
	})
}
