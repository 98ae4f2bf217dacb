package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// declare takes over how a model is declared now: its replicas, and its engine, whose instances
// join the pool when they are ready.
func (l *lane) declare(o *Model, keep bool) {
	l.mu.Lock()
	l.model = o
	l.left.Store(false)
	if x := l.loads.Load(); o.spec.adapted() && len(o.replicas) > 0 && x == nil {
		l.loads.Store(o.house.newLoads(l, o))
	}
	now := l.engine.Load()
	switch s := o.spec.Engine; {
	case s != nil && now != nil:
		now.Set(*s, len(o.replicas) > 0)
	case s != nil:
		now = o.house.engine(l, o)
		if l.engine.Store(now); keep {
			now.Keep()
		}
	case now != nil:
		l.retire(now)
	}
	l.mu.Unlock()
	l.refresh()
}

// gone has a model's engine drained and stopped whose declaration is no more, and its adapter unloaded.
func (l *lane) gone() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left.Store(l.serves())
	if now := l.engine.Load(); now != nil {
		l.retire(now)
	}
	if x := l.loads.Swap(nil); x != nil {
		l.pool.Set(nil)
		x.stop()
	}
}

// retire takes an engine out of the lane. The caller holds mu.
func (l *lane) retire(e *engine.Engine) {
	l.engine.Store(nil)
	l.retired = append(l.retired, e)
	e.Retire()
	house := l.model.house
	house.behind(func() {
		select {
		case <-e.Gone():
		case <-house.life.Done():
		}
		e.Close()
		l.locked(func() { l.retired = slices.DeleteFunc(l.retired, func(o *engine.Engine) bool { return o == e }) })
	})
}

// refresh tells the pool which replicas there are now, and those who wait.
func (l *lane) refresh() {
	l.mu.Lock()
	members := l.model.members()
	if l.model.spec.adapted() {
		x := l.loads.Load()
		members = slices.DeleteFunc(members, func(p pool.Member) bool { return x == nil || !x.has(p) })
	}
	for _, r := range l.model.local() {
		members = append(members, pool.Member{ID: r.instance.ID, Region: l.model.house.c.Pool.Region, Data: &r})
	}
	l.pool.Set(members)
	l.watch(members)
	l.mu.Unlock()
	l.queue.Wake()
}

// coming says whether an instance that is not there yet may be waited for.
func (l *lane) coming() bool {
	e := l.engine.Load()
	return e != nil && e.Coming()
}

// replaced says whether a replica was an instance that has ended, in whose place another one may be
// asked, or waited for where none is ready. It costs nothing of the budget of retries: the process
// is gone, and cannot fail again.
func (l *lane) replaced(ctx context.Context, id string, left int) bool {
	e := l.engine.Load()
	return e != nil && e.Made(id) && e.Ended(ctx, id) && (left > 0 || e.Vacant())
}

// close ends the processes of a lane, retired ones too, and waits until they are gone.
func (l *lane) close() {
	all := l.engines()
	l.locked(func() { l.retired = nil })
	var wg sync.WaitGroup
	for _, e := range all {
		wg.Go(e.Close)
	}
	wg.Wait()
}

// engine makes the engine of a model, which starts nothing yet.
func (m *Models) engine(l *lane, o *Model) *engine.Engine {
	return engine.New(engine.Config{
		Name: o.engineName(), Env: m.c.Env, HTTP: m.out.Client(true).Transport, Allow: m.out.Lend, Changed: l.refresh, Log: m.c.Log, Times: m.c.Engines,
	}, *o.spec.Engine, len(o.replicas) > 0)
}

// engineName is how the engine of a model is called: those of versions beside one another each by its own
// name.
func (m *Model) engineName() string {
	if !m.spec.adapted() {
		return m.spec.Name
	}
	return m.spec.Name + "@" + m.hash[:min(12, len(m.hash))]
}

// local are the instances of the model's engine that may be asked.
func (m *Model) local() (all []replica) {
	e := m.lane.engine.Load()
	if e == nil {
		return nil
	}
	if m.spec.itself() {
		return m.on.local()
	}
	for _, i := range e.Ready() {
		c := wire.Config{Name: m.spec.Name, URL: i.URL, RemoteName: i.Spec.RemoteName, Inside: true, Context: m.spec.Context, Idle: max(m.house.c.Pool.Pause, wire.DefaultIdle), HTTP: m.house.out.Client(true)}
		c.HTTP = &http.Client{Transport: i.Transport(), CheckRedirect: c.HTTP.CheckRedirect}
		all = append(all, replica{at: Replica{URL: i.URL, Dialect: i.Spec.Dialect, RemoteName: i.Spec.RemoteName}, client: client(i.Spec.Dialect, c), instance: i})
	}
	return all
}

// present are the replicas that may be asked now: those that are declared, and the instances of
// the engine.
func (m *Model) present() []replica {
	return append(m.replicas[:len(m.replicas):len(m.replicas)], m.local()...)
}

// tried are the replicas that a test asks: where there is nothing but an engine, it is started for it.
func (m *Model) tried(ctx context.Context) ([]replica, error) {
	if all := m.present(); len(all) > 0 || m.lane.engine.Load() == nil {
		return all, nil
	}
	t, err := m.place(ctx, pool.Ask{})
	if err != nil {
		return nil, err
	}
	defer m.lane.queue.Wake()
	defer t.End(pool.Abandoned)
	return []replica{*t.Data.(*replica)}, nil
}

// A comer is somebody who wants a place and may have to wait until an engine has started.
type comer struct {
	*engine.Waiter
	begun  time.Time
	cold   bool
	refuse context.CancelCauseFunc
}

// comes says that somebody wants a place; nil where the model has no engine. The context ends with
// the reason where no instance can be had.
func (m *Model) comes(ctx context.Context) (context.Context, *comer) {
	e := m.lane.engine.Load()
	if e == nil {
		return ctx, nil
	}
	ctx, refuse := context.WithCancelCause(ctx)
	return ctx, &comer{Waiter: e.Enter(refuse), begun: time.Now(), refuse: refuse}
}

// waits notes that there is no place. An engine that will not have started by the deadline is
// started all the same, for who comes next.
func (c *comer) waits(m *Model, deadline time.Time) {
	if c == nil {
		return
	}
	cold, left := c.Wait()
	c.cold = c.cold || cold
	if cold && !deadline.IsZero() && time.Now().Add(left).After(deadline) {
		c.refuse(&wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("the engine of %s is starting, which takes about %s: longer than the request may wait", m.spec.Name, left.Round(time.Second)), Hint: "ask again when it has started, or allow more time", Err: &wire.Wait{After: left}})
	}
}

// leaves ends the wait, and gives how long it took where an engine had to start. Who was refused by
// the queue counts as load.
func (c *comer) leaves(err error) time.Duration {
	if c == nil {
		return 0
	}
	if admit.ReasonOf(err) != "" {
		c.Refused()
	}
	c.Leave()
	if !c.cold {
		return 0
	}
	return time.Since(c.begun)
}

// KeepEngines lets the instances run that are always to run; before, as in a program that ends
// after one question, engines are started for who waits for them alone.
func (m *Models) KeepEngines() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep = true
	for _, l := range m.lanes {
		if e := l.engine.Load(); e != nil {
			e.Keep()
		}
	}
}

// sweep retires the engines of models that are declared no more, and forgets what nothing is left of.
// The caller holds mu.
func (m *Models) sweep(now *set) {
	there, used := map[place]bool{}, map[*lane]bool{}
	for o := range now.all() {
		used[o.lane] = true
	}
	for _, o := range now.models {
		there[place{o.space, o.spec.Name}] = true
	}
	for at, l := range m.lanes {
		switch {
		case used[l]:
			l.stays()
		case at.hash != "":
			m.leaves(at, l)
		case !there[at.place]:
			l.gone()
		}
		if !used[l] && l.over() {
			delete(m.lanes, at)
		}
	}
}

// over says whether nothing is under way on a lane and no process is left of it.
func (l *lane) over() bool {
	l.mu.Lock()
	engines := l.serves() || len(l.retired) > 0
	l.mu.Unlock()
	return !engines && l.queue.Look().Flight == [3]int{} && l.queue.Look().Waiting == [3]int{}
}

// Engines shows the engines of the house: in the order of the settings file, then those of versions with an
// adapter, then those that drain, whose version left use. For an operator: they are programs of this machine.
func (m *Models) Engines(sc scope.Scope) ([]engine.Status, error) {
	if !sc.May(scope.Operate) {
		return nil, notYours()
	}
	all, known := []engine.Status{}, map[*engine.Engine]bool{}
	for o := range m.set.Load().all() {
		if e := o.lane.engine.Load(); e != nil && !known[e] {
			all, known[e] = append(all, e.Status()), true
		}
	}
	m.mu.Lock()
	lanes := slices.Collect(maps.Values(m.lanes))
	m.mu.Unlock()
	var ending []engine.Status
	for _, l := range lanes {
		for _, e := range l.engines() {
			if s := e.Status(); !known[e] && len(s.Instances) > 0 {
				ending = append(ending, s)
			}
		}
	}
	slices.SortFunc(ending, func(a, b engine.Status) int { return strings.Compare(a.Model, b.Model) })
	return append(all, ending...), nil
}

// engines are the present one of a lane, and those that drain.
func (l *lane) engines() (all []*engine.Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.engine.Load(); now != nil {
		all = append(all, now)
	}
	return append(all, l.retired...)
}

// processes adds what the pool does not know of the model's engine: instances that start or drain,
// and why there is none; what the engine wrote is for operators.
func (m *Model) processes(l *LiveModel, operates bool) {
	e := m.lane.engine.Load()
	if e == nil {
		return
	}
	s := e.Status()
	l.Engine = &s
	if !operates {
		if s.Why != "" {
			s.Why = engine.Broken(m.engineName()).Message
		}
		for i := range s.Instances {
			s.Instances[i].Line = ""
		}
	}
	for i := range l.Replicas {
		if slices.ContainsFunc(s.Instances, func(o engine.InstanceStatus) bool { return o.ID == l.Replicas[i].ID }) {
			l.Replicas[i].Dialect = m.spec.Engine.Dialect
		}
	}
	states := map[engine.State]pool.State{engine.Starting: pool.Starting, engine.Draining: pool.Draining}
	for _, i := range s.Instances {
		if state := states[i.State]; state != "" && !slices.ContainsFunc(l.Replicas, func(r LiveReplica) bool { return r.ID == i.ID }) {
			l.Replicas = append(l.Replicas, LiveReplica{Dialect: m.spec.Engine.Dialect, Look: pool.Look{ID: i.ID, State: state, InFlight: i.Busy, Warm: -1}})
		}
	}
	if s.State == engine.Failed {
		l.Replicas = append(l.Replicas, LiveReplica{Dialect: m.spec.Engine.Dialect, Look: pool.Look{ID: m.engineName(), State: pool.Ejected, Why: s.Why, Warm: -1,
			Until: time.Now().Add(time.Duration(s.Retry) * time.Microsecond)}})
	}
}

// What an operator may have an engine do.
const (
	EngineStart   = "start"
	EngineStop    = "stop"
	EngineRestart = "restart"
)

// Engine has the engine of a model started, stopped or restarted, and keeps in the audit that it
// was: for an operator. Nothing that is under way is cut off by it.
func (m *Models) Engine(ctx context.Context, sc scope.Scope, name, action string) (engine.Status, error) {
	if !sc.May(scope.Operate) {
		return engine.Status{}, notYours()
	}
	o, e := m.engineOf(name)
	if e == nil {
		return engine.Status{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("no model named %q has an engine", name), Hint: "wenyuan gateway engines lists those that there are"}
	}
	do := map[string]func(){EngineStart: e.Start, EngineStop: e.Stop, EngineRestart: e.Restart}[action]
	if do == nil {
		return engine.Status{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("an engine cannot be told to %q", action), Hint: "take start, stop or restart"}
	}
	if m.c.Store != nil {
		err := m.c.Store.Write(ctx, func(tx *store.Tx) error {
			return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "engine." + action, Object: name, Version: o.hash})
		})
		if err != nil {
			return engine.Status{}, err
		}
	}
	do()
	return e.Status(), nil
}

// engineOf finds an engine by the name that [Models.Engines] gives it: that of a model of the settings file,
// or of a version of another one with its adapter.
func (m *Models) engineOf(name string) (*Model, *engine.Engine) {
	m.look()
	for o := range m.set.Load().all() {
		if e := o.lane.engine.Load(); e != nil && !o.spec.itself() && o.engineName() == name {
			return o, e
		}
	}
	return nil, nil
}

func notYours() error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator may look after the engines of this machine", Hint: "ask an operator"}
}
