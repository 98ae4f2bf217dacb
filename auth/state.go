package auth

import (
	"slices"
	"strings"

	"wenyuan/internal/scope"
)

// A state is who belongs where and who may read what, as of one change. Directory.mu guards it.
type state struct {
	number int64 // of the last change that it knows
	people map[string]*person
	groups map[string]*group
	spaces map[string]*room

	// Ids by what they are called, folded. A name of one is never an e-mail of another.
	byName, byEmail, groupByName, spaceByName map[string]string

	decided scopes
}

// A place is where a person or group belongs directly.
type place struct {
	groups []string            // ids
	roles  map[string]roles    // by id of the space
	shares map[string][]string // names of assistants, by id of the space
}

type person struct {
	place
	id, kind, name, fold, email string
	operator, disabled          bool
}

type group struct {
	place
	id, name, fold string
}

// roles is a set of roles in one space.
type roles uint8

// roleNames are the roles in the order of their bits.
var roleNames = []string{Viewer, Asker, Editor, Reviewer, Owner}

// roleRights is what each role lets one do.
var roleRights = []scope.Right{
	scope.Read,
	scope.Read | scope.Ask,
	scope.Read | scope.Ask | scope.Edit,
	scope.Read | scope.Ask | scope.Review,
	scope.Read | scope.Ask | scope.Edit | scope.Review | scope.Own,
}

// owns is the role of an owner.
const owns roles = 1 << 4

// roleOf is the set of one role; 0 for a name that is none.
func roleOf(name string) roles {
	if i := slices.Index(roleNames, name); i >= 0 {
		return 1 << i
	}
	return 0
}

func (r roles) rights() (all scope.Right) {
	for i, right := range roleRights {
		if r&(1<<i) != 0 {
			all |= right
		}
	}
	return all
}

func (r roles) names() []string {
	out := []string{}
	for i, name := range roleNames {
		if r&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// The readers that are no names.
const (
	everyMember = "space"
	everybody   = "public"
)

// A room is a space with its rules.
type room struct {
	id, name string
	settings Settings
	created  int64
	table    *scope.Table
	numbers  map[string]int32   // of classes, by id
	rules    []rule             // by number; the zero rule where the number is free
	free     []int32            // numbers that no class has
	readers  map[string][]int32 // the classes that each reader may read
	corpora  map[string][]int32 // the classes of each corpus
}

// A rule is a class of documents that have the same readers for the same reason.
type rule struct {
	id, corpus, layer, origin, problem string
	readers                            []string // folded
	held                               int      // how many documents are of this class
}

// foldReader is the form in which readers are compared.
func foldReader(reader string) string {
	kind, name, named := strings.Cut(reader, ":")
	if !named {
		return reader
	}
	return kind + ":" + Fold(name)
}

func newState() *state {
	return &state{
		people: map[string]*person{}, groups: map[string]*group{}, spaces: map[string]*room{},
		byName: map[string]string{}, byEmail: map[string]string{}, groupByName: map[string]string{}, spaceByName: map[string]string{},
	}
}

func newRoom() *room {
	return &room{table: scope.NewTable(), numbers: map[string]int32{}, readers: map[string][]int32{}, corpora: map[string][]int32{}}
}

// setPerson takes over how somebody is now; nil: they are gone.
func (st *state) setPerson(id string, p *person) {
	if old := st.people[id]; old != nil {
		delete(st.people, id)
		drop(st.byName, old.fold, id)
		drop(st.byEmail, old.email, id)
	}
	if p == nil {
		return
	}
	st.people[id] = p
	st.byName[p.fold] = id
	if p.email != "" {
		st.byEmail[p.email] = id
	}
}

func (st *state) setGroup(id string, g *group) {
	if old := st.groups[id]; old != nil {
		delete(st.groups, id)
		drop(st.groupByName, old.fold, id)
	}
	if g != nil {
		st.groups[id] = g
		st.groupByName[g.fold] = id
	}
}

// setSpace takes over what a space is called and how it is set; its rules stay.
func (st *state) setSpace(id string, r *room) {
	old := st.spaces[id]
	if old != nil {
		drop(st.spaceByName, Fold(old.name), id)
	}
	switch {
	case r == nil:
		delete(st.spaces, id)
		return
	case old == nil:
		st.spaces[id] = r
	default:
		old.name, old.settings = r.name, r.settings
	}
	st.spaceByName[Fold(r.name)] = id
}

// drop forgets a name, where it has not gone over to another in the same change.
func drop(names map[string]string, name, id string) {
	if names[name] == id {
		delete(names, name)
	}
}

// setClass takes over a class; nil: it is gone.
func (r *room) setClass(id string, c *rule) {
	n, known := r.numbers[id]
	if known {
		for _, reader := range r.rules[n].readers {
			if r.readers[reader] = without(r.readers[reader], n); len(r.readers[reader]) == 0 {
				delete(r.readers, reader)
			}
		}
		corpus := r.rules[n].corpus
		if r.corpora[corpus] = without(r.corpora[corpus], n); len(r.corpora[corpus]) == 0 {
			delete(r.corpora, corpus)
		}
	}
	switch {
	case c == nil && !known:
		return
	case c == nil && r.rules[n].held > 0: // kept, so that no other class gets the number of these documents
		r.rules[n] = rule{held: r.rules[n].held}
		delete(r.numbers, id)
		return
	case c == nil:
		r.rules[n] = rule{}
		delete(r.numbers, id)
		r.free = append(r.free, n)
		return
	case !known && len(r.free) > 0:
		n, r.free = r.free[len(r.free)-1], r.free[:len(r.free)-1]
	case !known:
		n = int32(len(r.rules))
		r.rules = append(r.rules, rule{})
	}
	c.held = r.rules[n].held
	r.numbers[id], r.rules[n] = n, *c
	for _, reader := range c.readers {
		r.readers[reader] = append(r.readers[reader], n)
	}
	r.corpora[c.corpus] = append(r.corpora[c.corpus], n)
}

// seenIn are the ids of the classes of a corpus that an asker reads.
func (r *room) seenIn(sc scope.Scope, corpus string) (seen []string) {
	table, classes := sc.Classes()
	for _, n := range r.corpora[corpus] {
		if c := r.rules[n]; (table != r.table || classes.Has(n)) && sc.Reads(c.readers) {
			seen = append(seen, c.id)
		}
	}
	slices.Sort(seen)
	return seen
}

func without(list []int32, n int32) []int32 {
	if i := slices.Index(list, n); i >= 0 {
		list[i] = list[len(list)-1]
		return list[:len(list)-1]
	}
	return list
}

// setDocuments gives documents their classes, by id; "" for those that are gone. A class that
// is not known is nobody's.
func (r *room) setDocuments(classes map[string]string) {
	changed := make(map[string]int32, len(classes))
	for document, class := range classes {
		now, known := r.numbers[class]
		if !known {
			now = scope.Gone
		}
		before, there := r.table.Class(document)
		if there && before == now || !there && !known {
			continue
		}
		if there {
			r.leave(before)
		}
		if known {
			r.rules[now].held++
		}
		changed[document] = now
	}
	if len(changed) > 0 {
		r.table = r.table.With(changed)
	}
}

// leave counts a document less; the number of a class that went before its documents did is free
// once the last of them has gone.
func (r *room) leave(n int32) {
	r.rules[n].held--
	if r.rules[n].held == 0 && r.rules[n].id == "" {
		r.free = append(r.free, n)
	}
}
