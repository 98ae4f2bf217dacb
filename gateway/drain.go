package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/pool"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Drain lets a replica of a model finish what it has and gives it nothing more, or lets it come back; its
// address alone names it where no other replica of the model has the same. It holds on this server until it is
// started again. The last one that is not drained cannot be: there would be nobody to ask.
func (m *Models) Drain(ctx context.Context, sc scope.Scope, name, replica string, on bool) error {
	all, err := m.driftOf(sc, name)
	if err != nil {
		return err
	}
	todo, id, err := drains(all, name, replica)
	if err != nil {
		return err
	}
	for _, o := range todo {
		if on && !o.keepsOne(id) {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the model " + name + " has no other replica that is not drained", Hint: "add another one first, or let one that is drained come back: wenyuan gateway drain --off"}
		}
	}
	if m.c.Store != nil {
		act := audit.Act{Space: sc.Space(), Action: "replica.drain", Object: name, Detail: map[string]any{"replica": id}}
		if !on {
			act.Action = "replica.undrain"
		}
		if err := m.c.Store.Write(ctx, func(tx *store.Tx) error { return audit.Append(ctx, tx, act) }); err != nil {
			return err
		}
	}
	for _, o := range todo {
		o.lane.pool.Drain(id, on)
	}
	return nil
}

// drains are the versions of a model that have a replica, and its id.
func drains(all []*Model, name, replica string) (todo []*Model, id string, err error) {
	for _, o := range all {
		switch ids := called(o.lane.pool.IDs(), replica); {
		case len(ids) == 0:
			continue
		case len(ids) > 1:
			return nil, "", ambiguous(name, replica, ids)
		default:
			todo, id = append(todo, o), ids[0]
		}
	}
	if len(todo) == 0 {
		err = &wenyuan.Error{Code: wenyuan.NotFound, Message: "the model " + name + " has no replica " + replica, Hint: "wenyuan gateway status lists them"}
	}
	return todo, id, err
}

func ambiguous(name, replica string, ids []string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the model %s has %d replicas at %s", name, len(ids), replica), Hint: "name one as wenyuan gateway drift lists it: " + strings.Join(ids, ", ")}
}

// keepsOne says whether another replica of a model is there that is not drained.
func (m *Model) keepsOne(but string) bool {
	return slices.ContainsFunc(m.lane.pool.Look(), func(l pool.Look) bool { return l.ID != but && l.State != pool.Draining })
}

// called are the ids of the replicas that somebody may mean: the one of that id, else those at that address.
func called(ids []string, name string) (all []string) {
	if slices.Contains(ids, name) {
		return []string{name}
	}
	for _, id := range ids {
		if address, _, _ := strings.Cut(id, " "); strings.TrimRight(address, "/") == strings.TrimRight(name, "/") {
			all = append(all, id)
		}
	}
	return all
}
