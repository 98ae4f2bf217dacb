package engine

import (
	"context"
	"fmt"
	"slices"

	"wenyuan/train/engine/llama"
)

// A Text is one text that Serve goes on with.
type Text struct {
	Prompt []int32
	Max    int                          // tokens at most; 0: 256
	Left   func() bool                  // nobody waits for it any more; nil: somebody does
	Done   func(said []int32, cut bool) // it ended by the base's end mark, or was cut by Max or the model's context
	Failed func(err error)              // it cannot be gone on with
	state  *llama.State[float32]
	said   []int32
	next   []int32
}

// Together is how many texts Serve writes at once.
const Together = together

// Serve goes on with texts that come at any time, each by its most likely tokens, several at once: next is asked before
// every token for up to free others, and Serve ends where it gives none and none is left. adapter may be nil.
// What was not finished when ctx is done is dropped, with its error.
func Serve(ctx context.Context, base *Base, adapter *Adapter, next func(free int) []*Text) error {
	lora, err := adapter.on(base)
	if err != nil {
		return err
	}
	if lora != nil && lora.Score != nil {
		return noWords()
	}
	stop := base.tok.Ends()
	p := llama.NewPass(base.model, lora, machine())
	var texts []*Text
	for {
		if err := ctx.Err(); err != nil {
			for _, t := range texts {
				t.Failed(err)
			}
			return err
		}
		for _, t := range next(together - len(texts)) {
			if err := t.begin(base, p); err != nil {
				t.Failed(err)
				continue
			}
			texts = append(texts, t)
		}
		texts = slices.DeleteFunc(texts, func(t *Text) bool { return t.Left != nil && t.Left() })
		if len(texts) == 0 {
			return nil
		}
		step(p, texts, stop)
		texts = slices.DeleteFunc(texts, func(t *Text) bool { return t.next == nil })
	}
}

// begin makes a text ready.
func (t *Text) begin(base *Base, p *llama.Pass[float32]) error {
	if err := base.readable(t.Prompt); err != nil {
		return err
	}
	if room := base.model.Config.Context; len(t.Prompt) == 0 || room > 0 && len(t.Prompt) >= room {
		return unreadable(fmt.Errorf("a prompt of %d tokens, for a context of %d", len(t.Prompt), room))
	}
	fill(&t.Max, 256)
	t.state, t.next = p.NewState(), t.Prompt
	return nil
}

// step writes one token of each text. One that ends has no next.
func step(p *llama.Pass[float32], texts []*Text, stop []int32) {
	states, next := make([]*llama.State[float32], len(texts)), make([][]int32, len(texts))
	for i, t := range texts {
		states[i], next[i] = t.state, t.next
	}
	logits, room := p.Extend(states, next), p.Model.Config.Context
	for i, t := range texts {
		token := choose(logits.Data[i*logits.Cols:(i+1)*logits.Cols], 0, nil)
		if slices.Contains(stop, token) {
			t.next = nil
			t.Done(t.said, false)
			continue
		}
		t.said, t.next = append(t.said, token), []int32{token}
		if len(t.said) >= t.Max || room > 0 && t.state.Len() >= room {
			t.next = nil
			t.Done(t.said, true)
		}
	}
}
