package rule

import (
	"cmp"
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

// part is how much of a folded text is looked at in one go, with what lies beside it. It
// bounds what is held in memory, and no word is left out however many there are.
const part = 32 << 10

// find evaluates the rules over a folded text.
func (m *Matcher) find(folded string) []finding {
	if len(folded) <= part {
		return m.findPart(folded)
	}
	var out []finding
	for from := 0; from < len(folded) && len(out) < MaxMatches; from += part {
		lo, hi := aligned(folded, from-m.reach), aligned(folded, from+part+m.reach)
		for _, f := range m.findPart(folded[lo:hi]) {
			if f.start += lo; f.start >= from && f.start < from+part {
				f.end += lo
				out = append(out, f)
			}
		}
	}
	return out
}

// aligned is the place nearest before i where a character begins.
func aligned(s string, i int) int {
	i = max(0, min(i, len(s)))
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

func (m *Matcher) findPart(folded string) []finding {
	events := m.events(folded)
	if len(events) == 0 {
		return nil
	}
	return m.evaluate(folded, events)
}

// evaluate says which rules hold, given the words that were met.
func (m *Matcher) evaluate(folded string, events []event) []finding {
	sortEvents(events)
	events = slices.Compact(events)
	var out []finding
	for refs := m.refs(events); len(refs) > 0; {
		n := sameRule(refs)
		if r := m.rules[refs[0].rule]; int(termsOf(refs[:n])) == 1<<len(r.terms)-1 {
			out = m.hold(folded, meetings(events, refs[:n]), out)
		}
		refs = refs[n:]
	}
	slices.SortFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.rule, b.rule))
	})
	return out
}

// A ref says that events from one place to another are those of a term of a rule.
type ref struct {
	slot
	from, to int
}

func sortEvents(events []event) {
	slices.SortFunc(events, func(a, b event) int {
		if a.group != b.group {
			return int(a.group - b.group)
		}
		if a.end != b.end {
			return int(a.end - b.end)
		}
		return int(b.start - a.start)
	})
}

// sameRule is how many of refs are of the first one's rule.
func sameRule(refs []ref) int {
	n := 1
	for n < len(refs) && refs[n].rule == refs[0].rule {
		n++
	}
	return n
}

// termsOf are the terms of a rule that were met, as bits.
func termsOf(refs []ref) (bits uint8) {
	for _, r := range refs {
		if r.term >= 0 {
			bits |= 1 << r.term
		}
	}
	return bits
}

// refs are the terms of which anything was met, those of one rule side by side. Whether a
// rule can hold at all is seen in them, before its events are gathered.
func (m *Matcher) refs(events []event) []ref {
	var refs []ref
	for from := 0; from < len(events); {
		to, group := from+1, events[from].group
		for to < len(events) && events[to].group == group {
			to++
		}
		for _, s := range m.slots[m.slotsOf[group]:m.slotsOf[group+1]] {
			refs = append(refs, ref{s, from, to})
		}
		from = to
	}
	slices.SortFunc(refs, func(a, b ref) int { return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.from, b.from)) })
	return refs
}

// A meeting is an event as one rule sees it.
type meeting struct {
	slot
	start, end int
}

// meetings are the events of one rule in the order of the text.
func meetings(events []event, refs []ref) []meeting {
	var met []meeting
	for _, r := range refs {
		for _, e := range events[r.from:r.to] {
			met = append(met, meeting{r.slot, int(e.start), int(e.end)})
		}
	}
	slices.SortFunc(met, func(a, b meeting) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(b.start, a.start), cmp.Compare(a.term, b.term))
	})
	return met
}
