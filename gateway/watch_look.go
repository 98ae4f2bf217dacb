package gateway

import (
	"cmp"
	"slices"

	"wenyuan/gateway/admit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/drift"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/internal/scope"
)

// A LiveModel is a model as it stands now.
type LiveModel struct {
	Model    string
	Space    string // that it was added in; "" for the house
	Hash     string // version of its declaration
	Split    bool   // several versions of it are in use
	Series   *watch.Series
	Queue    admit.Look
	Replicas []LiveReplica
	Engine   *engine.Status // nil where the model has none
	Adapter  *Adapter       // nil where the model stands by itself
	Labels   []string       // that point at the version beside production
}

// A LiveReplica is a replica as it stands now.
type LiveReplica struct {
	pool.Look

	Dialect string
	Drift   drift.Replica // zero where it is not compared
}

// Live shows how the models of a space stand now: those of the house to who operates it, because they
// tell of every space, and the space's own to its owners too.
func (m *Models) Live(sc scope.Scope) (all []LiveModel) {
	m.look()
	for o := range m.set.Load().all() {
		if in(sc.Space(), o.space) && m.operates(sc, o) {
			all = append(all, m.live(o, sc.May(scope.Operate)))
		}
	}
	return all
}

// Standing shows how all models of the house stand now, for its figures.
func (m *Models) Standing() (all []LiveModel) {
	for o := range m.set.Load().all() {
		l := m.live(o, true)
		if o.spec.itself() { // they are counted where they are declared
			l.Queue, l.Replicas, l.Engine = admit.Look{}, nil, nil
		}
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b LiveModel) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Space, b.Space), cmp.Compare(a.Hash, b.Hash))
	})
	return all
}

func (m *Models) live(o *Model, operates bool) LiveModel {
	_, split := m.set.Load().splits[o]
	l := LiveModel{Model: o.spec.Name, Space: o.space, Hash: o.hash, Split: split || slices.Contains(m.set.Load().others, o), Series: o.series, Queue: o.lane.queue.Look(), Adapter: o.spec.Adapter, Labels: m.set.Load().labels[o]}
	compared := map[string]drift.Replica{}
	for _, d := range o.lane.drift.Look() {
		compared[d.ID] = d
	}
	for _, r := range o.lane.pool.Look() {
		one := LiveReplica{Look: r, Drift: compared[r.ID]}
		if i := slices.IndexFunc(o.replicas, func(x replica) bool { return x.at.id() == r.ID }); i >= 0 {
			one.Dialect = o.replicas[i].at.Dialect
		}
		l.Replicas = append(l.Replicas, one)
	}
	o.processes(&l, operates)
	return l
}

// CacheLook is what the caches hold and have done.
func (m *Models) CacheLook() cache.Look { return m.cache.Look() }
