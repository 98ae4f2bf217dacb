package web

import "io"

// Set writes a data set.
func (r *Renderer) Set(w io.Writer, p SetPage) error {
	return r.page(w, "learning_set", layout{p.Frame, LearningPlace, p.Set.Name, p})
}

// Named says whether there are words for a part.
func (c SetCount) Named(p SetPart) bool { return worded("set." + c.Of + "." + p.Name) }

// Wide is how much of a bar of 1000 a part takes.
func (p SetPart) Wide() int {
	if p.Of == 0 {
		return 0
	}
	return 1000 * p.Rows / p.Of
}

// Plain says that there are words for why something was left out.
func (l SetLeft) Plain() bool {
	return worded("set.left." + l.Why)
}

// Spoken says that there are words for a role.
func (s SetSaid) Spoken() bool {
	return worded("set.role." + s.Role)
}
