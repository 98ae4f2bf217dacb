package pool

import (
	"math"
	"math/bits"
)

// A knee finds from how many under way on more of them cost time. The logarithm of times over the pace is
// taken to be the same up to some number, and to rise with the logarithm of how many there are from there on; which
// number explains best what was seen is found by trying all (hinge regression, a segmented regression with one
// breakpoint: Hinkley 1971). Times are compared by how many were under way, and not with the least ever seen, so that
// a spread that nobody can explain is no queue: it is the same at every load. Old samples fade.
type knee struct {
	w, y, yy float64 // sums of weights, logarithms, squares
	at       [knees]hinge
	gain     float64 // weight of the next sample; what it is divided by
}

// A hinge is what is summed for one number.
type hinge struct {
	mass      float64 // of samples that came as this number or after the one before
	h, hh, hy float64 // sums of the logarithm of how many over this number
}

const (
	knees  = 61  // each up to 8, then four for each doubling up to MaxLimit
	memory = 256 // samples after which one counts for little, or as many as rounds of the limit
	rounds = 16
	harm   = 0.5 // power of the number by which times rise that is too much
	alike  = 4   // likelihood (see bend) by which one number is no better than another
)

var kneeAt, kneeLog [knees]float64

func init() {
	for i := range knees {
		n := i + 1
		if i >= 8 {
			n = (4 + (i-8+1)%4) << (1 + (i-8+1)/4)
		}
		kneeAt[i], kneeLog[i] = float64(n), math.Log(float64(n))
	}
}

// bucket is the least number of the knees that is at least n.
func bucket(n int) int {
	if n <= 8 {
		return max(n, 1) - 1
	}
	e := bits.Len(uint(n-1)) - 1 // 2^e < n <= 2^(e+1)
	part := (n - 1) >> (e - 2)   // 4 to 7
	return min(8+(e-3)*4+part-4, knees-1)
}

// learn takes what a time is to the pace, of the n-th under way.
func (k *knee) learn(y float64, n int) {
	if k.gain == 0 {
		k.gain = 1
	}
	g := k.gain
	k.w, k.y, k.yy = k.w+g, k.y+g*y, k.yy+g*y*y
	b := bucket(n)
	k.at[b].mass += g
	log := math.Log(float64(max(n, 1)))
	for i := range b + 1 {
		o := &k.at[i]
		if h := log - kneeLog[i]; h > 0 {
			o.h, o.hh, o.hy = o.h+g*h, o.hh+g*h*h, o.hy+g*h*y
		}
	}
}

// fades lets all that was seen count for less than what comes next.
func (k *knee) fades(by float64) {
	if k.gain /= by; k.gain > 1e9 {
		k.scale(1 / k.gain)
		k.gain = 1
	}
}

func (k *knee) scale(by float64) {
	k.w, k.y, k.yy = k.w*by, k.y*by, k.yy*by
	for i := range k.at {
		o := &k.at[i]
		o.mass, o.h, o.hh, o.hy = o.mass*by, o.h*by, o.hh*by, o.hy*by
	}
}

// below is how many samples there are of no more than so many under way.
func (k *knee) below(n float64) (sum float64) {
	for i := range k.at {
		if kneeAt[i] > n {
			break
		}
		sum += k.at[i].mass
	}
	return sum / k.gain
}

// power is how sure it would be that times rise, if they did so as fast as the number of those under way.
func (k *knee) power() float64 {
	if k.w == 0 {
		return 0
	}
	one := &k.at[0]
	return max(0, one.hh-one.h*one.h/k.w) / max(k.yy-k.y*k.y/k.w, 1e-9) * k.w / k.gain
}

// lower is the greatest number of the knees that is no more than n, at least 1.
func lower(n float64) float64 {
	b := bucket(int(math.Ceil(n)))
	if kneeAt[b] > n && b > 0 {
		b--
	}
	return kneeAt[b]
}

// spread is the variance of the logarithms.
func (k *knee) spread() float64 { return max(0, k.yy-k.y*k.y/k.w) / k.w }

// A bend is what is found.
type bend struct {
	at   float64 // how many cost no time
	sure float64 // how much likelier it is than that no number matters: twice the logarithm
}

// find gives the number that explains best what was seen. Of those that do so nearly as well it is the
// greatest.
func (k *knee) find() (b bend) {
	var gain [knees]float64
	total := k.yy - k.y*k.y/k.w
	best := 0.0
	if k.w <= 0 || total <= 0 {
		return b
	}
	mean := k.y / k.w
	for i := range k.at {
		o := &k.at[i]
		hh := o.hh - o.h*o.h/k.w
		if hh <= 1e-9*k.w {
			continue
		}
		hy := o.hy - o.h*mean
		if hy < harm*hh {
			continue
		}
		gain[i] = hy * hy / hh
		best = max(best, gain[i])
	}
	if best == 0 {
		return b
	}
	samples := max(k.w/k.gain-3, 1) // three are what level, slope and number take
	left := max(total-best, total*1e-3)
	b.sure = samples * math.Log(total/left)
	within := left * (math.Exp(alike/samples) - 1)
	for i := range k.at {
		if gain[i] > 0 && gain[i] >= best-within {
			b.at = kneeAt[i]
		}
	}
	return b
}
