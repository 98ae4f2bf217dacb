package cache

import "time"

// holdMost is for how long in all a call waits for one who joined it and reads slowly: as long as the
// server gives a client that takes nothing.
const holdMost = 30 * time.Second

// pace waits, where an answer has come to more than is kept, until nobody is further behind than that. The
// model is read no faster than the slowest reads, as it would be if that one were alone with it. Who
// joined is cut once it has held up the others for holdMost. Who made the call is not: what ends its
// waiting is what ends that of a caller without joiners.
func (f *flight) pace() {
	for {
		moved, most, wait := f.slow()
		if !wait {
			return
		}
		timer, begun := time.NewTimer(most), time.Now()
		select {
		case <-moved:
		case <-timer.C:
		case <-f.ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
		f.waited(time.Since(begun))
	}
}

// slow says whether there is somebody to wait for, and for how long at most before it is looked again.
func (f *flight) slow() (moved <-chan struct{}, most time.Duration, wait bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.over || f.ended || f.finish != "" || f.err != nil {
		return nil, 0, false
	}
	most = holdMost
	for _, r := range f.readers {
		if f.behind(r) {
			wait = true
			if !r.lead {
				most = min(most, max(holdMost-r.held, time.Millisecond))
			}
		}
	}
	if !wait {
		f.trim()
		return nil, 0, false
	}
	if f.moved == nil {
		f.moved = make(chan struct{}, 1)
	}
	return f.moved, most, true
}

// waited counts for whom the call has waited, and gives up those for whom it was long enough.
func (f *flight) waited(long time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.readers {
		if !f.behind(r) || r.lead {
			continue
		}
		r.held += long
		r.lost = r.held >= holdMost
	}
	f.trim()
	f.rouse()
}

// behind says whether a reader has more before it than is kept for one. It is called under the lock.
func (f *flight) behind(r *reader) bool {
	if r.lost {
		return false
	}
	n := f.base + f.text.Len() - r.at
	if r.mark < f.first+len(f.marks) {
		for _, m := range f.marks[max(r.mark-f.first, 0):] {
			n += sizeOf(m.calls)
		}
	}
	return n > mostKept
}

// freed tells the call that a reader has taken something, where it waits for that. It is called under the
// lock.
func (f *flight) freed() {
	select {
	case f.moved <- struct{}{}:
	default: // nobody waits: a nil channel takes nothing
	}
}
