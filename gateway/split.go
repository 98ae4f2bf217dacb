package gateway

import (
	"cmp"
	"context"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Pick finds a model that a space has by its name, as [Models.Get] does: where its label is split
// between versions, the one that the asker falls to. sticky names who or what stays with a version,
// a conversation or a person; "" has the version of the largest share.
func (m *Models) Pick(space, name, sticky string) (*Model, bool) {
	m.look()
	return m.pick(space, name, sticky)
}

// pick finds a model among those that are known.
func (m *Models) pick(space, name, sticky string) (*Model, bool) {
	o, ok := m.find(space, name)
	split := m.set.Load().splits[o]
	if !ok || split == nil || sticky == "" {
		return o, ok
	}
	if x, ok := m.at(space, name, split.Pick(sticky)); ok {
		return x, true
	}
	return o, true // the one it falls to cannot be used
}

// At finds one version of a model, of those that are in use.
func (m *Models) At(space, name, hash string) (*Model, bool) {
	m.look()
	return m.at(space, name, hash)
}

func (m *Models) at(space, name, hash string) (*Model, bool) {
	for o := range m.set.Load().all() {
		if o.spec.Name == name && o.hash == hash && in(space, o.space) {
			return o, true
		}
	}
	return nil, false
}

// Split gives versions of a model that was added at run time a share each of those who ask: for an
// owner of the space. A single one with all of it ends the split. It is done only while everything in still
// holds, which is asked in the transaction that does it: an error of one is Split's.
func (m *Models) Split(ctx context.Context, sc scope.Scope, name string, shares []version.Share, still ...Still) error {
	declared, allow, err := m.changeable(sc, name)
	if err != nil {
		return err
	}
	err = m.change(ctx, func(tx *store.Tx) error {
		if err := hold(tx, still); err != nil {
			return err
		}
		shares = slices.Clone(shares)
		if _, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, version.Production); wenyuan.CodeOf(err) == wenyuan.NotFound {
			return Unknown(name)
		} else if err != nil {
			return err
		}
		for i, s := range shares {
			found, spec, err := fullSpec(ctx, tx, sc.Space(), name, s.Hash)
			if err != nil {
				return err
			}
			shares[i].Hash = found
			if err := m.usable(sc, spec, declared, allow); err != nil {
				return err
			}
		}
		if err := m.point(ctx, tx, sc.Space(), name, shares); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "model.split", Object: name, Detail: map[string]any{"shares": version.Shown(shares)}})
	})
	if err != nil {
		return err
	}
	return m.settled(ctx, sc.Space(), name)
}

// A Still says whether what a change of labels was decided by is so when it is made: nil, or why it is not
// to be made.
type Still func(tx *store.Tx) error

func hold(tx *store.Tx, all []Still) error {
	for _, still := range all {
		if err := still(tx); err != nil {
			return err
		}
	}
	return nil
}

// usable looks at a version that is put in use again as one that is declared: addresses and keys that
// were permitted once need not be now.
func (m *Models) usable(sc scope.Scope, s Spec, declared []Spec, allow []string) error {
	if err := m.check(s, allow); err != nil {
		return err
	}
	if err := stood(s, declared); err != nil {
		return err
	}
	if err := reserved(s, declared); err != nil {
		return err
	}
	return keysOf(sc, s, declared)
}

// fullSpec finds a version of a model by the beginning of its hash.
func fullSpec(ctx context.Context, tx *store.Tx, space, name, hash string) (full string, s Spec, err error) {
	if full, err = version.Find(ctx, tx, space, Kind, name, hash); err != nil {
		return "", s, err
	}
	_, err = version.Get(ctx, tx, space, Kind, full, &s)
	return full, s, err
}

// Versions lists what a model that was added at run time was, newest first: for an owner of the space.
func (m *Models) Versions(ctx context.Context, sc scope.Scope, name string) (all []version.Kept, shares []version.Share, err error) {
	if !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return nil, nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may see what its models were", Hint: "ask an owner of the space, or an operator"}
	}
	if m.c.Store == nil {
		return nil, nil, Unknown(name)
	}
	err = m.c.Store.Read(ctx, func(tx *store.Tx) error {
		if all, err = version.History(ctx, tx, sc.Space(), Kind, name); err != nil {
			return err
		}
		shares, err = version.SharesOf(ctx, tx, sc.Space(), Kind, name, version.Production)
		return err
	})
	if err == nil && len(all) == 0 {
		err = Unknown(name)
	}
	return all, shares, err
}

// Choose finds a version of a model that a space has by its name: the one of a hash, where that is
// in use, else as [Models.Pick]. strict asks the database where it is not known here, so that what is
// found is never older than the hash.
func (m *Models) Choose(ctx context.Context, space, name, sticky, hash string, strict bool) (*Model, bool) {
	if hash != "" {
		if o, ok := m.At(space, name, hash); ok {
			return o, true
		}
	}
	if !strict {
		return m.Pick(space, name, sticky)
	}
	if err := m.Refresh(ctx); err != nil {
		m.c.Log.Warn("the models could not be read anew", "reason", err)
		return nil, false
	}
	if o, ok := m.at(space, name, hash); ok {
		return o, true
	}
	return m.pick(space, name, sticky) // it was replaced since the hash was read
}

// Refresh asks the database which models there are, now.
func (m *Models) Refresh(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.load(ctx)
}

// Load makes this server ready to serve what the label of a model will point at: it says why it
// could not. See [version.ServersConfig].
func (m *Models) Load(ctx context.Context, x version.Move) error {
	m.mu.Lock()
	declared, allow := m.declared, m.c.Allow
	m.mu.Unlock()
	specs := make([]Spec, len(x.Shares))
	err := m.c.Store.Read(ctx, func(tx *store.Tx) error {
		for i, s := range x.Shares {
			if _, err := version.Get(ctx, tx, x.Space, Kind, s.Hash, &specs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, spec := range specs {
		if err := cmp.Or(m.check(spec, allow), stood(spec, declared), reserved(spec, declared)); err != nil {
			return err
		}
		if missing := m.missing(spec); len(missing) > 0 {
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the environment variable " + missing[0] + " of the server is empty", Hint: "put the key there and start the server again"}
		}
		if err := m.loadAdapted(ctx, spec, x.Space, x.Shares[i].Hash); err != nil {
			return err
		}
	}
	return nil
}

// loadAdapted makes this server ready to serve a model with an adapter: it has the files, and where the
// version is at hand already, it can be asked.
func (m *Models) loadAdapted(ctx context.Context, s Spec, space, hash string) error {
	if !s.adapted() {
		return nil
	}
	if _, err := m.files(ctx, space, s.Adapter.Hash); err != nil {
		return err
	}
	if _, ok := m.at(space, s.Name, hash); !ok {
		return nil
	}
	return m.AwaitReady(ctx, space, s.Name, hash)
}

// point puts versions of a model in use: at once, or where an assistant is written by it that is to
// be the same everywhere, once all servers of the house could serve them.
func (m *Models) point(ctx context.Context, tx *store.Tx, space, name string, shares []version.Share) error {
	if err := m.admitted(ctx, tx, space, name, shares); err != nil {
		return err
	}
	if m.c.Moves != nil && m.c.Strong != nil {
		strong, err := m.c.Strong(ctx, tx, space, name)
		if err != nil {
			return err
		}
		if strong {
			return version.Propose(ctx, tx, version.Move{Space: space, Kind: Kind, Name: name, Label: version.Production, Shares: shares})
		}
	}
	return version.SetSplit(ctx, tx, space, Kind, name, version.Production, shares)
}

// settled waits a moment until a move of a model is through.
func (m *Models) settled(ctx context.Context, space, name string) error {
	if m.c.Moves == nil {
		return nil
	}
	servers := m.c.Moves()
	if servers == nil {
		return nil
	}
	if _, err := servers.Await(ctx, version.Place{Space: space, Kind: Kind, Name: name, Label: version.Production}); err != nil {
		return err
	}
	return m.Refresh(ctx)
}

// admitted asks whether what stands on an adapter may be in use. What production points at is not asked about again,
// nor what is kept for going back.
func (m *Models) admitted(ctx context.Context, tx *store.Tx, space, name string, shares []version.Share) error {
	if m.c.Admit == nil {
		return nil
	}
	known, err := version.SharesOf(ctx, tx, space, Kind, name, version.Production)
	if err != nil {
		return err
	}
	before, err := version.SharesOf(ctx, tx, space, Kind, name, Previous)
	if err != nil {
		return err
	}
	known = append(known, before...)
	for _, x := range shares {
		if x.Share == 0 || slices.ContainsFunc(known, func(k version.Share) bool { return k.Hash == x.Hash }) {
			continue
		}
		var s Spec
		if _, err := version.Get(ctx, tx, space, Kind, x.Hash, &s); err != nil {
			return err
		}
		if err := m.c.Admit(ctx, tx, space, s); err != nil {
			return err
		}
	}
	return nil
}
