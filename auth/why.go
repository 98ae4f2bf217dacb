package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan/internal/scope"
)

// A Decision says whether somebody may read a document, and why, in a sentence.
type Decision struct {
	Allowed bool   `json:"allowed"`
	Because string `json:"because"`
}

// Can explains why somebody may read a document, by its id, or why not. An owner of the space
// may know it of everybody, others of themselves and the documents that they see.
func (d *Directory) Can(ctx context.Context, sc scope.Scope, who Identity, person, document string) (Decision, error) {
	if err := d.refresh(ctx); err != nil {
		return Decision{}, err
	}
	return d.can(sc, who, person, document)
}

// can is Can as far as the directory knows.
func (d *Directory) can(sc scope.Scope, who Identity, person, document string) (Decision, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.state.person(person)
	if !sc.May(scope.Own) && (p == nil || p.id != who.Principal.ID) {
		return Decision{}, errNotOwner
	}
	r := d.state.spaces[sc.Space()]
	if r == nil {
		return Decision{}, NoDocument(document)
	}
	n, there := r.table.Class(document)
	if !there || !sc.Sees(r.id, document) {
		return Decision{}, NoDocument(document)
	}
	if p == nil {
		return Decision{}, noPerson(person)
	}
	return d.state.explain(p, r, r.rules[n]), nil
}

// explain gives the strongest reason first. What it says follows what scopeOf decides; a test
// holds them together.
func (st *state) explain(p *person, r *room, c rule) Decision {
	if p.disabled {
		return Decision{false, fmt.Sprintf("%s is disabled, and may not come in", p.name)}
	}
	if p.operator {
		return Decision{true, fmt.Sprintf("%s is an operator, and operators see every document", p.name)}
	}
	steps := st.reach(p)
	if because, ok := owner(p, r, steps); ok {
		return Decision{true, because}
	}
	if because, ok := st.reader(p, r, c, steps); ok {
		return Decision{true, fmt.Sprintf("%s reads it: %v", p.name, because)}
	}
	return Decision{false, fmt.Sprintf("%s does not read it: %v", p.name, c.refuses(p.name))}
}

// owner says by what somebody owns a space.
func owner(p *person, r *room, steps []step) (because string, ok bool) {
	if p.roles[r.id]&owns != 0 {
		return fmt.Sprintf("%s is an owner of %s, and owners see every document", p.name, r.name), true
	}
	for i, s := range steps {
		if s.group.roles[r.id]&owns != 0 {
			return fmt.Sprintf("%s is an owner of %s as a member of %s, and owners see every document", p.name, r.name, chain(steps, i)), true
		}
	}
	return "", false
}

// chain is a group with those that lead to it, nearest to the person first: payroll, hr.
func chain(steps []step, at int) string {
	var names []string
	for ; at >= 0; at = steps[at].via {
		names = append(names, steps[at].group.name)
	}
	slices.Reverse(names)
	return strings.Join(names, ", ")
}

// reader says by which reader of a rule somebody reads.
func (st *state) reader(p *person, r *room, c rule, steps []step) (because string, ok bool) {
	for _, name := range p.called() {
		if slices.Contains(c.readers, name) {
			return fmt.Sprintf("%v lets %s read", c.where(), name), true
		}
	}
	for _, s := range steps {
		name := "group:" + s.group.fold
		if !slices.Contains(c.readers, name) {
			continue
		}
		if s.via < 0 {
			return fmt.Sprintf("%v lets %s read, and %s is in %s", c.where(), name, p.name, s.group.name), true
		}
		return fmt.Sprintf("%v lets %s read, and %s is in %s through %s", c.where(), name, p.name, s.group.name, chain(steps, s.via)), true
	}
	if slices.Contains(c.readers, everyMember) && st.standingOf(p, r).roles != 0 {
		return fmt.Sprintf("%v lets every member of the space read, and %s is a member of %s", c.where(), p.name, r.name), true
	}
	if slices.Contains(c.readers, everybody) {
		return fmt.Sprintf("%v lets everybody read", c.where()), true
	}
	return "", false
}

// refuses says why a rule lets somebody not read whom it does not name.
func (c rule) refuses(name string) string {
	switch {
	case c.problem != "":
		return fmt.Sprintf("nobody but owners may, as %v cannot be read: %v", c.where(), c.problem)
	case len(c.readers) == 0:
		return fmt.Sprintf("%v lets nobody read", c.where())
	case slices.Equal(c.readers, []string{everyMember}):
		return fmt.Sprintf("%v lets every member of the space read, and %s is none", c.where(), name)
	}
	return fmt.Sprintf("%v lets %s read, and %s is none of them", c.where(), strings.Join(c.readers, ", "), name)
}

// where says where a rule is written.
func (c rule) where() string {
	switch {
	case c.layer == Hand && c.origin == "":
		return "what was set by hand"
	case c.layer == Hand:
		return fmt.Sprintf("what was set by hand for %s", c.origin)
	case c.layer == Front:
		return "the document itself"
	case c.layer == Column:
		return "the row of the table itself"
	case c.layer == File:
		return c.origin
	}
	return fmt.Sprintf("the corpus %s", c.origin)
}
