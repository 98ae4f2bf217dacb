package rule

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"wenyuan/guard/reading"
)

// Find returns what the rules find in a text and in what was decoded from it, in the order
// of the text. At most MaxMatches are returned.
func (m *Matcher) Find(t *reading.Text) []reading.Hit {
	var hits []reading.Hit
	for _, match := range m.Matches(t) {
		hits = append(hits, match.Hit)
	}
	return hits
}

// Matches is Find with the rule of each hit.
func (m *Matcher) Matches(t *reading.Text) []Match {
	var out []Match
	t.Each(func(v reading.View) bool {
		for _, f := range m.find(v.Text) {
			if len(out) == MaxMatches {
				break
			}
			start, end := v.Start, v.End
			if v.How == nil {
				start, end = t.At(f.start), t.At(f.end)
			}
			out = append(out, m.match(f, v.Text, start, end))
		}
		return len(out) < MaxMatches
	})
	return out
}

// A finding is a rule that holds for a range of folded text.
type finding struct {
	rule       int32
	start, end int
}

const maxEvidence = 200 // bytes

func (m *Matcher) match(f finding, folded string, start, end int) Match {
	r, set := m.rules[f.rule], m.sets[m.setOf[f.rule]]
	evidence := folded[f.start:f.end]
	if len(evidence) > maxEvidence {
		evidence = evidence[:maxEvidence]
		for !utf8.ValidString(evidence) {
			evidence = evidence[:len(evidence)-1]
		}
	}
	return Match{
		Hit: reading.Hit{
			Kind: r.category, Layer: "rules", Severity: r.severity, Score: scores[r.severity],
			Start: start, End: end, Evidence: evidence,
			Reason: fmt.Sprintf("the rule in line %d of %s holds", r.line, set.Name),
		},
		Set: set.Name, Line: int(r.line), Rule: r.text, Action: r.action,
	}
}

// find evaluates the rules over a folded text.
func (m *Matcher) find(folded string) []finding {
	events := m.events(folded)
	if len(events) == 0 {
		return nil
	}
	met := m.ofRules(events)
	var out []finding
	for len(met) > 0 {
		n := 1
		for n < len(met) && met[n].rule == met[0].rule {
			n++
		}
		out = m.hold(folded, met[:n], out)
		met = met[n:]
	}
	slices.SortFunc(out, func(a, b finding) int {
		if a.start != b.start {
			return a.start - b.start
		}
		if a.end != b.end {
			return b.end - a.end
		}
		return int(a.rule - b.rule)
	})
	return out
}

// A meeting is an event as one rule sees it.
type meeting struct {
	slot
	start, end int
}

// ofRules hands the events to the rules, those of one rule side by side and in the order of
// the text.
func (m *Matcher) ofRules(events []event) []meeting {
	var met []meeting
	for _, e := range events {
		for _, s := range m.slots[m.slotsOf[e.group]:m.slotsOf[e.group+1]] {
			met = append(met, meeting{s, int(e.start), int(e.end)})
		}
	}
	slices.SortFunc(met, func(a, b meeting) int {
		switch {
		case a.rule != b.rule:
			return int(a.rule - b.rule)
		case a.end != b.end:
			return a.end - b.end
		case a.start != b.start:
			return b.start - a.start
		}
		return int(a.term - b.term)
	})
	return slices.Compact(met)
}
