package auth

// apply brings a state forward. It gives back another one where everything was read.
func (n *news) apply(st *state) *state {
	if n.all {
		st = newState()
	}
	for id, p := range n.people {
		st.setPerson(id, p)
	}
	for id, g := range n.groups {
		st.setGroup(id, g)
	}
	for id, r := range n.spaces {
		st.setSpace(id, r)
	}
	touched := n.applyRules(st)
	st.forget(n, touched)
	return st
}

// applyRules brings classes and documents forward, and says in which spaces. Neither ever goes
// from one space to another. Classes that are gone leave after their documents.
func (n *news) applyRules(st *state) (touched map[string]bool) {
	touched = map[string]bool{}
	for id, c := range n.classes {
		if c != nil && st.spaces[c.space] != nil {
			touched[c.space] = true
			st.spaces[c.space].setClass(id, &c.rule)
		}
	}
	docs := map[string]map[string]string{}
	for id, p := range n.docs {
		space := p.space
		if space == "" {
			space = st.home(id)
		}
		if docs[space] == nil {
			docs[space] = map[string]string{}
		}
		docs[space][id] = p.class
	}
	for space, classes := range docs {
		if r := st.spaces[space]; r != nil {
			touched[space] = true
			r.setDocuments(classes)
		}
	}
	for id, c := range n.classes {
		if c != nil {
			continue
		}
		for space, r := range st.spaces {
			if _, known := r.numbers[id]; known {
				touched[space] = true
				r.setClass(id, nil)
			}
		}
	}
	return touched
}

// home is the space of a document; "" where there is none.
func (st *state) home(document string) string {
	for id, r := range st.spaces {
		if _, there := r.table.Class(document); there {
			return id
		}
	}
	return ""
}
