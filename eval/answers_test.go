package eval_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/eval"
)

func loadAnswers(t *testing.T) []eval.Case {
	t.Helper()
	cases, err := eval.LoadCases(filepath.Join("testdata", "answers.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// everything says all it is given, and never refuses.
func everything(_ context.Context, _ string, passages []wenyuan.Passage) (wenyuan.Answer, error) {
	var said []string
	for _, p := range passages {
		said = append(said, p.Text)
	}
	return wenyuan.Answer{Answer: strings.Join(said, "\n")}, nil
}

func nothing(context.Context, string, []wenyuan.Passage) (wenyuan.Answer, error) {
	return wenyuan.Answer{Answer: "The documents do not hold an answer to this.", Refused: true}, nil
}

// figures are the groups as task/lang/noise: right, refused, fooled of n.
func figures(r eval.AnswersReport) map[string][4]int {
	out := map[string][4]int{}
	for _, g := range r.Groups {
		noise := map[float64]string{0: "0", 0.6: "0.6", 1: "1"}[g.Noise]
		out[g.Task+"/"+g.Lang+"/"+noise] = [4]int{g.Right, g.Refused, g.Fooled, g.N}
	}
	return out
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	o := eval.AnswersOptions{Noise: []float64{0, 0.6}, Passages: 3}
	for name, tt := range map[string]struct {
		subject    eval.Subject
		want       map[string][4]int
		right, bad eval.Share
	}{
		"says all": {everything, map[string][4]int{
			"counterfactual/en/0": {0, 0, 1, 1}, "counterfactual/en/0.6": {0, 0, 1, 1},
			"information_integration/zh/0": {1, 0, 0, 1}, "information_integration/zh/0.6": {0, 0, 0, 1},
			"negative_rejection/en/1": {0, 0, 0, 2}, "negative_rejection/zh/1": {0, 0, 0, 3},
			"noise_robustness/en/0": {2, 0, 0, 2}, "noise_robustness/en/0.6": {2, 0, 0, 2},
			"noise_robustness/zh/0": {1, 0, 0, 1}, "noise_robustness/zh/0.6": {1, 0, 0, 1},
		}, eval.Share{Of: 5}, eval.Share{Of: 8}},
		"refuses all": {nothing, map[string][4]int{
			"counterfactual/en/0": {0, 1, 0, 1}, "counterfactual/en/0.6": {0, 1, 0, 1},
			"information_integration/zh/0": {0, 1, 0, 1}, "information_integration/zh/0.6": {0, 1, 0, 1},
			"negative_rejection/en/1": {2, 2, 0, 2}, "negative_rejection/zh/1": {3, 3, 0, 3},
			"noise_robustness/en/0": {0, 2, 0, 2}, "noise_robustness/en/0.6": {0, 2, 0, 2},
			"noise_robustness/zh/0": {0, 1, 0, 1}, "noise_robustness/zh/0.6": {0, 1, 0, 1},
		}, eval.Share{Count: 5, Of: 5, Share: 1}, eval.Share{Count: 8, Of: 8, Share: 1}},
	} {
		r, err := eval.Answers(t.Context(), name, loadAnswers(t), tt.subject, o)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt.want, figures(r)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if r.RightRefusals != tt.right || r.WrongRefusals != tt.bad || r.LeftOut != 1 {
			t.Errorf("%s: right %v, wrong %v, %d left out", name, r.RightRefusals, r.WrongRefusals, r.LeftOut)
		}
	}
}

func TestAnswersChoosesEquallyForOneSeed(t *testing.T) {
	t.Parallel()
	given := func(seed uint64) (all []string) {
		subject := func(_ context.Context, q string, passages []wenyuan.Passage) (wenyuan.Answer, error) {
			for _, p := range passages {
				if p.End-p.Start != len([]rune(p.Text)) || p.ID == "" {
					t.Errorf("a passage with a wrong range: %+v", p)
				}
				all = append(all, q+p.Text)
			}
			return wenyuan.Answer{}, nil
		}
		if _, err := eval.Answers(t.Context(), "", loadAnswers(t), subject, eval.AnswersOptions{Passages: 2, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if !slices.Equal(given(1), given(1)) {
		t.Error("the choice changes from run to run")
	}
	if slices.Equal(given(1), given(2)) {
		t.Error("the seed does not matter")
	}
}

func TestAnswersCountsFailuresAndEndsOnThoseThatComeAgain(t *testing.T) {
	t.Parallel()
	failing := func(code wenyuan.Code) eval.Subject {
		return func(context.Context, string, []wenyuan.Passage) (wenyuan.Answer, error) {
			return wenyuan.Answer{}, &wenyuan.Error{Code: code, Message: "no"}
		}
	}
	if _, err := eval.Answers(t.Context(), "", loadAnswers(t), failing(wenyuan.Unavailable), eval.AnswersOptions{Sample: 1, Lang: "en"}); wenyuan.CodeOf(err) != wenyuan.Unavailable {
		t.Errorf("a subject that never answers was measured: %v", err)
	}
	calls := 0
	r, err := eval.Answers(t.Context(), "", loadAnswers(t), func(ctx context.Context, q string, p []wenyuan.Passage) (wenyuan.Answer, error) {
		if calls++; calls%2 == 0 {
			return failing(wenyuan.Unavailable)(ctx, q, p)
		}
		return everything(ctx, q, p)
	}, eval.AnswersOptions{})
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, g := range r.Groups {
		if failed += g.Failed; g.Failed+g.Right+g.Refused > g.N {
			t.Errorf("%+v", g)
		}
	}
	if failed != calls/2 {
		t.Errorf("%d of %d failed", failed, calls)
	}
	if _, err := eval.Answers(t.Context(), "", loadAnswers(t), failing(wenyuan.Denied), eval.AnswersOptions{}); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a wrong key is gone on with: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := eval.Answers(ctx, "", loadAnswers(t), failing(wenyuan.Unavailable), eval.AnswersOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("it does not stop: %v", err)
	}
	for _, o := range []eval.AnswersOptions{{Noise: []float64{1}}, {Noise: []float64{-0.1}}, {Passages: 101}} {
		if _, err := eval.Answers(t.Context(), "", loadAnswers(t), nothing, o); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestLoadCasesRefusesWrongRows(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		`{`: "is not a JSON object",
		`{"id":"1","lang":"en","task":"noise_robustness","query":" ","answer":"a","positive":["a"]}`: "no query",
		`{"id":"1","lang":"en","task":"other","query":"q","answer":"a","positive":["a"]}`:            `task "other"`,
		`{"id":"1","lang":"en","task":"noise_robustness","query":"q","negative":["a"]}`:              "no answer",
		`{"id":"1","lang":"en","task":"noise_robustness","query":"q","answer":"a"}`:                  "has 0 passages",
		`{"id":"1","lang":"en","task":"counterfactual","query":"q","answer":"a","positive":["a"]}`:   "no fakeanswer",
		`{"id":"1","lang":"en","task":"noise_robustness","query":"q","answer":[1],"positive":["a"]}`: "is not a JSON object",
		"": "holds no row",
		`{"id":"1","lang":"en","task":"negative_rejection","query":"q","negative":["a"]}` + "\n" +
			`{"id":"1","lang":"en","task":"negative_rejection","query":"q","negative":["a"]}`: ":2 has the id",
	} {
		path := filepath.Join(t.TempDir(), "rows.jsonl")
		if err := os.WriteFile(path, []byte(row), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := eval.LoadCases(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", row, err, want)
		}
	}
}
