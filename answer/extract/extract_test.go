package extract_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/check"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// ask retrieves and extracts.
func ask(tb testing.TB, c *retrievetest.Corpus, question string) (found retrieve.Found, picked []extract.Picked, refused bool, why string) {
	tb.Helper()
	found, err := c.Retrieve(tb.Context(), c.Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"docs"}, Text: question}, retrieve.Filters{})
	if err != nil {
		tb.Fatal(err)
	}
	picked, refused, why = extract.Extract(question, found.Kept, extract.Settings{Weights: found.Weights})
	return found, picked, refused, why
}

func TestExtractCases(t *testing.T) {
	t.Parallel()
	for _, s := range retrievetest.Suites(t) {
		corpus := retrievetest.New(t, s.Files)
		for _, c := range s.Cases {
			t.Run(s.Name+"/"+c.Question, func(t *testing.T) {
				found, picked, refused, why := ask(t, corpus, c.Question)
				if refused != c.Refuse {
					t.Fatalf("refused %v (%s), want %v", refused, why, c.Refuse)
				}
				if refused && why == "" || len(picked) > 6 {
					t.Errorf("%d sentences, reason %q", len(picked), why)
				}
				var all []string
				for _, p := range picked {
					all = append(all, p.Text)
					exact(t, corpus, found.Kept[p.Passage], p)
				}
				said := strings.Join(all, "\n")
				for _, want := range c.Says {
					if !strings.Contains(said, want) {
						t.Errorf("the answer does not say %q:\n%s", want, said)
					}
				}
				for _, not := range c.Not {
					if strings.Contains(said, not) {
						t.Errorf("the answer says %q:\n%s", not, said)
					}
				}
			})
		}
	}
}

// exact checks that a quote is its range of the extracted text, and that the
// checker finds it carried by its passage.
func exact(t *testing.T, c *retrievetest.Corpus, from wenyuan.Passage, p extract.Picked) {
	t.Helper()
	if got := string([]rune(c.Texts[from.Source])[p.Start:p.End]); got != p.Text {
		t.Errorf("the range %d-%d of %s is %q, the quote %q", p.Start, p.End, from.Source, got, p.Text)
	}
	f := check.Prepare([]check.Evidence{{N: 1, Text: from.Text, Context: from.Context}}).Check(p.Display, []int{1})
	if f.Verdict == wenyuan.Unsupported || f.Verdict == wenyuan.Unverified {
		t.Errorf("the checker calls a quote %s (%s): %q", f.Verdict, f.Reason, p.Display)
	}
}

func TestExtractGivesReasonInTheQuestionsLanguage(t *testing.T) {
	t.Parallel()
	p := []wenyuan.Passage{{Title: "Notes", Text: "The lamp is green."}}
	for question, want := range map[string]string{
		"how many tenants are there": "no sentence", "一共有多少个租户": "没有句子", "?": "no words",
	} {
		picked, refused, why := extract.Extract(question, p, extract.Settings{})
		if !refused || len(picked) > 0 || !strings.Contains(why, want) {
			t.Errorf("%s: picked %v, refused %v because %q; want a reason with %q", question, picked, refused, why, want)
		}
	}
}

func TestExtractHeadingsAndQuestionsAreNoAnswer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"What is the retention time?", "Retention time", "The retention time is as follows:", "消息的保留时间是多少？", "保留时间", "保留时间如下：",
	} {
		picked, refused, _ := extract.Extract("What is the retention time 保留时间", []wenyuan.Passage{{Text: text}}, extract.Settings{})
		if !refused {
			t.Errorf("%q was given as an answer: %v", text, picked)
		}
	}
}

func TestExtractLeavesOutRepetitions(t *testing.T) {
	t.Parallel()
	p := []wenyuan.Passage{
		{Title: "v4", Text: "The broker keeps a message for three days by default."},
		{Title: "v5", Text: "By default, the broker keeps a message for three days."},
	}
	picked, _, _ := extract.Extract("How long does the broker keep a message?", p, extract.Settings{})
	if len(picked) != 1 {
		t.Errorf("picked %d sentences, want one of two that say the same", len(picked))
	}
}

func TestExtractHoldsItsPromises(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{"消息保留三天。", "保留时间", "The quota is 5 GB. ", "\n", "\n\n", "- item ", "1. step ", "a | b | 保留\n",
		"如下：\n", "$ run --quota\n", "why? ", "**bold** ", "[link](http://x) ", "```\ncode\n```\n", "👩‍🔧", "\u3000", "e.g. v5.3.1 "})
	rapid.Check(t, func(t *rapid.T) {
		var passages []wenyuan.Passage
		for i := range rapid.IntRange(0, 4).Draw(t, "passages") {
			text := strings.TrimSpace(strings.Join(rapid.SliceOfN(part, 1, 30).Draw(t, "text"), ""))
			n := len([]rune(text))
			passages = append(passages, wenyuan.Passage{Title: "保留 quota", Text: text, Start: i * 1000, End: i*1000 + n})
		}
		question := rapid.SampledFrom([]string{"消息保留几天？", "what is the quota", "how do I run it", "保留", "v5.3.1"}).Draw(t, "question")
		s := extract.Settings{Sentences: rapid.IntRange(0, 8).Draw(t, "most")}
		picked, refused, why := extract.Extract(question, passages, s)
		if refused != (len(picked) == 0) || refused != (why != "") || len(picked) > s.WithDefaults().Sentences {
			t.Fatalf("picked %d, refused %v, why %q", len(picked), refused, why)
		}
		seen := map[int]bool{}
		for i, p := range picked {
			from := passages[p.Passage]
			if string([]rune(from.Text)[p.Start-from.Start:p.End-from.Start]) != p.Text || p.Text == "" {
				t.Fatalf("quote %q is not its range of %q", p.Text, from.Text)
			}
			if i > 0 && p.Passage == picked[i-1].Passage && p.Start < picked[i-1].End {
				t.Fatalf("quotes of one passage are out of order or overlap: %v", picked)
			}
			if i > 0 && p.Passage != picked[i-1].Passage && seen[p.Passage] {
				t.Fatalf("the quotes of a passage stand apart: %v", picked)
			}
			seen[p.Passage] = true
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	for _, s := range retrievetest.Suites(b) {
		b.Run(s.Name, func(b *testing.B) {
			c := retrievetest.New(b, s.Files)
			q := s.Cases[0].Question
			found, _, _, _ := ask(b, c, q)
			b.ReportMetric(float64(len(found.Kept)), "passages")
			for b.Loop() {
				extract.Extract(q, found.Kept, extract.Settings{Weights: found.Weights})
			}
		})
	}
}
