package gateway

import (
	"context"
	"iter"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/limit"
)

// stream is the road of a chat: kept answers and identical calls under way first, then the limits,
// the queue, a replica, another one where that fails, and the models of the ladder.
func (m *Model) stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	how := manner.Of(ctx)
	if !how.Share && how.Keep <= 0 && how.Alike == nil {
		return m.laddered(ctx, r)
	}
	space := limit.Of(ctx).Space
	q := cache.Query{Key: m.keyOf(space, &r), Space: space, Model: m.spec.Name, Hash: m.hash, How: how}
	return m.house.cache.Stream(ctx, q, func(ctx context.Context) iter.Seq2[wenyuan.Chunk, error] { return m.laddered(ctx, r) })
}

// laddered asks the model, and where it cannot answer and the caller allows it, those that are
// declared to take its place.
func (m *Model) laddered(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		next := m.ladder(ctx)
		for i, o := range append([]*Model{m}, next...) {
			if i > 0 {
				watch.Of(ctx).Step(watch.Step{Kind: watch.Ladder, Where: o.spec.Name})
			}
			failed := o.call(ctx, r, i < len(next), yield)
			if failed == nil {
				return
			}
			m.log.Warn("a model cannot answer, the next one of its ladder is asked", "model", o.spec.Name, "reason", failed)
		}
	}
}

// ladder are the models that may take this one's place: declared, and able to do what it does.
func (m *Model) ladder(ctx context.Context) (all []*Model) {
	if !manner.Of(ctx).Fallback {
		return nil
	}
	for _, name := range m.spec.Fallback {
		if o, ok := m.house.find(m.space, name); ok && o.spec.Able(Chat) && (o.Inside() || !wenyuan.StaysInside(ctx)) {
			all = append(all, o)
		}
	}
	return all
}

// call asks the replicas of one model. spare says that another model may be asked: then an error
// that comes before anything was said is given back, else it is yielded.
func (m *Model) call(ctx context.Context, r wenyuan.Request, spare bool, yield func(wenyuan.Chunk, error) bool) error {
	fail := func(err error) error {
		if spare && ctx.Err() == nil && passing(err) {
			return err
		}
		yield(wenyuan.Chunk{}, err)
		return nil
	}
	r, held, err := m.begin(ctx, r)
	if err != nil {
		refusedBy(ctx, "limit", err)
		return fail(err)
	}
	defer held.settle(ctx)
	one := m.figure.begin()
	watched := func(chunk wenyuan.Chunk, err error) bool {
		chunk.Usage = m.priced(chunk.Usage)
		one.chunk(chunk, err)
		held.chunk(chunk, err)
		return yield(chunk, err)
	}
	err = m.each(ctx, m.asks(r), one, func(ctx context.Context, t *pool.Turn, client any) (begun bool, err error) {
		for chunk, err := range client.(wenyuan.Model).Stream(ctx, r) {
			if err != nil && !begun {
				return false, err
			}
			if !begun {
				begun = true
				t.First()
				firstCame(ctx)
			}
			if !watched(chunk, err) {
				return true, nil
			}
			if err != nil {
				return true, err
			}
		}
		return true, nil
	})
	if err != nil {
		one.failed(err)
		return fail(err)
	}
	return nil
}

// asks is what a request wants of a replica.
func (m *Model) asks(r wenyuan.Request) pool.Ask {
	n := 0
	for _, o := range r.Messages {
		n += len(o.Content)
	}
	return pool.Ask{Tokens: n/bytesPerToken + r.MaxTokens, Prefix: prefixesOf(r), Short: r.MaxTokens > 0 && r.MaxTokens <= shortAnswer}
}

const (
	shortAnswer = 256 // tokens of an answer that may be hedged
)

// each takes a place at a replica, calls f with its client, and does so with another one where f
// failed in a way that another may not and had not begun. What f gives back once it has begun was
// told to the reader by f itself.
func (m *Model) each(ctx context.Context, a pool.Ask, one *counted, f func(ctx context.Context, t *pool.Turn, client any) (begun bool, err error)) error {
	for {
		t, err := m.place(ctx, a)
		if err != nil {
			return err
		}
		step := askedOf(ctx, t, len(a.Not) > 0)
		begun, err := f(ctx, t, t.Data.(*replica).client)
		outcome := outcomeOf(ctx, err)
		t.End(outcome)
		cameBack(ctx, step, outcome)
		m.lane.queue.Wake()
		if begun || err == nil {
			return nil
		}
		a.Not = append(a.Not, t.ID)
		if ctx.Err() != nil || !passing(err) || m.lane.pool.Left(a.Not) == 0 {
			return err
		}
		m.passOver(t.ID, one, err)
	}
}

// place waits in the queue for a place at a replica.
func (m *Model) place(ctx context.Context, a pool.Ask) (t *pool.Turn, err error) {
	how, who := manner.Of(ctx), limit.Of(ctx)
	w := admit.Want{Class: how.Class, Space: who.Space, Key: who.Key, Tokens: a.Tokens, Deadline: how.Deadline}
	if w.Key == "" {
		w.Key = who.Person
	}
	begun := time.Now()
	err = m.lane.queue.Enter(ctx, w, func() bool {
		t = m.lane.pool.Take(a)
		return t != nil
	})
	queued(ctx, time.Since(begun), err)
	if told := how.Told; told != nil && err == nil {
		told.Level, told.Model, told.Hash, told.Replica = manner.Origin, m.spec.Name, m.hash, t.ID
		told.Waited, told.Tries = told.Waited+time.Since(begun), told.Tries+1
	}
	return t, err
}

// outcomeOf says what an error tells about the replica.
func outcomeOf(ctx context.Context, err error) pool.Outcome {
	switch {
	case err == nil:
		return pool.Good
	case ctx.Err() != nil:
		return pool.Abandoned
	case wenyuan.CodeOf(err) == wenyuan.Limited:
		return pool.Crowded
	case wenyuan.CodeOf(err) == wenyuan.Unavailable:
		return pool.Failed
	}
	return pool.Faulted
}

// prefixesOf are hashes of the beginnings of a prompt.
func prefixesOf(r wenyuan.Request) []uint64 { return nil }

// A lane is what one model keeps from one declaration to the next: its replicas as they are known,
// and who waits for them.
type lane struct {
	pool  *pool.Pool
	queue *admit.Queue
}

func newLane(region string) *lane {
	return &lane{pool: pool.New(pool.Config{Region: region}), queue: admit.New(admit.Config{})}
}

// laneOf finds the lane of a model, with the replicas that it has now.
func (m *Models) laneOf(at place, members []pool.Member) *lane {
	if m.lanes == nil {
		m.lanes = map[place]*lane{}
	}
	l := m.lanes[at]
	if l == nil {
		l = newLane(m.c.Region)
		m.lanes[at] = l
	}
	l.pool.Set(members)
	return l
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
		id = strings.Join([]string{r.URL, r.Dialect, r.RemoteName, r.KeyEnv}, " ")
	}
	return id
}
