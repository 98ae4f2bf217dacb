package retrieve

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wenyuan"
	"wenyuan/retrieve/question"
)

func made(id, text string, relevance, score float64) candidate {
	return candidate{passage: wenyuan.Passage{ID: id, Source: id + ".md", Text: text}, relevance: relevance, score: score}
}

// inOther is a candidate in another language than the question.
func inOther(c candidate) candidate {
	c.features.Foreign = 1
	return c
}

func ids(ps []wenyuan.Passage) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.ID)
	}
	return strings.Join(out, " ")
}

func TestFilterStages(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("every tenant has a quota and a name of its own ", 20)
	other := strings.Repeat("备份在夜里进行并且保留三十天 ", 20)
	tests := []struct {
		name    string
		filters Filters
		in      []candidate
		kept    string
		dropped map[string]string // code by id
	}{
		{"below the floor", Filters{}, []candidate{made("a", "one", 0.9, 1), made("b", "two", 0.3, 0.9)}, "a", map[string]string{"b": BelowFloor}},
		{"far beside the best", Filters{}, []candidate{made("a", "one", 1, 1), made("b", "two", 0.5, 0.9)}, "a", map[string]string{"b": BesideBetter}},
		{"another language as near", Filters{}, []candidate{made("a", "one", 0.7, 1), inOther(made("b", "two", 0.7, 0.9))}, "a", map[string]string{"b": OtherLanguage}},
		{"only another language", Filters{}, []candidate{inOther(made("b", "two", 0.7, 0.9)), made("a", "one", 0.2, 0.5)}, "b", map[string]string{"a": BelowFloor}},
		{"no floor", Filters{Floor: -1, Beside: -1}, []candidate{made("a", "one", 0, 1), made("b", "two", 0, 0.9)}, "a b", nil},
		{"nothing is enough", Filters{}, []candidate{made("a", "one", 0.1, 1)}, "", map[string]string{"a": BelowFloor}},
		{"the same text twice", Filters{}, []candidate{made("a", long, 1, 1), made("b", long+"today", 1, 0.9)}, "a", map[string]string{"b": NearDuplicate}},
		{"other texts", Filters{}, []candidate{made("a", long, 1, 1), made("b", other, 1, 0.9)}, "a b", nil},
		{"no more than wanted", Filters{Keep: 1}, []candidate{made("a", long, 1, 1), made("b", other, 1, 0.9)}, "a", map[string]string{"b": LessNew}},
		{"what is new is preferred", Filters{Keep: 2, Duplicate: -1}, []candidate{made("a", long, 1, 1), made("b", long+"x y z", 1, 0.99), made("c", other, 1, 0.8)}, "a c", map[string]string{"b": LessNew}},
		{"the budget", Filters{Tokens: 300}, []candidate{made("a", long, 1, 1), made("b", other, 1, 0.9), made("c", "short", 1, 0.8)}, "a c", map[string]string{"b": OverBudget}},
		{"the best always fits", Filters{Tokens: 1}, []candidate{made("a", long, 1, 1)}, "a", nil},
		{"nothing found", Filters{}, nil, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.filters.filter(question.Parse("", nil), tt.in, 0)
			if ids(got.Kept) != tt.kept {
				t.Errorf("kept %q, want %q", ids(got.Kept), tt.kept)
			}
			if len(got.Dropped) != len(tt.dropped) {
				t.Errorf("dropped %v", got.Dropped)
			}
			for _, d := range got.Dropped {
				if tt.dropped[d.Passage.ID] != d.Code || d.Why == "" {
					t.Errorf("%s was dropped as %s (%s), want %s", d.Passage.ID, d.Code, d.Why, tt.dropped[d.Passage.ID])
				}
			}
		})
	}
}

func TestFilterLosesNothing(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"quota ", "tenant ", "备份", "保留", "a ", "\n", "x1 "})
	rapid.Check(t, func(t *rapid.T) {
		var in []candidate
		for i := range rapid.IntRange(0, 20).Draw(t, "candidates") {
			text := strings.Join(rapid.SliceOfN(word, 0, 40).Draw(t, "text"), "")
			in = append(in, made(fmt.Sprint(i), text, rapid.Float64Range(0, 1).Draw(t, "relevance"), rapid.Float64Range(0, 2).Draw(t, "score")))
		}
		slices.SortStableFunc(in, func(a, b candidate) int { return int((b.score - a.score) * 1000) })
		f := Filters{Keep: rapid.IntRange(1, 10).Draw(t, "keep"), Tokens: rapid.IntRange(1, 200).Draw(t, "tokens")}
		got := f.filter(question.Parse("", nil), in, 0)
		if len(got.Kept)+len(got.Dropped) != len(in) || len(got.Kept) > f.Keep {
			t.Fatalf("%d kept and %d dropped of %d, at most %d wanted", len(got.Kept), len(got.Dropped), len(in), f.Keep)
		}
		if (got.Nearest >= got.Floor) != (len(got.Kept) > 0) && len(in) > 0 {
			t.Fatalf("nearest %.2f, floor %.2f, kept %d", got.Nearest, got.Floor, len(got.Kept))
		}
	})
}

func TestSketchEstimatesResemblance(t *testing.T) {
	t.Parallel()
	items := func(from, to int) (out []string) {
		for i := from; i < to; i++ {
			out = append(out, fmt.Sprint("term", i))
		}
		return out
	}
	for _, tt := range []struct {
		a, b []string
		want float64
	}{
		{items(0, 3000), items(0, 3000), 1}, {items(0, 3000), items(1000, 4000), 0.5},
		{items(0, 100), items(50, 100), 0.5}, {items(0, 9), items(9, 20), 0}, {nil, nil, 0}, {items(0, 5), nil, 0},
	} {
		if got := newSketch(tt.a).resemblance(newSketch(tt.b)); got < tt.want-0.1 || got > tt.want+0.1 {
			t.Errorf("%d and %d items resemble by %.2f, want %.2f", len(tt.a), len(tt.b), got, tt.want)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	var in []candidate
	for i := range candidates {
		text := strings.Repeat(fmt.Sprintf("tenant %d has quota %d 租户的配额保留三十天 ", i, i%7), 15)
		in = append(in, made(fmt.Sprint(i), text, 1-float64(i)/100, 2-float64(i)/50))
	}
	for b.Loop() {
		Filters{}.filter(question.Parse("", nil), in, 0)
	}
}
