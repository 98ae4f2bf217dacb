package guard

import (
	"slices"

	"wenyuan/guard/pii"
)

// lines are those of a policy that hold at each place, in its order.
type lines map[Place][]Check

func (p Policy) lines() lines {
	out := lines{}
	for _, c := range p.Checks {
		for _, place := range c.Places {
			out[place] = append(out[place], c)
		}
	}
	return out
}

// has says whether a check is made at a place.
func (l lines) has(place Place, check string) bool {
	return slices.ContainsFunc(l[place], func(c Check) bool { return c.Check == check })
}

// of are the lines of a check at a place.
func (l lines) of(place Place, check string) (all []Check) {
	for _, c := range l[place] {
		if c.Check == check {
			all = append(all, c)
		}
	}
	return all
}

// action is what is done with a finding, and how it is covered. Where lines name its kind, those
// alone count.
func (l lines) action(place Place, f Finding) (a Action, how pii.How) {
	named := false
	a = Allow
	for _, c := range l[place] {
		if c.Check != f.Check {
			continue
		}
		names := slices.Contains(c.Kinds, f.Kind)
		if len(c.Kinds) > 0 && !names || named && !names {
			continue
		}
		if names && !named {
			named, a, how = true, Allow, ""
		}
		if f.Score < c.At || slices.Index(severities, f.Severity) < slices.Index(severities, c.Severity) {
			continue
		}
		if c.Action.rank() > a.rank() {
			a, how = c.Action, pii.How(c.How)
		}
	}
	return a, how
}

// kindsWith are the kinds of personal data and secrets for which f holds.
func kindsWith(f func(checked, secret bool) bool) (all []string) {
	for _, k := range pii.Kinds() {
		if f(k.Checksummed, k.Secret) {
			all = append(all, k.Name)
		}
	}
	return all
}
