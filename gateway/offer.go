package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/openai"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// adapterKind is the kind of version that an adapter is, for the lineage of a model that stands on one.
const adapterKind = "adapter"

// Offer keeps a version of a model of the scope's space that stands on another one with an adapter, and
// has it at hand as [Candidate]: nothing that is in use changes. Where the space has no model of that name
// yet, it gets one: what the version stands on, without an adapter. An adapter whose tokenizer, chat
// template or shapes are not those of the weights that are served is refused with the difference. For an
// owner of the space.
func (m *Models) Offer(ctx context.Context, sc scope.Scope, s Spec) (hash string, err error) {
	if !s.adapted() {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "what is offered has to stand on a model of the settings file with an adapter", Hint: "give the model and the version of the adapter"}
	}
	if _, _, err := m.changeable(sc, s.Name); err != nil {
		return "", err
	}
	if err := s.WithDefaults().Check(); err != nil {
		return "", err
	}
	st, err := m.stands(ctx, s, sc.Space(), "", m.set.Load().models)
	if err != nil {
		return "", err
	}
	if err := m.roomOn(s); err != nil {
		return "", err
	}
	if err := st.fits(ctx); err != nil {
		return "", err
	}
	with := *s.Adapter
	with.Base = st.files.Base
	s.Adapter = &with
	err = m.change(ctx, func(tx *store.Tx) error {
		hash, err = m.offer(ctx, tx, sc, s)
		return err
	})
	return hash, err
}

// maxAdapted is how many adapters one model of the settings file carries at once, in all spaces together:
// each may be a process of the server's machine.
const maxAdapted = 16

// roomOn refuses one more adapter on a model than it carries.
func (m *Models) roomOn(s Spec) error {
	if !s.adapted() {
		return nil
	}
	there := map[string]bool{}
	for o := range m.set.Load().all() {
		if o.spec.adapted() && o.spec.Adapter.On == s.Adapter.On {
			there[o.spec.Adapter.Hash+" "+o.space+" "+o.spec.Name] = true
		}
	}
	if len(there) < maxAdapted {
		return nil
	}
	for o := range m.set.Load().all() {
		if o.spec.Name == s.Name && o.spec.adapted() && o.spec.Adapter.Hash == s.Adapter.Hash {
			return nil // it is one of them
		}
	}
	return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("the model %s carries %d adapters already", s.Adapter.On, len(there)), Hint: "take candidates and earlier versions away that nobody needs"}
}

// offer writes what [Models.Offer] says.
func (m *Models) offer(ctx context.Context, tx *store.Tx, sc scope.Scope, s Spec) (hash string, err error) {
	v, err := version.Put(ctx, tx, sc.Space(), Kind, s.Name, s)
	if err != nil {
		return "", err
	}
	if err := version.Edge(ctx, tx, sc.Space(), wenyuan.Version{Kind: adapterKind, Hash: s.Adapter.Hash}, v); err != nil {
		return "", err
	}
	stored, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(stored, func(l version.Labelled) bool { return l.Name == s.Name }) {
		if err := full(stored, s.Name); err != nil {
			return "", err
		}
		plain, err := version.Put(ctx, tx, sc.Space(), Kind, s.Name, Spec{Name: s.Name, Adapter: &Adapter{On: s.Adapter.On}})
		if err != nil {
			return "", err
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, s.Name, version.Production, plain.Hash); err != nil {
			return "", err
		}
	}
	if err := version.Label(ctx, tx, sc.Space(), Kind, s.Name, Candidate, v.Hash); err != nil {
		return "", err
	}
	act := audit.Act{Space: sc.Space(), Action: "model.offer", Object: s.Name, Version: v.Hash, Detail: map[string]any{"on": s.Adapter.On, "adapter": short(s.Adapter.Hash)}}
	return v.Hash, audit.Append(ctx, tx, act)
}

// Beside points a label of a model, [Candidate] or [Previous], at a version of it, which is then at hand;
// "" takes the label away, and what no label points at is drained and stopped. What was never in use cannot
// be [Previous], for going back to it asks for no admission. It is done only while still holds, as in
// [Models.Split]. For an owner of the space.
func (m *Models) Beside(ctx context.Context, sc scope.Scope, name, label, hash string, still ...Still) error {
	declared, allow, err := m.changeable(sc, name)
	if err != nil {
		return err
	}
	if label != Candidate && label != Previous {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no label beside production", label), Hint: "take candidate or previous"}
	}
	return m.change(ctx, func(tx *store.Tx) error {
		if err := hold(tx, still); err != nil {
			return err
		}
		act := audit.Act{Space: sc.Space(), Action: "model.beside", Object: name, Detail: map[string]any{"label": label}}
		if hash == "" {
			if err := version.Unlabel(ctx, tx, sc.Space(), Kind, name, label); err != nil {
				return err
			}
			return audit.Append(ctx, tx, act)
		}
		found, spec, err := fullSpec(ctx, tx, sc.Space(), name, hash)
		if err != nil {
			return err
		}
		if err := m.usable(sc, spec, declared, allow); err != nil {
			return err
		}
		if err := m.roomOn(spec); err != nil {
			return err
		}
		if label == Previous {
			if err := m.admitted(ctx, tx, sc.Space(), name, []version.Share{{Hash: found, Share: version.Whole}}); err != nil {
				return err
			}
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, name, label, found); err != nil {
			return err
		}
		act.Version = found
		return audit.Append(ctx, tx, act)
	})
}

// AwaitReady waits until a version of a model that is in use or at hand can be asked, asks it, and says
// why it cannot where it cannot. What the engine of an adapter wrote last is part of that: who hears it has
// to be somebody who may read paths of the server.
func (m *Models) AwaitReady(ctx context.Context, space, name, hash string) error {
	if err := m.Refresh(ctx); err != nil {
		return err
	}
	o, ok := m.at(space, name, hash)
	if !ok {
		if fault := m.set.Load().faults[laneAt{place{space, name}, hash}]; fault != "" {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fault, Hint: "put it right, and offer the adapter again"}
		}
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the version %s of %s is neither in use nor at hand", short(hash), name), Hint: "offer it first"}
	}
	if err := o.lane.ready(ctx); err != nil {
		return err
	}
	all := o.present()
	i := slices.IndexFunc(all, func(r replica) bool { return r.instance != nil || o.lane.asks(r) })
	if i < 0 {
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no server of " + name + " can be asked", Hint: "look at wenyuan gateway status"}
	}
	if err := o.verify(ctx, all[i]); err != nil {
		return err
	}
	_, err := o.alone(all[i]).talk(ctx, wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Say: ready"}}, MaxTokens: 1}, new(Check))
	return err
}

// ready waits until an instance or a server has the adapter of a lane.
func (l *lane) ready(ctx context.Context) error {
	x, e := l.loads.Load(), l.engine.Load()
	switch {
	case e != nil && x == nil:
		return e.Await(ctx)
	case x == nil:
		return nil
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if held, why := x.decided(); held {
			return nil
		} else if why != nil && e == nil {
			return why
		} else if why != nil {
			return e.Await(ctx)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// asks says whether the pool of a lane has a replica.
func (l *lane) asks(r replica) bool { return slices.Contains(l.pool.IDs(), r.at.id()) }

// Adapted is what a version of a model stands on; nil where it stands by itself, or is not known.
func (m *Models) Adapted(ctx context.Context, space, name, hash string) *Adapter {
	if o, ok := m.at(space, name, hash); ok {
		return o.spec.Adapter
	}
	if m.c.Store == nil || space == "" || hash == "" {
		return nil
	}
	var s Spec
	err := m.c.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, space, Kind, hash, &s)
		return err
	})
	if err != nil {
		return nil
	}
	return s.Adapter
}

// verify looks whether a server runs with the adapter and with the chat template that this one was made
// with, as far as it says so: weights that are asked in another form than they learned do not end their
// answers.
func (m *Model) verify(ctx context.Context, r replica) error {
	c, ok := r.client.(*openai.Client)
	if !ok || !m.spec.adapted() {
		return nil
	}
	if r.instance != nil {
		all, llama, err := c.Adapters(ctx)
		if err != nil {
			return err
		}
		if llama && !slices.ContainsFunc(all, func(a openai.Adapter) bool { return a.Path == m.files.GGUF && a.Scale != 0 }) {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + m.engineName() + " runs without the adapter", Hint: "look at what stands under adapter of its engine in the settings file"}
		}
	}
	f, err := c.Identify(ctx)
	if err == nil && f.Template != "" && m.files.Template != "" && !strings.HasPrefix(m.files.Template, f.Template) {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the adapter was made with the chat template %s, the server has %s", short(m.files.Template), f.Template),
			Hint: "serve the model with the chat template of its base, or make the data again with this one: answers that do not end come from this"}
	}
	return nil
}

// short is how a hash is written for people.
func short(hash string) string { return hash[:min(12, len(hash))] }
