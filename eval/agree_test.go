package eval_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/eval"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// judging is a judge that is a function.
type judging func(evidence, claim string) (wenyuan.Opinion, error)

// Judge is that function.
func (j judging) Judge(_ context.Context, evidence, claim string) (wenyuan.Opinion, error) {
	return j(evidence, claim)
}

func labelled(t *testing.T, rows string, sample int) ([]eval.Labelled, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return eval.LoadLabelled(path, sample)
}

const threeForms = `{"claim":"The pump is greased every 90 days.","evidence":["The pump is greased every 90 days."],"label":"supported"}
{"claim":"水泵每30天上油。","evidence":"水泵每90天上油。","label":"unsupported"}
{"knowledge":"The lamp is green.","response":"the lamp is green","message":"which lamp?","label":"Fully attributable"}
{"claim":"Ferries run daily.","label":"SUPPORTS","evidence":[{"text":"A ferry runs every day.","label":"SUPPORTS"},{"text":"The harbour is deep.","label":"NOT_ENOUGH_INFO"}]}`

func TestAgreeComparesWithPeople(t *testing.T) {
	t.Parallel()
	rows, err := labelled(t, threeForms, 0)
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	lenient := judging(func(evidence, claim string) (wenyuan.Opinion, error) { // wrong about one of five
		switch {
		case strings.Contains(claim, "Ferries") && strings.Contains(evidence, "harbour"):
			return wenyuan.Opinion{Entailed: 0.2}, nil
		case strings.Contains(claim, "30"):
			return wenyuan.Opinion{Entailed: 0.6, Contradicted: 0.4}, nil
		}
		return wenyuan.Opinion{Entailed: 0.9}, nil
	})
	a, err := eval.Agree(t.Context(), lenient, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Three yes for both, one no for both, one yes of the judge alone: 0.8 observed,
	// 0.6 x 0.8 + 0.4 x 0.2 = 0.56 by chance.
	if a.YesYes != 3 || a.NoNo != 1 || a.NoYes != 1 || a.YesNo != 0 || math.Abs(a.Kappa-0.24/0.44) > 1e-9 || a.Accuracy != 0.8 || *a.AUROC != 1 {
		t.Errorf("%+v", a.Figures)
	}
	if a.Checker.N != 5 || a.Checker.NoYes != 0 || a.Checker.YesYes < 2 || a.SetHash == "" || a.Created == 0 {
		t.Errorf("the checker %+v of %s", a.Checker, a.SetHash)
	}
}

func TestAgreeOfAJudgeThatFails(t *testing.T) {
	t.Parallel()
	rows, err := labelled(t, threeForms, 0)
	if err != nil {
		t.Fatal(err)
	}
	broken := func(code wenyuan.Code, when string) judging {
		return func(evidence, _ string) (wenyuan.Opinion, error) {
			if strings.Contains(evidence, when) {
				return wenyuan.Opinion{}, &wenyuan.Error{Code: code, Message: "no opinion"}
			}
			return wenyuan.Opinion{Entailed: 1}, nil
		}
	}
	a, err := eval.Agree(t.Context(), broken(wenyuan.Unavailable, "lamp"), rows, nil)
	if err != nil || a.Failed != 1 || a.YesNo != 1 || a.N != 5 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := eval.Agree(t.Context(), broken(wenyuan.Denied, "lamp"), rows, nil); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a wrong key is gone on with: %v", err)
	}
	if _, err := eval.Agree(t.Context(), broken(wenyuan.Unavailable, ""), rows, nil); wenyuan.CodeOf(err) != wenyuan.Unavailable {
		t.Errorf("a judge without any opinion was measured: %v", err)
	}
	one := rows[:1] // people say the same of all: nothing beyond chance
	if a, err = eval.Agree(t.Context(), broken(wenyuan.Unavailable, "none"), one, nil); err != nil || a.Kappa != 0 || a.AUROC != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAgreementIsKeptForTheModelItWasMeasuredOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		st := storetest.Open(t, c)
		var in []scope.Scope
		for _, space := range []string{wenyuan.DefaultSpace, "another"} {
			sc, err := auth.Scope(t.Context(), auth.Single, space)
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, sc)
		}
		asker := in[0].Within(scope.Read | scope.Ask)
		if err := eval.SaveAgreement(t.Context(), st, asker, eval.Agreement{Judge: "nli", Model: "abc"}); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an asker measures judges: %v", err)
		}
		if err := eval.SaveAgreement(t.Context(), st, in[1], eval.Agreement{Judge: "nli", Model: "abc", Figures: eval.Figures{Kappa: 0.1}}); err != nil {
			t.Fatal(err)
		}
		for _, kappa := range []float64{0.3, 0.7} {
			a := eval.Agreement{Judge: "nli", Model: "abc", Figures: eval.Figures{N: 5, Kappa: kappa}}
			if err := eval.SaveAgreement(t.Context(), st, in[0].Within(scope.Edit), a); err != nil {
				t.Fatal(err)
			}
		}
		if a, ok, err := eval.FindAgreement(t.Context(), st, wenyuan.DefaultSpace, "nli", "abc"); err != nil || !ok || a.Kappa != 0.7 {
			t.Errorf("%+v %v %v", a, ok, err)
		}
		for _, other := range [][2]string{{"nli", "changed"}, {"another", "abc"}} {
			if a, ok, err := eval.FindAgreement(t.Context(), st, wenyuan.DefaultSpace, other[0], other[1]); err != nil || ok {
				t.Errorf("%v: %+v %v %v", other, a, ok, err)
			}
		}
		if all, err := eval.Agreements(t.Context(), st, wenyuan.DefaultSpace); err != nil || len(all) != 1 || all["nli"].Kappa != 0.7 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestLoadLabelled(t *testing.T) {
	t.Parallel()
	if rows, err := labelled(t, threeForms, 2); err != nil || len(rows) != 2 {
		t.Errorf("%v %v", rows, err)
	}
	for row, want := range map[string]string{
		"":  "holds no row",
		`[`: "is not a JSON object",
		`{"claim":"a","evidence":"b","label":"maybe"}`:    `the label "maybe"`,
		`{"claim":"a","evidence":7,"label":"supported"}`:  "neither a text nor a list",
		`{"claim":"a","evidence":[],"label":"supported"}`: "0 pieces of evidence",
		`{"claim":"","evidence":"b","label":"supported"}`: "a claim of 0 bytes",
	} {
		if _, err := labelled(t, row, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", row, err, want)
		}
	}
	if err := eval.CheckLabelled(make([]eval.Labelled, eval.MaxLabelled+1)); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("too many rows: %v", err)
	}
}
