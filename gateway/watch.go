package gateway

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/url"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/watch"
	"wenyuan/gateway/wire"
	"wenyuan/limit"
)

// Watch holds what happened to the calls of all models.
func (m *Models) Watch() *watch.Watch { return m.watch }

// seen is the road of a chat, watched: what is done for it is noted, and how it ended.
func (m *Model) seen(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		s := m.sight(ctx, &r)
		s.yield = yield
		defer s.over()
		m.stream(s.one, &r)(s.takes)
		if !s.left {
			s.end.Gone = s.end.Gone && ctx.Err() != nil
		}
	}
}

// A sight is a call while it is watched.
type sight struct {
	m     *Model
	ctx   context.Context // of who asks
	one   *watch.One
	told  *manner.Told
	end   watch.End
	yield func(wenyuan.Chunk, error) bool
	left  bool // the asker wants no more
}

// takes notes a piece and hands it on.
func (s *sight) takes(c wenyuan.Chunk, err error) bool {
	s.chunk(&c, err)
	s.left = !s.yield(c, err)
	return !s.left
}

func (m *Model) sight(ctx context.Context, r *wenyuan.Request) *sight {
	how, who := manner.In(ctx), limit.Of(ctx)
	if how.Told == nil {
		told := *how
		told.Told = new(manner.Told)
		ctx = manner.With(ctx, told)
		how = manner.In(ctx)
	}
	*how.Told = manner.Told{} // of an earlier call for the same request
	b := watch.Begun{Request: how.Request, Space: who.Space, Person: who.Person, Key: who.Key, Class: how.Class.String(), Tokens: sizeOf(r), Link: watch.LinkOf(ctx)}
	return &sight{m: m, ctx: ctx, one: m.house.watch.Begin(ctx, m.series, b), told: how.Told, end: watch.End{Gone: true}}
}

func (s *sight) over() { s.one.End(s.end) }

// chunk notes what came.
func (s *sight) chunk(c *wenyuan.Chunk, err error) {
	e := &s.end
	if e.First == 0 && err == nil {
		e.First = max(s.one.Since(), 1)
		e.Level, e.Replica, e.Hash = string(s.told.Level), s.told.Replica, s.told.Hash
		if s.told.Model != s.m.spec.Name {
			e.Model = s.told.Model
		}
	}
	if c.Usage != nil {
		e.In, e.Out = c.Usage.Prompt, c.Usage.Completion
	}
	if c.Finish != "" {
		e.Finish, e.Gone = c.Finish, false
	}
	if err != nil {
		s.m.ended(s.ctx, e, s.told, err)
	}
}

// ended says how a call failed.
func (m *Model) ended(ctx context.Context, e *watch.End, told *manner.Told, err error) {
	e.Code, e.Gone = string(wenyuan.CodeOf(err)), ctx.Err() != nil
	e.Wait = WaitOf(err).Microseconds()
	if exceeded, ok := errors.AsType[*limit.Exceeded](err); ok && e.Wait == 0 {
		e.Wait = exceeded.After.Microseconds()
	}
	e.Refused = wenyuan.CodeOf(err) == wenyuan.Limited && told.Tries == 0 && !e.Gone
	if told.Tries > 0 && e.Level == "" {
		e.Level, e.Replica = string(manner.Origin), told.Replica
	}
}

// sizeOf is about how many tokens a request takes.
func sizeOf(r *wenyuan.Request) int {
	n := 0
	for i := range r.Messages {
		n += len(r.Messages[i].Content)
	}
	return n/bytesPerToken + r.MaxTokens
}

// refusedBy notes that a call found no room.
func refusedBy(ctx context.Context, why string, err error) {
	if wenyuan.CodeOf(err) != wenyuan.Limited {
		return
	}
	s := watch.Step{Kind: watch.Refusal, Why: cmp.Or(admit.ReasonOf(err), why), Wait: WaitOf(err).Microseconds()}
	if exceeded, ok := errors.AsType[*limit.Exceeded](err); ok {
		s.Wait = exceeded.After.Microseconds()
	}
	watch.Of(ctx).Step(s)
}

// outcomes are how a replica's answer ended, in the words of [watch.Step].
var outcomes = map[pool.Outcome]string{
	pool.Good: watch.Good, pool.Failed: watch.Failed, pool.Crowded: watch.Crowded, pool.Hung: watch.Hung, pool.Abandoned: watch.Left, pool.Faulted: watch.Faulted,
}

// leastWait is the wait that is worth a word: less is what taking a free place costs.
const leastWait = time.Millisecond

// queued notes how long a call waited for a place, for how much of that an engine started, and that
// it found none.
func queued(ctx context.Context, waited, cold time.Duration, err error) {
	o := watch.Of(ctx)
	if o == nil {
		return
	}
	if waited >= leastWait {
		s := watch.Step{Kind: watch.Queue, At: max(o.Since()-waited.Microseconds(), 1), Took: waited.Microseconds()}
		if cold > 0 {
			s.Why = watch.Cold
		}
		o.Step(s)
	}
	if err != nil {
		refusedBy(ctx, "queue", err)
	}
}

// askedOf notes which replica is asked, and why this one. It gives the number of the step.
func askedOf(ctx context.Context, t *pool.Turn, again bool) int {
	s := watch.Step{Kind: watch.Replica, Where: t.ID, Why: t.Reason, Warm: int32(t.Warm), Load: int32(t.Load), Limit: int32(t.Limit), Dialect: t.Data.(*replica).at.Dialect}
	if again && s.Why != pool.Beside {
		s.Why = "retry"
	}
	return watch.Of(ctx).Asked(s)
}

// cameBack notes how the answer of a replica ended, and where it failed, how.
func cameBack(ctx context.Context, step int, t *pool.Turn, o pool.Outcome, err error) {
	status, why := 0, ""
	if err != nil && (o == pool.Failed || o == pool.Crowded || o == pool.Faulted || wire.Paused(err)) {
		if r := wire.RefusalOf(err); r != nil {
			status = r.Status
		}
		if said, ok := errors.AsType[*wenyuan.Error](err); ok { // which is safe to show
			why = said.Message
		}
	}
	watch.Of(ctx).Came(step, t.ID, outcomes[o], status, why)
}

// trace has calls told to a collector of traces, where one is configured. It is reached directly, by a way
// out of its own that leads nowhere else.
func (m *Models) trace() (err error) {
	c := m.c.Telemetry
	if c.Endpoint == "" {
		return nil
	}
	way, err := NewOutbound("")
	if err != nil {
		return err
	}
	if u, err := url.Parse(c.Endpoint); err == nil {
		way.Allow([]string{addressOf(u)})
	}
	c.HTTP, c.Log = way.Client(true), m.c.Log
	if m.telemetry, err = telemetry.Open(c); err != nil {
		return err
	}
	m.watch.Tell(m.telemetry.Called)
	return nil
}

// Telemetry hands traces to a collector; nil where none is configured.
func (m *Models) Telemetry() *telemetry.Exporter { return m.telemetry }

// Gave counts an answer that was given again because it [Model.Holds], and notes the call, of which
// there is no other record.
func (m *Model) Gave(ctx context.Context, e *cache.Entry, b watch.Begun) {
	m.house.cache.Gave(e)
	o := m.house.watch.Begin(ctx, m.series, b)
	o.Step(watch.Step{Kind: watch.Cache, Where: string(manner.Memory), Result: watch.Hit})
	last := &e.Chunks[len(e.Chunks)-1]
	end := watch.End{Level: string(manner.Memory), Hash: e.Hash, Finish: last.Finish, First: max(o.Since(), 1)}
	if last.Usage != nil {
		end.In, end.Out = last.Usage.Prompt, last.Usage.Completion
	}
	o.End(end)
}
