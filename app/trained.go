package app

import (
	"context"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth/audit"
	"wenyuan/eval/gate"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train"
	"wenyuan/train/engine"
	"wenyuan/version"
)

// trained says whether a kind is of what training makes, which is asked here and by no server.
func trained(kind string) bool { return kind == train.AdapterKind || kind == train.BaseKind }

// askTrained asks an adapter or a base.
func (s subjects) askTrained(ctx context.Context, sc scope.Scope, v wenyuan.Version, i item.Item, o record.Options) (item.Said, error) {
	var messages []wenyuan.Message
	for _, x := range i.Messages {
		messages = append(messages, wenyuan.Message{Role: x.Role, Content: x.Content})
	}
	said, err := s.a.Training.Say(ctx, sc, v, messages, o.MaxTokens)
	return item.Said{Text: said.Text, Cut: said.Cut, Usage: said.Usage}, err
}

// Together is how many texts what training made writes at once.
func (s subjects) Together(v wenyuan.Version) int {
	if trained(v.Kind) {
		return engine.Together
	}
	return 0
}

// Beside gives an adapter the one in production, else its base; a model that stands on an adapter the
// one in production, and what it stands on as its base; everything else what is in production.
func (s subjects) Beside(ctx context.Context, sc scope.Scope, v wenyuan.Version) (against, base *wenyuan.Version, err error) {
	if v.Kind == train.BaseKind {
		return nil, nil, nil
	}
	if v.Kind == train.AdapterKind {
		return s.besideAdapter(ctx, sc, v)
	}
	now, err := s.Resolve(ctx, sc, v.Kind+":"+v.Name+"@"+version.Production)
	switch {
	case err == nil:
		against = &now
	case wenyuan.CodeOf(err) != wenyuan.NotFound:
		return nil, nil, err
	}
	if m, ok := s.a.Models.At(sc.Space(), v.Name, v.Hash); ok && v.Kind == gateway.Kind && m.Spec().Adapter != nil && m.Spec().Adapter.Hash != "" {
		if on, ok := s.a.Models.Get(sc.Space(), m.Spec().Adapter.On); ok {
			base = &wenyuan.Version{Kind: gateway.Kind, Name: on.Name(), Hash: on.Hash()}
		}
	}
	return against, base, nil
}

func (s subjects) besideAdapter(ctx context.Context, sc scope.Scope, v wenyuan.Version) (against, base *wenyuan.Version, err error) {
	under, err := s.a.Training.Under(ctx, sc, v.Hash)
	if err != nil {
		return nil, nil, err
	}
	hash, err := s.adapterInUse(ctx, sc, v.Name)
	if err != nil {
		return nil, nil, err
	}
	if hash == "" || hash == v.Hash {
		return &under, &under, nil
	}
	return &wenyuan.Version{Kind: v.Kind, Name: v.Name, Hash: hash}, &under, nil
}

// adapterInUse is the adapter of a name that has the label production, or that a model in production stands on.
func (s subjects) adapterInUse(ctx context.Context, sc scope.Scope, name string) (hash string, err error) {
	err = s.a.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := version.Resolve(ctx, tx, sc.Space(), train.AdapterKind, name, version.Production)
		if hash = v.Hash; wenyuan.CodeOf(err) != wenyuan.NotFound {
			return err
		}
		models, err := version.InUse(ctx, tx, sc.Space(), gateway.Kind, "")
		for _, m := range models {
			var spec gateway.Spec
			if _, err := version.Get(ctx, tx, sc.Space(), gateway.Kind, m.Hash, &spec); err != nil {
				return err
			}
			if spec.Adapter == nil || spec.Adapter.Hash == "" {
				continue
			}
			at, err := version.Get(ctx, tx, sc.Space(), train.AdapterKind, spec.Adapter.Hash, nil)
			if err == nil && at.Name == name {
				hash = at.Hash
				return nil
			}
		}
		return err
	})
	return hash, err
}

// admitModel lets production of a model move only to an adapter that the gate has passed, or that two people have let
// pass, and keeps in the audit by what. The model without an adapter needs nothing.
func admitModel(ctx context.Context, tx *store.Tx, space string, s gateway.Spec) error {
	if s.Adapter == nil || s.Adapter.Hash == "" {
		return nil
	}
	model := wenyuan.Version{Kind: gateway.Kind, Name: s.Name}
	adapter, err := version.Get(ctx, tx, space, train.AdapterKind, s.Adapter.Hash, nil)
	if err != nil {
		return err
	}
	if model.Hash, err = version.Hash(s.WithDefaults()); err != nil {
		return err
	}
	return letIn(ctx, tx, space, adapter, model)
}

// admitAssistant is the same for a version of an assistant of which that is required.
func admitAssistant(ctx context.Context, tx *store.Tx, space string, as answer.Assistant) error {
	return letIn(ctx, tx, space, wenyuan.Version{Kind: answer.Kind, Name: as.Name, Hash: as.Hash})
}

// letIn wants what goes into production to be admitted under one of the names that it has.
func letIn(ctx context.Context, tx *store.Tx, space string, names ...wenyuan.Version) error {
	var first gate.Admission
	for i, v := range names {
		a, err := gate.Admitted(ctx, tx, space, v)
		if err != nil {
			return err
		}
		if a.Admitted {
			return audit.Append(ctx, tx, audit.Act{Space: space, Action: "gate.admit", Object: v.Kind + ":" + v.Name, Version: v.Hash, Detail: map[string]any{"report": a.Report, "waiver": a.Waiver}})
		}
		if i == 0 {
			first = a
		}
	}
	return gate.NotAdmitted(names[0], first)
}
