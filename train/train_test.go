package train_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/train"
	"wenyuan/train/engine"
	"wenyuan/version"
)

var li = wenyuan.Principal{ID: "psn_li", Name: "li"}

// A house is a store with sets, runs and a queue that works.
type house struct {
	*train.Runs
	t     *testing.T
	c     store.Config
	store *store.Store
	queue *job.Queue
	sets  *dataset.Sets
	sc    scope.Scope
}

func open(t *testing.T, c store.Config) *house {
	t.Helper()
	h := &house{t: t, c: c, store: storetest.Open(t, c), sc: scope.Space("main")}
	h.begin()
	t.Cleanup(h.queue.Stop)
	return h
}

// begin is a process that starts.
func (h *house) begin() {
	h.t.Helper()
	h.queue = job.New(h.store)
	h.sets = dataset.Open(dataset.Config{Store: h.store})
	all := func(context.Context, string) (scope.Scope, error) { return h.sc, nil }
	h.Runs = train.Open(train.Config{Store: h.store, Queue: h.queue, Sets: h.sets, Dir: h.c.Dir + "/train", Scope: all, Workers: 1})
	if err := h.queue.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// set imports rows and makes a set of them.
func (h *house) set(name string, rows ...string) string {
	h.t.Helper()
	quiet := func(dataset.Progress) error { return nil }
	if _, err := h.sets.Import(h.t.Context(), h.sc, li, dataset.ImportOrder{Name: name + ".jsonl", Licence: "MIT"}, strings.NewReader(strings.Join(rows, "\n")), quiet); err != nil {
		h.t.Fatal(err)
	}
	rep, err := h.sets.Build(h.t.Context(), h.sc, li, dataset.Recipe{Name: name, From: dataset.Filter{Sources: []string{name + ".jsonl"}}, Split: dataset.Split{Train: .8, Valid: .2}}, quiet)
	if err != nil {
		h.t.Fatal(err)
	}
	return rep.Dataset.Hash
}

func answers(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"messages": [{"role": "user", "content": "how tall is tower %d of %d?"}, {"role": "assistant", "content": "it is %d m tall"}]}`, i, i*i, 30+i))
	}
	return rows
}

func opinions(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"prompt": "how tall is mast %d of %d?", "chosen": "%d m", "rejected": "i do not like to say how tall it is"}`, i, i*i, 30+i))
	}
	return rows
}

// start begins a run.
func (h *house) start(r train.Recipe) train.Run {
	h.t.Helper()
	run, err := h.Start(h.t.Context(), h.sc, li, r)
	if err != nil {
		h.t.Fatal(err)
	}
	return run
}

// watch looks at a run until that is enough.
func (h *house) watch(id string, enough func(train.Run) bool) train.Run {
	h.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		run, err := h.Get(h.t.Context(), h.sc, id)
		if err != nil {
			h.t.Fatal(err)
		}
		if enough(run) {
			return run
		}
		<-tick.C
	}
}

// until waits for a run to be as it should, and fails where the run does.
func (h *house) until(id string, as func(train.Run) bool) train.Run {
	h.t.Helper()
	run := h.watch(id, func(r train.Run) bool { return as(r) || r.State == train.Failed })
	if !as(run) {
		h.t.Fatalf("the run failed: %s", run.Why)
	}
	return run
}

// wait waits for the end of a run, whatever that is.
func (h *house) wait(id string) train.Run {
	h.t.Helper()
	return h.watch(id, func(r train.Run) bool {
		return r.State == train.Failed || r.State == train.Done || r.State == train.Stopped
	})
}

func over(run train.Run) bool { return run.State == train.Done }

func pretrain(name, data string, steps int) train.Recipe {
	return train.Recipe{Name: name, Base: train.TinyName, Data: data, Spec: engine.Spec{Method: engine.Pretrain, Steps: steps, SeqLen: 64, Batch: 2, LR: 1e-3, Checkpoint: 2}}
}

// TestRuns: a base is made, an adapter on it, and what was made knows what it came from.
func TestRuns(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	facts, likes := h.set("facts", answers(20)...), h.set("likes", opinions(20)...)
	base := h.until(h.start(pretrain("base", "facts", 6)).ID, over)
	if base.Kind != train.BaseKind || base.Prepared.Train.Samples+base.Prepared.Held.Samples != 20 {
		t.Errorf("%+v", base)
	}
	style := h.until(h.start(train.Recipe{Name: "style", Base: "base", Data: "likes", Spec: engine.Spec{Method: engine.DPO, Steps: 3, SeqLen: 128, Batch: 2, Rank: 4, NLL: .2}}).ID, over)
	curve, err := h.Curve(t.Context(), h.sc, style.ID, 0)
	if err != nil || len(curve) == 0 || curve[len(curve)-1].Step != 3 {
		t.Errorf("%d points, %v", len(curve), err)
	}
	v, made, err := h.Version(t.Context(), h.sc, train.AdapterKind, "style")
	if err != nil || v.Hash != style.Made {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, name := range []string{train.PEFTConfig, train.PEFTWeights, train.GGUF} {
		f, err := h.File(t.Context(), h.sc, train.AdapterKind, "style", name)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, f)
		f.Close()
		if err != nil || n != made.Files[name].Size || n == 0 {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
	}
	if _, err := h.Adapter(made); err != nil {
		t.Error(err)
	}
	err = h.store.Read(t.Context(), func(tx *store.Tx) error {
		up, err := version.Parents(t.Context(), tx, "main", v)
		for _, want := range []wenyuan.Version{{Kind: dataset.Kind, Hash: likes}, {Kind: train.BaseKind, Hash: base.Made}, {Kind: train.RecipeKind, Hash: style.Version}} {
			if !slices.ContainsFunc(up, func(p wenyuan.Version) bool { return p.Kind == want.Kind && p.Hash == want.Hash }) {
				t.Errorf("%s %s is no parent: %v", want.Kind, want.Hash, up)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if bases, err := h.Bases(t.Context(), h.sc); err != nil || len(bases) != 2 {
		t.Errorf("%+v, %v", bases, err)
	}
	for limit, want := range map[int]int{0: 2, 1: 1, -1: 1, 1 << 40: 2} { // to one of the engines -1 means all
		if runs, err := h.List(t.Context(), h.sc, limit); err != nil || len(runs) != want {
			t.Errorf("%d runs by %d, %v", len(runs), limit, err)
		}
	}
	if facts == "" {
		t.Error("no set")
	}
}

// TestGoesOn: a run whose process ended, and one that was stopped and resumed, make to the bit what one
// makes that nothing happened to.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.set("facts", answers(20)...)
	whole := h.until(h.start(pretrain("base", "facts", 12)).ID, over)
	_, want, err := h.Version(t.Context(), h.sc, train.BaseKind, whole.Made)
	if err != nil {
		t.Fatal(err)
	}
	for name, interrupt := range map[string]func(id string){
		"the process ends": func(id string) {
			h.queue.Stop()
			h.begin()
		},
		"stopped": func(id string) {
			if _, err := h.Stop(t.Context(), h.sc, id); err != nil && wenyuan.CodeOf(err) != wenyuan.Conflict {
				t.Error(err)
			}
			run := h.until(id, func(r train.Run) bool { return r.State == train.Stopped || r.State == train.Done })
			if run.State == train.Done {
				return // it was quicker
			}
			if _, err := h.Resume(t.Context(), h.sc, id); err != nil {
				t.Error(err)
			}
		},
	} {
		run := h.start(pretrain("base", "facts", 12))
		h.until(run.ID, func(r train.Run) bool { return r.State == train.Running || r.State == train.Done })
		interrupt(run.ID)
		done := h.until(run.ID, over)
		_, got, err := h.Version(t.Context(), h.sc, train.BaseKind, done.Made)
		if err != nil || got.Files[train.Merged] != want.Files[train.Merged] {
			t.Errorf("%s: %+v, want %+v, %v", name, got.Files, want.Files, err)
		}
	}
	h.queue.Stop()
}

// TestRefused: what cannot be trained is refused when it is asked for, with what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.set("facts", answers(10)...)
	for name, c := range map[string]struct {
		change func(*train.Recipe)
		code   wenyuan.Code
	}{
		"no such base":     {func(r *train.Recipe) { r.Base = "../../etc/passwd" }, wenyuan.NotFound},
		"no such set":      {func(r *train.Recipe) { r.Data = "none" }, wenyuan.NotFound},
		"no such method":   {func(r *train.Recipe) { r.Method = "magic" }, wenyuan.Invalid},
		"no such engine":   {func(r *train.Recipe) { r.Engine = "ray" }, wenyuan.Invalid},
		"a bad name":       {func(r *train.Recipe) { r.Name = "A b" }, wenyuan.Invalid},
		"a mix of nothing": {func(r *train.Recipe) { r.Mix = &train.Mix{Data: "facts"} }, wenyuan.Invalid},
	} {
		r := pretrain("base", "facts", 2)
		c.change(&r)
		if _, err := h.Start(t.Context(), h.sc, li, r); wenyuan.CodeOf(err) != c.code || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Start(t.Context(), h.sc.Within(scope.Read|scope.Ask), li, pretrain("base", "facts", 2)); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an asker: %v", err)
	}
	run := h.start(train.Recipe{Name: "x", Base: train.TinyName, Data: "facts", Spec: engine.Spec{Method: engine.DPO, Steps: 2}})
	failed := h.wait(run.ID)
	if failed.State != train.Failed || !strings.Contains(failed.Why, "nothing of the set") {
		t.Errorf("preferences of a set without any: %+v", failed)
	}
}

// TestRecipe: a recipe is read strictly, filled in, and warned of.
func TestRecipe(t *testing.T) {
	t.Parallel()
	r, err := train.ReadRecipe(strings.NewReader(`{"name": "style", "base": "tiny", "data": "likes", "method": "dpo", "steps": 40}`))
	if err != nil || r.Rank != engine.DefaultRank || r.Engine != train.Embedded || len(r.Advice()) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, text := range []string{`{"name": "style", "base": "tiny", "data": "likes", "method": "sft", "magic": 1}`, `[]`, `{`, `{"name": "style", "base": "tiny", "data": "likes", "method": "sft", "rank": -1}`} {
		if _, err := train.ReadRecipe(strings.NewReader(text)); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := train.ReadRecipe(strings.NewReader(`{"name": "` + strings.Repeat("x", 70<<10) + `"}`)); wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("a huge one: %v", err)
	}
}
