package gateway

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Put declares a model for the scope's space, or declares it anew: for an owner of the space,
// because whoever runs a model reads every document that is asked about. One of the settings file
// cannot be changed.
func (m *Models) Put(ctx context.Context, sc scope.Scope, s Spec) error {
	s = s.WithDefaults()
	if err := s.fromOutside(); err != nil {
		return err
	}
	declared, allow, err := m.changeable(sc, s.Name)
	if err != nil {
		return err
	}
	if s.adapted() {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "an adapter comes into use by a release", Hint: "release it; a model that stands on another one without an adapter can be added"}
	}
	if len(allow) == 0 && s.Adapter == nil && !sc.May(scope.Operate) {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator may add models where the settings file does not say where they may be",
			Hint: "ask an operator to add the model, or to list its host under outbound in the settings file"}
	}
	if err := m.check(s, allow); err != nil {
		return err
	}
	if err := stood(s, declared); err != nil {
		return err
	}
	if err := reserved(s, declared); err != nil {
		return err
	}
	if err := keysOf(sc, s, declared); err != nil {
		return err
	}
	err = m.change(ctx, func(tx *store.Tx) error {
		stored, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		if err := full(stored, s.Name); err != nil {
			return err
		}
		v, err := version.Put(ctx, tx, sc.Space(), Kind, s.Name, s)
		if err != nil {
			return err
		}
		if err := m.point(ctx, tx, sc.Space(), s.Name, []version.Share{{Hash: v.Hash, Share: version.Whole}}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "model.put", Object: s.Name, Version: v.Hash})
	})
	if err != nil {
		return err
	}
	return m.settled(ctx, sc.Space(), s.Name)
}

// Remove takes a model away that was added at run time. Its versions stay, as answers name them.
func (m *Models) Remove(ctx context.Context, sc scope.Scope, name string) error {
	if _, _, err := m.changeable(sc, name); err != nil {
		return err
	}
	return m.change(ctx, func(tx *store.Tx) error {
		_, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, version.Production)
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			return Unknown(name)
		}
		if err != nil {
			return err
		}
		for _, label := range []string{version.Production, Candidate, Previous} {
			if err := version.Unlabel(ctx, tx, sc.Space(), Kind, name, label); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "model.remove", Object: name})
	})
}

// Unknown is the error that there is no model of a name.
func Unknown(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no model named %q", name), Hint: "wenyuan model list shows those that there are"}
}

// changeable says whether an asker may change a model at run time, what the settings file
// declares, and which addresses it permits.
func (m *Models) changeable(sc scope.Scope, name string) (declared []Spec, allow []string, err error) {
	if !sc.May(scope.Own) {
		return nil, nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may change its models", Hint: "ask an owner of the space, or an operator"}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.ContainsFunc(m.declared, func(s Spec) bool { return s.Name == name }) {
		return nil, nil, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the model %q stands in the settings file", name), Hint: "change it there"}
	}
	if m.c.Store == nil {
		return nil, nil, &wenyuan.Error{Code: wenyuan.Conflict, Message: "there is no database to keep models in", Hint: "declare them in the settings file"}
	}
	return m.declared, m.c.Allow, nil
}

// change writes, and takes over what was written.
func (m *Models) change(ctx context.Context, f func(tx *store.Tx) error) error {
	if err := m.c.Store.Write(ctx, f); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.load(ctx)
}
