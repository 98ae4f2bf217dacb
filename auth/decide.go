package auth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Scope is what an identity may see and do in a space, by its name. A space that is not there, and
// one of which it sees nothing, are NotFound in the same words. "" is the space main where it sees something there, or
// else the first of its spaces by name; who sees none gets the zero Scope then.
func (d *Directory) Scope(ctx context.Context, id Identity, space string) (scope.Scope, error) {
	if id.Kind == Stranger {
		return scope.Scope{}, errStranger
	}
	if err := d.refresh(ctx); err != nil {
		return scope.Scope{}, err
	}
	return d.scope(id, space)
}

// scope is Scope as far as the directory knows.
func (d *Directory) scope(id Identity, space string) (scope.Scope, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if space == "" {
		return d.state.first(id), nil
	}
	if sc := d.state.scopeIn(id, d.state.room(space)); sc.Space() != "" {
		return sc, nil
	}
	return scope.Scope{}, noSpace(space)
}

func noSpace(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no space named %q", shorten(name)), Hint: "wenyuan space list shows those that you see"}
}

// Through is what a visitor of a channel may see: what one assistant answers from and everybody
// in the space, or the public, may read. It may be asked, and nothing else.
func (d *Directory) Through(ctx context.Context, visitor Identity, space, assistant string) (scope.Scope, error) {
	if err := d.refresh(ctx); err != nil {
		return scope.Scope{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	r := d.state.room(space)
	if r == nil {
		return scope.Scope{}, noSpace(space)
	}
	return r.through(assistant), nil
}

func (r *room) through(assistants ...string) scope.Scope {
	visitors := []string{everyMember, everybody}
	return scope.Of(r.id, scope.Ask, r.table, r.classesOf(visitors)).Reading(among(visitors)).Through(assistants...)
}

// InPlaceOf is the person that a service acts for: bounded by both. The service needs the right
// Act. Who is disabled is NotFound, as if they were not there.
func (d *Directory) InPlaceOf(ctx context.Context, service Identity, name string) (Identity, error) {
	if service.Kind != Service || service.Rights&scope.Act == 0 || service.Behind != nil {
		return Identity{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "who comes with this key may not act for somebody else", Hint: "use the key of a service that was made with --can act"}
	}
	if err := d.refresh(ctx); err != nil {
		return Identity{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.state.person(name)
	if p == nil || p.disabled || p.kind != Person {
		return Identity{}, noPerson(name)
	}
	return Identity{
		Kind: Person, Principal: wenyuan.Principal{ID: p.id, Name: p.name}, Key: service.Key, Rights: service.Rights &^ scope.Act,
		Space: service.Space, Behind: &service, Expires: service.Expires,
	}, nil
}

func noPerson(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is nobody named %q", shorten(name)), Hint: "wenyuan person list shows who there is"}
}

// ViewAs is the identity that sees what a person sees, and may do no more than read and ask. It
// needs Own in the space, and shows no more than who asks sees.
func (d *Directory) ViewAs(ctx context.Context, id Identity, sc scope.Scope, person string) (Identity, error) {
	if !sc.May(scope.Own) || id.Behind != nil {
		return Identity{}, errNotOwner
	}
	if err := d.refresh(ctx); err != nil {
		return Identity{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.state.person(person)
	if p == nil {
		return Identity{}, noPerson(person)
	}
	id.ViewAs = p.id
	return id, nil
}

// Why an act is refused whose object the asker knows.
var (
	errNotOwner    = &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may do this", Hint: "ask an owner of the space"}
	errNotOperator = &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator of this house may do this", Hint: "ask an operator; they can make you one with wenyuan person set NAME --operator"}
	errNotEditor   = &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or an owner of the space may do this", Hint: "ask an owner of the space for the role of an editor"}
)

// person finds somebody by id, name or e-mail; nil where there is nobody.
func (st *state) person(name string) *person {
	if p := st.people[name]; p != nil {
		return p
	}
	fold := Fold(strings.TrimSpace(name))
	if id, ok := st.byName[fold]; ok {
		return st.people[id]
	}
	return st.people[st.byEmail[fold]]
}

// room finds a space by name or id; nil where there is none.
func (st *state) room(name string) *room {
	if id, ok := st.spaceByName[Fold(name)]; ok {
		return st.spaces[id]
	}
	return st.spaces[name]
}

// first is the scope in main, or in the first space that is seen.
func (st *state) first(id Identity) scope.Scope {
	if id.Space != "" {
		return st.scopeIn(id, st.spaces[id.Space])
	}
	if sc := st.scopeIn(id, st.spaces[wenyuan.DefaultSpace]); sc.Space() != "" {
		return sc
	}
	for _, r := range st.sorted() {
		if sc := st.scopeIn(id, r); sc.Space() != "" {
			return sc
		}
	}
	return scope.Scope{}
}

// sorted are the spaces by name.
func (st *state) sorted() []*room {
	return slices.SortedFunc(maps.Values(st.spaces), func(a, b *room) int { return strings.Compare(a.name, b.name) })
}

// scopeIn is what an identity may see and do in a space; the zero Scope where that is nothing.
func (st *state) scopeIn(id Identity, r *room) scope.Scope {
	if r == nil || id.Space != "" && id.Space != r.id {
		return scope.Scope{}
	}
	switch id.Kind {
	case Local, Declared:
		return st.seen(id, scope.All(r.id, scope.Every).Within(id.Rights), r)
	case Person, Service:
		sc := st.scopeOf(st.people[id.Principal.ID], r)
		if id.Behind != nil {
			sc = sc.And(st.scopeIn(*id.Behind, r))
		}
		return st.seen(id, sc.Within(id.Rights), r)
	}
	return scope.Scope{}
}

// seen is a scope as the person whose view is shown has it, where one is.
func (st *state) seen(id Identity, sc scope.Scope, r *room) scope.Scope {
	if id.ViewAs == "" {
		return sc
	}
	if !sc.May(scope.Own) {
		return scope.Scope{}
	}
	return st.scopeOf(st.people[id.ViewAs], r).And(sc).Within(scope.Read | scope.Ask)
}
