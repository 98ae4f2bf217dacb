package admit

import (
	"time"

	"wenyuan/gateway/manner"
)

// rate is how fast places come free: who holds one, since when, and how long one is held.
type rate struct {
	by      [3]int  // who holds a place, by class
	starts  ring    // when those came who hold one, the oldest first
	service float64 // how long a place is held, nanoseconds; moving mean
	seen    int     // how many it is the mean of, up to memory
	full    int     // how many held one when no other was to be had; 0: not known
	when    int64   // when that was
	peaks   [2]int  // the most who held one, in the second that runs and in the one before
	second  int64   // which one runs
}

// memory is how many of the last services the mean is of: enough that one long answer does not turn
// it, few enough that it follows a model that slows down.
const memory = 32

func (r *rate) flight() int { return r.starts.n }

// places are how many can be held: as many as are, or where more than half of them went within the last
// seconds as many as there were. Replicas that go out at one moment are tried again within a second or two;
// until then the queue is not to be as short as what is left.
func (r *rate) places(now int64) int {
	n := r.flight()
	r.turn(now)
	if most := max(r.peaks[0], r.peaks[1]); 2*n < most {
		return most
	}
	return n
}

// turn lets the peak of the second before go.
func (r *rate) turn(now int64) {
	switch s := now / int64(time.Second); {
	case s == r.second:
	case s == r.second+1:
		r.peaks, r.second = [2]int{r.flight(), r.peaks[0]}, s
	default:
		r.peaks, r.second = [2]int{r.flight(), 0}, s
	}
}

func (r *rate) enter(now int64, c manner.Class) {
	r.by[c]++
	r.starts.push(now)
	r.turn(now)
	r.peaks[0] = max(r.peaks[0], r.flight())
	if r.full > 0 {
		r.full = max(r.full, r.starts.n)
	}
}

// filled notes that no place was to be had. It may have been for one who wants no more than some of the
// places, so that the number comes down by one at a time.
func (r *rate) filled(now int64) {
	r.full, r.when = max(r.starts.n, r.full-1), now
}

// leave takes the oldest to have left. Who really left does not matter: the sum of all times is the
// same, and so is their mean.
func (r *rate) leave(now int64, c manner.Class) {
	if r.by[c] == 0 {
		return
	}
	r.by[c]--
	held := float64(now - r.starts.pop())
	r.seen = min(r.seen+1, memory)
	r.service += (held - r.service) / float64(r.seen)
}

// drain is how many leave per second: by Little's law (Little, 1961) those who hold a place over how
// long they do.
func (r *rate) drain() float64 {
	if r.service <= 0 {
		return 0
	}
	return float64(r.starts.n) / r.service * float64(time.Second)
}

// wait is how long somebody waits behind so many. It is by the mean, half a place behind the last, as
// the first place comes free in the middle of its time; but not shorter than until so many of those
// who hold a place have held it as long as is usual. Where nothing is known it is 0.
func (r *rate) wait(now int64, ahead int) time.Duration {
	if r.service <= 0 || r.starts.n == 0 {
		return 0
	}
	w := (float64(ahead) + 0.5) * r.service / float64(r.places(now))
	if ahead < r.starts.n {
		w = max(w, float64(r.starts.at(ahead)-now)+r.service)
	}
	return time.Duration(min(w, float64(MaxWait)))
}

// spared is the share of the places that batch leaves free, so that somebody who comes finds one.
const spared = 8

// regain is after how long without a word batch takes it that there is one place more: what leaves
// places free does not hear of it.
const regain = 30 * time.Second

// spare says whether batch may take a place: not the last ones, where there are two or more.
func (r *rate) spare(now int64) bool {
	if r.full == 0 {
		return true
	}
	places := r.full + int((now-r.when)/int64(max(regain, time.Duration(8*r.service))))
	return places < 2 || r.starts.n < places-(places+spared-1)/spared
}

// A ring is times in the order of coming.
type ring struct {
	all     []int64
	head, n int
}

func (r *ring) push(t int64) {
	if r.n == len(r.all) {
		grown := make([]int64, max(2*r.n, 16))
		for i := range r.n {
			grown[i] = r.at(i)
		}
		r.all, r.head = grown, 0
	}
	r.all[(r.head+r.n)%len(r.all)] = t
	r.n++
}

func (r *ring) at(i int) int64 { return r.all[(r.head+i)%len(r.all)] }

func (r *ring) pop() int64 {
	t := r.all[r.head]
	r.head = (r.head + 1) % len(r.all)
	r.n--
	return t
}
