package release

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"wenyuan/trace"
	"wenyuan/version"
)

// A world is how two versions answer.
type world struct {
	carried, refused, liked, failed [2]float64 // of the old version and of the new
	slower                          float64    // the new one's times beside the old one's
}

// equal is a world in which the new version is just as good.
func equal() world {
	return world{carried: [2]float64{.9, .9}, refused: [2]float64{.05, .05}, liked: [2]float64{.8, .8}, failed: [2]float64{.01, .01}, slower: 1}
}

// released carries a release out: as many answers of the new version at each step, looked at after each
// handful of them. It says after how many answers of the new version there was an alarm, and of what;
// 0 for none.
func (w world) released(seed uint64, steps []int, answers int) (after int, name string) {
	r := rand.New(rand.NewPCG(seed, 7))
	terms, _ := Terms{}.normal()
	s := newSignals(terms, 0)
	given := 0
	for _, step := range steps {
		for n := 0; n < answers; {
			var t tally
			t.New.Times, t.Old.Times = map[int]int64{}, map[int]int64{}
			for range 20 + r.IntN(40) { // what came between two looks
				isNew, at := r.IntN(version.Whole) < step, 0
				if isNew {
					n, given, at = n+1, given+1, 1
				}
				w.one(r, &s, &t, at)
			}
			s.take(t)
			if name, ok := s.alarm(); ok {
				return given, name
			}
		}
	}
	return 0, ""
}

// one has a version answer once.
func (w world) one(r *rand.Rand, s *signals, t *tally, at int) {
	o, arm, isNew := trace.Outcome{Claims: 3, Carried: 3, Refused: r.Float64() < w.refused[at]}, &t.Old, at == 1
	took := math.Exp(r.NormFloat64()*.6) * float64(300*time.Millisecond)
	if isNew {
		arm, took = &t.New, took*w.slower
	}
	if r.Float64() >= w.carried[at] {
		o.Carried--
	}
	arm.Requests++
	if r.Float64() < w.failed[at] {
		arm.Failed++
		return
	}
	arm.Times[version.TimesPlace(time.Duration(took))]++
	s.answer(isNew, o)
	if r.Float64() < .1 {
		s.one(Liked, isNew, r.Float64() < w.liked[at])
	}
}

// TestEqualVersions: twenty releases of versions that are just as good, with all signals looked at every
// few answers, raise one false alarm at most.
func TestEqualVersions(t *testing.T) {
	t.Parallel()
	slow := equal()
	slow.slower = 1.25 // which an adapter may cost
	for name, w := range map[string]world{"equal": equal(), "a little slower": slow} {
		alarms := 0
		for seed := range uint64(20) {
			if after, by := w.released(seed, []int{500, 2500}, 500); after > 0 {
				t.Logf("%s: a false alarm of %s after %d answers", name, by, after)
				alarms++
			}
		}
		if alarms > 1 {
			t.Errorf("%s: %d false alarms of 20", name, alarms)
		}
	}
}

// TestDropsAreSeen: what is worse is taken back within a thousand answers, nine times of ten.
func TestDropsAreSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*world)
		steps   []int
		want    string
		atLeast int // of 40
	}{
		"five points less carried":              {func(w *world) { w.carried[1] = .85 }, []int{100, 500, 2500}, Supported, 36},
		"the same of nineteen in twenty":        {func(w *world) { w.carried = [2]float64{.95, .9} }, []int{5000}, Supported, 36},
		"the same, both asked as often, at .90": {func(w *world) { w.carried[1] = .85 }, []int{5000}, Supported, 36},
		"ten points more refused":               {func(w *world) { w.refused[1] = .15 }, []int{500}, Answered, 36},
		"three of a hundred more fail":          {func(w *world) { w.failed[1] = .05 }, []int{500}, Worked, 36},
		"twice as slow":                         {func(w *world) { w.slower = 2.2 }, []int{500}, "", 36},
	} {
		w := equal()
		c.change(&w)
		found, answers, by := 0, 0, map[string]int{}
		for seed := range uint64(40) {
			if after, of := w.released(seed, c.steps, 1000/len(c.steps)); after > 0 {
				found++
				answers += after
				by[of]++
			}
		}
		t.Logf("%s: %d of 40, after %d answers on average, by %v", name, found, answers/max(found, 1), by)
		if found < c.atLeast || c.want != "" && by[c.want]*2 < found {
			t.Errorf("%s: found %d times of 40, by %v", name, found, by)
		}
	}
}

// TestSignalsAreKept: what is watched goes on as it was after it was kept and read back.
func TestSignalsAreKept(t *testing.T) {
	t.Parallel()
	terms, err := Terms{}.normal()
	if err != nil {
		t.Fatal(err)
	}
	a, b, r := newSignals(terms, 5), newSignals(terms, 5), rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		var x tally
		x.New.Times, x.Old.Times = map[int]int64{}, map[int]int64{}
		equal().one(r, &a, &x, i%2)
		kept, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		b = signals{}
		if err := json.Unmarshal(kept, &b); err != nil {
			t.Fatal(err)
		}
		a.take(x)
		b.take(x)
		one, _ := json.Marshal(a)
		two, _ := json.Marshal(b)
		if string(one) != string(two) {
			t.Fatalf("%s\n%s", one, two)
		}
	}
	for _, s := range a.shown() {
		if s.New.Of+s.Old.Of > 0 && (s.Evidence < 0 || s.Evidence > 1 || s.Bound < 0 || s.Bound > s.Old.Share()+.01) {
			t.Errorf("%+v", s)
		}
	}
}

// TestSince: what a server counted is told once, also where it forgot a version in between.
func TestSince(t *testing.T) {
	t.Parallel()
	var first, second version.Count
	first.Requests, first.Errors, first.Times[3] = 5, 1, 4
	second.Requests, second.Errors, second.Times[3], second.Times[4] = 9, 1, 6, 2
	if a := since(first, second); a.Requests != 4 || a.Failed != 0 || a.Times[3] != 2 || a.Times[4] != 2 || a.within(3) != (Count{Good: 2, Of: 4}) || a.worked() != (Count{Good: 4, Of: 4}) {
		t.Errorf("%+v", a)
	}
	if a := since(second, first); a.Requests != 5 || a.Failed != 1 || a.Times[3] != 4 {
		t.Errorf("begun anew: %+v", a)
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	if terms, err := (Terms{}).normal(); err != nil || len(terms.Steps) != 4 || terms.Alpha != DefaultAlpha || terms.LeastTime != DefaultTime.Milliseconds() {
		t.Errorf("%+v, %v", terms, err)
	}
	for _, bad := range []Terms{{Steps: []int{5000}}, {Steps: []int{0, 10000}}, {Steps: []int{500, 500, 10000}}, {LeastAnswers: -1}, {LeastTime: -1}, {Alpha: .6}, {Alpha: math.NaN()}, {Drop: -1}} {
		if _, err := bad.normal(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
