package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/tensor"
)

// Sampling says how text is generated.
type Sampling struct {
	Max         int     // tokens at most; 0: 256
	Temperature float64 // 0 takes the most likely token
	Seed        uint64  // prompt i draws from (Seed, i)
	Stop        []int32 // tokens that end an answer and are not part of it; nil: the tokenizer's end marks
}

// together is how many texts are written at once, and batchTokens how many tokens are scored at once.
const (
	together    = 16
	batchTokens = 2048
)

// machine are the workers of what is no run.
func machine() *tensor.Workers { return tensor.NewWorkers(runtime.GOMAXPROCS(0)) }

// Generate continues each prompt. adapter may be nil. A text ends at Stop, at Max, or where the model's context
// is full; what was not finished when ctx is done is lost with its error.
func Generate(ctx context.Context, base *Base, adapter *Adapter, prompts [][]int32, how Sampling) ([][]int32, error) {
	lora, err := adapter.on(base)
	if err != nil {
		return nil, err
	}
	if lora != nil && lora.Score != nil {
		return nil, noWords()
	}
	if how.Stop == nil {
		how.Stop = base.tok.Ends()
	}
	fill(&how.Max, 256)
	p := llama.NewPass(base.model, lora, machine())
	out := make([][]int32, len(prompts))
	for i, t := range prompts {
		if err := base.readable(t); err != nil {
			return nil, err
		}
		if len(t) == 0 {
			return nil, unreadable(fmt.Errorf("prompt %d is empty", i))
		}
	}
	for from := 0; from < len(prompts); from += together {
		to := min(from+together, len(prompts))
		if err := generate(ctx, p, prompts[from:to], out[from:to], how, from); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// generate writes some texts at once.
func generate(ctx context.Context, p *llama.Pass[float32], prompts, out [][]int32, how Sampling, first int) error {
	var states []*llama.State[float32]
	var next [][]int32
	var which []int
	chance := make([]*rand.Rand, len(prompts))
	for i, t := range prompts {
		chance[i] = rand.New(rand.NewPCG(how.Seed, uint64(first+i)))
		states, next, which = append(states, p.NewState()), append(next, t), append(which, i)
	}
	room := p.Model.Config.Context
	for len(states) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		logits := p.Extend(states, next)
		kept := 0
		for k, i := range which {
			t := choose(logits.Data[k*logits.Cols:(k+1)*logits.Cols], how.Temperature, chance[i])
			if slices.Contains(how.Stop, t) {
				continue
			}
			out[i] = append(out[i], t)
			if len(out[i]) >= how.Max || room > 0 && states[k].Len() >= room {
				continue
			}
			states[kept], next[kept], which[kept] = states[k], []int32{t}, i
			kept++
		}
		states, next, which = states[:kept], next[:kept], which[:kept]
	}
	return nil
}

// choose takes the most likely token, or draws one.
func choose(logits []float32, temperature float64, r *rand.Rand) int32 {
	best := 0
	for i, v := range logits {
		if v > logits[best] {
			best = i
		}
	}
	if temperature <= 0 {
		return int32(best)
	}
	top, sum := logits[best], 0.0
	odds := make([]float64, len(logits))
	for i, v := range logits {
		odds[i] = math.Exp(float64(v-top) / temperature)
		sum += odds[i]
	}
	at := r.Float64() * sum
	for i, o := range odds {
		if at -= o; at < 0 {
			return int32(i)
		}
	}
	return int32(best)
}

// Score gives the natural logarithm of each token's probability after those before it; that
// of the first is 0. adapter may be nil.
func Score(ctx context.Context, base *Base, adapter *Adapter, texts [][]int32) ([][]float32, error) {
	out := make([][]float32, len(texts))
	err := batches(ctx, base, adapter, texts, func(p *llama.Pass[float32], from int, starts []int) {
		var at []int
		var want []int32
		for i, s := range starts {
			for k, t := range texts[from+i] {
				if k > 0 {
					at, want = append(at, s+k-1), append(want, t)
				}
			}
		}
		logs := p.Predict(at, want, nil)
		for i := range starts {
			if n := len(texts[from+i]); n > 0 {
				out[from+i] = append([]float32{0}, logs[:n-1]...)
				logs = logs[n-1:]
			}
		}
	})
	return out, err
}

// Rewards gives the scalar of an adapter that was trained by Reward, for each text, which has to
// hold a token.
func Rewards(ctx context.Context, base *Base, adapter *Adapter, texts [][]int32) ([]float64, error) {
	if adapter == nil || adapter.lora.Score == nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the adapter is no reward model", Hint: "take an adapter of the method reward"}
	}
	for i, t := range texts {
		if len(t) == 0 {
			return nil, unreadable(fmt.Errorf("text %d is empty", i))
		}
	}
	out := make([]float64, len(texts))
	err := batches(ctx, base, adapter, texts, func(p *llama.Pass[float32], from int, starts []int) {
		last := make([]int, len(starts))
		for i, s := range starts {
			last[i] = s + len(texts[from+i]) - 1
		}
		for i, v := range p.Judge(last, nil) {
			out[from+i] = float64(v)
		}
	})
	return out, err
}

// batches runs texts forward, some at a time, and calls f with where each of them begins.
func batches(ctx context.Context, base *Base, adapter *Adapter, texts [][]int32, f func(p *llama.Pass[float32], from int, starts []int)) error {
	lora, err := adapter.on(base)
	if err != nil {
		return err
	}
	p := llama.NewPass(base.model, lora, machine())
	for from := 0; from < len(texts); {
		if err := ctx.Err(); err != nil {
			return err
		}
		var b llama.Batch
		var starts []int
		for _, t := range texts[from:] {
			if len(starts) > 0 && len(b.Tokens)+len(t) > batchTokens {
				break
			}
			if err := base.readable(t); err != nil {
				return err
			}
			starts = append(starts, b.Add(t))
		}
		p.Forward(b, false)
		f(p, from, starts)
		from += len(starts)
	}
	return nil
}

// readable refuses tokens that the model does not have.
func (b *Base) readable(text []int32) error {
	for i, t := range text {
		if t < 0 || int(t) >= b.model.Config.Vocab {
			return unreadable(fmt.Errorf("token %d is number %d of %d", i, t, b.model.Config.Vocab))
		}
	}
	if len(text) > maxSeqLen {
		return unreadable(fmt.Errorf("it has %d tokens: at most %d", len(text), maxSeqLen))
	}
	return nil
}

func unreadable(err error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a text cannot be read by the model: %v", err), Hint: "make it into tokens with the base's tokenizer", Err: err}
}
