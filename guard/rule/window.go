package rule

import "slices"

type window struct{ from, to int }

// windows are where the other parts of rules may lie, in the order of the text: around the
// places where all telling parts of a rule are near each other. It sorts the events.
func (m *Matcher) windows(events []event, s string) []window {
	if len(events) == 0 {
		return nil
	}
	sortEvents(events)
	var out []window
	for refs := m.refs(events); len(refs) > 0; {
		n := sameRule(refs)
		if r := refs[0].rule; m.needs[r] > 0 && termsOf(refs[:n])&m.firsts[r] == m.firsts[r] {
			out = m.together(meetings(events, refs[:n]), m.firsts[r], int(m.needs[r]), out)
		}
		refs = refs[n:]
	}
	slices.SortFunc(out, func(a, b window) int { return a.from - b.from })
	for i, w := range out {
		out[i] = window{aligned(s, w.from), aligned(s, w.to)}
	}
	return out
}

// together adds the windows of one rule, given what was met of its telling parts.
func (m *Matcher) together(met []meeting, firsts uint8, need int, out []window) []window {
	var last [maxTerms]meeting
	seen := uint8(0)
	for _, w := range met {
		last[w.term] = w
		seen |= 1 << w.term
		if seen&firsts != firsts {
			continue
		}
		near, from := true, w.start
		for i := range last {
			if firsts>>i&1 == 1 {
				near = near && last[i].end >= w.start-need
				from = min(from, last[i].start)
			}
		}
		if from -= need; !near {
			continue
		}
		if n := len(out); n > 0 && from >= out[n-1].from && from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, w.end+need)
			continue
		}
		out = append(out, window{from, w.end + need})
	}
	return out
}
