package pool

import (
	"fmt"
	"time"
)

const (
	answered   = 3                      // requests, asked later and answered elsewhere, that make silence suspicious
	quietLeast = 50 * time.Millisecond  // shortest silence that is one
	probeLeast = 20 * time.Millisecond  // the same, of one that was out
	longQuiet  = 5 * time.Second        // shortest silence that is one where nobody else was asked
	veryQuiet  = 10                     // times the 99th percentile, where nobody else was asked
	quietMost  = 15 * time.Second       // that it need not be longer than, unless the slowest take long
	stuck      = 3                      // times that, where the replica answers others
	late       = 4                      // times the 99th percentile, where another one is asked beside it and nothing is lost
	lateFew    = 3                      // times the shortest such silence, where few times are known
	tryAgain   = 2 * time.Second        // after which one that is out may be tried again though it was not answered yet
	stoodStill = 500 * time.Millisecond // that a look may come late before it says nothing about replicas
	lookAgain  = 20 * time.Millisecond  // after which silence is looked at once more
	tooLate    = lookAgain              // that the look may come late, or this machine itself stood still
)

// answeredAfter looks, at each first piece, for replicas that were asked earlier and say nothing.
// The caller holds mu.
func (p *Pool) answeredAfter(t *Turn, now int64) {
	t.r.later = 0
	if len(p.all) < 2 {
		return
	}
	for _, r := range p.all {
		if old := r.silent.waiting(); r != t.r && old != nil && old.seq < t.seq {
			r.later++
			p.suspect(r, now)
		}
	}
}

// suspect takes a replica for hung whose oldest request waits for longer than any should, while
// others were answered; and looks again later where it is too early to say.
func (p *Pool) suspect(r *replica, now int64) {
	t := r.silent.waiting()
	if t == nil {
		return
	}
	need := answered
	if t.probe {
		need = 1
	}
	if r.later < need {
		return
	}
	limit := p.patience(t)
	if limit == 0 {
		return
	}
	quiet := now - max(t.start, r.heard.Load())
	if quiet <= limit {
		p.look(now + limit - quiet + 1)
		return
	}
	if !t.probe && !p.others(r, t, now) || !p.confirmed(r, now) {
		return
	}
	p.hang(r, fmt.Sprintf("silent for %s while %d others were answered", time.Duration(quiet).Round(time.Millisecond), r.later), now)
}

// others says whether a silent replica says nothing to a second request either: the first may be one
// that takes long. Where there is no second one, the next that comes is sent there.
func (p *Pool) others(r *replica, t *Turn, now int64) bool {
	second := t.after()
	if second == nil {
		r.doubted, r.since = true, 0
		return false
	}
	least := max(p.usual.p95*3/2, int64(probeLeast))
	if p.usual.samples < known {
		least = max(2*p.usual.longest, int64(probeLeast))
	}
	if due := second.start + int64(float64(least)*p.usual.longer(second.prompt)); now <= due {
		p.look(due + 1)
		return false
	}
	return true
}

// confirmed says whether a replica was found silent before and still is, at a look that came in time:
// after a moment in which this machine stood still, answers wait to be read.
func (p *Pool) confirmed(r *replica, now int64) bool {
	if r.since == 0 || p.late.by > int64(tooLate) {
		r.since = now
	}
	if now-r.since >= int64(lookAgain) {
		r.since = 0
		return true
	}
	p.look(r.since + int64(lookAgain))
	return false
}

// patience is how long a request may get no answer: some times what the slowest take, and longer
// for a prompt that is longer than usual. 0: nothing is known yet.
func (p *Pool) patience(t *Turn) int64 {
	u := &p.usual
	u.refresh(&p.firsts, p.now())
	var limit int64
	switch {
	case u.samples < known:
		limit = 4 * u.longest
	case t.probe:
		limit = u.p95 * 3 / 2
	default:
		limit = 3 * u.p99
	}
	if limit == 0 {
		return 0
	}
	limit = max(limit, int64(quietLeast))
	if t.probe && u.samples >= known {
		limit = max(u.p95*3/2, int64(probeLeast))
	}
	return int64(float64(limit) * u.longer(t.prompt))
}

// longer says by how much a prompt is longer than usual; 1 where it is not, or not by much.
func (u *usual) longer(prompt int) float64 {
	if float64(prompt) > 2*u.tokens && prompt > 512 {
		return float64(prompt) / max(u.tokens, 256)
	}
	return 1
}

// hang takes a silent replica out and ends the waiting for it: nothing came, so all of it can be
// asked elsewhere.
func (p *Pool) hang(r *replica, why string, now int64) {
	r.later = 0
	r.stats.last, r.stats.lastAt = why, now
	if !p.eject(r, WasHung, why, now) {
		return
	}
	r.limit.late(now)
	for t := r.silent.head; t != nil; t = t.next {
		p.cut(t)
	}
}

// cut ends the waiting of a turn once the lock is free.
func (p *Pool) cut(t *Turn) {
	if t.hung {
		return
	}
	if t.hung = true; t.stays {
		return
	}
	if f := t.cut; f != nil {
		t.cut, t.lost = nil, true
		p.told = append(p.told, f)
	}
}

// silence is what the timer does: it looks at all silent replicas.
func (p *Pool) silence() {
	now := p.now()
	p.mu.Lock()
	p.late.fired(now)
	waits := false
	for _, r := range p.all {
		if r.silent.waiting() != nil {
			waits = true
			p.suspect(r, now)
		}
		p.abandoned(r, now)
		p.overdue(r, now)
	}
	if waits {
		p.watch(now)
	}
	p.unlock()
}

// overdue tells those who wait for a replica for much longer than usual. After a moment in which this
// machine stood still, answers wait to be read first.
func (p *Pool) overdue(r *replica, now int64) {
	limit := p.tooLong()
	if limit == 0 {
		return
	}
	for t := r.silent.head; t != nil; t = t.next {
		if t.late == nil || t.lost {
			continue
		}
		each := int64(float64(limit) * p.usual.longer(t.prompt))
		due := t.start + int64(t.lates+1)*each
		switch {
		case now < due:
			p.look(due)
		case p.late.by > int64(stoodStill):
			p.look(now + int64(lookAgain))
		default:
			t.lates = int((now - t.start) / each)
			p.told = append(p.told, t.late)
			p.look(t.start + int64(t.lates+1)*each)
		}
	}
}

// tooLong is after how long without a first piece another replica is asked beside; 0: nothing is known yet.
func (p *Pool) tooLong() int64 {
	u := &p.usual
	switch u.refresh(&p.firsts, p.now()); {
	case u.longest == 0:
		return 0
	case u.samples < known:
		return max(lateFew*int64(p.c.Quiet), late*u.longest)
	}
	return max(min(late*u.p99, max(int64(quietMost), 3*u.p99)), int64(p.c.Quiet))
}

// mute says whether a replica that serves says nothing to anybody: several wait for longer than they should,
// and it gave no sign of life meanwhile. Who else was answered does not matter: it may be the last one.
func (p *Pool) mute(r *replica, now int64) bool {
	t := r.silent.waiting()
	if t == nil || r.health.out > 0 || now-max(t.start, r.heard.Load()) < int64(quietLeast) {
		return false
	}
	for range answered {
		if t == nil {
			return false
		}
		if limit := p.patience(t); limit == 0 || now-max(t.start, r.heard.Load()) <= limit {
			return false
		}
		t = t.after()
	}
	return true
}

// abandoned ends the waiting of a request that nobody can be asked beside and that gets no answer for many times what it should take,
// where there was nobody else to be compared with; later still where its replica answers others or it
// was asked elsewhere before, and not at all where both are so: it is one that takes long.
func (p *Pool) abandoned(r *replica, now int64) {
	limit := p.veryLong()
	if limit == 0 || !p.another(r, now) {
		return
	}
	for t := r.silent.head; t != nil; t = t.next {
		if t.late != nil {
			continue // another one is asked beside it
		}
		most := int64(float64(limit) * p.usual.longer(t.prompt))
		if most *= int64(1 + len(t.Not)); t.stays {
			most = stuck * most
		}
		first := len(t.Not) == 0 && !t.stays
		if now-max(t.start, r.heard.Load()) > most || first && now-t.start > stuck*most {
			t.stays = false
			p.cut(t)
		}
	}
}

// another says whether another replica could be asked.
func (p *Pool) another(but *replica, now int64) bool {
	for _, r := range p.all {
		if r == but {
			continue
		}
		old := r.silent.waiting()
		if r.triable(now) || r.has(now, true) && (old == nil || now-old.start < int64(longQuiet)) {
			return true
		}
	}
	return false
}

func (p *Pool) veryLong() int64 {
	u := &p.usual
	if u.refresh(&p.firsts, p.now()); u.samples < known {
		return 0
	}
	return max(min(veryQuiet*u.p99, max(int64(quietMost), 3*u.p99)), int64(longQuiet))
}

// watch sees to it that silence is noticed where nobody answers meanwhile.
func (p *Pool) watch(now int64) {
	if len(p.all) > 1 && !p.late.set {
		if limit := p.tooLong(); limit > 0 {
			p.look(now + limit + 1)
		}
	}
}

// look has silent replicas looked at, at a time.
func (p *Pool) look(at int64) { p.late.arm(p, at, p.silence) }

// A later is a timer that can be told to come earlier.
type later struct {
	timer *time.Timer
	at    int64
	set   bool
	by    int64 // how late it came the last time
}

// arm has f called at a time of the pool, or earlier where that is said already.
func (l *later) arm(p *Pool, at int64, f func()) {
	if l.set && l.at <= at {
		return
	}
	l.set, l.at = true, at
	wait := time.Duration(at - p.now())
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, f)
		return
	}
	l.timer.Reset(wait)
}

func (l *later) fired(now int64) { l.set, l.by = false, now-l.at }

// wakeAt wakes who waits for a place at a time. The caller holds mu.
func (p *Pool) wakeAt(at, now int64) { p.soon.arm(p, max(at, now)+1, p.woken) }

// woken is what that timer does. It goes on to the next rest or ejection that ends.
func (p *Pool) woken() {
	now := p.now()
	p.mu.Lock()
	p.soon.fired(now)
	for _, r := range p.all {
		for _, at := range []int64{r.health.out, r.health.rests} {
			if at > now {
				p.wakeAt(at, now)
			}
		}
	}
	p.mu.Unlock()
	p.wake()
}
