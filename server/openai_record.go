package server

import (
	"context"
	"iter"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/usage"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/trace"
)

// A noted model has each call that goes straight to it counted: whose it was, which model in which
// version, how many tokens; no word of it. A space that records nothing has none of it.
type noted struct {
	*gateway.Model
	s    *Server
	told *manner.Told
	by   limit.Claim // who asks
	keep bool
}

// Stream counts the call when it is over, also one that failed or was given up: it was made.
func (t noted) Stream(ctx context.Context, q wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	if !t.keep {
		return t.Model.Stream(ctx, q)
	}
	return func(yield func(wenyuan.Chunk, error) bool) {
		var used *wenyuan.Usage
		failed := false
		defer func() { t.note(used, failed) }()
		for c, err := range t.Model.Stream(ctx, q) {
			if c.Usage != nil {
				used = c.Usage
			}
			failed = err != nil
			if !yield(c, err) {
				return
			}
		}
	}
}

// of is whose use a kept answer is.
func (t noted) of() usage.Of {
	return usage.Of{Space: t.by.Space, Principal: t.by.Person, Key: t.by.Key, Model: t.told.Model, Hash: t.told.Hash}
}

func (t noted) note(used *wenyuan.Usage, failed bool) {
	of := usage.Of{Space: t.by.Space, Principal: t.by.Person, Key: t.by.Key, Model: t.Name(), Hash: t.Hash()}
	if t.told.Model != "" && !failed { // another one answered
		of.Model, of.Hash = t.told.Model, t.told.Hash
	}
	if used != nil {
		of.Currency = used.Currency
	}
	cached := t.told.Level != "" && t.told.Level != manner.Origin
	t.s.Usage.Add(of, usage.OfRequest(used, cached, failed))
}

// recording is what a space keeps of what is asked. It is read anew once something was written.
func (s *Server) recording(ctx context.Context, space string) (trace.Policy, error) {
	return s.policies.Of(s.Store, space, func() (p trace.Policy, err error) {
		err = s.Store.Read(ctx, func(tx *store.Tx) error {
			p, err = trace.PolicyOf(ctx, tx, space)
			return err
		})
		return p, err
	})
}
