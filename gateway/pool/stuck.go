package pool

// A replica that said nothing for a while may answer again while its places are still held by requests that it will
// never answer. Where all others fail too, nobody would find out: one request more than its limit is sent there
// from time to time, and once that is answered, the older ones count no more.

// stuck is a replica without a place that says nothing to anybody, and has got nothing new for longer than it should
// take to answer; nil where there is none.
func (p *Pool) stuck(a *Ask, now int64) *replica {
	for _, r := range p.all {
		h, newest := &r.health, r.silent.tail
		if newest == nil || !a.wants(r) || h.drained || h.drifts || h.rests > now || h.out > 0 || r.flight < r.limit.now() {
			continue
		}
		if limit := p.patience(newest); limit > 0 && now-newest.start > limit && p.mute(r, now) {
			return r
		}
	}
	return nil
}

// writeOff takes it that the requests are lost that were sent to a replica before one that it has answered, and that wait
// for longer than they should: they hold no place any more, and who waits for them is told, as by [Turn.Late]. It
// says whether there are any. The caller holds the lock.
func (p *Pool) writeOff(answered *Turn, now int64) (any bool) {
	r := answered.r
	for t := r.silent.head; t != nil; t = t.next {
		limit := p.patience(t)
		if t.off || t.start >= answered.start || limit == 0 || now-t.start <= limit {
			continue
		}
		t.off, any = true, true
		r.tokens, r.flight = r.tokens-t.tokens, r.flight-1
		if t.late != nil && !t.lost {
			p.told = append(p.told, t.late)
		}
	}
	return any
}
