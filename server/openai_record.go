package server

import (
	"context"
	"iter"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway"
	"wenyuan/store"
	"wenyuan/trace"
)

// A noted model tells the audit of each call that goes straight to it: who, which model in which
// version, how many tokens; no word of it. A space that records nothing has none of it.
type noted struct {
	*gateway.Model
	s     *Server
	space string
}

// Stream notes the call when it is over, also one that failed or was given up: it was made.
func (t noted) Stream(ctx context.Context, q wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		var used wenyuan.Usage
		failed := false
		defer func() { t.note(ctx, used, failed) }()
		for c, err := range t.Model.Stream(ctx, q) {
			if c.Usage != nil {
				used = *c.Usage
			}
			failed = err != nil
			if !yield(c, err) {
				return
			}
		}
	}
}

// note is no reason to fail an answer that was given: what cannot be written is told to the log.
func (t noted) note(ctx context.Context, used wenyuan.Usage, failed bool) {
	ctx = context.WithoutCancel(ctx)
	err := t.s.Store.Write(ctx, func(tx *store.Tx) error {
		policy, err := trace.PolicyOf(ctx, tx, t.space)
		if err != nil || policy.Record == trace.Nothing {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "question", Object: t.Name(), Version: t.Hash(), Detail: calledModel{In: used.Prompt, Out: used.Completion, Failed: failed}})
	})
	if err != nil {
		t.s.Log.Error("a call of a model could not be recorded", "request", requestID(ctx), "model", t.Name(), "error", err)
	}
}

// A calledModel is what the audit keeps of a call.
type calledModel struct {
	In     int  `json:"tokens_in"`
	Out    int  `json:"tokens_out"`
	Failed bool `json:"failed,omitempty"`
}
