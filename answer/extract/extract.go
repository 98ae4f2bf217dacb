// Package extract answers a question with sentences of the passages themselves.
//
// It writes nothing: each sentence is a range of the extracted text, in code points,
// and Text is exactly that range, so that the citation can quote it. What stands in no
// passage cannot be said, and where nothing answers it refuses.
//
// A sentence is judged by the weighted words of the question that it has itself, by
// those its headings, label and lead-in add, and by the shape of what is asked for (a
// number, steps, a reason). A heading, a label, a question or a lead-in alone is no answer.
//
// Where a person, a time, a number or a place is asked for, learned weights say how likely
// the sentence chosen is the answer at all, so that some passages that are near the question
// and do not answer it are refused. They tell few of them: see docs/benchmarks-answers.md.
package extract

import (
	"cmp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// Settings bounds an answer. A zero field takes its default.
type Settings struct {
	Sentences int     `json:"sentences,omitempty"` // at most; default 6
	Floor     float64 `json:"floor,omitempty"`     // share of the question that the best sentence and its headings must have; default 0.3
	// Sure is how likely, from 0 to 1, a chosen sentence must be the answer where a person, a
	// time, a number or a place is asked for; default 0.1, negative: no bound.
	Sure float64 `json:"sure,omitempty"`
	// Weights tell how much each term of the question tells apart in the corpus, as the
	// retriever found it. Without them all terms count the same.
	Weights question.Weights `json:"-"`
}

// WithDefaults fills the fields that are zero.
func (s Settings) WithDefaults() Settings {
	if s.Sentences <= 0 {
		s.Sentences = 6
	}
	if s.Floor == 0 {
		s.Floor = 0.3
	}
	if s.Sure == 0 {
		s.Sure = 0.1
	}
	return s
}

// Picked is one quoted sentence, list item, table row or piece of code.
type Picked struct {
	Text    string // exactly Start to End of the extracted text of the revision
	Display string // Text for reading: code between fences, Markdown marks left out
	Passage int    // index into the passages given
	Start   int    // code points in the extracted text of the revision
	End     int    // exclusive
}

// Extract chooses, from passages given best first, the one to s.Sentences
// sentences that answer best. They are grouped by passage, the passage with the best
// sentence first, and inside a passage in their own order. When nothing answers,
// refused is true and why says the reason in the language of the question.
func Extract(asked string, passages []wenyuan.Passage, s Settings) (sentences []Picked, refused bool, why string) {
	s = s.WithDefaults()
	q := question.Parse(asked, s.Weights)
	if q.Total == 0 {
		return nil, true, say(q, "the question has no words to look for", "问题里没有可以查找的词")
	}
	units := unitsOf(passages)
	score(q, passages, units)
	chosen := choose(q, units, s)
	if len(chosen) == 0 || s.Sure > 0 && sureOf(asked, passages, units, chosen) < s.Sure {
		return nil, true, say(q, "no sentence of the passages answers the question", "原文中没有句子能回答这个问题")
	}
	return arrange(chosen, passages), false, ""
}

// unitsOf takes passages apart.
func unitsOf(passages []wenyuan.Passage) (units []unit) {
	for i, p := range passages {
		for _, u := range cutUnits(p.Text, strings.Contains(p.Context, " | ")) {
			u.passage, u.words = i, question.Prepare(u.text)
			units = append(units, u)
		}
	}
	return units
}

// sureOf is how likely the likeliest of the chosen units is the answer; 1 where the
// question asks for nothing that can be told by how it is written.
func sureOf(asked string, passages []wenyuan.Passage, units, chosen []unit) (best float64) {
	w := weigherOf(asked, passages, units)
	if !w.typed() {
		return 1
	}
	for i, u := range units {
		if slices.ContainsFunc(chosen, func(c unit) bool { return c.passage == u.passage && c.start == u.start }) {
			best = max(best, w.sure(i))
		}
	}
	return best
}

// arrange puts the passage with the best unit first and keeps the order inside each.
func arrange(chosen []unit, passages []wenyuan.Passage) []Picked {
	best := map[int]float64{}
	for _, u := range chosen {
		best[u.passage] = max(best[u.passage], u.score)
	}
	slices.SortFunc(chosen, func(a, b unit) int {
		return cmp.Or(cmp.Compare(best[b.passage], best[a.passage]), cmp.Compare(a.passage, b.passage), cmp.Compare(a.start, b.start))
	})
	out := make([]Picked, len(chosen))
	for i, u := range chosen {
		from := passages[u.passage].Start
		out[i] = Picked{Text: u.text, Display: display(u), Passage: u.passage, Start: from + u.start, End: from + u.end}
	}
	return out
}

func say(q *question.Question, en, zh string) string {
	if q.Chinese {
		return zh
	}
	return en
}
