package auth

import (
	"slices"
	"sync"

	"wenyuan/internal/scope"
)

// A step is a group that somebody is in, on the way from the groups that hold them directly.
type step struct {
	group *group
	via   int // the step to the group inside this one; -1 where it holds the person itself
}

// reach are the groups that somebody is in, directly and through others, nearest first.
func (st *state) reach(p *person) (steps []step) {
	seen := make(map[string]bool, len(p.groups))
	add := func(ids []string, via int) {
		for _, id := range ids {
			if g := st.groups[id]; g != nil && !seen[id] {
				seen[id] = true
				steps = append(steps, step{g, via})
			}
		}
	}
	add(p.groups, -1)
	for i := 0; i < len(steps); i++ {
		add(steps[i].group.groups, i)
	}
	return steps
}

// A standing is what somebody is in one space.
type standing struct {
	roles      roles
	assistants []string // that are shared with them
	readers    []string // what rules may call them, folded
}

// standingOf is what somebody is in a space. Who is disabled is nobody.
func (st *state) standingOf(p *person, r *room) (s standing) {
	if p == nil || p.disabled {
		return standing{}
	}
	s.readers = append(p.called(), everybody)
	s.join(p.place, r.id)
	for _, step := range st.reach(p) {
		s.readers = append(s.readers, "group:"+step.group.fold)
		s.join(step.group.place, r.id)
	}
	if p.operator {
		s.roles |= owns
	}
	if s.roles != 0 {
		s.readers = append(s.readers, everyMember)
	}
	return s
}

func (s *standing) join(p place, space string) {
	s.roles |= p.roles[space]
	s.assistants = append(s.assistants, p.shares[space]...)
}

// called is how rules name somebody.
func (p *person) called() []string {
	out := []string{p.kind + ":" + p.fold}
	if p.kind == Person && p.email != "" {
		out = append(out, "person:"+p.email)
	}
	return out
}

// scopeOf is what somebody may see and do in a space; the zero Scope where that is nothing.
func (st *state) scopeOf(p *person, r *room) scope.Scope {
	switch {
	case p == nil || p.disabled:
		return scope.Scope{}
	case p.operator:
		return scope.All(r.id, scope.Every)
	}
	sc, known := st.decided.find(r.id, p.id)
	if !known {
		sc = r.scope(st.standingOf(p, r))
		st.decided.keep(r.id, p.id, sc)
	}
	return sc
}

// scope is what a standing lets one see and do. Who has no role reads what names them, and
// asks what is shared with them.
func (r *room) scope(s standing) scope.Scope {
	rights := s.roles.rights()
	if s.roles&owns != 0 {
		return scope.All(r.id, rights)
	}
	classes := r.classesOf(s.readers)
	if s.roles == 0 && len(classes) > 0 {
		rights = scope.Read
	}
	if rights == 0 && len(s.assistants) == 0 {
		return scope.Scope{}
	}
	sc := scope.Of(r.id, rights, r.table, classes).Reading(among(s.readers))
	if rights&scope.Ask == 0 && len(s.assistants) > 0 {
		return sc.Asking(s.assistants...)
	}
	return sc
}

// classesOf are the classes that have documents and name one of the readers.
func (r *room) classesOf(readers []string) (classes scope.Classes) {
	for _, reader := range readers {
		for _, n := range r.readers[reader] {
			if r.rules[n].held > 0 {
				classes = classes.Add(n)
			}
		}
	}
	return classes
}

// among says of the readers of a rule whether they name somebody who is called so.
func among(called []string) func(readers []string) bool {
	return func(readers []string) bool {
		return slices.ContainsFunc(readers, func(r string) bool { return slices.Contains(called, foldReader(r)) })
	}
}

// scopes are those that were decided since what they stand on has changed.
type scopes struct {
	mu    sync.Mutex
	kept  map[string]map[string]scope.Scope // by space and person
	words int
}

// maxWords bounds what is kept: a word, 8 bytes, has 64 classes.
const maxWords = 8 << 20

// ownWords is what a scope takes beside its classes, about.
const ownWords = 64

func (s *scopes) find(space, person string) (scope.Scope, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc, ok := s.kept[space][person]
	return sc, ok
}

func (s *scopes) keep(space, person string, sc scope.Scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, classes := sc.Classes()
	if s.words += len(classes) + ownWords; s.words > maxWords || s.kept == nil {
		s.kept, s.words = map[string]map[string]scope.Scope{}, len(classes)+ownWords
	}
	if s.kept[space] == nil {
		s.kept[space] = map[string]scope.Scope{}
	}
	s.kept[space][person] = sc
}

// forget drops what the news may have changed. A group may stand for anybody.
func (st *state) forget(n *news, touched map[string]bool) {
	s := &st.decided
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.all || len(n.groups) > 0 || len(n.spaces) > 0 {
		s.kept, s.words = nil, 0
		return
	}
	for space := range touched {
		delete(s.kept, space)
	}
	for id := range n.people {
		for _, people := range s.kept {
			delete(people, id)
		}
	}
}
