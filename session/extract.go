package session

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/index/analysis"
)

// A unit is a sentence that may stand in a summary.
type unit struct {
	text  string
	terms []string // distinct
	asked bool     // it is a question of the person's
	turn  int      // place among the turns
	score float64
}

// asked is how much more a question weighs than a sentence of an answer: it says what the
// conversation is about.
const asked = 1.5

// extract picks the sentences that say most of what was said, whole and in their order, as
// far as they fit into so many tokens. A sentence weighs the sum of its terms' weights over the
// square root of their number, so that neither the longest nor the shortest win; a term weighs
// by how many sentences have it (the more, the more the conversation is about it) times how
// rare it is among them, as in the summaries of Luhn (1958) with weights by inverse document
// frequency.
func (s *Sessions) extract(turns []Turn, tokens int) string {
	units := unitsOf(turns)
	weigh(units, len(turns))
	order := make([]int, len(units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(units[b].score, units[a].score) })
	var picked []int
	covered := map[string]bool{}
	for _, i := range order {
		n := s.count(units[i].text) + 2 // and its line
		if n > tokens || said(units[i], covered) {
			continue
		}
		tokens -= n
		picked = append(picked, i)
		for _, t := range units[i].terms {
			covered[t] = true
		}
	}
	slices.Sort(picked)
	lines := make([]string, len(picked))
	for i, at := range picked {
		lines[i] = "- " + units[at].text
	}
	return strings.Join(lines, "\n")
}

// said says that a sentence brings no term which those before it did not.
func said(u unit, covered map[string]bool) bool {
	return !slices.ContainsFunc(u.terms, func(t string) bool { return !covered[t] })
}

// unitsOf are the questions and the sentences of the answers. A sentence that has no support
// is left out, so that it is not passed on as what is known.
func unitsOf(turns []Turn) []unit {
	var units []unit
	add := func(turn int, text string, question bool) {
		text = strings.TrimPrefix(strings.Join(strings.Fields(text), " "), "- ")
		if terms := termsOf(text); len(terms) > 0 {
			units = append(units, unit{text: text, terms: terms, asked: question, turn: turn})
		}
	}
	for i, t := range turns {
		add(i, t.Question, true)
		switch {
		case t.Answer.Refused:
		case len(t.Answer.Sentences) > 0:
			for _, x := range t.Answer.Sentences {
				if x.Verdict != wenyuan.Unsupported {
					add(i, x.Text, false)
				}
			}
		default:
			runes := []rune(t.Answer.Answer)
			for _, x := range check.Sentences(t.Answer.Answer) {
				add(i, string(runes[x.Start:x.End]), false)
			}
		}
	}
	return units
}

// termsOf are the distinct words of a text that carry a meaning.
func termsOf(text string) []string {
	terms := slices.DeleteFunc(analysis.Terms(text), analysis.IsStop)
	slices.Sort(terms)
	return slices.Compact(terms)
}

func weigh(units []unit, turns int) {
	in := map[string]int{}
	for _, u := range units {
		for _, t := range u.terms {
			in[t]++
		}
	}
	for i, u := range units {
		for _, t := range u.terms {
			units[i].score += (1 + math.Log(float64(in[t]))) * math.Log(1+float64(len(units))/float64(in[t]))
		}
		units[i].score /= math.Sqrt(float64(len(u.terms)))
		if u.asked {
			units[i].score *= asked
		}
		units[i].score *= 1 + float64(u.turn)/float64(max(turns, 1))/4 // what was said later is a little nearer to what comes
	}
}
