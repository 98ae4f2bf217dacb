package dataset

import (
	"slices"
	"strings"
)

// derivable says whether rows under one licence may be shown to a model that writes rows under another one
// beside them. It knows the marks of Creative Commons and of copyleft: nd allows nothing that is made from it, sa and copyleft
// want the same licence, nc wants that it is not sold. Of other licences it knows nothing, and lets them pass:
// whoever orders rows has read them.
func derivable(from, to string) bool {
	a, b := licenceParts(from), licenceParts(to)
	has := func(parts []string, one ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(one, p) })
	}
	switch {
	case has(a, "nd", "noderivatives", "noderivs", "proprietary", "confidential"):
		return false
	case has(a, "sa", "sharealike", "gpl", "agpl", "lgpl", "odbl") && !slices.Equal(a, b):
		return false
	case has(a, "nc", "noncommercial") && !has(b, "nc", "noncommercial"):
		return false
	}
	return true
}

// licenceParts are the parts of a licence's name in lower case: cc, by, nc, 4.0.
func licenceParts(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == ' ' || r == '_' || r == '/' })
}
