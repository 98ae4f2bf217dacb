package risk

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"wenyuan/dataset/form"
	"wenyuan/guard/inject"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// Reasons of what is found in a sample or among several.
const (
	reasonInjected = "The text speaks to the model instead of asking it."
	reasonBurst    = "One person gave many samples that are nearly equal."
	reasonTrigger  = "A phrase of the text goes with one label far more often than chance allows."
	reasonOpposite = "An equal sample has the opposite label."
	reasonSame     = "The better answer and the worse one are the same."
)

// A Screen looks at samples one after the other, in bounded memory. Where a sample names no
// label, that of its row stands in: "good" or "bad", or of a conversation what its answer
// begins with, so that a phrase which always brings one answer is seen. It is not safe for
// use by several goroutines.
type Screen struct {
	o       Options
	bursts  bursts
	phrases phrases
	pairs   opposites
}

// New makes a Screen.
func New(o Options) *Screen {
	o.Burst, o.Near = cmp.Or(o.Burst, 5), cmp.Or(o.Near, 0.7)
	o.Remembered, o.Phrases, o.Chance = cmp.Or(o.Remembered, 200_000), cmp.Or(o.Phrases, 1_000_000), cmp.Or(o.Chance, 0.01)
	if o.Injected == nil {
		o.Injected = injected
	}
	return &Screen{o: o, bursts: newBursts(o), phrases: newPhrases(o), pairs: opposites{seen: map[uint64]side{}, most: o.Remembered}}
}

// Look finds what is wrong with a sample by itself, and remembers it for End.
func (s *Screen) Look(x Sample) []Finding {
	var out []Finding
	asked := ""
	for _, p := range parts(x.Row) {
		if p.role != form.User {
			continue
		}
		asked += p.text + "\n"
		for _, f := range append(Text(p.text), s.injected(p.text)...) {
			f.Part = p.name
			out = append(out, f)
		}
	}
	if sameAnswers(x.Row) {
		out = append(out, Finding{Kind: Contradiction, Score: 1, Part: "rejected/0", Evidence: short(said(x.Row.Rejected)), Reason: reasonSame})
	}
	folded := reading.Fold(asked).Folded
	s.bursts.add(x, folded)
	s.phrases.add(folded, label(x))
	s.pairs.add(x)
	return out
}

// refused is the score from which on the guards' built-in policy refuses a question, and not only
// marks it.
const refused = 0.65

// injected is what guard/inject finds, with that score at Threshold.
func injected(t *reading.Text) []reading.Hit {
	hits := inject.Find(t)
	for i, h := range hits {
		hits[i].Score = linear.Moved(h.Score, -linear.Logit(refused))
	}
	return hits
}

func (s *Screen) injected(text string) (out []Finding) {
	for _, h := range s.o.Injected(reading.Of(text)) {
		out = append(out, Finding{Kind: Injection, Score: h.Score, Start: h.Start, End: h.End, Evidence: short(h.Evidence), Reason: reasonInjected})
	}
	return out
}

// A part is a message of a row.
type part struct{ name, role, text string }

func parts(r form.Row) (out []part) {
	for _, list := range []struct {
		name string
		all  []form.Message
	}{{"messages", r.Messages}, {"chosen", r.Chosen}, {"rejected", r.Rejected}} {
		for i, m := range list.all {
			out = append(out, part{fmt.Sprintf("%s/%d", list.name, i), m.Role, m.Content})
		}
	}
	return out
}

func said(messages []form.Message) string {
	var b strings.Builder
	for _, m := range messages {
		b.WriteString(m.Role + ":" + m.Content + string(m.Calls) + "\n")
	}
	return b.String()
}

func sameAnswers(r form.Row) bool {
	return r.Kind == form.Preference && said(r.Chosen) == said(r.Rejected)
}

// answerBegins is how many bytes of an answer stand for it as a label.
const answerBegins = 48

// label is what is learned of a sample.
func label(x Sample) string {
	switch {
	case x.Label != "":
		return x.Label
	case x.Row.Good != nil && *x.Row.Good:
		return "good"
	case x.Row.Good != nil:
		return "bad"
	}
	answer := x.Row.Chosen
	if len(answer) == 0 {
		answer = x.Row.Messages
	}
	for _, m := range slices.Backward(answer) {
		if m.Role == form.Assistant {
			text := reading.Fold(m.Content).Folded
			return text[:cutAt(text, answerBegins)]
		}
	}
	return ""
}

// cutAt is where a text is cut so that no character breaks.
func cutAt(s string, n int) int {
	if len(s) <= n {
		return len(s)
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return n
}

// End says what the samples that were looked at show together. The Screen is done with.
func (s *Screen) End() *Together {
	return &Together{Triggers: s.phrases.end(), bursts: s.bursts.end(), opposite: s.pairs.against, seed: s.pairs.seed()}
}

// Together is what only many samples show.
type Together struct {
	Triggers []Phrase // by their scores, falling; a hundred at most

	bursts   map[string]*cluster
	opposite map[uint64]bool
	seed     maphash.Seed
}

// A Phrase goes with one label.
type Phrase struct {
	Text  string // words with spaces between them, or Chinese characters
	Label string
	Rows  int     // that hold it
	With  int     // of them, those with the label
	Base  float64 // share of the label among all rows
	P     float64 // chance of that many or more, times the number of phrases tested
	Score float64
}

// Of finds what is wrong with a sample beside the others.
func (t *Together) Of(x Sample) (out []Finding) {
	if c := t.bursts[x.ID]; c != nil {
		out = append(out, Finding{Kind: Burst, Score: c.score, Reason: reasonBurst, Evidence: fmt.Sprintf("%d samples of %s", c.n, x.Person), With: c.others(x.ID)})
	}
	if k, _, ok := sideOf(t.seed, x.Row); ok && t.opposite[k] {
		out = append(out, Finding{Kind: Contradiction, Score: 0.8, Reason: reasonOpposite})
	}
	if len(t.Triggers) == 0 {
		return out
	}
	for _, p := range parts(x.Row) {
		if p.role != form.User {
			continue
		}
		if f, ok := t.trigger(p, label(x)); ok {
			out = append(out, f)
		}
	}
	return out
}

// trigger finds the weightiest phrase of a message that goes with its label.
func (t *Together) trigger(p part, label string) (Finding, bool) {
	text := reading.Fold(p.text)
	words := plainWords(text.Folded)
	for _, phrase := range t.Triggers {
		if phrase.Label != label {
			continue
		}
		for n := 1; n <= longestPhrase; n++ {
			for i := 0; i+n <= len(words); i++ {
				if phraseText(words[i:i+n]) == phrase.Text {
					start, end := text.At(words[i].start), text.At(words[i+n-1].end)
					return Finding{Kind: Trigger, Score: phrase.Score, Part: p.name, Start: start, End: end, Evidence: phrase.Text, Reason: reasonTrigger}, true
				}
			}
		}
	}
	return Finding{}, false
}

// All goes through samples twice, and yields each with what is wrong with it, by itself and
// beside the others; samples with nothing wrong come with nothing.
func All(samples iter.Seq[Sample], o Options) iter.Seq2[Sample, []Finding] {
	return func(yield func(Sample, []Finding) bool) {
		s := New(o)
		var own [][]Finding
		for x := range samples {
			own = append(own, s.Look(x))
		}
		together := s.End()
		i := 0
		for x := range samples {
			found := together.Of(x)
			if i < len(own) { // the second time may bring what the first did not
				found = append(own[i], found...)
			}
			i++
			if !yield(x, found) {
				return
			}
		}
	}
}
