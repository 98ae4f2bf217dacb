package guard

import "slices"

// A Trait says what the lines of a check may say.
type Trait struct {
	Places   []Place  // where it is of use, in the order of the road
	At       float64  // the score from which on it counts where a line says none
	Kinds    []string // that it knows; nil where any may be named
	Severity bool     // its findings have a severity
	Outside  bool     // it asks somebody: a line has a model, a time and what is done without an answer
	Covers   bool     // what it finds can be covered in several ways
	Cuts     bool     // what it finds can be masked
}

// TraitOf says what the lines of a check may say; ok is false where there is no such check.
func TraitOf(check string) (_ Trait, ok bool) {
	t, ok := traits[check]
	if !ok {
		return Trait{}, false
	}
	out := Trait{At: t.at, Severity: t.severity, Outside: t.outside, Covers: t.covers, Cuts: t.cuts}
	out.Places = slices.DeleteFunc(Places(), func(p Place) bool { return !slices.Contains(t.places, p) })
	if t.kinds != nil {
		out.Kinds = t.kinds()
	}
	return out, true
}
