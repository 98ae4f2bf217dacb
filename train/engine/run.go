package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/optim"
	"wenyuan/train/engine/tensor"
)

// ErrDiverged says that a kill switch ended a run: a loss that is no number, chosen answers that became
// far less likely than under the reference, or margins beyond all sense.
var ErrDiverged = errors.New("engine: the run diverged")

// A trainer is a run in memory.
type trainer struct {
	Run
	spec     Spec
	w        *tensor.Workers
	model    *llama.Model[float32]   // the base, or its copy that moves
	lora     *llama.Adapter[float32] // nil with Full
	policy   *llama.Pass[float32]
	ref      *llama.Pass[float32] // of DPO
	weights  []*optim.Weight[float32]
	params   []*llama.Param[float32]
	opt      optim.AdamW
	schedule optim.Schedule
	plan     *plan
	steps    int
	id       string // see identity

	progress
	began time.Time
	best  [][]float32 // weights of the best look
}

// progress is what a checkpoint keeps beside the weights.
type progress struct {
	Step    int           `json:"step"`
	Tokens  int64         `json:"tokens"`
	Elapsed time.Duration `json:"elapsed"` // of the parts before this one
	Best    *Metrics      `json:"best,omitempty"`
	Worse   int           `json:"worse,omitempty"`  // looks since the best
	Looked  int           `json:"looked,omitempty"` // the step of the last look
	Last    Metrics       `json:"last"`
}

func (r Run) do(ctx context.Context) (*Result, error) {
	t, err := r.prepare()
	if err != nil {
		return nil, err
	}
	if err := t.resume(); err != nil {
		return nil, err
	}
	t.began = time.Now()
	end, err := t.train(ctx)
	if err == nil && t.holds() {
		err = t.heldOut(ctx)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) { // to be gone on from at the last whole step
		return nil, errors.Join(err, t.save())
	}
	if err != nil {
		return nil, err
	}
	return t.result(end)
}

// prepare builds a run, or says why it cannot be.
func (r Run) prepare() (*trainer, error) {
	spec, err := r.Spec.Normal()
	if err != nil {
		return nil, err
	}
	if r.Base == nil || r.Sets.Train == nil {
		return nil, invalid("base or data are missing")
	}
	if r.From != nil && spec.Full {
		return nil, invalid("method is %q: it goes on from no adapter", spec.Method)
	}
	if err := r.Base.same(r.Sets.Made, "the data"); err != nil {
		return nil, err
	}
	if spec.Method == Pretrain {
		r.Sets.Train = newCut(r.Sets.Train, spec.SeqLen)
		if r.Sets.Held != nil {
			r.Sets.Held = newCut(r.Sets.Held, spec.SeqLen)
		}
	}
	t := &trainer{Run: r, spec: spec, w: tensor.NewWorkers(r.Workers), model: r.Base.model}
	if r.Workers <= 0 {
		t.w = tensor.NewWorkers(runtime.GOMAXPROCS(0))
	}
	if err := t.parts(); err != nil {
		return nil, err
	}
	return t, t.order()
}

// parts makes what moves and the reference it is held against.
func (t *trainer) parts() error {
	start, err := t.From.on(t.Base)
	if err != nil {
		return err
	}
	if start != nil && start.Score != nil && t.spec.Method != Reward {
		return noWords()
	}
	if t.spec.Full {
		t.model = t.Base.model.Clone()
		t.params = t.model.Params
	} else {
		t.lora = t.begin(start)
		t.params = t.lora.Params()
	}
	llama.Train(t.params)
	for _, p := range t.params {
		t.weights = append(t.weights, &optim.Weight[float32]{W: p.W, G: p.G, M: make([]float32, len(p.W)), V: make([]float32, len(p.W)), Decay: !isNorm(p.Name) && !strings.HasSuffix(p.Name, ".bias")})
	}
	t.policy = llama.NewPass(t.model, t.lora, t.w)
	if t.spec.Method == DPO {
		t.ref = llama.NewPass(t.Base.model, start, t.w)
	}
	return nil
}

// begin is the adapter that moves: a new one, or a copy of the one to go on from, which keeps its own
// rank and targets.
func (t *trainer) begin(start *llama.Adapter[float32]) *llama.Adapter[float32] {
	fresh := llama.NewAdapter(t.Base.model, t.spec.Rank, t.spec.Alpha, t.spec.Targets, t.spec.Method == Reward, t.spec.Seed)
	if start == nil {
		return fresh
	}
	own := start.Clone()
	if own.Score == nil {
		own.Score = fresh.Score
	}
	return own
}

// order plans the rows and the steps.
func (t *trainer) order() error {
	p, err := newPlan(t.Sets.Train, t.spec.SeqLen, t.spec.Seed)
	if err != nil {
		return err
	}
	t.plan = p
	perStep := t.spec.Batch * t.spec.Accumulate
	t.steps = t.spec.Steps
	if t.spec.Epochs > 0 {
		byEpochs := int(math.Ceil(t.spec.Epochs * float64(p.rows) / float64(perStep)))
		if t.steps == 0 || byEpochs < t.steps {
			t.steps = max(byEpochs, 1)
		}
	}
	t.opt = optim.AdamW{Beta1: t.spec.Beta1, Beta2: t.spec.Beta2, Eps: t.spec.Eps, WeightDecay: t.spec.WeightDecay, Clip: t.spec.Clip}
	t.schedule = optim.Schedule{Kind: t.spec.Schedule, High: t.spec.LR, Low: t.spec.MinLR, Warmup: t.spec.Warmup, Steps: t.steps}
	return nil
}

// train goes on to an end.
func (t *trainer) train(ctx context.Context) (End, error) {
	for {
		if end, err := t.look(ctx); err != nil || end != "" {
			return end, err
		}
		if t.Step >= t.steps {
			return Finished, nil
		}
		if err := t.step(ctx); err != nil {
			return "", err
		}
		if t.Step%t.spec.Checkpoint == 0 {
			if err := t.save(); err != nil {
				return "", err
			}
		}
	}
}

// look asks between steps whether the run is over before its last one. A look at the held-out set that was
// due when the run was killed is made up for.
func (t *trainer) look(ctx context.Context) (End, error) {
	if t.Step == 0 {
		return "", nil
	}
	if e := t.spec.Early; e.Every > 0 && t.holds() && t.Step%e.Every == 0 {
		if err := t.heldOut(ctx); err != nil {
			return "", err
		}
		if e.Patience > 0 && t.Worse >= e.Patience {
			return NoBetter, nil
		}
	}
	switch b := t.spec.Budget; {
	case b.Tokens > 0 && t.Tokens >= b.Tokens:
		return OutOfText, nil
	case b.Time > 0 && t.elapsed() >= b.Time:
		return OutOfTime, nil
	}
	return "", nil
}

// holds says whether anything is held out.
func (t *trainer) holds() bool { return t.Sets.Held != nil && t.Sets.Held.Len() > 0 }

func (t *trainer) elapsed() time.Duration { return t.Elapsed + time.Since(t.began) }

// step makes one step of the optimiser. Whatever goes wrong in it, the weights are those before it.
func (t *trainer) step(ctx context.Context) error {
	from := time.Now()
	batches, err := t.read(t.Step)
	if err != nil {
		return err
	}
	var sum tally
	for _, b := range batches {
		sum.expect(b, t.spec)
	}
	for _, b := range batches {
		if err := ctx.Err(); err != nil {
			t.forget()
			return err
		}
		t.learn(b, &sum)
	}
	norm := optim.Norm(t.w, t.weights)
	m := sum.metrics(t.spec)
	m.Step, m.Steps, m.GradNorm, m.LR = t.Step+1, t.steps, norm, t.schedule.At(t.Step)
	m.Epoch = float64((t.Step+1)*t.spec.Batch*t.spec.Accumulate) / float64(t.plan.rows)
	m.Tokens, m.Elapsed = t.Tokens+sum.tokens, t.elapsed()
	m.Rate = float64(sum.tokens) / max(time.Since(from).Seconds(), 1e-9)
	if err := t.sane(m); err != nil {
		return err
	}
	optim.Step(t.w, t.opt, t.Step+1, m.LR, norm, t.weights)
	t.Step, t.Tokens, t.Last = t.Step+1, m.Tokens, m
	if t.Sink != nil {
		t.Sink(m)
	}
	return nil
}

// forget drops the gradients of a step that is not made.
func (t *trainer) forget() {
	for _, w := range t.weights {
		clear(w.G)
	}
}

// sane is the kill switch.
func (t *trainer) sane(m Metrics) error {
	why := ""
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	switch k := t.spec.Kill; {
	case !finite(m.Loss) || !finite(m.GradNorm):
		why = fmt.Sprintf("the loss is %v and the gradient's norm %v", m.Loss, m.GradNorm)
	case t.spec.Method == DPO && k.ChosenDrop > 0 && m.ChosenBy < -k.ChosenDrop:
		why = fmt.Sprintf("the chosen answers are %.1f nats less likely than under the reference", -m.ChosenBy)
	case t.spec.Method.pairs() && k.Margin > 0 && m.Margin > k.Margin:
		why = fmt.Sprintf("the margin between chosen and rejected answers is %.1f", m.Margin)
	default:
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the run was ended at step %d: %s", m.Step, why), Hint: "lower the learning rate or the number of steps, and look at the data of this step", Err: ErrDiverged}
}

// result is what a run that ended leaves.
func (t *trainer) result(end End) (*Result, error) {
	r := &Result{End: end, Steps: t.Step, Tokens: t.Tokens, Fill: t.plan.fill, TooLong: t.plan.tooLong, Last: t.Last}
	if t.Best != nil {
		r.Held = *t.Best
	}
	if err := t.save(); err != nil {
		return nil, err
	}
	for i, w := range t.best {
		copy(t.params[i].W, w)
	}
	for _, p := range t.params {
		p.G = nil
	}
	if t.lora != nil {
		r.Adapter = &Adapter{lora: t.lora, base: t.Base.Hash(), made: t.Base.Made()}
		return r, nil
	}
	var err error
	r.Base, err = newBase(t.model, t.Base.tok)
	return r, err
}
