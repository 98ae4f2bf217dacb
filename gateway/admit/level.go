package admit

import "container/heap"

// A tag is where a flow stands among those with which it takes turns.
type tag struct {
	name  string
	start int64 // virtual time at which its next request begins; of an idle one, at which its last ended
	load  int64 // cost of those that wait
	order int64 // of coming, where two begin at once
	place int   // in the heap; -1: idle
}

func (t *tag) tagged() *tag { return t }

// ends is the virtual time at which the last of those that wait ends.
func (t *tag) ends() int64 { return t.start + t.load }

// A level is flows that take turns. Virtual time is the latest beginning of one that was served.
type level[T interface{ tagged() *tag }] struct {
	virtual int64
	coming  int64
	all     map[string]T // those that wait, and idle ones that have had more than their share
	active  []T          // heap by start
	swept   int          // how many there were after the last sweep
	mean    int64        // cost of a request, moving mean
}

// credit is how many requests somebody who has asked for less than its share has before the others,
// so that two that come at once are not one too many.
const credit = 4

// owed is the earliest virtual time at which a request may begin now: who was idle has credit, and no
// more, however long that was.
func (l *level[T]) owed() int64 { return l.virtual - credit*l.mean }

// Len, Less, Swap, Push and Pop are of the heap.
func (l *level[T]) Len() int { return len(l.active) }

func (l *level[T]) Less(i, j int) bool {
	a, b := l.active[i].tagged(), l.active[j].tagged()
	return a.start < b.start || a.start == b.start && a.order < b.order
}

func (l *level[T]) Swap(i, j int) {
	l.active[i], l.active[j] = l.active[j], l.active[i]
	l.active[i].tagged().place, l.active[j].tagged().place = i, j
}

func (l *level[T]) Push(x any) {
	x.(T).tagged().place = len(l.active)
	l.active = append(l.active, x.(T))
}

func (l *level[T]) Pop() any {
	end := len(l.active) - 1
	x := l.active[end]
	var none T
	l.active[end] = none
	l.active = l.active[:end]
	x.tagged().place = -1
	return x
}

// find gives a flow by its name, made where it is not known.
func (l *level[T]) find(name string, made func() T) T {
	if x, ok := l.all[name]; ok {
		return x
	}
	if l.all == nil {
		l.all = map[string]T{}
	}
	l.sweep()
	x := made()
	t := x.tagged()
	t.name, t.place = name, -1
	l.all[name] = x
	return x
}

// next is when a flow's next request begins that comes now.
func (l *level[T]) next(x T) int64 {
	t := x.tagged()
	if t.place < 0 {
		return max(t.start, l.owed())
	}
	return t.ends()
}

// wake puts an idle flow among those that take turns.
func (l *level[T]) wake(x T) {
	t := x.tagged()
	if t.place >= 0 {
		return
	}
	l.coming++
	t.start, t.order = max(t.start, l.owed()), l.coming
	heap.Push(l, x)
}

// charge moves a flow on by what was served of it.
func (l *level[T]) charge(x T, cost int64) {
	t := x.tagged()
	t.start = max(t.start, l.owed())
	l.virtual = max(l.virtual, t.start)
	t.start += cost
	if l.mean == 0 {
		l.mean = cost
	}
	l.mean += (cost - l.mean) / 16
	l.coming++
	t.order = l.coming
	if t.place >= 0 {
		heap.Fix(l, t.place)
	}
}

// rest takes a flow out of the turns of which nobody waits.
func (l *level[T]) rest(x T) { heap.Remove(l, x.tagged().place) }

// forget begins anew, where nobody waits.
func (l *level[T]) forget() {
	if len(l.active) == 0 {
		l.virtual, l.swept, l.mean, l.all = 0, 0, 0, nil
	}
}

// mostIdle is how many idle flows are remembered at most for having had more than their share.
const mostIdle = 4096

// sweep forgets idle flows that are owed nothing, and where there are too many of the others some of
// these too. It is done when the flows have doubled, so that it costs each newcomer a constant.
func (l *level[T]) sweep() {
	if len(l.all) < 2*l.swept+16 {
		return
	}
	idle := len(l.all) - len(l.active)
	for name, x := range l.all {
		if t := x.tagged(); t.place < 0 && (t.start <= l.virtual || idle > mostIdle) {
			delete(l.all, name)
			idle--
		}
	}
	l.swept = len(l.all)
}
