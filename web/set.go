package web

import (
	"io"
	"slices"
)

// Set writes a data set.
func (r *Renderer) Set(w io.Writer, p SetPage) error {
	return r.page(w, "learning_set", layout{p.Frame, LearningPlace, p.Set.Name, p})
}

// known are the words of data that the console has its own words for, by what they count.
var known = map[string][]string{
	"split":    {"train", "valid", "test"},
	"kind":     {"chat", "preference", "label"},
	"language": {"en", "zh", ""},
	"origin":   {"trace", "feedback", "judged", "import", "instruct"},
	"licence":  {""},
}

// Named says whether there are words for a part.
func (c SetCount) Named(p SetPart) bool { return slices.Contains(known[c.Of], p.Name) }

// Wide is how much of a bar of 1000 a part takes.
func (p SetPart) Wide() int {
	if p.Of == 0 {
		return 0
	}
	return 1000 * p.Rows / p.Of
}

// Plain says that there are words for why something was left out.
func (l SetLeft) Plain() bool {
	return slices.Contains([]string{"duplicate", "near", "screened", "contradiction", "licence", "synthetic", "contaminated", "hidden"}, l.Why)
}

// Spoken says that there are words for a role.
func (s SetSaid) Spoken() bool {
	return slices.Contains([]string{"system", "user", "assistant", "tool", "chosen", "rejected"}, s.Role)
}
