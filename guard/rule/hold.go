package rule

import (
	"sort"
	"unicode/utf8"
)

// hold adds where one rule holds, given what was met of it.
func (m *Matcher) hold(s string, met []meeting, out []finding) []finding {
	r := m.rules[met[0].rule]
	words, exceptions, unless := parted(met)
	if len(exceptions) > 0 {
		kept := words[:0]
		for _, w := range words {
			if !m.inside(exceptions, w) {
				kept = append(kept, w)
			}
		}
		words = kept
	}
	for _, f := range m.intervals(s, r, words) {
		if !m.beside(s, unless, f, int(r.within)) {
			out = append(out, finding{met[0].rule, f.start, f.end})
		}
	}
	return out
}

func parted(met []meeting) (words, exceptions, unless []meeting) {
	for _, w := range met {
		switch w.term {
		case isUnless:
			unless = append(unless, w)
		case isException:
			exceptions = append(exceptions, w)
		default:
			words = append(words, w)
		}
	}
	return words, exceptions, unless
}

// ending are the meetings, in the order of their ends, that end from lo to hi.
func ending(met []meeting, lo, hi int) []meeting {
	from := sort.Search(len(met), func(i int) bool { return met[i].end >= lo })
	to := sort.Search(len(met), func(i int) bool { return met[i].end > hi })
	return met[from:max(from, to)]
}

// inside says whether a meeting lies inside one of others.
func (m *Matcher) inside(others []meeting, w meeting) bool {
	for _, o := range ending(others, w.end, w.end+m.reach) {
		if o.start <= w.start && (o.start != w.start || o.end != w.end || o.term != w.term) {
			return true
		}
	}
	return false
}

// beside says whether one of others lies within so many characters of a finding, or in it.
func (m *Matcher) beside(s string, others []meeting, f meeting, within int) bool {
	for _, o := range ending(others, f.start-charBytes*within, f.end+charBytes*within+m.reach) {
		if o.start < f.end && f.start < o.end ||
			o.end <= f.start && distant(s, o.end, f.start, within) ||
			o.start >= f.end && distant(s, f.end, o.start, within) {
			return true
		}
	}
	return false
}

// distant says whether two places are at most so many characters apart.
func distant(s string, from, to, most int) bool {
	if to-from <= most {
		return true
	}
	return to-from <= charBytes*most && utf8.RuneCountInString(s[from:to]) <= most
}

// intervals are the ranges where a rule holds: of a single word those that lie in no other
// one, of a combination the smallest that hold all its terms. Both depend on nothing outside
// of them, so that a stream finds what the whole text has.
func (m *Matcher) intervals(s string, r *rule, words []meeting) []meeting {
	var out []meeting
	if len(r.terms) == 1 {
		for _, w := range words {
			if !m.inside(words, w) {
				out = append(out, w)
			}
		}
		return out
	}
	for i := range words {
		f, ok := backwards(s, r, words[:i+1])
		if !ok || len(out) > 0 && out[len(out)-1].start >= f.start {
			continue // a smaller one lies inside
		}
		out = append(out, f)
	}
	return out
}

// backwards looks from the last of words for the nearest of all other terms before it.
func backwards(s string, r *rule, words []meeting) (meeting, bool) {
	last := words[len(words)-1]
	if r.ordered && int(last.term) != len(r.terms)-1 {
		return meeting{}, false
	}
	missing := (1<<len(r.terms) - 1) &^ (1 << last.term)
	f, want, before := last, int(last.term)-1, last.start
	for i := len(words) - 2; i >= 0 && missing != 0; i-- {
		w := words[i]
		if w.end < last.start-charBytes*int(r.within) {
			return meeting{}, false
		}
		if w.end > before || missing>>w.term&1 == 0 || r.ordered && int(w.term) != want {
			continue
		}
		missing &^= 1 << w.term
		if want--; r.ordered {
			before = w.start
		}
		if !distant(s, w.end, last.start, int(r.within)) {
			return meeting{}, false
		}
		f.start = min(f.start, w.start)
	}
	return f, missing == 0
}
