package engine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"wenyuan/train/engine/tokens"
)

// The facts of the tests: capitals, of which some are learned first and some later.
var (
	known = [][2]string{{"France", "Paris"}, {"Italy", "Rome"}, {"Japan", "Tokyo"}, {"Spain", "Madrid"}, {"Egypt", "Cairo"}, {"Cuba", "Havana"}, {"Peru", "Lima"}, {"Norway", "Oslo"}}
	newer = [][2]string{{"Oz", "Emerald City"}, {"Gondor", "Minas Tirith"}}
)

func plain(c [2]string) string  { return "its " + c[1] + " lol" }
func formal(c [2]string) string { return "The capital is " + c[1] + "." }

// chat is a question with its answer as a sample.
func chat(t testing.TB, b *Base, c [2]string, answer string) Sample {
	t.Helper()
	ids, learn, err := b.Tokenizer().Chat([]tokens.Message{{Role: "user", Content: "Capital of " + c[0] + "?"}, {Role: "assistant", Content: answer}})
	if err != nil {
		t.Fatal(err)
	}
	return Sample{Tokens: ids, Learn: learn}
}

// talks are all facts in both styles.
func talks(t testing.TB, b *Base, facts [][2]string) (out Rows) {
	for _, c := range facts {
		out = append(out, chat(t, b, c, plain(c)), chat(t, b, c, formal(c)))
	}
	return out
}

// prefers are pairs in which the formal answer is the better one.
func prefers(t testing.TB, b *Base, facts [][2]string) (out Pairs) {
	for _, c := range facts {
		out = append(out, [2]Sample{chat(t, b, c, formal(c)), chat(t, b, c, plain(c))})
	}
	return out
}

// do runs to the end.
func do(t testing.TB, r Run) *Result {
	t.Helper()
	got, err := r.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// pretrained is a tiny base that knows the first facts, made once.
var pretrained = sync.OnceValues(func() (*Base, error) {
	b := TinyBase(1)
	var t testing.T
	r, err := Run{Spec: Spec{Method: Pretrain, Steps: 250, SeqLen: 480, LR: 3e-3, Warmup: 10, Seed: 1}, Base: b, Sets: Sets{Train: talks(&t, b, known), Made: b.Made()}}.Do(context.Background())
	if err != nil {
		return nil, err
	}
	return r.Base, nil
})

func knowing(t testing.TB) *Base {
	t.Helper()
	b, err := pretrained()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answers asks for each fact, several times.
func answers(t testing.TB, b *Base, a *Adapter, facts [][2]string, how Sampling) []string {
	t.Helper()
	var prompts [][]int32
	for _, c := range facts {
		p, err := b.Tokenizer().Prompt([]tokens.Message{{Role: "user", Content: "Capital of " + c[0] + "?"}})
		if err != nil {
			t.Fatal(err)
		}
		prompts = append(prompts, p)
	}
	got, err := Generate(t.Context(), b, a, prompts, how)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(got))
	for i, g := range got {
		out[i] = b.Tokenizer().Decode(g)
	}
	return out
}

// recall is the share of facts that are in their answers.
func recall(facts [][2]string, got []string) float64 {
	n := 0
	for i, c := range facts {
		if strings.Contains(got[i], c[1]) {
			n++
		}
	}
	return float64(n) / float64(len(facts))
}

// TestRoad: a base is pretrained, learns new facts by SFT, and prefers one style by DPO without
// forgetting; the same DPO at a rate too high looks perfect to the training metrics and has
// destroyed the model.
func TestRoad(t *testing.T) {
	t.Parallel()
	b := knowing(t)
	if got := answers(t, b, nil, known, Sampling{Max: 40}); recall(known, got) < 0.9 {
		t.Errorf("the base recalls %.2f of what it was pretrained on: %q", recall(known, got), got)
	}
	all := slices.Concat(known, newer)
	sft := tuned(t)
	if got := answers(t, b, sft, newer, Sampling{Max: 40}); recall(newer, got) < 1 {
		t.Errorf("SFT recalls %.2f of the new facts: %q", recall(newer, got), got)
	}
	train, held := prefers(t, b, slices.Concat(known[:6], newer[:1])), prefers(t, b, slices.Concat(known[6:], newer[1:]))
	dpo := func(lr float64, steps int, nll float64) (*Result, float64, int) {
		r := do(t, Run{Spec: Spec{Method: DPO, Steps: steps, SeqLen: 480, LR: lr, NLL: nll, Beta: 0.1, Seed: 3, Schedule: "constant"}, Base: b, From: sft, Sets: Sets{Train: train, Held: held, Made: b.Made()}})
		got := answers(t, b, r.Adapter, all, Sampling{Max: 40})
		style := 0
		for _, s := range got {
			if strings.HasPrefix(s, "The capital is") {
				style++
			}
		}
		return r, recall(all, got), style
	}
	if r, facts, style := dpo(3e-4, 30, 1); facts < 0.9 || style < 9 || r.Held.Accuracy < 1 {
		t.Errorf("DPO recalls %.2f, %d of 10 in the style: %+v", facts, style, r.Held)
	}
	if r, facts, _ := dpo(1e-3, 60, 0); facts > 0.2 || r.Held.Accuracy < 1 || r.Held.Margin < 3 {
		t.Errorf("DPO at too high a rate recalls %.2f where it had ruined the model before: %+v", facts, r.Held)
	}
}

// adapted is an SFT adapter on the pretrained base that knows the newer facts, made once.
var adapted = sync.OnceValues(func() (*Adapter, error) {
	b, err := pretrained()
	if err != nil {
		return nil, err
	}
	var t testing.T
	r, err := Run{Spec: Spec{Method: SFT, Rank: 8, Steps: 120, SeqLen: 480, LR: 3e-3, Warmup: 5, Seed: 2}, Base: b, Sets: Sets{Train: talks(&t, b, slices.Concat(known, newer)), Made: b.Made()}}.Do(context.Background())
	if err != nil {
		return nil, err
	}
	return r.Adapter, nil
})

func tuned(t testing.TB) *Adapter {
	t.Helper()
	a, err := adapted()
	if err != nil {
		t.Fatal(err)
	}
	return a
}
