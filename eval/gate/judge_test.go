package gate

import (
	"fmt"
	"testing"

	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/stat"
)

// scored is a version that got these scores on as many graded items.
func scored(n int, score func(i int) float64) *result {
	var all []record.Answered
	for i := range n {
		s := score(i)
		all = append(all, record.Answered{Item: item.Item{ID: fmt.Sprint(i), Scorer: item.Reference}, Outcome: item.Outcome{Score: s, Right: s >= item.RightFrom}})
	}
	return resultOf("run", all)
}

func judgedOn(part Part, subject, against *result) PartReport {
	j := &judging{Policy: Policy{}.withDefaults(), part: part, subject: subject, against: against}
	return j.judge()
}

// Graded answers are judged by their average score, and a handful of them is too few.
func TestGraded(t *testing.T) {
	t.Parallel()
	part := Part{Name: Own, Margin: 0.05, MaxBroken: 0.05}
	before := func(i int) float64 { return 0.6 + float64(i%5)/20 }
	for _, c := range []struct {
		n    int
		less func(i int) float64
		want stat.Verdict
	}{
		{200, func(i int) float64 { return float64(i%3-1) / 50 }, stat.Pass},
		{200, func(int) float64 { return 0.12 }, stat.Fail},
		{4, func(int) float64 { return 0 }, stat.TooFew},
		{15, func(i int) float64 { return float64(i%3-1) / 6 }, stat.TooFew},
		{30, func(i int) float64 { return float64(i%3-1) / 4 }, stat.Fail}, // on average as good, and a fifth is no longer right
	} {
		p := judgedOn(part, scored(c.n, func(i int) float64 { return before(i) - c.less(i) }), scored(c.n, before))
		if p.Verdict != c.want || (p.Needs > 0) != (c.want == stat.TooFew) {
			t.Errorf("%d items: %s, needs %d: %v", c.n, p.Verdict, p.Needs, p.Why)
		}
	}
}

// Without anything to compare with the floor alone decides, and without a floor nothing is shown.
func TestNothingToCompareWith(t *testing.T) {
	t.Parallel()
	good := scored(50, func(int) float64 { return 1 })
	for floor, want := range map[float64]stat.Verdict{0: stat.TooFew, 0.9: stat.Pass} {
		if p := judgedOn(Part{Margin: 0.05, Floor: floor, MaxBroken: 0.05}, good, nil); p.Verdict != want {
			t.Errorf("floor %g: %s %v", floor, p.Verdict, p.Why)
		}
	}
	if p := judgedOn(Part{Margin: 0.05, Floor: 0.9, MaxBroken: 0.05}, scored(0, nil), nil); p.Verdict != stat.TooFew {
		t.Errorf("of nothing: %s", p.Verdict)
	}
}

func TestOverall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts []stat.Verdict
		want  stat.Verdict
	}{
		{[]stat.Verdict{stat.Pass, LeftOut}, stat.Pass}, {[]stat.Verdict{stat.Pass, stat.TooFew}, stat.TooFew}, {[]stat.Verdict{stat.TooFew, stat.Fail}, stat.Fail},
		{[]stat.Verdict{LeftOut}, stat.TooFew}, {nil, stat.TooFew},
	} {
		var parts []PartReport
		for _, v := range c.parts {
			parts = append(parts, PartReport{Verdict: v})
		}
		if got := overall(parts); got != c.want {
			t.Errorf("%v: %s", c.parts, got)
		}
	}
}

func TestPolicyIsChecked(t *testing.T) {
	t.Parallel()
	if err := BuiltIn().Check(); err != nil {
		t.Error(err)
	}
	part := Part{Name: "x", Margin: 0.1}
	for _, p := range []Policy{{}, {Name: "a"}, {Name: "a b", Parts: []Part{part}}, {Name: "a", Parts: []Part{part, part}}, {Name: "a", Parts: []Part{{Name: "x"}}},
		{Name: "a", Parts: []Part{{Name: "x", Margin: 0.6}}}, {Name: "a", Alpha: 0.7, Parts: []Part{part}}, {Name: "a", Parts: []Part{{Name: "x", Margin: 0.1, Floor: 2}}}, {Name: "a", Parts: []Part{{Name: "x", Margin: 0.1, Items: -1}}}} {
		if p.Check() == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}
