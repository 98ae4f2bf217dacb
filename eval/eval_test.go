package eval

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/testenv"
)

// write puts a set into a temporary folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var small = map[string]string{
	"corpus.jsonl": `{"_id":"leave#0","title":"Leave","text":"Employees have thirty days of leave a year."}
{"_id":"leave#1","title":"Leave","text":"Leave that was not taken expires in March."}
{"_id":"请假#0","title":"请假","text":"员工每年有三十天年假。"}
{"_id":"请假#1","title":"","text":"未休的年假在次年三月作废。"}
`,
	"queries.jsonl": "{\"_id\":\"q1\",\"text\":\"when does leave expire\"}\r\n{\"_id\":\"q2\",\"text\":\"年假什么时候作废\"}\n{\"_id\":\"q3\",\"text\":\"unjudged\"}\n",
	"qrels.tsv":     "query-id\tcorpus-id\tscore\nq1\tleave#1\t1\nq2\t请假#1\t2\nq2\tgone\t1\n",
}

func TestRetrievalSmallSet(t *testing.T) {
	t.Parallel()
	set, err := LoadBEIR(write(t, small))
	if err != nil {
		t.Fatal(err)
	}
	if set.Unjudged != 1 || set.Unknown != 1 {
		t.Errorf("unjudged %d, unknown %d; want 1 and 1", set.Unjudged, set.Unknown)
	}
	for _, arm := range []index.Arm{index.Words, index.Fused} {
		r, err := Retrieval(t.Context(), set, Options{Arm: arm, Temp: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Queries != 2 || r.Documents != 4 || r.NDCG10 != 1 || r.MRR10 != 1 || r.Recall1 != 1 || r.Recall100 != 1 {
			t.Errorf("arm %d: %+v, want everything found first", arm, r)
		}
	}
}

func TestLoadBEIRNamesTheLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, body, want string }{
		{"no file", "corpus.jsonl", "", "there is no file"},
		{"broken object", "corpus.jsonl", "{\"_id\":\"a\"}\n{\"_id\":", "corpus.jsonl:2"},
		{"number as identifier", "corpus.jsonl", `{"_id":1}`, "corpus.jsonl:1"},
		{"same identifier", "corpus.jsonl", "{\"_id\":\"a\"}\n\n{\"_id\":\"a\"}", "corpus.jsonl:3"},
		{"empty question", "queries.jsonl", `{"_id":"q1","text":" "}`, "queries.jsonl:1"},
		{"columns", "qrels.tsv", "query-id\tcorpus-id\tscore\nq1 leave#1 1\n", "qrels.tsv:2"},
		{"score", "qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tleave#1\tyes\n", "qrels.tsv:2"},
		{"nothing judged", "qrels.tsv", "q9\tleave#1\t1\n", "no judgement"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, small)
			path := filepath.Join(dir, tt.file)
			if err := os.WriteFile(path, []byte(tt.body), 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.body == "" {
				os.Remove(path)
			}
			_, err := LoadBEIR(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestReportFigures(t *testing.T) {
	t.Parallel()
	qs := []Question{
		{Rel: map[string]float64{"a": 3, "b": 1}},
		{Rel: map[string]float64{"c": 1}},
	}
	r := report(qs, []ranking{{docs: []string{"x", "b", "a"}}, {docs: nil}}, 9)
	dcg := 1/math.Log2(3) + 3/math.Log2(4)
	ideal := 3 + 1/math.Log2(3)
	for _, f := range []struct {
		name      string
		got, want float64
	}{
		{"ndcg@10", r.NDCG10, dcg / ideal / 2}, {"recall@1", r.Recall1, 0}, {"recall@5", r.Recall5, 0.5},
		{"recall@10", r.Recall10, 0.5}, {"recall@100", r.Recall100, 0.5}, {"mrr@10", r.MRR10, 0.25},
	} {
		if math.Abs(f.got-f.want) > 1e-12 {
			t.Errorf("%s is %v, want %v", f.name, f.got, f.want)
		}
	}
}

func TestCorpusCountsASourceOnce(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"q.jsonl": `{"_id":"q1","text":"leave"}`,
		"r.tsv":   "q1\tpolicy/leave.md\t1\n",
	})
	set, err := LoadQuestions(filepath.Join(dir, "q.jsonl"), filepath.Join(dir, "r.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	search := func(context.Context, string, int) ([]wenyuan.Passage, error) {
		return []wenyuan.Passage{{Source: "a.md"}, {Source: "a.md"}, {Source: "policy/leave.md"}}, nil
	}
	r, err := Corpus(t.Context(), set, search, 2, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.MRR10 != 0.5 {
		t.Errorf("mrr@10 is %v, want 0.5: passages of one source count once", r.MRR10)
	}
}

// The figures that plain BM25 has on each set, and that words alone must reach: on the
// sets that tell retrievers apart the best published one, on the others that of pairs
// of characters or stems, within 0.002.
var sets = []struct {
	name    string
	plain   float64 // of pairs or stems
	least   float64 // for words alone
	tells   bool    // counts in the mean that vectors must raise
	seconds bool    // takes seconds: measured only when WENYUAN_SAMPLE=0
}{
	{"rocketmq_faq_zh", 0.3965, 0.4305, true, false},
	{"rocketmq_faq_en", 0.3454, 0.3454, true, false},
	{"rocketmq_titles_zh", 0.4448, 0.4520, true, false},
	{"rocketmq_titles_en", 0.3981, 0.3981, true, false},
	{"rocketmq_faq_zh2en", 0.2480, 0.2460, false, false},
	{"xquad_en", 0.9662, 0.9642, false, false},
	{"xquad_zh", 0.9586, 0.9566, false, false},
	{"xquad_zh2en", 0.1657, 0.1637, false, false},
	{"cmrc_dev", 0.9844, 0.9824, false, true},
	{"drcd_dev_slice", 0.9905, 0.9885, false, true},
}

// slack is what the fused figure may lie below words: less than half a question of the two
// sets where words alone leave next to nothing to gain.
const slack = 0.0005

// TestRetrievalFigures measures the sets; WENYUAN_SAMPLE=0 takes the long ones too.
func TestRetrievalFigures(t *testing.T) {
	t.Parallel()
	dir := testenv.MeasuringData(t)
	var plain, fused, n float64
	for _, s := range sets {
		if s.seconds && os.Getenv("WENYUAN_SAMPLE") != "0" {
			continue
		}
		set, err := LoadBEIR(filepath.Join(dir, "retrieval", s.name))
		if err != nil {
			t.Fatal(err)
		}
		arms := map[index.Arm]Report{}
		for _, arm := range []index.Arm{index.Words, index.Vectors, index.Fused} {
			if arms[arm], err = Retrieval(t.Context(), set, Options{Arm: arm, Temp: t.TempDir()}); err != nil {
				t.Fatal(err)
			}
		}
		w, v, f := arms[index.Words], arms[index.Vectors], arms[index.Fused]
		t.Logf("%-20s nDCG@10 plain %.4f words %.4f vectors %.4f fused %.4f; R@100 words %.3f fused %.3f; p50 %.2f ms p99 %.2f ms",
			s.name, s.plain, w.NDCG10, v.NDCG10, f.NDCG10, w.Recall100, f.Recall100, f.P50, f.P99)
		if w.NDCG10 < s.least {
			t.Errorf("%s: words %.4f, want %.4f", s.name, w.NDCG10, s.least)
		}
		if f.NDCG10 < w.NDCG10-slack {
			t.Errorf("%s: fused %.4f is below words %.4f", s.name, f.NDCG10, w.NDCG10)
		}
		if s.tells {
			plain, fused, n = plain+s.plain, fused+f.NDCG10, n+1
		}
	}
	t.Logf("mean of the sets that tell apart: plain %.4f, fused %.4f", plain/n, fused/n)
	if fused/n < plain/n+0.04 {
		t.Errorf("fused is %.4f above plain BM25 in the mean, want 0.04", (fused-plain)/n)
	}
}
