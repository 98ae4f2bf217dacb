package guard

import (
	"fmt"
	"strings"
)

// Bounds on what an answer repeats, in bytes. A few words over and over are soon a loop; equal rows may be
// what was asked for, as in a table, until no reader would read them.
const (
	loopWindow = 4000    // of the end of a stream that is looked at
	loopLeast  = 1500    // that go in circles
	rowsLeast  = 16_000  // that go in circles line by line
	loopTurns  = 8       // how often at least
	loopPeriod = 300     // of one turn at most
	maxAnswer  = 1 << 20 // of a stream
)

// findLoop finds an answer that has no end: its last words go in circles, all of it came before, or
// it is longer than any answer is.
func (x *look) findLoop() {
	if x.run == nil {
		tail := x.raw[boundary(x.raw, len(x.raw)-rowsLeast-loopPeriod):]
		period, length := circle(tail)
		if period > 0 && (length >= rowsLeast || !strings.Contains(tail[len(tail)-period:], "\n")) {
			x.circles(tail, period, length)
		} else if told := new(echo); told.add(x.raw) {
			x.echoes()
		}
		return
	}
	r, unit := x.run, x.raw[x.tail:]
	r.last += unit
	r.last = r.last[boundary(r.last, len(r.last)-loopWindow):]
	period, length := circle(r.last)
	switch rows := period > 0 && strings.Contains(r.last[len(r.last)-period:], "\n"); {
	case period > 0 && !rows:
		x.circles(r.last, period, length)
		return
	case rows && length > len(r.last)-loopPeriod && length > loopWindow/2:
		if r.rows += len(unit); r.rows+loopWindow/2 >= rowsLeast {
			x.circles(r.last, period, r.rows+loopWindow/2)
			return
		}
	default:
		r.rows = 0
	}
	switch {
	case r.echo.add(unit):
		x.echoes()
	case r.came > maxAnswer:
		x.hit(Abuse, part{}, found("length", "size", 1, 0, 0, "", fmt.Sprintf("The answer has more than %d KiB and no end.", maxAnswer>>10)), "")
	}
}

func (x *look) circles(tail string, period, length int) {
	x.hit(Abuse, part{}, found("loop", "rules", 1, 0, 0, tail[boundary(tail, len(tail)-min(period, 80)):],
		fmt.Sprintf("The answer goes in circles: its last %d bytes repeat the same %d.", length, period)), "")
}

func (x *look) echoes() {
	x.hit(Abuse, part{}, found("loop", "rules", 1, 0, 0, "", fmt.Sprintf("The answer goes in circles: %d KiB of it came before, word for word.", echoLeast*echoEvery>>10)), "")
}

// circle finds the longest end of a text that repeats one stretch: the length of the stretch and of
// the end, 0 where there is none. It takes time in proportion to the text.
func circle(s string) (period, length int) {
	// The prefix function of the text written backwards: border[i] is the longest proper prefix of
	// its first i bytes that is also their suffix, so i-border[i] is their smallest period.
	n := len(s)
	border := make([]int, n+1)
	at := func(i int) byte { return s[n-1-i] }
	for i, k := 1, 0; i < n; i++ {
		for k > 0 && at(i) != at(k) {
			k = border[k]
		}
		if at(i) == at(k) {
			k++
		}
		border[i+1] = k
	}
	for l := n; l >= loopLeast; l-- {
		if p := l - border[l]; p <= loopPeriod && l/p >= loopTurns {
			return p, l
		}
	}
	return 0, 0
}

// An echo knows what came before in a text, by stretches of 64 bytes of which it keeps those whose hash
// says so, about one in 32: the same stretches are kept wherever they stand.
type echo struct {
	hash   uint64 // of the last 64 bytes
	n      int    // bytes that were read
	before map[uint64]struct{}
	again  int // stretches that came before, less those that are new
}

const (
	echoEvery = 32
	echoLeast = 1024    // stretches that came before: some 32 KiB
	echoMost  = 1 << 16 // stretches that are known
)

// add reads on, and says whether for long nothing new has come.
func (e *echo) add(text string) bool {
	if e.before == nil {
		e.before = map[uint64]struct{}{}
	}
	for i := range len(text) {
		// Each byte moves out of the hash after 64 others: a shift for each is all that it takes.
		e.hash = e.hash<<1 + scatter[text[i]]
		if e.n++; e.n < 64 || e.hash>>59 != 0 {
			continue
		}
		if _, came := e.before[e.hash]; came {
			e.again++
			continue
		}
		if e.again = max(0, e.again-2); len(e.before) < echoMost {
			e.before[e.hash] = struct{}{}
		}
	}
	return e.again >= echoLeast
}

// scatter is a number for each byte, of which all bits look drawn by chance (splitmix64, S. Vigna 2015).
var scatter = func() (out [256]uint64) {
	for i := range out {
		z := uint64(i+1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		out[i] = z ^ z>>31
	}
	return out
}()
