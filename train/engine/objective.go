package engine

import (
	"context"
	"fmt"
	"math"

	"wenyuan/train/engine/llama"
)

// An item is one sample of the data: one text, or a chosen and a rejected one.
type item []Sample

// learned says whether token k of a sample is to be predicted.
func (s Sample) learned(k int, all bool) bool {
	return k > 0 && (all || s.Learn == nil || s.Learn[k])
}

// count is how many tokens of a sample are to be predicted.
func (s Sample) count(all bool) (n int) {
	for k := range s.Tokens {
		if s.learned(k, all) {
			n++
		}
	}
	return n
}

// A tally gathers a step or a look. The first part is known before anything is computed, so that
// several batches weigh as one large one would.
type tally struct {
	targets int // tokens to be predicted
	chosen  int // of them, of chosen answers
	items   int
	tokens  int64

	loss, nll            float64
	margin, right        float64
	chosenBy, logc, logr float64
}

func (s *tally) expect(b []item, spec Spec) {
	for _, it := range b {
		s.items++
		for k, x := range it {
			n := x.count(spec.Method == Pretrain)
			s.targets += n
			if k == 0 {
				s.chosen += n
			}
			s.tokens += int64(len(x.Tokens))
		}
	}
}

// metrics are the means.
func (s *tally) metrics(spec Spec) (m Metrics) {
	n := float64(max(s.items, 1))
	m.Loss = s.loss
	if spec.Method.pairs() {
		m.Margin, m.Accuracy = s.margin/n, s.right/n
	}
	if spec.Method == DPO {
		m.Loss += spec.NLL * s.nll
		m.Chosen, m.Rejected, m.ChosenBy = s.logc/n, s.logr/n, s.chosenBy/n
	}
	return m
}

// learn computes a batch and adds its gradients.
func (t *trainer) learn(b []item, s *tally) { t.compute(b, s, true) }

// compute adds a batch to the tally, with its gradients where they are wanted.
func (t *trainer) compute(b []item, s *tally, grad bool) {
	switch t.spec.Method {
	case DPO:
		t.prefer(b, s, grad)
	case Reward:
		t.judge(b, s, grad)
	default:
		t.predict(b, s, grad)
	}
}

// A layout is where the samples of a batch stand.
type layout struct {
	batch llama.Batch
	last  []int   // token of each sample
	at    []int   // from which tokens something is to be predicted
	want  []int32 // what
	of    []int   // of which sample
}

func lay(b []item, all bool) (l layout) {
	for _, it := range b {
		for _, s := range it {
			from := l.batch.Add(s.Tokens)
			for k := range s.Tokens {
				if s.learned(k, all) {
					l.at, l.want, l.of = append(l.at, from+k-1), append(l.want, s.Tokens[k]), append(l.of, len(l.last))
				}
			}
			l.last = append(l.last, from+len(s.Tokens)-1)
		}
	}
	return l
}

// sums are the log-probabilities of each sample's learned tokens together.
func (l layout) sums(logs []float32) []float64 {
	out := make([]float64, len(l.last))
	for i, v := range logs {
		out[l.of[i]] += float64(v)
	}
	return out
}

// predict is cross entropy: the mean over all tokens of the step.
func (t *trainer) predict(b []item, s *tally, grad bool) {
	l := lay(b, t.spec.Method == Pretrain)
	if len(l.at) == 0 {
		return
	}
	var coef []float32
	if grad {
		coef = make([]float32, len(l.at))
		for i := range coef {
			coef[i] = float32(-1 / float64(s.targets))
		}
	}
	t.policy.Forward(l.batch, grad)
	for _, v := range t.policy.Predict(l.at, l.want, coef) {
		s.loss -= float64(v) / float64(s.targets)
	}
	if grad {
		t.policy.Backward()
	}
}

// prefer is the loss of DPO with, where it is wanted, the chosen answers' cross entropy beside it
// (Pang et al. 2024, arXiv:2404.19733).
func (t *trainer) prefer(b []item, s *tally, grad bool) {
	l := lay(b, false)
	t.ref.Forward(l.batch, false)
	ref := l.sums(t.ref.Predict(l.at, l.want, nil))
	t.policy.Forward(l.batch, grad)
	now := l.sums(t.policy.Predict(l.at, l.want, nil))
	weight := make([]float64, len(now))
	for i := 0; i < len(now); i += 2 {
		z := t.spec.Beta * ((now[i] - ref[i]) - (now[i+1] - ref[i+1]))
		w := s.pair(z) * t.spec.Beta
		weight[i], weight[i+1] = w, -w
		s.chosenBy += now[i] - ref[i]
		s.logc, s.logr = s.logc+now[i], s.logr+now[i+1]
		if s.chosen > 0 {
			s.nll -= now[i] / float64(s.chosen)
		}
	}
	if !grad || len(l.at) == 0 {
		return
	}
	coef := make([]float32, len(l.at))
	for i, of := range l.of {
		c := weight[of]
		if of%2 == 0 {
			c -= t.spec.NLL / float64(s.chosen)
		}
		coef[i] = float32(c)
	}
	t.policy.Predict(l.at, l.want, coef)
	t.policy.Backward()
}

// pair counts one pair whose chosen answer is ahead by z, and gives the derivative of the mean loss
// -log sigmoid(z) by z.
func (s *tally) pair(z float64) float64 {
	n := float64(s.items)
	s.loss += (math.Max(-z, 0) + math.Log1p(math.Exp(-math.Abs(z)))) / n
	s.margin += z
	if z > 0 {
		s.right++
	}
	return -1 / (1 + math.Exp(z)) / n
}

// judge is the loss of a reward model.
func (t *trainer) judge(b []item, s *tally, grad bool) {
	l := lay(b, false)
	t.policy.Forward(l.batch, grad)
	r := t.policy.Judge(l.last, nil)
	coef := make([]float32, len(r))
	for i := 0; i < len(r); i += 2 {
		w := s.pair(float64(r[i]) - float64(r[i+1]))
		coef[i], coef[i+1] = float32(w), float32(-w)
	}
	if grad {
		t.policy.Judge(l.last, coef)
		t.policy.Backward()
	}
}

// heldOut looks at the held-out set, once after a step, and keeps the weights where they are the best so far.
func (t *trainer) heldOut(ctx context.Context) error {
	if t.Looked == t.Step {
		return nil
	}
	held := t.Sets.Held
	p, err := newPlan(held, t.spec.SeqLen, 0)
	if err != nil {
		return err
	}
	rows := p.epoch(0)
	var sum tally
	for _, grade := range []bool{false, true} { // counted first, then computed
		for r := range rows.Len() {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := readItems(held, rows.Row(r), t)
			if err != nil {
				return err
			}
			if grade {
				t.compute(b, &sum, false)
			} else {
				sum.expect(b, t.spec)
			}
		}
	}
	m := sum.metrics(t.spec)
	m.Held, m.Step, m.Steps, m.Tokens, m.Elapsed = true, t.Step, t.steps, t.Tokens, t.elapsed()
	if t.Sink != nil {
		t.Sink(m)
	}
	t.Looked = t.Step
	if t.Best == nil || m.Loss < t.Best.Loss-t.spec.Early.Delta {
		t.Best, t.Worse = &m, 0
		if t.spec.Early.Every > 0 {
			t.keepBest()
		}
	} else {
		t.Worse++
	}
	return nil
}

func (t *trainer) keepBest() {
	if t.best == nil {
		t.best = make([][]float32, len(t.params))
	}
	for i, p := range t.params {
		t.best[i] = append(t.best[i][:0], p.W...)
	}
}

// check refuses a sample that cannot be learned from.
func (t *trainer) check(i int, it item) error {
	want := 1
	if t.spec.Method.pairs() {
		want = 2
	}
	if len(it) != want {
		return unreadable(fmt.Errorf("sample %d has %d texts, the method %s takes %d", i, len(it), t.spec.Method, want))
	}
	for _, s := range it {
		if len(s.Tokens) == 0 || s.Learn != nil && len(s.Learn) != len(s.Tokens) {
			return unreadable(fmt.Errorf("sample %d has %d tokens and says of %d whether they are learned", i, len(s.Tokens), len(s.Learn)))
		}
		if err := t.Base.readable(s.Tokens); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}
