package retrieve

import (
	"fmt"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// Filters are the settings of the filter chain. A zero field takes its default; a
// negative one switches its stage off.
type Filters struct {
	Floor     float64 `json:"floor,omitempty"`     // least relevance; default 0.42
	Beside    float64 `json:"beside,omitempty"`    // least relevance as a part of the best one's; default 0.6
	Stale     float64 `json:"stale,omitempty"`     // common part from which an older version gives way; default 0.5
	Duplicate float64 `json:"duplicate,omitempty"` // resemblance from which a passage repeats a better one; default 0.8
	Diversity float64 `json:"diversity,omitempty"` // weight of the score against novelty in MMR; default 0.7
	Keep      int     `json:"keep,omitempty"`      // passages at most; default 8
	Tokens    int     `json:"tokens,omitempty"`    // estimated tokens of all passages at most; default 4000
	Conflict  float64 `json:"conflict,omitempty"`  // likeness from which two sentences are held against each other; default 0.7
}

// WithDefaults fills the fields that are zero.
func (f Filters) WithDefaults() Filters {
	d := Filters{Floor: 0.42, Beside: 0.6, Stale: 0.5, Duplicate: 0.8, Diversity: 0.7, Keep: 8, Tokens: 4000, Conflict: 0.7}
	for _, p := range []struct{ have, def *float64 }{
		{&f.Floor, &d.Floor}, {&f.Beside, &d.Beside}, {&f.Stale, &d.Stale}, {&f.Conflict, &d.Conflict}, {&f.Duplicate, &d.Duplicate}, {&f.Diversity, &d.Diversity},
	} {
		if *p.have == 0 {
			*p.have = *p.def
		}
	}
	if f.Keep == 0 {
		f.Keep = d.Keep
	}
	if f.Tokens == 0 {
		f.Tokens = d.Tokens
	}
	return f
}

// A Drop is a passage that did not come through.
type Drop struct {
	Passage wenyuan.Passage `json:"passage"`
	Stage   string          `json:"stage"` // "floor", "staleness", "duplicates", "diversity" or "budget"; of an answer also "guard"
	Code    string          `json:"code"`  // the reason as a word for programs
	Why     string          `json:"why"`   // the reason as a sentence
}

// Codes of the reasons.
const (
	BelowFloor    = "below_floor"
	BesideBetter  = "beside_better"
	OtherLanguage = "other_language"
	Superseded    = "superseded"
	SetAside      = "set_aside" // by the guards
	NearDuplicate = "near_duplicate"
	LessNew       = "less_new"
	OverBudget    = "over_budget"
)

// A stage lets some candidates through and says why not of the others.
type stage struct {
	name string
	run  func(in []candidate, drop func(c candidate, code, why string)) (kept []candidate)
}

// filter runs the chain over the candidates of a question, best first.
func (f Filters) filter(q *question.Question, in []candidate, limit int) Found {
	f = f.WithDefaults()
	if limit > 0 {
		f.Keep = limit
	}
	out := Found{Floor: max(0, f.Floor)}
	for _, c := range in {
		out.Nearest = max(out.Nearest, c.relevance)
		out.Ranked = append(out.Ranked, Ranked{c.passage.ID, c.score, c.relevance, c.features})
	}
	for _, s := range []stage{{"floor", f.floor}, {"staleness", f.staleness(q.Text)}, {"duplicates", f.duplicates(q)}, {"diversity", f.diversity}, {"budget", f.budget}} {
		in = s.run(in, func(c candidate, code, why string) {
			c.passage.Score = c.score
			out.Dropped = append(out.Dropped, Drop{Passage: c.passage, Stage: s.name, Code: code, Why: why})
		})
	}
	for _, c := range in {
		c.passage.Score = c.score
		out.Kept = append(out.Kept, c.passage)
	}
	return out
}

// floor drops what is about too little of the question.
func (f Filters) floor(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
	best, native := 0.0, 0.0
	for _, c := range in {
		best = max(best, c.relevance)
		if c.features.Foreign == 0 {
			native = max(native, c.relevance)
		}
	}
	for _, c := range in {
		switch {
		case c.relevance < f.Floor:
			drop(c, BelowFloor, fmt.Sprintf("holds %.0f %% of what the question asks about, the floor is %.0f %%", 100*c.relevance, 100*f.Floor))
		case c.features.Foreign > 0 && native >= max(f.Floor, c.relevance):
			drop(c, OtherLanguage, "is in another language than the question, and passages in its language are as near")
		case c.relevance < f.Beside*best && !c.limit:
			drop(c, BesideBetter, fmt.Sprintf("holds %.0f %% of what the question asks about, the best passage %.0f %%", 100*c.relevance, 100*best))
		default:
			kept = append(kept, c)
		}
	}
	return kept
}

// duplicates drops what says nearly the same as a better passage. What contradicts it
// in nearly the same words is no duplicate: both are shown.
func (f Filters) duplicates(q *question.Question) func(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
	return func(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
		if f.Duplicate < 0 {
			return in
		}
		var sketches []sketch
	next:
		for _, c := range in {
			s := shingles(c.termsOf())
			for i, k := range kept {
				r := s.resemblance(sketches[i])
				if r < f.Duplicate || r < 1 && len(f.conflicts(q, []wenyuan.Passage{c.passage, k.passage})) > 0 {
					continue
				}
				drop(c, NearDuplicate, fmt.Sprintf("%.0f %% the same as a better passage of %s", 100*r, k.passage.Source))
				continue next
			}
			kept, sketches = append(kept, c), append(sketches, s)
		}
		return kept
	}
}

// diversity chooses by maximal marginal relevance (Carbonell and Goldstein, 1998): each
// time the passage with the best of score and novelty. What was chosen stays in the
// order of its scores.
func (f Filters) diversity(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
	if f.Keep < 0 || len(in) <= f.Keep && f.Diversity < 0 {
		return in
	}
	chosen := make([]bool, len(in))
	for _, i := range f.mmr(in) {
		chosen[i] = true
	}
	for i, c := range in {
		if chosen[i] {
			kept = append(kept, c)
		} else {
			drop(c, LessNew, fmt.Sprintf("the %d passages that were kept are better or say more that is new", f.Keep))
		}
	}
	return kept
}

// sameDocument is how much of what is new in a passage counts less for each one chosen of
// its document: another document says more that is new.
const sameDocument = 0.1

// mmr gives the places of the passages that are chosen.
func (f Filters) mmr(in []candidate) (chosen []int) {
	if len(in) == 0 {
		return nil
	}
	words := make([]sketch, len(in))
	known := make([]float64, len(in)) // how much each resembles the chosen one it resembles most
	for i := range in {
		words[i] = newSketch(in[i].termsOf()) // equal words in any order
	}
	lambda := f.Diversity
	if lambda < 0 {
		lambda = 1
	}
	for len(chosen) < min(f.Keep, len(in)) {
		best, bestValue := -1, 0.0
		for i, c := range in {
			value := lambda*c.score/in[0].score - (1-lambda)*known[i]
			if known[i] < 2 && (best < 0 || value > bestValue) {
				best, bestValue = i, value
			}
		}
		chosen = append(chosen, best)
		for i := range in {
			known[i] = max(known[i], words[i].resemblance(words[best]))
			if in[i].passage.Document == in[best].passage.Document {
				known[i] += sameDocument * (1 - known[i])
			}
		}
		known[best] = 2 // taken
	}
	return chosen
}

// budget drops what no longer fits. The best passage always fits.
func (f Filters) budget(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
	if f.Tokens < 0 {
		return in
	}
	used := 0
	for _, c := range in {
		n := tokens(c.passage.Text)
		if len(kept) > 0 && used+n > f.Tokens {
			drop(c, OverBudget, fmt.Sprintf("about %d tokens more than the budget of %d", used+n-f.Tokens, f.Tokens))
			continue
		}
		used += n
		kept = append(kept, c)
	}
	return kept
}

// tokens estimates the tokens of a text: three for four Chinese characters, one for
// four other characters, as byte-pair vocabularies of today's models come out.
func tokens(text string) int {
	quarters := 0
	for _, r := range text {
		if r >= 0x2e80 {
			quarters += 3
		} else {
			quarters++
		}
	}
	return quarters/4 + 1
}
