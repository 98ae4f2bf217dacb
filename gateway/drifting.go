package gateway

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/drift"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/internal/scope"
	"wenyuan/limit"
)

// Drift says how the replicas of a pool are compared with one another.
type Drift struct {
	Every    int           // of how many deterministic requests one is asked of a second replica as well; 0: 200; negative: none
	Minute   int           // such requests in a minute at most, of one model; 0: 6
	Take     bool          // a replica whose fingerprint differs is taken out at once; else it is flagged and serves
	Identify time.Duration // how often servers are asked what they are; 0: 5 min
	// Record says whether a space keeps what is asked and answered; nil: none does.
	Record func(ctx context.Context, space string) bool
}

func (d Drift) withDefaults() Drift {
	d.Every, d.Minute, d.Identify = cmp.Or(d.Every, 200), cmp.Or(d.Minute, 6), cmp.Or(d.Identify, 5*time.Minute)
	return d
}

// A Drifting is what is known of the replicas of one model.
type Drifting struct {
	Model    string          `json:"model"`
	Hash     string          `json:"hash" doc:"version of the model's declaration"`
	House    bool            `json:"house" doc:"it stands in the settings file"`
	Replicas []drift.Replica `json:"replicas"`
	Cases    []drift.Case    `json:"cases" doc:"pairs of answers that differed, the newest first, for a day"`
}

// Drift shows how the replicas of the models of a space compare: of the house's models to who
// operates the house, of the space's own to its owners too. Two texts side by side are shown to
// who looks at what others ask in the space whose request it was, and those of the house's own
// questions to everybody who sees the model's replicas. Texts are kept of plain requests alone, for
// an hour, and where the space keeps what is asked.
func (m *Models) Drift(sc scope.Scope) (all []Drifting) {
	m.look()
	for o := range m.set.Load().all() {
		if !in(sc.Space(), o.space) || !m.operates(sc, o) || !o.spec.Able(Chat) {
			continue
		}
		all = append(all, o.drifting(sc))
	}
	return all
}

// drifting is what is known of one model's replicas, with the texts that the scope may read.
func (m *Model) drifting(sc scope.Scope) Drifting {
	d := Drifting{Model: m.spec.Name, Hash: m.hash, House: m.space == "", Replicas: m.lane.drift.Look(), Cases: []drift.Case{}}
	for _, c := range m.lane.drift.Cases() {
		if c.Space == "" || c.Space == sc.Space() && sc.May(scope.Review) {
			d.Cases = append(d.Cases, c)
		}
	}
	return d
}

// operates says whether somebody may see and change which replicas of a model serve.
func (m *Models) operates(sc scope.Scope, o *Model) bool {
	return sc.May(scope.Operate) || o.space != "" && !o.spec.itself() && o.space == sc.Space() && sc.May(scope.Own) // one that is another one has the house's replicas
}

// Forget forgets what is kept of somebody's requests. The cache does not know whose an answer was, so
// that all of it goes.
func (m *Models) Forget(person string) {
	m.watch.Forget(person)
	m.forgetAnswers(cache.Purge{})
	for o := range m.set.Load().all() {
		o.lane.drift.Forget(person)
	}
}

// ForgetSpace forgets the answers that are kept of a space that is removed, as [Models.Purge] does.
func (m *Models) ForgetSpace(space string) {
	if space != "" {
		m.forgetAnswers(cache.Purge{Space: space})
	}
}

// driftOf are the versions of a model whose replicas somebody may look after.
func (m *Models) driftOf(sc scope.Scope, name string) (all []*Model, err error) {
	m.look()
	for o := range m.set.Load().all() {
		if o.spec.Name == name && in(sc.Space(), o.space) {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return nil, Unknown(name)
	}
	if !m.operates(sc, all[0]) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only who looks after the model may compare its replicas", Hint: "ask an operator; of a model of a space, an owner of the space"}
	}
	return all, nil
}

// watchOf makes the watch over the replicas of a model.
func (m *Models) watchOf(name string, p *pool.Pool) *drift.Watch {
	return drift.New(drift.Config{Model: name, Take: m.c.Drift.Take, Out: p.Out, Log: m.c.Log})
}

// A sample is an answer that is being collected, to be compared with another replica's.
type sample struct {
	m       *Model
	request wenyuan.Request
	who     limit.Claim
	text    strings.Builder
	finish  string
	bad     bool // it is none that can be compared
}

const (
	maxSample   = 64 << 10        // bytes of an answer that is compared
	sampleTime  = 2 * time.Minute // for one comparison with all its requests
	maxSampling = 2               // comparisons of the house at once
)

// sampled begins to collect an answer, for one in many deterministic requests to a pool; else it
// gives nil, which collects nothing.
func (m *Model) sampled(ctx context.Context, r wenyuan.Request) *sample {
	if len(m.replicas) < 2 && m.lane.engine.Load() == nil || m.lane.drift == nil || m.house.c.Drift.Every < 0 || len(r.Tools) > 0 || !Deterministic(r) || !m.lane.sampling.turn(m.house.c.Drift) {
		return nil
	}
	return &sample{m: m, request: r, who: limit.Of(ctx)}
}

// chunk collects what came.
func (s *sample) chunk(c wenyuan.Chunk, err error) {
	if s == nil || s.bad {
		return
	}
	s.bad = err != nil || len(c.ToolCalls) > 0 || s.text.Len()+len(c.Text) > maxSample
	s.text.WriteString(c.Text)
	s.finish = cmp.Or(c.Finish, s.finish)
}

// end compares what was collected, in the background, where the answer is whole: nobody waits for
// it. ctx is the asker's, of which what must stay inside is kept, and not for whom it counts.
func (s *sample) end(ctx context.Context, replica string) {
	if s == nil || s.bad || s.text.Len() == 0 || s.finish != "stop" && s.finish != "length" {
		return
	}
	h := s.m.house
	select {
	case h.sampling <- struct{}{}:
	default:
		return // there are enough under way
	}
	ctx, cancel := context.WithTimeout(housekeeping(ctx), sampleTime)
	plain := manner.In(ctx).Plain
	begun := h.behind(func() {
		defer func() { <-h.sampling }()
		defer cancel()
		defer context.AfterFunc(h.life, cancel)()
		x := drift.Sample{Space: s.who.Space, Person: s.who.Person, Replica: replica, Text: s.text.String()}
		if x.Keep = plain && s.who.Space != "" && h.c.Drift.Record != nil && h.c.Drift.Record(ctx, s.who.Space); x.Keep {
			x.Asked = s.request.Messages[len(s.request.Messages)-1].Content
		}
		ctx = manner.With(ctx, manner.Manner{Class: manner.Batch})
		err := s.m.lane.drift.Compare(ctx, x, func(ctx context.Context, id string) (string, error) { return s.m.askReplica(ctx, id, s.request) })
		if err != nil && h.life.Err() == nil {
			h.c.Log.Debug("two replicas could not be compared", "model", s.m.spec.Name, "reason", err)
		}
	})
	if !begun {
		<-h.sampling
		cancel()
	}
}

// housekeeping is a context for what the house asks on its own account: it outlives the asker, and
// counts for nobody; what must stay inside stays inside.
func housekeeping(ctx context.Context) context.Context {
	return limit.For(context.WithoutCancel(ctx), limit.Claim{})
}

// askReplica asks one replica, as work that nobody waits for.
func (m *Model) askReplica(ctx context.Context, id string, r wenyuan.Request) (string, error) {
	ask := m.asks(r)
	for _, o := range m.lane.drift.Look() {
		if o.ID != id {
			ask.Never = append(ask.Never, o.ID)
		}
	}
	if m.lane.pool.Left(ask.Never) == 0 {
		return "", &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the replica " + id + " gets no requests now", Hint: "look at its state: wenyuan gateway drift"}
	}
	q, held, err := m.begin(ctx, &r)
	if err != nil {
		return "", err
	}
	defer held.settle(ctx)
	t, err := m.place(ctx, ask)
	if err != nil {
		return "", err
	}
	defer m.lane.queue.Leave(manner.In(ctx).Class)
	defer t.End(pool.Abandoned) // which does nothing where it has ended
	text, err := collect(ctx, t.Data.(*replica).client, *q, func(c wenyuan.Chunk, err error) {
		held.chunk(c, err)
		t.First()
	})
	t.End(outcomeOf(ctx, err))
	return text, err
}

// agreed leaves out the replicas that are not as most of the others, where who asks wants that.
func (m *Model) agreed(ctx context.Context, a pool.Ask) pool.Ask {
	if m.lane.drift != nil && manner.In(ctx).Agreed {
		a.Never = m.lane.drift.Strangers()
	}
	return a
}

// collect reads a whole answer.
func collect(ctx context.Context, client any, r wenyuan.Request, each func(wenyuan.Chunk, error)) (string, error) {
	var text strings.Builder
	for c, err := range client.(wenyuan.Model).Stream(ctx, r) {
		if each != nil {
			each(c, err)
		}
		if err != nil {
			return "", err
		}
		if text.Len()+len(c.Text) > maxSample {
			break
		}
		text.WriteString(c.Text)
	}
	return text.String(), nil
}

// A sampler says which requests are compared.
type sampler struct {
	mu     sync.Mutex
	seen   int
	minute int64 // since 1970
	taken  int   // in it
}

// turn says whether the next request is one to compare.
func (s *sampler) turn(d Drift) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen++; s.seen < d.Every {
		return false
	}
	if now := time.Now().Unix() / 60; now != s.minute {
		s.minute, s.taken = now, 0
	}
	if s.taken >= d.Minute {
		return false
	}
	s.seen, s.taken = 0, s.taken+1
	return true
}

// watch tells who looks for drift which replicas there are.
func (l *lane) watch(members []pool.Member) {
	if l.drift == nil {
		return
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	l.drift.Set(ids)
}

// replicaAt finds a replica by its id, among those that are there now.
func (m *Model) replicaAt(id string) *replica {
	for _, r := range m.present() {
		if r.at.id() == id || r.instance != nil && r.instance.ID == id {
			return &r
		}
	}
	return nil
}
