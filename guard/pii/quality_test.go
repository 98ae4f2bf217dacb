package pii_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"wenyuan/guard/pii"
	"wenyuan/internal/testenv"
)

// labelled is one row of a data file.
type labelled struct {
	Text     string `json:"text"`
	Lang     string `json:"lang"`
	Template int    `json:"template_id"`
	Held     bool   `json:"held"` // kept out while the rules were made
	Spans    []struct {
		Type  string `json:"type"`
		Start int    `json:"start"`
		End   int    `json:"end"`
	} `json:"spans"`
}

func rows(t testing.TB, file string, keep func(labelled) bool) []pii.Row {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out []pii.Row
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if !keep(l) {
			continue
		}
		row := pii.Row{Text: l.Text, Lang: l.Lang}
		for _, s := range l.Spans {
			row.Spans = append(row.Spans, pii.Labelled{Type: s.Type, Start: s.Start, End: s.End})
		}
		out = append(out, row)
	}
	return out
}

func shared(t testing.TB) string {
	return filepath.Join(testenv.NamedData(t), "security", "pii_en.jsonl")
}

func show(t *testing.T, title string, r pii.Report) {
	t.Helper()
	t.Logf("%s: %d rows, F1 %.3f (overlap %.3f)", title, r.Rows, r.Total.F1, r.Overlap.F1)
	names := make([]string, 0, len(r.By))
	for name := range r.By {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k := r.By[name]
		t.Logf("  %-18s tp %3d fp %3d fn %3d  P %.3f R %.3f F1 %.3f | overlap P %.3f R %.3f F1 %.3f", name, k.TP, k.FP, k.FN, k.Precision, k.Recall, k.F1, k.Overlap.Precision, k.Overlap.Recall, k.Overlap.F1)
	}
	t.Logf("  not looked for: %v", r.Ignored)
}

// TestEnglish measures on Presidio's synthetic rows. The half of the templates on which the
// rules were made and the other half are given apart.
func TestEnglish(t *testing.T) {
	t.Parallel()
	file := shared(t)
	show(t, "templates for making", pii.Score(rows(t, file, func(l labelled) bool { return l.Template%4 == 0 })))
	held := pii.Score(rows(t, file, func(l labelled) bool { return l.Template%4 != 0 }))
	show(t, "templates held out", held)
	for name, k := range held.By {
		if k.Checksummed && k.F1 < 0.95 {
			t.Errorf("%s: F1 %.3f", name, k.F1)
		}
	}
}

// TestChinese measures on our own rows, all values of which are made up: identity numbers
// with valid checksums of nobody we know of. Rows without spans are the benign twins.
func TestChinese(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "pii_zh.jsonl")
	show(t, "templates for making", pii.Score(rows(t, file, func(l labelled) bool { return !l.Held })))
	held := pii.Score(rows(t, file, func(l labelled) bool { return l.Held }))
	show(t, "templates held out", held)
	for name, k := range held.By {
		if k.Checksummed && k.F1 < 0.95 || k.F1 < 0.7 {
			t.Errorf("%s: F1 %.3f", name, k.F1)
		}
	}
}

// TestNames measures on rows about what stands beside names: labels, pairs, columns,
// signatures; and what only looks like a name. A family name with a title ("王先生") is not
// labelled: that is how a name is left out in Chinese.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"names_zh.jsonl", "names_en.jsonl"} {
		file = filepath.Join("testdata", file)
		made := pii.Score(rows(t, file, func(l labelled) bool { return !l.Held }))
		held := pii.Score(rows(t, file, func(l labelled) bool { return l.Held }))
		show(t, file+", for making", made)
		show(t, file+", held out", held)
		if made.By["PERSON"].F1 < 0.95 || held.By["PERSON"].F1 < 0.7 {
			t.Errorf("%s: F1 %.3f, held out %.3f", file, made.By["PERSON"].F1, held.By["PERSON"].F1)
		}
	}
}
