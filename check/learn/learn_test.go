package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/check"
)

// What the program promises of its weights.
const (
	flaggedAtLeast  = .98 // of the edits
	flaggedAtMost   = .01 // of the harmless rewritings
	attributedWrong = .10 // of the attributable BEGIN sentences, at most this share is called unsupported
	beginAUROC      = .965
)

// The weights of the program keep the promise on documents they were not learned from.
func TestShippedWeights(t *testing.T) {
	t.Parallel()
	docs, err := readDocuments("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for seed := uint64(1); seed <= 4; seed++ {
		rows = append(rows, generate(docs, seed)...)
	}
	type count struct{ n, flagged float64 }
	by := map[string]count{}
	for i := range rows {
		r := &rows[i]
		flagged := checkRow(r).Verdict != wenyuan.Supported
		for _, k := range []string{r.Label + " " + r.Lang, r.Label + " " + r.Lang + "/" + r.Kind} {
			c := by[k]
			c.n++
			if flagged {
				c.flagged++
			}
			by[k] = c
		}
		if flagged == (r.Label == supported) {
			t.Logf("%s %s/%s: %s", r.Label, r.Lang, r.Kind, r.Claim)
		}
	}
	for k, c := range by {
		share := c.flagged / c.n
		t.Logf("%-28s %5.0f flagged %.4f", k, c.n, share)
		if strings.Contains(k, "/") {
			continue
		}
		if c.n < 250 {
			t.Errorf("%s has only %.0f rows", k, c.n)
		}
		if strings.HasPrefix(k, unsupported) && share < flaggedAtLeast || strings.HasPrefix(k, supported) && share > flaggedAtMost {
			t.Errorf("%s: %.4f flagged", k, share)
		}
	}
	for _, kind := range []string{"number", "unit", "version", "identifier", "name", "direction", "quantity", "modality", "negation"} {
		for _, lang := range []string{"en", "zh"} {
			if by[unsupported+" "+lang+"/"+kind].n == 0 {
				t.Errorf("no edit of %s in %s", kind, lang)
			}
		}
	}
}

func checkRow(r *row) check.Finding {
	ev := make([]check.Evidence, len(r.Evidence))
	for k, e := range r.Evidence {
		ev[k] = check.Evidence{N: k + 1, Text: e}
	}
	return check.Prepare(ev).Check(r.Claim, nil)
}

func TestRowsAreReproducible(t *testing.T) {
	t.Parallel()
	docs, err := readDocuments("testdata")
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := generate(docs, 7), generate(docs, 7), generate(docs, 8)
	same := cmp.Comparer(func(x, y row) bool {
		return x.ID == y.ID && x.Claim == y.Claim && x.Kind == y.Kind && slices.Equal(x.Evidence, y.Evidence)
	})
	if diff := cmp.Diff(a, b, same); diff != "" {
		t.Errorf("one seed makes different rows: %s", diff)
	}
	if cmp.Equal(a, c, same) {
		t.Error("another seed makes the same rows")
	}
}

// The whole command: rows out, weights learned and read back, figures printed.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows, weights := filepath.Join(dir, "rows.jsonl"), filepath.Join(dir, "weights.json")
	if err := run(options{docs: "testdata", rows: rows, seed: 1}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(rows)
	if err != nil {
		t.Fatal(err)
	}
	var first row
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if err := json.Unmarshal(line, &first); err != nil || first.Claim == "" || len(first.Evidence) == 0 {
		t.Errorf("first row %q: %v", line, err)
	}
	if err := run(options{docs: "testdata", out: weights, seed: 1}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile(weights); err != nil {
		t.Fatal(err)
	}
	w, err := check.ParseWeights(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range w.Change {
		if changeAgainst[i] && v > 0 || changeFor[i] && v < 0 {
			t.Errorf("the weight of %s is %v", check.FeatureNames[i], v)
		}
	}
	var out bytes.Buffer
	if err := run(options{docs: "testdata", seed: 1}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "edits zh: AUROC") {
		t.Errorf("the report lacks a source:\n%s", out.String())
	}
	if err := run(options{docs: filepath.Join(dir, "nothing")}, &out); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

// On the measuring data: learning again gives the weights of the program, and they keep
// the promise under cross-validation.
func TestLearnedFromMeasuringData(t *testing.T) {
	if testing.Short() {
		t.Skip("learning takes seconds")
	}
	data := os.Getenv("WENYUAN_SHARED_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	o := options{docs: filepath.Join(data, "docs", "rocketmq"), begin: filepath.Join(data, "provenance", "begin_dev.jsonl"), seed: 1}
	if _, err := os.Stat(o.begin); err != nil {
		t.Skipf("the measuring data is not here (%v): set WENYUAN_SHARED_DATA to its folder", err)
	}
	t.Parallel()
	samples, err := gather(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := learn(samples).JSON()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "weights.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Errorf("learning again gives other weights; run the command with -out (-shipped +learned):\n%s", diff)
	}
	// The change head knows nothing of BEGIN, so that only the support head is held out.
	shipped, err := check.ParseWeights(want)
	if err != nil {
		t.Fatal(err)
	}
	var begin []sample
	for k := range folds {
		of := func(in bool) []sample {
			return keep(samples, func(s *sample) bool { return s.source == "begin" && (s.group%folds == k) == in })
		}
		test, w := of(true), *shipped
		w.Support = fit(of(false), supportFor, supportAgainst)
		apply(test, &w)
		begin = append(begin, test...)
	}
	if a := auroc(begin); a < beginAUROC {
		t.Errorf("AUROC on BEGIN %.4f", a)
	}
	n, wrong := 0., 0.
	for i := range begin {
		if begin[i].good() {
			n++
			if begin[i].verdict == wenyuan.Unsupported {
				wrong++
			}
		}
	}
	if wrong/n > attributedWrong {
		t.Errorf("%.3f of the attributable sentences are called unsupported", wrong/n)
	}
}
