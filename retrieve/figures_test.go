package retrieve_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// measuringData is the folder of the measuring data, or skips.
func measuringData(tb testing.TB) string {
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "retrieval")); err != nil {
		tb.Skip("the measuring data is absent: set WENYUAN_SHARED_DATA to its folder")
	}
	return dir
}

// folder reads the Markdown files below a folder whose path holds part.
func folder(tb testing.TB, dir string, part string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || !strings.Contains(path, part) {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[rel] = string(b)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// rows reads a file of JSON lines.
func rows[T any](tb testing.TB, path string) (out []T) {
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<26)
	for sc.Scan() {
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			tb.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

type asked struct {
	Text     string `json:"text"`
	Question string `json:"question"`
	Lang     string `json:"lang"`
}

func (a asked) text() string { return a.Text + a.Question }

// refusals counts the questions for which nothing is kept, and logs the relevance of each.
func refusals(t *testing.T, c *retrievetest.Corpus, name string, questions []string, f retrieve.Filters) float64 {
	n := 0
	for _, q := range questions {
		found, err := c.Retrieve(t.Context(), c.Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpus: "c", Text: q}, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Kept) == 0 {
			n++
		}
		if os.Getenv("SHOW") != "" {
			t.Logf("%s\t%.2f\t%d\t%s", name, found.Nearest, len(found.Kept), q)
		}
	}
	t.Logf("%s: %d of %d refused", name, n, len(questions))
	return float64(n) / float64(len(questions))
}

func TestRefusals(t *testing.T) {
	dir := measuringData(t)
	for _, lang := range []string{"zh", "en"} {
		c := retrievetest.New(t, folder(t, filepath.Join(dir, "docs", "rocketmq"), "-"+lang))
		var golden, users []string
		for _, r := range rows[asked](t, filepath.Join(dir, "golden", "rocketmq_faq.jsonl")) {
			if r.Lang == lang {
				golden = append(golden, r.Question)
			}
		}
		for _, r := range rows[asked](t, filepath.Join(dir, "golden", "rocketmq_user_questions.jsonl")) {
			if r.Lang == lang {
				users = append(users, r.Question)
			}
		}
		refusals(t, c, lang+" golden", golden, retrieve.Filters{})
		refusals(t, c, lang+" users", users, retrieve.Filters{})
		for _, set := range []string{"rocketmq_titles_" + lang, "xquad_en", "xquad_zh", "cmrc_dev"} {
			var qs []string
			for i, r := range rows[asked](t, filepath.Join(dir, "retrieval", set, "queries.jsonl")) {
				if i%20 == 0 || i%4 == 0 && strings.HasPrefix(set, "rocket") {
					qs = append(qs, r.Text)
				}
			}
			refusals(t, c, lang+" docs, "+set, qs, retrieve.Filters{})
		}
	}
}
