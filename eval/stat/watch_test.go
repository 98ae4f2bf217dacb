package stat_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"wenyuan/eval/stat"
)

// release asks two versions beside one another until the new one has given so many answers, looks
// after every answer, and says after how many of the new one there was an alarm; 0 for none.
func release(seed uint64, alpha, is, was, share float64, answers int) int {
	r, w := rand.New(rand.NewPCG(seed, 77)), stat.NewWatch(alpha, 0)
	for w.New.Of < answers {
		isNew := r.Float64() < share
		good := r.Float64() < was
		if isNew {
			good = r.Float64() < is
		}
		if w.Add(isNew, good) {
			return w.New.Of
		}
	}
	return 0
}

// Twenty releases of a version that is just as good, each looked at after each of 5,000 answers and
// more, raise one false alarm at most; that is so for whole series of twenty.
func TestEqualVersionsAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ right, share float64 }{{0.9, 0.05}, {0.7, 0.25}, {0.97, 0.5}} {
		for series := range uint64(5) {
			alarms := 0
			for i := range uint64(20) {
				if release(1000*series+i, 0, c.right, c.right, c.share, 1500) > 0 {
					alarms++
				}
			}
			if alarms > 1 {
				t.Errorf("%+v, series %d: %d false alarms", c, series, alarms)
			}
		}
	}
}

// A drop of five points is found within 1,000 answers of the new version in nine of ten releases, also where
// both are asked as often, with the alpha that a release has for it.
func TestDropIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		was, share float64
		want       int
	}{{0.9, 0.05, 180}, {0.9, 0.25, 180}, {0.9, 0.5, 180}, {0.95, 0.05, 180}, {0.95, 0.25, 180}, {0.95, 0.5, 180}} {
		found, answers := 0, 0
		for i := range uint64(200) {
			if n := release(i, 0.045, c.was-0.05, c.was, c.share, 1000); n > 0 {
				found++
				answers += n
			}
		}
		t.Logf("%+v: %d of 200, after %d answers on average", c, found, answers/max(1, found))
		if found < c.want {
			t.Errorf("%+v: found in %d of 200", c, found)
		}
	}
}

// What people ask may become harder from day to day, while more and more of them are given the new version:
// equal versions are left alone, although all answers of either, taken together, differ by five points.
func TestTrafficMayChange(t *testing.T) {
	t.Parallel()
	alarms, apart := 0, 0.0
	for seed := range uint64(100) {
		r, w := rand.New(rand.NewPCG(seed, 9)), stat.NewWatch(0.045, 0)
		for i := range 6000 {
			done := float64(i) / 6000
			w.Add(r.Float64() < 0.05+0.45*done, r.Float64() < 0.95-0.2*done)
		}
		apart += (w.Old.Share() - w.New.Share()) / 100
		if w.Alarm() {
			alarms++
		}
	}
	if alarms > 8 || apart < 0.03 {
		t.Errorf("%d false alarms of 100, where the shares are %.3f apart", alarms, apart)
	}
}

// What is kept of a watch and read back goes on as it was.
func TestWatchIsKept(t *testing.T) {
	t.Parallel()
	r, a, b := rand.New(rand.NewPCG(8, 9)), stat.NewWatch(0, 0), stat.NewWatch(0, 0)
	for i := range 500 {
		isNew, good := r.Float64() < 0.3, r.Float64() < 0.8
		a.Add(isNew, good)
		if i%7 == 0 {
			kept, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			b = new(stat.Watch)
			if err := json.Unmarshal(kept, b); err != nil {
				t.Fatal(err)
			}
		}
		b.Add(isNew, good)
	}
	if *a != *b {
		t.Errorf("%+v and %+v", a, b)
	}
}

// The range that is shown holds the true difference at all times at once in 19 of 20 releases.
func TestBetweenHoldsAtAllTimes(t *testing.T) {
	t.Parallel()
	holds := 0
	for seed := range uint64(100) {
		r, w, good := rand.New(rand.NewPCG(seed, 5)), stat.NewWatch(0, 0), true
		for i := range 2000 {
			isNew := i%2 == 0
			p := 0.9
			if isNew {
				p = 0.87
			}
			w.Add(isNew, r.Float64() < p)
			if i > 200 && i%20 == 0 {
				good = good && w.Between(0.95).Contains(-0.03)
			}
		}
		if good {
			holds++
		}
	}
	if holds < 93 {
		t.Errorf("in %d of 100", holds)
	}
}
