package answer_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/index"
	"wenyuan/internal/testenv"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

type fenced struct {
	Text, Question, Lang, Label, Source string
}

// TestFenceFigures measures the fence by the corpus: questions about RocketMQ, and ordinary
// instructions that have nothing to do with it, against RocketMQ's documentation without the pages that
// hold these questions.
func TestFenceFigures(t *testing.T) {
	t.Parallel()
	data := testenv.MeasuringData(t)
	g, err := guard.Open(guard.Config{}).With(t.Context(), wenyuan.DefaultSpace, guard.Policy{Name: "fence", Fence: guard.Fence{Mode: guard.FenceCorpus}})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "zh"} {
		pages := pagesOf(t, "-"+lang, filepath.Join(data, "docs", "rocketmq"))
		maps.DeleteFunc(pages, func(path, _ string) bool { return strings.Contains(strings.ToLower(path), "faq") })
		c := retrievetest.New(t, pages)
		near := func(q string) float64 {
			found, err := c.Retrieve(t.Context(), c.Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"handbook"}, Text: q, Arm: index.Words}, retrieve.Filters{})
			if err != nil {
				t.Fatal(err)
			}
			return found.Nearest
		}
		var in, out []string
		for _, r := range testenv.Rows[fenced](t, data, "golden", "rocketmq_faq.jsonl") {
			if r.Lang == lang {
				in = append(in, r.Question)
			}
		}
		for _, r := range testenv.Rows[fenced](t, data, "security", "prompts.jsonl") {
			if r.Label == "benign" && r.Lang == lang && strings.Contains(r.Source, "alpaca") && len(out) < 200 && len([]rune(r.Text)) < 1000 {
				out = append(out, r.Text)
			}
		}
		share := func(texts []string) float64 {
			n := 0
			for _, q := range texts {
				d, err := g.Look(t.Context(), guard.Input, q, guard.About{Dry: true, Near: near})
				if err != nil {
					t.Fatal(err)
				}
				if d.Action == guard.Refuse {
					n++
				}
			}
			return float64(n) / float64(len(texts))
		}
		inside, outside := share(in), share(out)
		t.Logf("%s: refused %.1f %% of %d questions in the field, %.1f %% of %d outside", lang, 100*inside, len(in), 100*outside, len(out))
		if os.Getenv("WENYUAN_SHOW") != "" {
			for at := 0.1; at < 0.95; at += 0.1 {
				a, b := 0, 0
				for _, q := range in {
					if near(q) <= 1-at {
						a++
					}
				}
				for _, q := range out {
					if near(q) <= 1-at {
						b++
					}
				}
				t.Logf("%s: at %.1f: %.1f %% in the field, %.1f %% outside", lang, at, 100*float64(a)/float64(len(in)), 100*float64(b)/float64(len(out)))
			}
		}
		if inside > 0.05 || outside < 0.65 {
			t.Errorf("%s: the fence stands wrong", lang)
		}
	}
}

func pagesOf(t *testing.T, part, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || !strings.Contains(path, part) {
			return err
		}
		b, err := os.ReadFile(path)
		files[path[len(dir)+1:]] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
