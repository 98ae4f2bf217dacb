package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/tensor"
	"wenyuan/train/engine/tokens"
	"wenyuan/train/engine/weights"
)

// bits are all numbers of an adapter.
func bits(a *Adapter) (out []byte) {
	for _, p := range a.lora.Params() {
		out = append(out, raw(p.W)...)
	}
	return out
}

// TestResume: a run that is killed anywhere and gone on from, with another number of workers, ends with
// the bits of one that was not.
func TestResume(t *testing.T) {
	t.Parallel()
	b := TinyBase(3)
	for _, spec := range []Spec{
		{Method: SFT, Rank: 4, Steps: 14, SeqLen: 100, Batch: 2, LR: 3e-3, Seed: 5, Checkpoint: 4},
		{Method: DPO, Rank: 4, Steps: 9, SeqLen: 200, LR: 1e-3, NLL: 0.5, Seed: 6, Checkpoint: 2, Early: EarlyStop{Every: 3}},
	} {
		sets := Sets{Train: talks(t, b, known), Held: talks(t, b, newer), Made: b.Made()}
		if spec.Method == DPO {
			sets.Train, sets.Held = prefers(t, b, known), prefers(t, b, newer)
		}
		whole := do(t, Run{Spec: spec, Base: b, Sets: sets, Workers: 1})
		dir := t.TempDir()
		part := func(workers int, sink Sink, ctx context.Context) (r *Result, err error) {
			defer func() {
				if recover() != nil {
					err = errors.New("killed")
				}
			}()
			return Run{Spec: spec, Base: b, Sets: sets, Workers: workers, Dir: dir, Sink: sink}.Do(ctx)
		}
		if _, err := part(3, func(m Metrics) {
			if m.Step == 7 {
				panic("killed between two checkpoints")
			}
		}, t.Context()); err == nil {
			t.Fatal("the run went on")
		}
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := part(2, func(m Metrics) {
			if m.Step == 8 {
				cancel()
			}
		}, ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("the run that was told to stop: %v", err)
		}
		first := 0
		r, err := part(1, func(m Metrics) {
			if first == 0 {
				first = m.Step
			}
		}, t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first != 9 {
			t.Errorf("%s: went on at step %d, not 9", spec.Method, first)
		}
		if !bytes.Equal(bits(r.Adapter), bits(whole.Adapter)) {
			t.Errorf("%s: other bits after a resume", spec.Method)
		}
		if r.Tokens != whole.Tokens || r.Held.Loss != whole.Held.Loss {
			t.Errorf("%s: %d tokens and a loss of %v, not %d and %v", spec.Method, r.Tokens, r.Held.Loss, whole.Tokens, whole.Held.Loss)
		}
		spec.Seed++
		if _, err := (Run{Spec: spec, Base: b, Sets: sets, Dir: dir}).Do(t.Context()); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("another run went on from this checkpoint: %v", err)
		}
	}
}

// TestAccumulate: four batches that are accumulated make the step of one that is four times as large.
func TestAccumulate(t *testing.T) {
	t.Parallel()
	b := TinyBase(3)
	for _, m := range []Method{SFT, DPO, Reward} {
		sets := Sets{Train: Data(talks(t, b, known)), Made: b.Made()}
		if m.pairs() {
			sets.Train = prefers(t, b, known)
		}
		one := do(t, Run{Spec: Spec{Method: m, Rank: 4, Steps: 4, SeqLen: 120, Batch: 4, LR: 1e-3}, Base: b, Sets: sets})
		four := do(t, Run{Spec: Spec{Method: m, Rank: 4, Steps: 4, SeqLen: 120, Accumulate: 4, LR: 1e-3}, Base: b, Sets: sets})
		if off := math.Abs(one.Last.Loss - four.Last.Loss); off > 1e-6 {
			t.Errorf("%s: the losses are %.2g apart", m, off)
		}
		worst := 0.0
		for i, p := range one.Adapter.lora.Params() {
			for k, w := range p.W {
				worst = max(worst, math.Abs(float64(w-four.Adapter.lora.Params()[i].W[k])))
			}
		}
		if worst > 1e-6 {
			t.Errorf("%s: the weights are %.2g apart", m, worst)
		}
	}
}

// TestObjectives: along its own gradient, each loss changes as fast as the gradient is long.
func TestObjectives(t *testing.T) {
	t.Parallel()
	b := TinyBase(4)
	for _, spec := range []Spec{{Method: SFT}, {Method: DPO, Beta: 0.3}, {Method: DPO, NLL: 2}, {Method: Reward}, {Method: Pretrain}} {
		spec.SeqLen, spec.Rank, spec.Steps = 400, 4, 3
		if spec.Full = spec.Method == Pretrain; spec.Full {
			spec.Rank = 0
		}
		r := Run{Spec: spec, Base: b, Sets: Sets{Train: talks(t, b, known)}}
		if spec.Method.pairs() {
			r.Sets.Train = prefers(t, b, known)
		}
		tr, err := r.prepare()
		if err != nil {
			t.Fatal(err)
		}
		tr.began = time.Now()
		for range 2 { // away from where B and the margins are zero
			if err := tr.step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		batch, err := tr.read(0)
		if err != nil {
			t.Fatal(err)
		}
		loss := func(grad bool) float64 {
			var s tally
			s.expect(batch[0], tr.spec)
			tr.compute(batch[0], &s, grad)
			return s.metrics(tr.spec).Loss
		}
		loss(true)
		square := 0.0
		for _, p := range tr.params {
			square += float64(tensor.Dot(p.G, p.G))
		}
		move := func(by float64) float64 {
			for _, p := range tr.params {
				tensor.AddScaled(p.W, p.G, float32(by))
			}
			return loss(false)
		}
		step := 2e-2 / math.Sqrt(square)
		up := move(step)
		down := move(-2 * step)
		if got := (up - down) / (2 * step) / square; math.Abs(got-1) > 0.02 {
			t.Errorf("%s (NLL %v): the loss rises %.4f times as fast as its gradient says", spec.Method, spec.NLL, got)
		}
	}
}

// TestPair: the derivative of the preference loss, also where its exponential would overflow.
func TestPair(t *testing.T) {
	t.Parallel()
	for _, z := range []float64{-800, -3, 0, 0.5, 4, 800} {
		s := func(z float64) (float64, float64) {
			y := tally{items: 2}
			d := y.pair(z)
			return y.loss, d
		}
		up, _ := s(z + 1e-5)
		down, _ := s(z - 1e-5)
		if _, d := s(z); math.Abs((up-down)/2e-5-d) > 1e-6 {
			t.Errorf("at %v: %v, by differences %v", z, d, (up-down)/2e-5)
		}
	}
}

// TestReward: a head learns which style people prefer, on facts that it has not seen.
func TestReward(t *testing.T) {
	t.Parallel()
	b := knowing(t)
	r := do(t, Run{Spec: Spec{Method: Reward, Rank: 4, Steps: 40, SeqLen: 480, LR: 1e-3}, Base: b, Sets: Sets{Train: prefers(t, b, known[:6]), Held: prefers(t, b, known[6:]), Made: b.Made()}})
	if r.Held.Accuracy < 1 || !r.Adapter.Reward() {
		t.Errorf("held out: %+v", r.Held)
	}
	for _, c := range known[6:] {
		got, err := Rewards(t.Context(), b, r.Adapter, [][]int32{chat(t, b, c, formal(c)).Tokens, chat(t, b, c, plain(c)).Tokens})
		if err != nil || got[0] <= got[1] {
			t.Errorf("%s: %v, %v", c[0], got, err)
		}
	}
	if _, err := Generate(t.Context(), b, r.Adapter, [][]int32{{256}}, Sampling{}); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("a reward model wrote: %v", err)
	}
	if err := ExportGGUF(filepath.Join(t.TempDir(), "x"), b, r.Adapter); err == nil {
		t.Error("a reward model was exported for writing")
	}
	dir := t.TempDir()
	if err := ExportPEFT(dir, b, r.Adapter); err != nil {
		t.Fatal(err)
	}
	if back, err := OpenAdapter(dir); err != nil || !back.Reward() || !bytes.Equal(bits(back), bits(r.Adapter)) {
		t.Errorf("the reward model came back otherwise: %v", err)
	}
}

// TestEnds: budgets and early stop end a run with a result.
func TestEnds(t *testing.T) {
	t.Parallel()
	b := TinyBase(3)
	sets := Sets{Train: talks(t, b, known), Held: talks(t, b, newer), Made: b.Made()}
	spec := Spec{Method: SFT, Rank: 2, Steps: 40, SeqLen: 128, LR: 1e-3}
	run := func(change func(*Spec)) *Result {
		s := spec
		change(&s)
		return do(t, Run{Spec: s, Base: b, Sets: sets})
	}
	if r := run(func(s *Spec) { s.Budget.Tokens = 300 }); r.End != OutOfText || r.Tokens < 300 || r.Steps > 4 {
		t.Errorf("a budget of tokens: %+v", r)
	}
	if r := run(func(s *Spec) { s.Budget.Time = time.Nanosecond }); r.End != OutOfTime || r.Steps != 1 {
		t.Errorf("a budget of time: %+v", r)
	}
	if r := run(func(s *Spec) { s.Early = EarlyStop{Every: 1, Patience: 2, Delta: 100} }); r.End != NoBetter || r.Steps != 3 || r.Held.Step != 1 {
		t.Errorf("an early stop: %+v", r)
	}
	// The result is the best look's weights.
	best := run(func(s *Spec) { s.Early = EarlyStop{Every: 1, Patience: 2, Delta: 100} })
	first := run(func(s *Spec) { s.Early = EarlyStop{Every: 1, Patience: 2, Delta: 100}; s.Budget.Tokens = 1 })
	if !bytes.Equal(bits(best.Adapter), bits(first.Adapter)) {
		t.Error("after an early stop the weights are not the best ones")
	}
	if r := run(func(s *Spec) { s.Steps, s.Epochs = 0, 1.5 }); r.Steps < 4 || math.Abs(r.Last.Epoch-1.5) > 0.3 {
		t.Errorf("one and a half epochs: %+v", r)
	}
}

// TestKill: what diverges is ended, and its checkpoint is the last sane one.
func TestKill(t *testing.T) {
	t.Parallel()
	b := knowing(t)
	sets := Sets{Train: prefers(t, b, known), Made: b.Made()}
	for name, change := range map[string]func(*Spec){
		"chosen": func(s *Spec) { s.Kill.ChosenDrop = 5 },
		"margin": func(s *Spec) { s.Kill = Kill{ChosenDrop: -1, Margin: 2} },
	} {
		s := Spec{Method: DPO, Steps: 60, SeqLen: 480, LR: 2e-3, Schedule: "constant"}
		change(&s)
		_, err := Run{Spec: s, Base: b, From: tuned(t), Sets: sets}.Do(t.Context())
		if !errors.Is(err, ErrDiverged) || wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	poisoned := tuned(t).lora.Clone()
	poisoned.Pairs[0].A.W[3] = float32(math.NaN())
	_, err := Run{Spec: Spec{Method: SFT, Steps: 3, SeqLen: 480}, Base: b, From: &Adapter{lora: poisoned}, Sets: Sets{Train: talks(t, b, known)}}.Do(t.Context())
	if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a loss that is no number: %v", err)
	}
}

// TestRefused: what cannot be trained is refused before it is begun, with the difference.
func TestRefused(t *testing.T) {
	t.Parallel()
	b := TinyBase(3)
	other := shapes(t)["qwen2"]
	fine := Run{Spec: Spec{Method: SFT, Rank: 2, Steps: 1, SeqLen: 128}, Base: b, Sets: Sets{Train: talks(t, b, known), Made: b.Made()}}
	trained := do(t, fine)
	for name, c := range map[string]struct {
		change func(*Run)
		want   string
	}{
		"tokenizer": {func(r *Run) { r.Sets.Made.Tokenizer = "abc" }, "tokenizer abc"},
		"template":  {func(r *Run) { r.Sets.Made.Template = "def" }, "chat template def"},
		"adapter":   {func(r *Run) { r.From = trained.Adapter; r.Base = TinyBase(4) }, "trained on the base"},
		"shape":     {func(r *Run) { r.From = &Adapter{lora: trained.Adapter.lora}; r.Base = other }, "does not fit"},
		"method":    {func(r *Run) { r.Spec.Method = "ppo" }, "method"},
		"target":    {func(r *Run) { r.Spec.Targets = []string{"q_proj", "lm_head"} }, "lm_head"},
		"rank":      {func(r *Run) { r.Spec.Rank = 5000 }, "rank is 5000"},
		"rate":      {func(r *Run) { r.Spec.LR = math.NaN() }, "lr is NaN"},
		"long":      {func(r *Run) { r.Spec.SeqLen = 5 }, "longer than 5"},
		"empty":     {func(r *Run) { r.Sets.Train = Rows{} }, "none of 0"},
		"token":     {func(r *Run) { r.Sets.Train = Rows{{Tokens: []int32{1, 999}}} }, "number 999"},
		"negative":  {func(r *Run) { r.Sets.Train = Rows{{Tokens: []int32{1, -1}}} }, "number -1"},
		"mask":      {func(r *Run) { r.Sets.Train = Rows{{Tokens: []int32{1, 2}, Learn: []bool{true}}} }, "says of 1"},
		"pairs":     {func(r *Run) { r.Spec.Method = DPO }, "takes 2"},
		"nothing":   {func(r *Run) { r.Base = nil }, "missing"},
	} {
		r := fine
		c.change(&r)
		_, err := r.Do(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || wenyuan.CodeOf(err) == wenyuan.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDisk: where a checkpoint cannot be written, the run says so and the one before is whole.
func TestDisk(t *testing.T) {
	t.Parallel()
	b := TinyBase(3)
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := Run{Spec: Spec{Method: SFT, Rank: 2, Steps: 2, SeqLen: 128}, Base: b, Sets: Sets{Train: talks(t, b, known)}, Dir: file}
	if _, err := r.Do(t.Context()); err == nil || wenyuan.CodeOf(err) == wenyuan.Internal {
		t.Errorf("a folder that is a file: %v", err)
	}
	r.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(r.Dir, checkpointFile), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Do(t.Context()); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("a torn checkpoint: %v", err)
	}
}

// TestFolder: a model as Transformers saves it, in two files and another type of numbers, scores as
// the one it was made of.
func TestFolder(t *testing.T) {
	t.Parallel()
	tok, err := tokens.FromFolder("tokens/testdata/qwen2")
	if err != nil {
		t.Fatal(err)
	}
	for kind, c := range map[string]llama.Config{
		"llama": {Arch: llama.Llama, Scaling: &llama.Scaling{Factor: 8, Low: 1, High: 4, Original: 64}},
		"qwen2": {Arch: llama.Qwen2, Bias: true, Tied: true},
	} {
		c.Vocab, c.Dim, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.FF, c.Context, c.Theta, c.Eps = tok.Vocab(), 32, 2, 4, 2, 8, 48, 256, 5e5, 1e-6
		m, err := llama.New[float32](c, 9)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for _, name := range []string{"tokenizer.json", "tokenizer_config.json"} {
			data, err := os.ReadFile(filepath.Join("tokens/testdata/qwen2", name))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		config := map[string]any{"model_type": kind, "vocab_size": c.Vocab, "hidden_size": c.Dim, "num_hidden_layers": c.Layers, "num_attention_heads": c.Heads, "num_key_value_heads": c.KVHeads,
			"intermediate_size": c.FF, "max_position_embeddings": c.Context, "rope_theta": c.Theta, "rms_norm_eps": c.Eps, "tie_word_embeddings": c.Tied, "hidden_act": "silu"}
		if s := c.Scaling; s != nil {
			config["rope_scaling"] = map[string]any{"rope_type": "llama3", "factor": s.Factor, "low_freq_factor": s.Low, "high_freq_factor": s.High, "original_max_position_embeddings": s.Original}
		}
		put := func() {
			text, err := json.Marshal(config)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "config.json"), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		put()
		var parts [2][]weights.Tensor
		for i, p := range m.Params {
			shape := []int{p.Rows, p.Cols}
			if p.Rows == 1 {
				shape = shape[1:]
			}
			parts[i%2] = append(parts[i%2], weights.Tensor{Name: p.Name, Shape: shape, Data: p.W})
		}
		for i, name := range []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"} {
			if err := weights.WriteSafetensors(filepath.Join(dir, name), nil, parts[i]); err != nil {
				t.Fatal(err)
			}
		}
		b, err := OpenBase(dir)
		if err != nil {
			t.Fatal(err)
		}
		want, err := newBase(m, tok)
		if err != nil {
			t.Fatal(err)
		}
		text := [][]int32{tok.Encode("Hello world, how are you?")}
		if !slices.Equal(score(t, b, nil, text), score(t, want, nil, text)) || b.Hash() != want.Hash() || b.Made() != want.Made() {
			t.Errorf("%s came back otherwise", kind)
		}
		for key, v := range map[string]any{"model_type": "gemma3", "hidden_act": "gelu", "rope_scaling": map[string]any{"rope_type": "yarn"}, "num_key_value_heads": 3} {
			was := config[key]
			config[key] = v
			put()
			if _, err := OpenBase(dir); wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("%s of %v: %v", key, v, err)
			}
			config[key] = was
		}
	}
	if _, err := OpenBase(filepath.Join(t.TempDir(), "none")); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("a base that is not there: %v", err)
	}
}

// TestCut: long texts are cut into parts that fit, and are their parts together.
func TestCut(t *testing.T) {
	t.Parallel()
	d := Rows{{Tokens: []int32{1, 2, 3, 4, 5}}, {}, {Tokens: []int32{6, 7}}, {Tokens: []int32{8, 9, 10}}}
	c := newCut(d, 2)
	var got [][]int32
	for i := range c.Len() {
		s, err := c.At(i)
		if err != nil || len(s[0].Tokens) != c.Size(i) {
			t.Fatalf("part %d: %v, %v", i, s, err)
		}
		got = append(got, s[0].Tokens)
	}
	want := [][]int32{{1, 2}, {3, 4}, {5}, {6, 7}, {8, 9}, {10}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("parts are %v", got)
	}
}

// million is a set that nobody reads.
type million struct{ Rows }

func (million) Len() int       { return 1_000_000 }
func (million) Size(i int) int { return 20 + i*7919%1500 }

// BenchmarkResume is what a run over a million rows does before its first step.
func BenchmarkResume(b *testing.B) {
	for b.Loop() {
		p, err := newPlan(million{}, 2048, 1)
		if err != nil {
			b.Fatal(err)
		}
		p.row(p.rows*3 + 5)
	}
}
