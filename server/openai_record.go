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
func (t *noted) Stream(ctx context.Context, q wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	answer := t.Model.Stream(ctx, q)
	if !t.keep {
		return answer
	}
	return func(yield func(wenyuan.Chunk, error) bool) {
		n := noting{noted: t, yield: yield}
		defer n.end()
		answer(n.takes)
	}
}

// A noting is a call while what it takes is noted.
type noting struct {
	*noted
	yield  func(wenyuan.Chunk, error) bool
	used   *wenyuan.Usage
	failed bool
}

func (n *noting) takes(c wenyuan.Chunk, err error) bool {
	if c.Usage != nil {
		n.used = c.Usage
	}
	n.failed = err != nil
	return n.yield(c, err)
}

func (n *noting) end() { n.note(n.used, n.failed) }

// of is whose use a kept answer is.
func (t *noted) of() usage.Of {
	return usage.Of{Space: t.by.Space, Principal: t.by.Person, Key: t.by.Key, Model: t.told.Model, Hash: t.told.Hash}
}

func (t *noted) note(used *wenyuan.Usage, failed bool) {
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
