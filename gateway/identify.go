package gateway

import (
	"context"
	"sync"
	"time"

	"wenyuan/gateway/drift"
)

// identifies is what a client has whose server says what it runs.
type identifies interface {
	Identify(ctx context.Context) (drift.Fingerprint, error)
}

const (
	identifyTime  = 10 * time.Second // for one server
	identifySoon  = 2 * time.Second  // after which servers that joined are asked
	identifyTries = 15 * time.Second // after which one that did not say is asked again
	identifyMost  = 8                // servers at once
)

// Start begins to ask the servers of pools what they run, until Close, and those that are out whether
// they are there again. A model of one replica is not asked what it runs: there is nothing to compare
// it with.
func (m *Models) Start() {
	m.comparing.Go(m.attend)
	m.comparing.Go(func() {
		ticks := time.NewTicker(identifySoon)
		defer ticks.Stop()
		var whole, tried time.Time
		for {
			select {
			case <-m.life.Done():
				return
			case now := <-ticks.C:
				all := now.Sub(whole) >= m.c.Drift.Identify
				if all {
					whole = now
				}
				again := all || now.Sub(tried) >= identifyTries
				if again {
					tried = now
				}
				m.identify(m.life, all, again)
			}
		}
	})
}

// Identify asks the servers of all pools what they run, now.
func (m *Models) Identify(ctx context.Context) { m.identify(ctx, true, true) }

// identify asks servers what they run: all, or those that have not said yet; again says whether
// those are asked that were asked before.
func (m *Models) identify(ctx context.Context, all, again bool) {
	slots := make(chan struct{}, identifyMost)
	var wg sync.WaitGroup
	for o := range m.set.Load().all() {
		for _, id := range o.lane.drift.Unknown(all, again) {
			r := o.replicaAt(id)
			if r == nil {
				continue
			}
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				o.identify(ctx, id, r)
			})
		}
	}
	wg.Wait()
}

// identify asks one server. One that does not answer says nothing: whether it is well is found out
// by what is asked of it.
func (m *Model) identify(ctx context.Context, id string, r *replica) {
	c, ok := r.client.(identifies)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, identifyTime)
	defer cancel()
	f, err := c.Identify(ctx)
	if err != nil {
		m.log.Debug("a replica does not say what it runs", "model", m.spec.Name, "replica", id, "reason", err)
		return
	}
	m.lane.drift.Says(id, f)
}
