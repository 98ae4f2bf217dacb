package gateway

import (
	"context"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/drift"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Comparison is what came of asking all replicas of a model the house's own questions.
type Comparison struct {
	Drifting
	Probes []drift.Probed `json:"probes"`
}

// compareTime bounds one comparison of all replicas.
const compareTime = 5 * time.Minute

// Compare asks the servers of a model what they run and all its replicas the house's own questions,
// those that were taken out too, and says who differs. It counts for nobody's limits but the model's
// and the house's.
func (m *Models) Compare(ctx context.Context, sc scope.Scope, name string) (all []Comparison, err error) {
	versions, err := m.driftOf(sc, name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(limitless(ctx), compareTime)
	defer cancel()
	for _, o := range versions {
		if !o.spec.Able(Chat) {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the model " + name + " does not chat", Hint: "what makes vectors or scores is tried with wenyuan model test"}
		}
		for _, id := range o.lane.drift.Unknown(true, true) {
			if r := o.replicaAt(id); r != nil {
				o.identify(ctx, id, r)
			}
		}
		c := Comparison{}
		for _, asked := range drift.Probes {
			p := o.probeAll(ctx, asked)
			o.lane.drift.Judge(&p)
			c.Probes = append(c.Probes, p)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c.Drifting = o.drifting(sc)
		all = append(all, c)
	}
	return all, nil
}

// limitless is a context that counts for nobody, and ends with its asker.
func limitless(ctx context.Context) context.Context {
	out := housekeeping(ctx)
	out, end := context.WithCancelCause(out)
	context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
	return manner.With(out, manner.Manner{Class: manner.Batch})
}

// probeAll asks all replicas one question.
func (m *Model) probeAll(ctx context.Context, asked string) drift.Probed {
	zero, seed := 0.0, int64(1)
	r := wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: asked}}, Temperature: &zero, Seed: &seed, MaxTokens: drift.ProbeTokens}
	p := drift.Probed{Asked: asked}
	known := m.lane.drift.Look()
	p.Replies = make([]drift.Reply, len(known))
	var wg sync.WaitGroup
	for i, k := range known {
		p.Replies[i].Replica = k.ID
		wg.Go(func() {
			text, err := m.probeOne(ctx, k, r)
			if p.Replies[i].Text = text; err != nil {
				p.Replies[i].Failed = message(err)
			}
		})
	}
	wg.Wait()
	return p
}

// probeOne asks one replica. One that was taken out is asked past the pool, which gives it nothing.
func (m *Model) probeOne(ctx context.Context, k drift.Replica, r wenyuan.Request) (string, error) {
	if k.State != drift.Out {
		return m.askReplica(ctx, k.ID, r)
	}
	at := m.replicaAt(k.ID)
	if at == nil {
		return "", &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the replica " + k.ID + " is not there any more", Hint: "look at the replicas: wenyuan gateway drift"}
	}
	q, held, err := m.begin(ctx, &r)
	if err != nil {
		return "", err
	}
	defer held.settle(ctx)
	return collect(ctx, at.client, *q, held.chunk)
}

// PutBack lets a replica serve again that was flagged or taken out for its answers. What was found
// of it is forgotten. Its address alone names it where no other replica of the model has the same.
func (m *Models) PutBack(ctx context.Context, sc scope.Scope, name, replica string) error {
	all, err := m.driftOf(sc, name)
	if err != nil {
		return err
	}
	for _, o := range all {
		switch ids := o.named(replica); {
		case len(ids) == 0:
			continue
		case len(ids) > 1:
			return ambiguous(name, replica, ids)
		default:
			replica = ids[0]
		}
		if m.c.Store != nil {
			if err := m.c.Store.Write(ctx, func(tx *store.Tx) error {
				return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "replica.back", Object: name, Version: o.hash, Detail: map[string]any{"replica": replica}})
			}); err != nil {
				return err
			}
		}
		o.lane.drift.Back(replica)
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: "the model " + name + " has no replica " + replica, Hint: "wenyuan gateway drift lists them"}
}

// named are the ids of the replicas that somebody may mean: see [called].
func (m *Model) named(name string) []string {
	var ids []string
	for _, r := range m.lane.drift.Look() {
		ids = append(ids, r.ID)
	}
	return called(ids, name)
}
