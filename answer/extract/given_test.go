package extract_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/eval"
	"wenyuan/internal/testenv"
)

// given answers with sentences of passages that are given.
func given(s extract.Settings) eval.Subject {
	return func(_ context.Context, question string, passages []wenyuan.Passage) (wenyuan.Answer, error) {
		picked, refused, _ := extract.Extract(question, passages, s)
		var said []string
		for _, p := range picked {
			said = append(said, p.Display)
		}
		return wenyuan.Answer{Answer: strings.Join(said, "\n"), Refused: refused}, nil
	}
}

// TestRefusalsFromGivenPassages measures right refusals against wrong ones; WENYUAN_CURVE=1
// for several bounds. The set is for measuring only: nothing is learned from it.
func TestRefusalsFromGivenPassages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(testenv.MeasuringData(t), "rag", "rgb_nc")
	var cases []eval.Case
	for _, f := range []string{"noise_robustness.jsonl", "information_integration.jsonl", "counterfactual.jsonl"} {
		c, err := eval.LoadCases(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c...)
	}
	bounds := []float64{0} // the default
	if os.Getenv("WENYUAN_CURVE") != "" {
		bounds = []float64{-1, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7}
	}
	for _, sure := range bounds {
		r, err := eval.Answers(t.Context(), "extractive", cases, given(extract.Settings{Sure: sure}), eval.AnswersOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var right, n int
		for _, g := range r.Groups {
			if g.Task == eval.Noise {
				right, n = right+g.Right, n+g.N
			}
		}
		t.Logf("sure %5.2f: refused rightly %5.1f %%, wrongly %5.1f %%; right with noise %5.1f %%", sure, 100*r.RightRefusals.Share, 100*r.WrongRefusals.Share, 100*float64(right)/float64(n))
		if sure == 0 && (r.RightRefusals.Share < 0.09 || r.WrongRefusals.Share > 0.03) {
			t.Errorf("refused rightly %.3f, wrongly %.3f", r.RightRefusals.Share, r.WrongRefusals.Share)
		}
	}
}
