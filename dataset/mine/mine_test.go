package mine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSignals: each sign makes the pair that it should.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []Answer
		want    []string // chosen > rejected (from)
		left    map[string]int
	}{
		{"corrected", []Answer{{ID: "1", Question: "q", Text: "It holds four.", Corrected: "It holds five."}}, []string{"It holds five. > It holds four. (correction)"}, nil},
		{"liked and disliked", []Answer{{ID: "1", Question: "q", Text: "good one", Vote: 1}, {ID: "2", Question: "q", Text: "poor reply", Vote: -1}}, []string{"good one > poor reply (votes)"}, nil},
		{"asked for again and kept", []Answer{{ID: "1", Question: "q", Text: "first try"}, {ID: "2", Question: "q", Text: "another one", Again: "1"}}, []string{"another one > first try (again)"}, nil},
		{"asked for again twice", []Answer{{ID: "1", Question: "q", Text: "first try"}, {ID: "2", Question: "q", Text: "another one", Again: "1"}, {ID: "3", Question: "q", Text: "the third", Again: "2"}},
			[]string{"the third > another one (again)"}, nil},
		{"asked for again, and worse", []Answer{{ID: "1", Question: "q", Text: "first try", Vote: 1}, {ID: "2", Question: "q", Text: "another one", Again: "1"}}, nil, map[string]int{WrongOrder: 1}},
		{"sources support one", []Answer{{ID: "1", Question: "q", Text: "well founded", Supported: 4}, {ID: "2", Question: "q", Text: "made up", Unsupported: 2, Contradicted: 1}}, []string{"well founded > made up (checks)"}, nil},
		{"arms", []Answer{{ID: "1", Question: "q", Text: "well founded", Supported: 4, Arm: "a"}, {ID: "2", Question: "q", Text: "made up", Unsupported: 4, Arm: "b"}}, []string{"well founded > made up (arms)"}, nil},
		{"nothing between them", []Answer{{ID: "1", Question: "q", Text: "one"}, {ID: "2", Question: "q", Text: "two"}}, nil, nil},
		{"the same text", []Answer{{ID: "1", Question: "q", Text: "The same.", Vote: 1}, {ID: "2", Question: "q", Text: "the same", Vote: -1}}, nil, map[string]int{SameText: 1}},
		{"said twice", []Answer{{ID: "1", Question: "q", Text: "bad", Corrected: "better", Person: "a"}, {ID: "2", Question: "q", Text: "bad", Corrected: "better", Person: "b"}},
			[]string{"better > bad (correction)"}, map[string]int{Twice: 1}},
		{"opposed", []Answer{{ID: "1", Question: "q", Text: "this", Corrected: "that", Person: "a"}, {ID: "2", Question: "q", Text: "that", Corrected: "this", Person: "b"}}, nil, map[string]int{Opposed: 2}},
		{"empty", []Answer{{ID: "1", Question: "q", Corrected: "better"}}, nil, map[string]int{NothingSaid: 1}},
	} {
		m := Mine(c.answers, Options{})
		var got []string
		for _, p := range m.Pairs {
			got = append(got, fmt.Sprintf("%s > %s (%s)", p.Chosen, p.Rejected, p.From))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if len(c.left)+len(m.Report.Left) > 0 {
			if d := cmp.Diff(c.left, m.Report.Left); d != "" {
				t.Errorf("%s: %s", c.name, d)
			}
		}
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	m := Mine([]Answer{{ID: "liked", Question: "1", Text: "x", Vote: 1}, {ID: "plain", Question: "2", Text: "x"}, {ID: "disliked", Question: "3", Text: "x", Vote: -1}, {ID: "liked but wrong", Question: "4", Text: "x", Vote: 1, Contradicted: 1, Unsupported: 3}}, Options{})
	v := map[string]Score{}
	for _, s := range m.Scores {
		v[s.ID] = s
	}
	if v["plain"].Value != 0.5 || v["plain"].Weight != 0 || v["liked"].Value <= v["liked but wrong"].Value || v["disliked"].Value >= 0.5 || math.Abs(v["liked"].Value+v["disliked"].Value-1) > 1e-12 {
		t.Errorf("%+v", v)
	}
}

// talk makes answers of which each pair of one question has one liked and one disliked.
func talk(rng *rand.Rand, n int, person func(i int) string, longer func() bool) []Answer {
	var all []Answer
	for i := range n {
		long, short := strings.Repeat(fmt.Sprint("word", rng.IntN(1000), " "), 30), fmt.Sprint("short ", rng.IntN(1000))
		if !longer() {
			long, short = short, long
		}
		q := fmt.Sprint("q", i)
		all = append(all, Answer{ID: q + "a", Question: q, Text: long, Vote: 1, Person: person(i)}, Answer{ID: q + "b", Question: q, Text: short, Vote: -1, Person: person(i)})
	}
	return all
}

// TestBusyPeople: whoever judges half of all has no more than a share of the weight.
func TestBusyPeople(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	m := Mine(talk(rng, 1000, func(i int) string {
		if i%2 == 0 {
			return "busy"
		}
		return fmt.Sprint("p", i%97)
	}, func() bool { return rng.IntN(2) == 0 }), Options{})
	of, total := map[string]float64{}, 0.0
	for _, p := range m.Pairs {
		if p.Aside == Busy {
			continue
		}
		of[p.People[0]] += p.Weight
		total += p.Weight
	}
	if len(m.Pairs) != 1000 || m.Report.Busiest < 0.45 || m.Report.Capped != 1 || of["busy"]/total > 0.06 {
		t.Errorf("busy has %.3f of the weight after %.3f, %d capped, %d pairs", of["busy"]/total, m.Report.Busiest, m.Report.Capped, len(m.Pairs))
	}
}

// TestLength: where four of five chosen answers are the longer ones, weights even it out.
func TestLength(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 1))
	m := Mine(talk(rng, 2000, func(i int) string { return fmt.Sprint("p", i) }, func() bool { return rng.IntN(5) > 0 }), Options{})
	r := m.Report
	if r.Ratio < 3 || r.After > 1.5 || r.After < 0.8 || r.Length < 0.5 || r.Still > 0.1 || r.Still < -0.1 {
		t.Errorf("ratio %.2f before, %.2f after; correlation %.2f before, %.2f after", r.Ratio, r.After, r.Length, r.Still)
	}
	aside := 0
	for _, p := range m.Pairs {
		if p.Aside == Length {
			aside++
		}
	}
	if aside < 800 || aside > 1400 {
		t.Errorf("%d of %d are set aside", aside, len(m.Pairs))
	}
}

func TestEqualInputGivesEqualOutput(t *testing.T) {
	t.Parallel()
	all := talk(rand.New(rand.NewPCG(3, 1)), 300, func(i int) string { return fmt.Sprint("p", i%7) }, func() bool { return true })
	if d := cmp.Diff(Mine(all, Options{}), Mine(all, Options{})); d != "" {
		t.Error(d)
	}
	if got := Mine(nil, Options{}); len(got.Pairs) != 0 || got.Report.Ratio != 1 {
		t.Errorf("%+v", got)
	}
}

func BenchmarkMine(b *testing.B) {
	all := talk(rand.New(rand.NewPCG(4, 1)), 10000, func(i int) string { return fmt.Sprint("p", i%500) }, func() bool { return true })
	for b.Loop() {
		Mine(all, Options{})
	}
}
