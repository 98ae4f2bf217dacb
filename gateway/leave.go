package gateway

import (
	"cmp"
	"iter"
	"time"

	"wenyuan"
)

// DefaultLeave is for how long what serves a version that left use is kept: who was given the version
// before is still answered by it.
const DefaultLeave = time.Minute

// leaves has what serves a version alone drained and ended, once it has been out of use for a while and
// nothing is under way. The caller holds mu.
func (m *Models) leaves(at laneAt, l *lane) {
	if l.leaving != nil || !l.serves() {
		return
	}
	l.leaving = time.AfterFunc(m.leave(), func() { m.left(at, l) })
}

func (m *Models) leave() time.Duration { return cmp.Or(m.c.Leave, DefaultLeave) }

// serves says whether processes or adapters of its own serve a lane.
func (l *lane) serves() bool { return l.engine.Load() != nil || l.loads.Load() != nil }

// left ends what serves a version that is still out of use.
func (m *Models) left(at laneAt, l *lane) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life.Err() != nil || l.leaving == nil {
		return // it is in use again
	}
	if q := l.queue.Look(); q.Flight != [3]int{} || q.Waiting != [3]int{} {
		l.leaving.Reset(min(m.leave(), time.Second))
		return
	}
	l.leaving = nil
	m.c.Log.Info("a version of a model left use, and what served it ends", "model", at.name, "version", at.hash)
	l.gone()
}

// stays calls off that what serves a lane ends. The caller holds mu of the models.
func (l *lane) stays() {
	if l.leaving != nil {
		l.leaving.Stop()
		l.leaving = nil
	}
}

// now is the model to ask: what is in use, where this one left it and nothing serves it any more.
func (m *Model) now() (o *Model, ok bool) {
	if !m.lane.left.Load() {
		return m, true
	}
	return m.house.find(m.space, m.spec.Name)
}

// noMore is what becomes of a call of a model that is no more.
func (m *Model) noMore() iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) { yield(wenyuan.Chunk{}, Unknown(m.spec.Name)) }
}
