package pool

import "time"

// DefaultPause is the shortest silence in the middle of an answer for which it is taken to have stopped.
const DefaultPause = 5 * time.Second

const (
	pauseTimes = 6  // times the longest silence of 95 in a hundred answers: a longer one is none of the model's own
	pauseSpan  = 10 // times the span of the other figures: pauses are seldom, and those of ten minutes are counted
)

// Pause is how long the replica may say nothing in the middle of the answer of this turn, where that has lasted
// for so long. It is some times the longest silence that nearly all answers of the pool have lately, and not under
// [Config.Pause]. Answers that were given up for it count too, so that where one in twenty is, it grows: such
// pauses are usual then. Where the replica says nothing to anybody else either it is longer: there are engines that
// read a long prompt for one and answer nobody meanwhile. 0: too few answers are known to tell. again says that
// the asker was told nothing of it and another replica can be asked: then more is known of first pieces.
func (t *Turn) Pause(silent time.Duration, again bool) time.Duration {
	p, r := t.pool, t.r
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	u := &p.pauses
	if u.samples < known { // the first ones count at once
		u.at = -freshTime
	}
	u.refresh(&p.gaps, now/pauseSpan)
	switch {
	case u.samples >= known:
		limit := max(p.c.Pause, time.Duration(pauseTimes*u.p95))
		if silent > 0 && !again && r.health.out == 0 && r.heard.Load() <= now-int64(silent)+int64(lookAgain) {
			limit *= stuck
		}
		return limit
	case again:
		return max(time.Duration(p.veryLong()), p.c.Pause)
	}
	return 0
}

// Paused notes the longest silence between two pieces of the answer. It is called before [Turn.Done].
func (t *Turn) Paused(longest time.Duration) { t.gap.Store(int64(longest)) }

// paused counts the longest silence of an answer that came to its end, or was given up for it. The caller holds mu.
func (p *Pool) paused(t *Turn, o Outcome, now int64) {
	if gap := t.gap.Load(); gap > 0 && t.spoke && (o == Good || o == Hung) {
		p.gaps.add(now/pauseSpan, gap)
		p.pauses.fresh++
	}
}
