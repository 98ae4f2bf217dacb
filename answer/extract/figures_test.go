package extract_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/index/analysis"
	"wenyuan/internal/testenv"
	"wenyuan/retrieve/retrievetest"
)

type row struct {
	ID       string   `json:"_id"`
	Title    string   `json:"title"`
	Text     string   `json:"text"`
	Answers  []string `json:"answers"`
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Lang     string   `json:"lang"`
}

// relevant gives the document of each question.
func relevant(tb testing.TB, path ...string) map[string]string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	rel := map[string]string{}
	for l := range strings.Lines(string(b)) {
		f := strings.Split(l, "\t")
		rel[f[0]] = f[1]
	}
	return rel
}

// TestQuotedSentencesHoldTheAnswer gives the extractor the document that answers, and
// looks for the answer in what it quotes.
func TestQuotedSentencesHoldTheAnswer(t *testing.T) {
	t.Parallel()
	sets := filepath.Join(testenv.MeasuringData(t), "retrieval")
	for set, bound := range map[string]float64{"xquad_en": 0.72, "xquad_zh": 0.68, "cmrc_dev": 0.82, "drcd_dev_slice": 0.88} {
		docs := map[string]row{}
		for _, r := range testenv.Rows[row](t, sets, set, "corpus.jsonl") {
			docs[r.ID] = r
		}
		rel := relevant(t, sets, set, "qrels.tsv")
		var n, hold, refused, sentences, quoted, whole float64
		for i, q := range testenv.Rows[row](t, sets, set, "queries.jsonl") {
			if i%4 != 0 || len(q.Answers) == 0 {
				continue
			}
			n++
			d := docs[rel[q.ID]]
			picked, no, _ := extract.Extract(q.Text, passages(d), extract.Settings{})
			if no {
				refused++
				continue
			}
			said := joined(picked)
			sentences += float64(len(picked))
			quoted += float64(utf8.RuneCountInString(said))
			whole += float64(utf8.RuneCountInString(d.Text))
			for _, a := range q.Answers {
				if strings.Contains(said, a) {
					hold++
					break
				}
			}
		}
		t.Logf("%-14s %4.0f questions, %4.1f %% refused, %4.1f %% hold the answer, %.2f sentences, %.0f %% of the text", set, n, 100*refused/n, 100*hold/n, sentences/n, 100*quoted/whole)
		if hold/n < bound {
			t.Errorf("%s: %.1f %% hold the answer, want %.0f %%", set, 100*hold/n, 100*bound)
		}
	}
}

// passages cuts a document whose text has no marks of structure.
func passages(d row) (out []wenyuan.Passage) {
	for _, p := range cut.Cut(&parse.Document{Text: d.Text}, cut.Settings{}) {
		out = append(out, wenyuan.Passage{Title: d.Title, Text: p.Text, Start: p.Start, End: p.End})
	}
	return out
}

func joined(picked []extract.Picked) string {
	var all []string
	for _, p := range picked {
		all = append(all, p.Text)
	}
	return strings.Join(all, "\n")
}

// TestAnswersResembleThoseOfTheFAQ asks the questions of the FAQ over the whole
// documentation and compares with the answers given there: how much of their
// vocabulary the quoted sentences have (recall), and how much of the quoted one is
// theirs (precision).
func TestAnswersResembleThoseOfTheFAQ(t *testing.T) {
	t.Parallel()
	data := testenv.MeasuringData(t)
	for _, lang := range []string{"zh", "en"} {
		c := retrievetest.New(t, pages(t, "-"+lang, data, "docs", "rocketmq"))
		var n, refused, recall, precision float64
		for _, r := range testenv.Rows[row](t, data, "golden", "rocketmq_faq.jsonl") {
			if r.Lang != lang {
				continue
			}
			n++
			found, picked, no, _ := ask(t, c, r.Question)
			if no {
				refused++
			}
			for _, p := range picked {
				exact(t, c, found.Kept[p.Passage], p)
			}
			rc, pr := overlap(r.Answer, joined(picked))
			recall, precision = recall+rc, precision+pr
		}
		t.Logf("%s: %.0f questions, %.0f refused, recall %.2f, precision %.2f", lang, n, refused, recall/n, precision/n)
		if refused/n > 0.1 || recall/n < 0.5 {
			t.Errorf("%s: %.0f of %.0f refused, recall %.2f", lang, refused, n, recall/n)
		}
	}
}

// overlap is the share of each text's terms that the other one has.
func overlap(want, got string) (recall, precision float64) {
	w, g := analysis.Terms(want), analysis.Terms(got)
	return shared(w, g), shared(g, w)
}

func shared(of, in []string) float64 {
	have := map[string]bool{}
	for _, t := range in {
		have[t] = true
	}
	n := 0.0
	for _, t := range of {
		if have[t] {
			n++
		}
	}
	return n / float64(max(1, len(of)))
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

// TestShowAnswers prints the answers to the questions of a file, one a line, for
// looking at them: WENYUAN_ASK=questions.txt WENYUAN_ASK_DOCS=folder go test -run ShowAnswers -v
func TestShowAnswers(t *testing.T) {
	path := os.Getenv("WENYUAN_ASK")
	if path == "" {
		t.Skip("WENYUAN_ASK names no file of questions")
	}
	c := retrievetest.New(t, pages(t, os.Getenv("WENYUAN_ASK_PART"), os.Getenv("WENYUAN_ASK_DOCS")))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for q := range strings.Lines(string(b)) {
		q = strings.TrimSpace(q)
		found, picked, _, why := ask(t, c, q)
		out := q + "\nnearest " + strconv.FormatFloat(found.Nearest, 'f', 2, 64) + " " + why + "\n"
		for _, p := range picked {
			from := found.Kept[p.Passage]
			out += "  [" + from.Source + " " + strings.Join(from.Heading, " › ") + "] " + p.Display + "\n"
		}
		t.Log(out)
	}
}
