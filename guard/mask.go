package guard

import (
	"cmp"
	"slices"
	"strings"

	"wenyuan/guard/pii"
)

// An edit is what is put in the place of some bytes of the text.
type edit struct {
	start, end int
	text       string
	check      string // that asked for it
}

// masked is the text with its edits. What overlaps is taken out together, and what stands for it is
// what stands for the first. Behind a tail only the new text is given.
func (x *look) masked() string {
	tokens := x.about.Vault != nil && slices.ContainsFunc(x.g.lines[x.place], func(c Check) bool { return c.How == string(pii.Token) })
	if len(x.edits) == 0 && !tokens {
		return x.raw[x.tail:]
	}
	// Words that only look like a token must not be turned into what one stands for.
	plain := func(s string) string {
		if !tokens {
			return s
		}
		return pii.Cover(s, nil, pii.Token, x.about.Vault)
	}
	var b strings.Builder
	at := x.tail
	for _, e := range merged(x.edits) {
		start, end := max(e.start, at), max(e.end, at)
		if end <= at && e.end < at {
			continue
		}
		b.WriteString(plain(x.raw[at:start]))
		b.WriteString(e.text)
		at = end
	}
	b.WriteString(plain(x.raw[at:]))
	return b.String()
}

// merged are edits in order, those that overlap as one.
func merged(edits []edit) []edit {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b edit) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var out []edit
	for _, e := range sorted {
		if e.end <= e.start {
			continue
		}
		if n := len(out); n > 0 && e.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, e.end)
			continue
		}
		out = append(out, e)
	}
	return out
}
