package retrieve_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// sampled is how many questions of a set are asked, 0 for all.
func sampled() int {
	n, err := strconv.Atoi(os.Getenv("WENYUAN_SAMPLE"))
	if err != nil {
		return 20
	}
	return n
}

type row struct {
	ID       string   `json:"_id"`
	Title    string   `json:"title"`
	Text     string   `json:"text"`
	Question string   `json:"question"`
	Query    string   `json:"query"`
	Lang     string   `json:"lang"`
	Positive []string `json:"positive"`
	Negative []string `json:"negative"`
}

// rows reads a file of JSON lines and keeps those that are wanted; nil keeps all.
func rows(tb testing.TB, keep func(row) bool, path ...string) []row {
	tb.Helper()
	all := testenv.Rows[row](tb, path...)
	if keep == nil {
		return all
	}
	return slices.DeleteFunc(all, func(r row) bool { return !keep(r) })
}

func spread(rs []row) (out []string) {
	step := 1
	if n := sampled(); n > 0 {
		step = max(1, len(rs)/n)
	}
	for i := 0; i < len(rs); i += step {
		out = append(out, rs[i].Question+rs[i].Query+rs[i].Text)
	}
	return out
}

// pages reads the Markdown files whose path holds part.
func pages(tb testing.TB, part string, path ...string) map[string]string {
	tb.Helper()
	files := map[string]string{}
	dir := filepath.Join(path...)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || !strings.Contains(path, part) {
			return err
		}
		b, err := os.ReadFile(path)
		files[path[len(dir)+1:]] = string(b)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// refused is the share of questions for which nothing is kept.
func refused(t *testing.T, c *retrievetest.Corpus, questions []string) float64 {
	t.Helper()
	n := 0
	for _, q := range questions {
		found, err := c.Retrieve(t.Context(), c.Scope, query(q), retrieve.Filters{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Kept) == 0 {
			n++
		}
		if os.Getenv("WENYUAN_SHOW") != "" {
			t.Logf("%.2f\t%d\t%s", found.Nearest, len(found.Kept), q)
		}
	}
	return float64(n) / float64(len(questions))
}

// TestRefusalFigures asks questions that a corpus answers, and questions of another
// field or language that it does not. WENYUAN_SAMPLE=0 asks all of them.
func TestRefusalFigures(t *testing.T) {
	t.Parallel()
	data := testenv.MeasuringData(t)
	sets := filepath.Join(data, "retrieval")
	docs := map[string]*retrievetest.Corpus{}
	for _, lang := range []string{"zh", "en"} {
		docs["docs "+lang] = retrievetest.New(t, pages(t, "-"+lang, data, "docs", "rocketmq"))
	}
	for _, set := range []string{"xquad_zh", "xquad_en"} {
		files := map[string]string{}
		for _, r := range rows(t, nil, sets, set, "corpus.jsonl") {
			files[r.ID+".txt"] = r.Title + "\n\n" + r.Text
		}
		docs[set] = retrievetest.New(t, files)
	}
	golden := func(lang string) []string {
		return spread(rows(t, func(r row) bool { return r.Lang == lang }, data, "golden", "rocketmq_faq.jsonl"))
	}
	queries := func(set string) []string { return spread(rows(t, nil, sets, set, "queries.jsonl")) }
	for _, tt := range []struct {
		corpus, name string
		questions    []string
		low, high    float64 // bounds of the share refused
	}{
		{"docs zh", "its questions", golden("zh"), 0, 0.02},
		{"docs en", "its questions", golden("en"), 0, 0.02},
		{"docs zh", "its headings", queries("rocketmq_titles_zh"), 0, 0.02},
		{"docs en", "its headings", queries("rocketmq_titles_en"), 0, 0.02},
		{"xquad_zh", "its questions", queries("xquad_zh"), 0, 0.12},
		{"xquad_en", "its questions", queries("xquad_en"), 0, 0.12},
		{"docs zh", "another field", queries("xquad_zh"), 0.95, 1},
		{"docs zh", "another field, cmrc", queries("cmrc_dev"), 0.95, 1},
		{"docs zh", "another field, traditional", queries("drcd_dev_slice"), 0.95, 1},
		{"docs en", "another field", queries("xquad_en"), 0.9, 1},
		{"docs zh", "another language and field", queries("xquad_en"), 0.95, 1},
		{"docs en", "another language and field", queries("xquad_zh"), 0.95, 1},
		{"xquad_zh", "another language", queries("xquad_en"), 0.95, 1},
		{"xquad_en", "another language", queries("xquad_zh"), 0.95, 1},
	} {
		got := refused(t, docs[tt.corpus], tt.questions)
		t.Logf("%-10s %-28s %4d questions, %5.1f %% refused", tt.corpus, tt.name, len(tt.questions), 100*got)
		if got < tt.low || got > tt.high {
			t.Errorf("%s, %s: %.1f %% refused, want %.0f to %.0f %%", tt.corpus, tt.name, 100*got, 100*tt.low, 100*tt.high)
		}
	}
}

// TestRefusalOfNearMisses shows, without a bound, how often passages about the same
// subject that do not hold the answer are taken for an answer.
func TestRefusalOfNearMisses(t *testing.T) {
	t.Parallel()
	data := testenv.MeasuringData(t)
	for _, lang := range []string{"zh", "en"} {
		var with, without, n float64
		all := rows(t, func(r row) bool { return r.Lang == lang && len(r.Negative) > 0 && len(r.Positive) > 0 }, data, "rag", "rgb_nc", map[string]string{"zh": "noise_robustness.jsonl", "en": "counterfactual.jsonl"}[lang])
		for i := 0; i < len(all); i += max(1, len(all)/8) {
			n++
			with += refused(t, small(t, all[i].Positive), []string{all[i].Query})
			without += refused(t, small(t, all[i].Negative), []string{all[i].Query})
		}
		t.Logf("%s: %.0f questions; refused %.0f %% of those with the answer, %.0f %% of those without", lang, n, 100*with/n, 100*without/n)
	}
}

// small makes a corpus of a few texts.
func small(t *testing.T, texts []string) *retrievetest.Corpus {
	files := map[string]string{}
	for i, s := range texts {
		if strings.TrimSpace(s) != "" {
			files[strconv.Itoa(i)+".txt"] = s
		}
	}
	return retrievetest.New(t, files)
}

// BenchmarkRetrieveDocumentation asks the documentation, searched, reranked and filtered.
func BenchmarkRetrieveDocumentation(b *testing.B) {
	data := testenv.MeasuringData(b)
	for _, lang := range []string{"zh", "en"} {
		b.Run(lang, func(b *testing.B) {
			c := retrievetest.New(b, pages(b, "-"+lang, data, "docs", "rocketmq"))
			questions := rows(b, func(r row) bool { return r.Lang == lang }, data, "golden", "rocketmq_faq.jsonl")
			for i := 0; b.Loop(); i++ {
				if _, err := c.Retrieve(b.Context(), c.Scope, query(questions[i%len(questions)].Question), retrieve.Filters{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
