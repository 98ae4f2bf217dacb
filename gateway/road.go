package gateway

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/drift"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/limit"
)

// stream is the road of a chat: kept answers and identical calls under way first, then the limits,
// the queue, a replica, another one where that fails, and the models of the ladder.
func (m *Model) stream(ctx context.Context, r *wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	how := manner.Of(ctx)
	switch {
	case how.Only && how.Keep <= 0:
		return nothingKept
	case !how.Share && how.Keep <= 0 && how.Alike == nil:
		return m.laddered(ctx, r)
	}
	if how.Only {
		how.Share, how.Alike = false, nil
	}
	space := cmp.Or(how.Scope.Space(), limit.Of(ctx).Space)
	if space == "" && !how.Only { // nobody says within which border it may be given
		return m.laddered(ctx, r)
	}
	sent := m.asSent(ctx, *r)
	q := cache.Query{Key: m.keyOf(space, &sent), Space: space, Model: m.spec.Name, Hash: m.hash, Under: m.made, Whole: r.Whole, How: how}
	return m.house.cache.Stream(ctx, q, func(ctx context.Context) iter.Seq2[wenyuan.Chunk, error] {
		if how.Only {
			return nothingKept
		}
		return m.laddered(ctx, r)
	})
}

// nothingKept is what becomes of a call that wants no more than what is kept.
func nothingKept(yield func(wenyuan.Chunk, error) bool) {
	yield(wenyuan.Chunk{}, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no answer to this is kept", Hint: "ask again when the model has time"})
}

// laddered asks the model, and where it cannot answer and the caller allows it, those that are
// declared to take its place.
func (m *Model) laddered(ctx context.Context, r *wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		next := m.ladder(ctx)
		for o := m; ; o, next = next[0], next[1:] {
			if o != m {
				watch.Of(ctx).Step(watch.Step{Kind: watch.Ladder, Where: o.spec.Name})
			}
			failed := o.call(ctx, r, len(next) > 0, yield)
			if failed == nil {
				return
			}
			m.log.Warn("a model cannot answer, the next one of its ladder is asked", "model", o.spec.Name, "reason", failed)
		}
	}
}

// ladder are the models that may take this one's place: declared, and able to do what it does.
func (m *Model) ladder(ctx context.Context) (all []*Model) {
	if !manner.In(ctx).Fallback {
		return nil
	}
	for _, name := range m.spec.Fallback {
		if o, ok := m.house.find(m.space, name); ok && o.spec.Able(Chat) && (o.Inside() || !wenyuan.StaysInside(ctx)) {
			all = append(all, o)
		}
	}
	return all
}

// place waits in the queue for a place at a replica.
func (m *Model) place(ctx context.Context, a pool.Ask) (t *pool.Turn, err error) {
	if err := m.resting(); err != nil {
		return nil, err
	}
	how, w, begun := manner.In(ctx), m.want(ctx, a), time.Now()
	waiting, comer := m.comes(ctx) // an engine of this machine may have to start
	err = m.enter(waiting, &a, w, func() bool {
		t = m.lane.pool.Take(a)
		if t == nil && len(a.Not) > 0 && time.Since(begun) > afresh {
			any := a
			any.Not = nil
			t = m.lane.pool.Take(any)
		}
		if t == nil {
			comer.waits(m, how.Deadline)
		}
		return t != nil
	})
	cold := comer.leaves(err)
	queued(ctx, time.Since(begun), cold, err)
	if told := how.Told; told != nil && err == nil {
		told.Level, told.Model, told.Hash, told.Replica = manner.Origin, m.spec.Name, m.hash, t.ID
		told.Waited, told.Tries, told.Cold = told.Waited+time.Since(begun), told.Tries+1, told.Cold+cold
	}
	if err != nil {
		err = cache.Own(err) // who else asks the same may be let in
	}
	return t, err
}

// afresh is after how long one that failed a request is as good as another: the others have no place for it.
const afresh = time.Second

// errNoneWell ends the waiting for a replica that answers well.
var errNoneWell = errors.New("no replica answers well")

// enter waits in the queue. Who wants a replica that answers well waits for as long as there is hope for one.
func (m *Model) enter(ctx context.Context, a *pool.Ask, w admit.Want, take func() bool) error {
	if !a.Sound {
		return m.lane.queue.Enter(ctx, w, take)
	}
	for {
		hope := m.lane.pool.Hope()
		if hope == 0 {
			return errNoneWell
		}
		hoping, done := context.WithTimeoutCause(ctx, hope, errNoneWell)
		err := m.lane.queue.Enter(hoping, w, take)
		done()
		if err != errNoneWell {
			return err
		}
	}
}

// want is what the queue is told of a request.
func (m *Model) want(ctx context.Context, a pool.Ask) admit.Want {
	how, who := manner.In(ctx), limit.Of(ctx)
	return admit.Want{Class: how.Class, Space: who.Space, Key: cmp.Or(who.Key, who.Person), Tokens: a.Tokens, Deadline: how.Deadline, Again: a.Again}
}

// A lane is what one model keeps from one declaration to the next: its replicas as they are known,
// and who waits for them.
type lane struct {
	pool  *pool.Pool
	queue *admit.Queue
	drift *drift.Watch

	sampling sampler
	engine   atomic.Pointer[engine.Engine] // nil where none is declared
	mu       sync.Mutex                    // held while the members of the pool are set
	model    *Model                        // as it is declared now
	retired  []*engine.Engine              // of earlier declarations: they drain
	loads    atomic.Pointer[loads]         // of its adapter on servers that take one while they run; nil: there are none
	leaving  *time.Timer                   // held with the lock of the set; nil where the lane is in use
	left     atomic.Bool                   // its version left use, and nothing of it runs any more
}

func newLane(p pool.Config, q admit.Config, event func(pool.Event)) *lane {
	queue := admit.New(q)
	p.Event, p.Wake = event, queue.Wake
	return &lane{pool: pool.New(p), queue: queue}
}

// A laneAt names a lane: that of a model, or that of one version where several are in use.
type laneAt struct {
	place
	hash string
}

// enter puts a model on its lane, with the replicas and the engine that it has now.
func (m *Models) enter(at laneAt, o *Model) {
	if m.lanes == nil {
		m.lanes = map[laneAt]*lane{}
	}
	l := m.lanes[at]
	if l == nil {
		q := m.c.Queue
		q.Name = at.name
		l = newLane(m.c.Pool, q, m.happened(at.place))
		l.drift = m.watchOf(at.name, l.pool)
		m.lanes[at] = l
	}
	o.lane = l
	l.declare(o, m.keep)
}

// members are the replicas of a model as its pool knows them.
func (m *Model) members() (all []pool.Member) {
	for i := range m.replicas {
		r := &m.replicas[i]
		all = append(all, pool.Member{ID: r.at.id(), Weight: r.at.Weight, Priority: r.at.Priority, Region: r.at.Region, Cost: r.at.Cost, Data: r})
	}
	return all
}

// id names a replica: another server, model, dialect or key is another one.
func (r Replica) id() string {
	id := r.URL
	if r.RemoteName != "" || r.Dialect != OpenAI || r.KeyEnv != "" {
		id = strings.TrimRight(strings.Join([]string{r.URL, r.Dialect, r.RemoteName, r.KeyEnv}, " "), " ")
	}
	return id
}
