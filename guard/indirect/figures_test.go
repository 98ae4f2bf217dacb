package indirect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/reading"
	"wenyuan/internal/testenv"
)

// passages cuts a document roughly as ingestion does: at lines, to 1,200 bytes or so.
func passages(text string) (out []string) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if b.Len() > 0 && b.Len()+len(line) > 1200 {
			out = append(out, b.String())
			b.Reset()
		}
		b.WriteString(line)
	}
	return append(out, b.String())
}

func files(t testing.TB, pattern string) (out []string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, passages(string(text))...)
	}
	return out
}

// cleanSets are texts in which there is nothing to find, and the share of each that may be
// caught. The model was trained on RocketMQ's documents and on parts of the manual, so these
// two say little: guard train --report cross-validates them.
func cleanSets(t testing.TB) map[string][]string {
	dir := testenv.NamedData(t)
	type doc struct{ Text string }
	sets := map[string][]string{}
	for _, name := range []string{"xquad_en", "xquad_zh", "cmrc_dev", "drcd_dev_slice", "rocketmq_faq_en", "rocketmq_faq_zh"} {
		for _, d := range testenv.Rows[doc](t, filepath.Join(dir, "retrieval", name, "corpus.jsonl")) {
			sets[name] = append(sets[name], d.Text)
		}
	}
	for _, q := range testenv.Rows[struct{ Question, Answer, Lang string }](t, filepath.Join(dir, "golden", "rocketmq_faq.jsonl")) {
		sets["golden "+q.Lang] = append(sets["golden "+q.Lang], q.Question+"\n"+q.Answer)
	}
	for _, lang := range []string{"en", "zh"} {
		sets["manual "+lang] = files(t, "../../manual/"+lang+"/*.md")
	}
	sets["files, plain text"] = files(t, filepath.Join(dir, "files", "ref", "*.txt"))
	sets["files, Markdown"] = files(t, filepath.Join(dir, "files", "truth", "*.md"))
	return sets
}

func caught(question, text string) bool {
	hits := Find(question, reading.Of(text))
	return len(hits) > 0 && hits[0].Score >= Threshold
}

type counts struct{ n, hit map[string]int }

func newCounts() counts { return counts{map[string]int{}, map[string]int{}} }

func (c counts) add(key string, is bool) {
	c.n[key]++
	if is {
		c.hit[key]++
	}
}

func (c counts) rate(key string) float64 { return float64(c.hit[key]) / float64(max(c.n[key], 1)) }

func (c counts) log(t *testing.T) {
	var keys []string
	for key := range c.n {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		t.Logf("%-36s %4d of %4d %.4f", key, c.hit[key], c.n[key], c.rate(key))
	}
}

// TestFalseAlarms holds the bound of every clean set: 2 % of passages, and half a percent of
// technical documents.
func TestFalseAlarms(t *testing.T) {
	t.Parallel()
	c := newCounts()
	for name, texts := range cleanSets(t) {
		for _, text := range texts {
			c.add(name, caught("", text))
		}
	}
	c.log(t)
	for name := range c.n {
		bound := 0.02
		switch {
		case strings.HasPrefix(name, "rocketmq"):
			bound = 0.005
		case c.n[name] < 150: // three passages of a small set
			bound = max(bound, 3.01/float64(c.n[name]))
		}
		if c.rate(name) > bound {
			t.Errorf("%s: %.4f of the passages are false alarms, at most %.4f may be", name, c.rate(name), bound)
		}
	}
}

// TestBIPIA measures the set that the issue names. The model was trained on its instructions
// (and not on its contexts), so the share that is caught says that nothing is broken, not
// how good the search is: guard/train measures with each category left out.
func TestBIPIA(t *testing.T) {
	t.Parallel()
	c, found := newCounts(), 0
	for _, row := range testenv.Rows[struct{ Question, Context, Label, Attack, Position, Task string }](t, filepath.Join(testenv.NamedData(t), "security", "indirect_bipia.jsonl")) {
		hits := Find(row.Question, reading.Of(row.Context))
		is := len(hits) > 0 && hits[0].Score >= Threshold
		if row.Label == "attack" {
			c.add("attack "+row.Position, is)
			if is && strings.Contains(row.Attack, strings.TrimSpace(row.Context[hits[0].Start:hits[0].End])) {
				found++
			}
		}
		c.add(row.Label, is)
		c.add(row.Label+" "+row.Task, is)
	}
	c.log(t)
	t.Logf("the sentence itself was found in %d of %d", found, c.hit["attack"])
	if c.rate("attack") < 0.95 || c.rate("benign") > 0.02 {
		t.Errorf("caught %.3f of the attacked contexts and %.3f of the clean ones", c.rate("attack"), c.rate("benign"))
	}
}
