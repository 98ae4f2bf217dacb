package gateway

import (
	"context"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
)

const (
	loadTime     = 2 * time.Minute  // that a server has to load an adapter
	loadCheck    = 5 * time.Second  // between two looks whether a server still has it: one that was started again has not
	loadAgain    = time.Second      // before the second try, doubled with each further one
	loadAgainMax = 30 * time.Second //
	unloadTime   = 10 * time.Second
)

// loads keep an adapter loaded on the servers of a lane that take one while they run. A server gets
// requests for it once it has it.
type loads struct {
	lane *lane
	name string // under which it is asked
	stop context.CancelFunc
	kick chan struct{}

	mu   sync.Mutex
	held map[string]bool  // by replica: its server has the adapter
	why  map[string]error // why it has not
	none atomic.Pointer[wenyuan.Error]
}

// newLoads begins to load the adapter of a model.
func (m *Models) newLoads(l *lane, o *Model) *loads {
	ctx, stop := context.WithCancel(m.life)
	x := &loads{lane: l, name: o.spec.Adapter.Served(), stop: stop, kick: make(chan struct{}, 1), held: map[string]bool{}, why: map[string]error{}}
	if !m.behind(func() { x.run(ctx, m) }) {
		stop()
	}
	return x
}

// run loads and looks until the lane has left use or the house closes. What left use is unloaded.
func (x *loads) run(ctx context.Context, m *Models) {
	again := loadAgain
	for {
		var o *Model
		x.lane.locked(func() { o = x.lane.model })
		changed, failing := x.round(ctx, o)
		if changed {
			x.lane.refresh()
		}
		wait := loadCheck
		if again = min(2*again, loadAgainMax); failing {
			wait = again / 2
		} else {
			again = loadAgain
		}
		select {
		case <-ctx.Done():
			if m.life.Err() == nil {
				x.unload(m, o)
			}
			return
		case <-x.kick:
		case <-time.After(wait):
		}
	}
}

// round asks each server once for the adapter.
func (x *loads) round(ctx context.Context, o *Model) (changed, failing bool) {
	errs := make([]error, len(o.replicas))
	var wg sync.WaitGroup
	for i := range o.replicas {
		wg.Go(func() { errs[i] = x.load(ctx, o, &o.replicas[i]) })
	}
	wg.Wait()
	if ctx.Err() != nil {
		return false, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	held := 0
	for i, r := range o.replicas {
		id, err := r.at.id(), errs[i]
		if was, known := x.held[id], x.why[id]; was == (err == nil) && (err == nil || known != nil && message(known) == message(err)) {
			failing = failing || err != nil
		} else if changed = true; err != nil {
			failing = true
			o.log.Warn("a server does not have an adapter", "model", o.spec.Name, "adapter", x.name, "replica", id, "reason", err)
		} else {
			o.log.Info("a server has an adapter", "model", o.spec.Name, "adapter", x.name, "replica", id)
		}
		x.held[id], x.why[id] = err == nil, err
		if err == nil {
			held++
		}
	}
	x.forget(o)
	x.none.Store(nil)
	if held == 0 && len(errs) > 0 {
		x.none.Store(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "no server of " + o.spec.Name + " has its adapter: " + message(errs[0]), Hint: "an operator sees why at wenyuan gateway status"})
	}
	return changed, failing
}

// forget drops what is known of servers that a model is declared with no more. The caller holds mu.
func (x *loads) forget(o *Model) {
	gone := func(id string) bool {
		return !slices.ContainsFunc(o.replicas, func(r replica) bool { return r.at.id() == id })
	}
	maps.DeleteFunc(x.held, func(id string, _ bool) bool { return gone(id) })
	maps.DeleteFunc(x.why, func(id string, _ error) bool { return gone(id) })
}

// load has a server load the adapter that does not have it.
func (x *loads) load(ctx context.Context, o *Model, r *replica) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	c := r.client.(*openai.Client)
	offered, err := c.List(ctx)
	if err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.held[r.at.id()] { // whether it is there is for the pool to find out
			return nil
		}
		return err
	}
	if slices.ContainsFunc(offered, func(w wire.Offer) bool { return w.Name == x.name }) {
		return nil
	}
	if err := o.fitsAt(ctx, r); err != nil {
		return err
	}
	return c.LoadAdapter(ctx, x.name, o.files.PEFT)
}

// fitsAt says why the adapter cannot be used with the weights of a server, where that says which they are
// and they lie on this machine.
func (m *Model) fitsAt(ctx context.Context, r *replica) error {
	i := slices.IndexFunc(m.on.replicas, func(o replica) bool { return o.at.URL == r.at.URL && o.at.Adapters != "" })
	if i < 0 || m.files.Fits == nil {
		return nil
	}
	c, ok := m.on.replicas[i].client.(identifies)
	if !ok {
		return nil
	}
	says, err := c.Identify(ctx)
	if err != nil || !filepath.IsAbs(says.Model) {
		return nil //nolint:nilerr // what it does not say cannot be compared
	}
	return m.files.Fits(ctx, says.Model)
}

// has says whether a server has the adapter.
func (x *loads) has(p pool.Member) bool {
	r, ok := p.Data.(*replica)
	x.mu.Lock()
	defer x.mu.Unlock()
	return ok && x.held[r.at.id()]
}

// unload has the servers forget the adapter, where no other model has it there.
func (x *loads) unload(m *Models, o *Model) {
	ctx, cancel := context.WithTimeout(m.life, unloadTime)
	defer cancel()
	for i := range o.replicas {
		r := &o.replicas[i]
		if m.loadedElse(x, r.at.URL) {
			continue
		}
		if err := r.client.(*openai.Client).UnloadAdapter(ctx, x.name); err != nil {
			m.c.Log.Warn("a server did not forget an adapter", "adapter", x.name, "replica", r.at.id(), "reason", err)
		}
	}
}

// loadedElse says whether another lane has the same adapter loaded at a server.
func (m *Models) loadedElse(but *loads, url string) (found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.lanes {
		l.locked(func() {
			x := l.loads.Load()
			found = found || x != nil && x != but && x.name == but.name && slices.ContainsFunc(l.model.replicas, func(r replica) bool { return r.at.URL == url })
		})
	}
	return found
}

// locked calls f with the lane's lock.
func (l *lane) locked(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// unloaded says why no server of a lane has its adapter; nil where one has, or may soon, or there is an
// engine.
func (l *lane) unloaded() error {
	if x := l.loads.Load(); x != nil && l.engine.Load() == nil {
		if none := x.none.Load(); none != nil {
			return none
		}
	}
	return nil
}

// lost notes that a server does not know the adapter any more, as one that was started again, and has it
// loaded at once.
func (l *lane) lost(id string, err error) {
	x := l.loads.Load()
	if said := wire.RefusalOf(err); x == nil || said == nil || said.Status != http.StatusNotFound {
		return
	}
	x.mu.Lock()
	was := x.held[id]
	x.held[id] = false
	x.mu.Unlock()
	if was {
		l.refresh()
		select {
		case x.kick <- struct{}{}:
		default:
		}
	}
}

// decided says whether a server has the adapter, or why none has once all have said so.
func (x *loads) decided() (held bool, why error) {
	if none := x.none.Load(); none != nil {
		return false, none
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, has := range x.held {
		held = held || has
	}
	return held, nil
}
