package admit

import "math"

// A waiter is one who waits, in the list of its flow.
type waiter struct {
	Want
	take       func() bool
	since      int64
	until      int64      // when it gives up
	done       chan error // nil: it has a place
	flow       *flow
	prev, next *waiter
}

// cost is what a request counts for in the turns: its tokens, and never nothing.
func (w *Want) cost() int64 { return int64(min(max(w.Tokens, leastCost), mostCost)) }

const (
	leastCost = 64 // a request is work also where it has no tokens
	mostCost  = 1 << 20
)

// An order is who waits of one class: spaces take turns, and within a space its keys.
type order struct {
	level[*group]
	n int
}

// A group is a space.
type group struct {
	tag
	level[*flow]
	n int
}

// A flow is a key of a space.
type flow struct {
	tag
	group      *group
	n          int
	head, tail *waiter
}

// known finds the flow of a space and a key; nil where nothing is known of them.
func (o *order) known(space, key string) (g *group, f *flow) {
	if g = o.all[space]; g != nil {
		f = g.all[key]
	}
	return g, f
}

// flowOf finds the flow of a space and a key, made where it is not known.
func (o *order) flowOf(w *Want) *flow {
	g := o.find(w.Space, func() *group { return &group{} })
	return g.find(w.Key, func() *flow { return &flow{group: g} })
}

// add puts a waiter behind those of its key, or before them where it had its turn already.
func (o *order) add(one *waiter) {
	f := o.flowOf(&one.Want)
	g := f.group
	one.flow = f
	switch {
	case f.n == 0:
		f.head, f.tail = one, one
	case one.Again:
		one.next, f.head.prev, f.head = f.head, one, one
	default:
		one.prev, f.tail.next, f.tail = f.tail, one, one
	}
	f.n, g.n, o.n = f.n+1, g.n+1, o.n+1
	f.load += one.cost()
	g.load += one.cost()
	g.wake(f)
	o.wake(g)
}

// remove takes a waiter out.
func (o *order) remove(one *waiter) {
	f, g := one.flow, one.flow.group
	if one.prev != nil {
		one.prev.next = one.next
	} else {
		f.head = one.next
	}
	if one.next != nil {
		one.next.prev = one.prev
	} else {
		f.tail = one.prev
	}
	one.prev, one.next = nil, nil
	f.n, g.n, o.n = f.n-1, g.n-1, o.n-1
	f.load -= one.cost()
	g.load -= one.cost()
	if f.n == 0 {
		g.rest(f)
	}
	if g.n == 0 {
		o.rest(g)
	}
}

// serve takes a waiter out that has a place, and charges its key and its space.
func (o *order) serve(one *waiter) {
	f, g := one.flow, one.flow.group
	g.charge(f, one.cost())
	o.charge(g, one.cost())
	o.remove(one)
}

// passed charges one who was let in without having waited.
func (o *order) passed(w *Want) {
	f := o.flowOf(w)
	f.group.charge(f, w.cost())
	o.charge(f.group, w.cost())
}

// first adds those who are next in turn to a list until it is full: exactly the first one, the others
// about in their order. Of each key it is the first one, then the others.
func (o *order) first(out []*waiter) []*waiter {
	for _, g := range o.active {
		for _, f := range g.active {
			if len(out) == cap(out) {
				return out
			}
			out = append(out, f.head)
		}
	}
	for _, g := range o.active {
		for _, f := range g.active {
			for one := f.head.next; one != nil; one = one.next {
				if len(out) == cap(out) {
					return out
				}
				out = append(out, one)
			}
		}
	}
	return out
}

// A due is where somebody who comes would stand: when its space begins, and when its key does within
// that.
type due struct {
	group *group // nil: no other one of the space is known
	space int64
	key   int64
}

// most is behind everybody.
var most = due{space: math.MinInt64}

// due is where somebody would stand who comes now.
func (o *order) due(w *Want) (d due) {
	g, f := o.known(w.Space, w.Key)
	d = due{group: g, space: o.owed()}
	if g == nil {
		return d
	}
	d.space, d.key = o.next(g), g.owed()
	if f != nil {
		d.key = g.next(f)
	}
	return d
}

// last is the waiter that is the last in turn, where it stands behind somebody who comes; else nil.
// What is looked at is every flow that waits: a queue is short while it is pressed.
func (o *order) last(comes due) *waiter {
	var worst *group
	for _, g := range o.active {
		if worst == nil || g.ends() > worst.ends() {
			worst = g
		}
	}
	if worst == nil {
		return nil
	}
	if worst != comes.group && worst.ends()-worst.latest().cost() <= comes.space {
		worst = comes.group
	}
	if worst == nil || worst.n == 0 {
		return nil
	}
	f := worst.greediest()
	if worst == comes.group && f.ends()-f.tail.cost() <= comes.key {
		return nil
	}
	return f.tail
}

// greediest is the flow of a space whose last waiter is the last in turn.
func (g *group) greediest() (worst *flow) {
	for _, f := range g.active {
		if worst == nil || f.ends() > worst.ends() {
			worst = f
		}
	}
	return worst
}

// latest is the waiter of a space that is the last in turn.
func (g *group) latest() *waiter { return g.greediest().tail }

// polite says whether somebody who comes now has had no more than its share, with those of it that
// wait, beside others of its class.
func (o *order) polite(w *Want) bool {
	g, f := o.known(w.Space, w.Key)
	if g == nil {
		return len(o.all) > 0
	}
	if len(o.all) > 1 && o.next(g) <= o.virtual {
		return true
	}
	if f == nil {
		return len(g.all) > 0
	}
	return len(g.all) > 1 && g.next(f) <= g.virtual
}
