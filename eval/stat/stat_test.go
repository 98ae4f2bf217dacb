package stat_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"wenyuan/eval/stat"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s is %.5f, want %.5f", what, got, want)
	}
}

func TestWilson(t *testing.T) {
	t.Parallel()
	i := stat.Wilson(1, 10, 0.95)
	near(t, "low", i.Low, 0.01788, 1e-4)
	near(t, "high", i.High, 0.40415, 1e-4)
	// Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81 of 263.
	i = stat.Wilson(81, 263, 0.95)
	near(t, "low", i.Low, 0.2553, 1e-4)
	near(t, "high", i.High, 0.3662, 1e-4)
	if all, none := stat.Wilson(7, 7, 0.95), stat.Wilson(0, 7, 0.95); all.High != 1 || none.Low != 0 {
		t.Errorf("%+v, %+v", all, none)
	}
	if none := stat.Wilson(0, 0, 0.95); none != (stat.Interval{Low: 0, High: 1}) {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestMcNemar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first, second int
		want          float64
	}{{1, 9, 0.021484375}, {0, 0, 1}, {5, 5, 1}, {0, 6, 0.03125}, {9, 1, 0.021484375}} {
		near(t, "p", stat.McNemar(stat.Pairs{Both: 100, First: c.first, Second: c.second}), c.want, 1e-9)
	}
	if p := stat.McNemar(stat.Pairs{First: 40_000, Second: 60_000}); p > 1e-300 || math.IsNaN(p) {
		t.Errorf("of many items: %g", p)
	}
}

func TestHolm(t *testing.T) {
	t.Parallel()
	got := stat.Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		near(t, "adjusted", got[i], want, 1e-12)
	}
	if len(stat.Holm(nil)) != 0 {
		t.Error("of nothing is something")
	}
}

// draw makes pairs: right is the share of the second, d the difference, discordant how often they differ.
func draw(r *rand.Rand, n int, right, d, discordant float64) (p stat.Pairs) {
	first, second := (discordant+d)/2, (discordant-d)/2
	for range n {
		switch u := r.Float64(); {
		case u < first:
			p.First++
		case u < first+second:
			p.Second++
		case u < right+first:
			p.Both++
		default:
			p.Neither++
		}
	}
	return p
}

// The interval holds the true difference about as often as it says.
func TestNewcombeCovers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		n                    int
		right, d, discordant float64
	}{{40, 0.7, 0, 0.2}, {200, 0.9, -0.05, 0.1}, {200, 0.5, 0.1, 0.3}, {1000, 0.95, -0.01, 0.03}} {
		holds := 0
		for range 1000 {
			if stat.Newcombe(draw(r, c.n, c.right, c.d, c.discordant), 0.95).Contains(c.d) {
				holds++
			}
		}
		if holds < 925 {
			t.Errorf("%+v: %d of 1000 intervals hold it", c, holds)
		}
	}
}

func TestNewcombeTurnsRound(t *testing.T) {
	t.Parallel()
	p := stat.Pairs{Both: 36, First: 12, Second: 2}
	a, b := stat.Newcombe(p, 0.95), stat.Newcombe(stat.Pairs{Both: 36, First: 2, Second: 12}, 0.95)
	near(t, "low", a.Low, -b.High, 1e-12)
	near(t, "high", a.High, -b.Low, 1e-12)
	if !a.Contains(p.Difference()) || a.Low < 0 || a.High > 0.4 {
		t.Errorf("%+v", a)
	}
	if none := stat.Newcombe(stat.Pairs{}, 0.95); none != (stat.Interval{Low: -1, High: 1}) {
		t.Errorf("of nothing: %+v", none)
	}
}

// One that is worse by exactly the margin passes in about one of twenty cases, one that is as good
// in about the planned share, and one that is far worse never.
func TestJudgeKeepsItsPromises(t *testing.T) {
	t.Parallel()
	r, rule := rand.New(rand.NewPCG(3, 4)), stat.Rule{Margin: 0.05}
	n := stat.Needed(0.1, 0, rule)
	if n < 240 || n > 255 {
		t.Errorf("5 points at 10 %% that differ take %d items", n)
	}
	if few := stat.Needed(0.1, 0, stat.Rule{Margin: 0.02}); few < 1530 || few > 1560 {
		t.Errorf("2 points take %d items", few)
	}
	passes := func(d float64) (k int) {
		for range 2000 {
			if stat.Judge(draw(r, n, 0.8, d, 0.1), rule).Verdict == stat.Pass {
				k++
			}
		}
		return k
	}
	if k := passes(-0.05); k > 140 {
		t.Errorf("worse by the margin: %d of 2000 pass", k)
	}
	if k := passes(0); k < 1500 {
		t.Errorf("as good: %d of 2000 pass", k)
	}
	if k := passes(-0.1); k > 2 {
		t.Errorf("far worse: %d of 2000 pass", k)
	}
}

func TestJudgeSaysTooFew(t *testing.T) {
	t.Parallel()
	rule := stat.Rule{Margin: 0.05}
	for _, c := range []struct {
		p    stat.Pairs
		want stat.Verdict
	}{
		{stat.Pairs{}, stat.TooFew},
		{stat.Pairs{Both: 20}, stat.TooFew},
		{stat.Pairs{Both: 95, First: 3, Second: 4, Neither: 3}, stat.TooFew},
		{stat.Pairs{Both: 900, First: 30, Second: 30, Neither: 40}, stat.Pass},
		{stat.Pairs{Second: 90, Neither: 10}, stat.Fail}, // all that the other knew is gone
		{stat.Pairs{Both: 20, Second: 10}, stat.Fail},    // few, and clear
		{stat.Pairs{Both: 900, First: 30, Second: 70}, stat.Fail},
	} {
		f := stat.Judge(c.p, rule)
		if f.Verdict != c.want || (f.Needs > 0) != (c.want == stat.TooFew) {
			t.Errorf("%+v: %+v, want %s", c.p, f, c.want)
		}
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	r, holds := rand.New(rand.NewPCG(5, 6)), 0
	for k := range 200 {
		x := make([]float64, 80)
		for i := range x {
			x[i] = r.ExpFloat64() - 1 // skewed, with the mean 0
		}
		if stat.Bootstrap(x, 0.95, 500, uint64(k)).Contains(0) {
			holds++
		}
	}
	if holds < 178 {
		t.Errorf("%d of 200 intervals hold the mean", holds)
	}
	x := []float64{0, 1, -1, 0, 0.5, 0.25, 0, 1}
	if a, b := stat.Bootstrap(x, 0.9, 0, 7), stat.Bootstrap(x, 0.9, 0, 7); a != b {
		t.Errorf("equal seeds: %+v and %+v", a, b)
	}
	if same := stat.Bootstrap([]float64{0, 0, 0}, 0.9, 0, 7); same != (stat.Interval{}) {
		t.Errorf("of equal ones: %+v", same)
	}
	if none := stat.Bootstrap([]float64{1}, 0.9, 0, 7); !math.IsInf(none.Low, -1) || !math.IsInf(none.High, 1) {
		t.Errorf("of one: %+v", none)
	}
}
