package gateway

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/gateway/wire"
)

const (
	checkEvery = 2 * time.Second // between two looks at which replicas are to be checked
	checkTime  = 2 * time.Second // that one has to answer a check
	checksMost = 16              // at once

	checkLate = 500 * time.Millisecond // that a check may end late, or it was this machine that stood still
)

// DefaultIdle is after how long without a request a replica is asked whether it is there.
const DefaultIdle = 15 * time.Second

// attend asks replicas that are out whether they are there again, by a request that costs a server
// nothing: the list of its models. Those that nothing was asked of for [Config.Idle] are checked too. It asks nobody else, and none whose key is missing: a refusal would say
// nothing. It goes on until the models are closed.
func (m *Models) attend() {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-m.life.Done():
			return
		case <-tick.C:
			m.checkAll(m.life)
		}
	}
}

// checkAll checks all replicas once that are to be checked. A check that failed long after its time says nothing: it
// was this machine that stood still.
func (m *Models) checkAll(ctx context.Context) {
	var wg sync.WaitGroup
	room := make(chan struct{}, checksMost)
	for o := range m.set.Load().all() {
		for _, one := range o.lane.pool.Unheard(max(cmp.Or(m.c.Idle, DefaultIdle), 0)) {
			r, ok := one.Data.(*replica)
			if !ok || r.at.KeyEnv != "" && r.key == "" || r.instance != nil {
				continue
			}
			wg.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				begun := time.Now()
				err := r.check(ctx)
				if ctx.Err() == nil && (err == nil || time.Since(begun) < checkTime+checkLate) {
					o.lane.pool.Heard(one.ID, err)
				}
			})
		}
	}
	wg.Wait()
}

// check says whether a server is there. One that answers but does not know the question is.
func (r *replica) check(ctx context.Context) error {
	c, ok := r.client.(lists)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	_, err := c.List(ctx)
	if said := wire.RefusalOf(err); said != nil && said.Status < http.StatusInternalServerError {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the server at " + r.at.URL + " does not answer", Hint: "look at the server", Err: err}
	}
	return err
}

// happened counts and logs what a pool tells of a replica.
func (m *Models) happened(at place) func(pool.Event) {
	model, series := at.name, m.watch.Series(watch.Place{Space: at.space, Model: at.name})
	return func(e pool.Event) {
		if e.Kind != pool.LimitMoved {
			series.Happened(e.ID, string(e.Kind))
		}
		switch e.Kind {
		case pool.WasEjected, pool.WasHung, pool.WasTaken:
			m.c.Log.Warn("a replica gets no requests for now", "model", model, "replica", e.ID, "what", e.Kind, "why", e.Why, "for", e.For)
		case pool.WasRested:
			m.c.Log.Info("a replica asked to be left alone", "model", model, "replica", e.ID, "for", e.For)
		case pool.WasReturned:
			m.c.Log.Info("a replica gets requests again", "model", model, "replica", e.ID)
		default:
			m.c.Log.Debug("a replica is given another number of requests at once", "model", model, "replica", e.ID, "limit", e.Limit)
		}
	}
}

// Replicas shows the replicas of a model as they stand: of each version that is in use, one after
// another; false where there is no such model in a space.
func (m *Models) Replicas(space, name string) (all []pool.Look, ok bool) {
	m.look()
	for o := range m.set.Load().all() {
		if o.spec.Name == name && in(space, o.space) {
			all, ok = append(all, o.lane.pool.Look()...), true
		}
	}
	return all, ok
}
