package limit

// A group is the rules that differ in their subject alone: of these one holds for a claim.
type group struct {
	space    string
	kind     Kind
	resource Resource
	span     Span
	currency string
}

// A ruleset is all rules, as they are looked up.
type ruleset struct {
	all    []Rule
	groups []group // in the order of the rules
	named  map[counter]Rule
}

func newRuleset(all []Rule) ruleset {
	s := ruleset{all: all, named: map[counter]Rule{}}
	seen := map[group]bool{}
	for _, r := range all {
		g := group{r.Space, r.Kind, r.Resource, r.Span, r.Currency}
		if !seen[g] {
			seen[g] = true
			s.groups = append(s.groups, g)
		}
		s.named[r.counterOf(r.Subject)] = r
	}
	return s
}

// find is the rule that holds for a counter: the one that names its subject, else the one for each.
func (s *ruleset) find(k counter) (Rule, bool) {
	r, ok := s.named[k]
	if !ok {
		k.subject = ""
		r, ok = s.named[k]
	}
	return r, ok
}

// apply opens the accounts of a claim.
func (s *ruleset) apply(c *Claim, open func(counter, Rule) *account) []*account {
	var all []*account
	for _, g := range s.groups {
		subject := c.id(g.kind)
		if g.space != "" && g.space != c.Space || subject == "" && g.kind != House {
			continue
		}
		k := counter{g.space, g.kind, subject, g.resource, g.span, g.currency}
		if r, ok := s.find(k); ok {
			all = append(all, open(k, r))
		}
	}
	return all
}
