package gateway

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Kind is the kind of version that a model's declaration is.
const Kind = "model"

const (
	lookEvery = time.Second     // how old the knowledge may be of what another process has declared
	lookTime  = 2 * time.Second // how long one look into the database may hold up a request
)

// maxStored is how many models a space may add at run time.
const maxStored = 1000

// full refuses one more model than there may be.
func full(stored []version.Labelled, name string) error {
	if len(stored) < maxStored || slices.ContainsFunc(stored, func(l version.Labelled) bool { return l.Name == name }) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d models already", len(stored)), Hint: "remove a model that nobody uses"}
}

// started is what times are counted from that must not jump with the clock.
var started = time.Now().Add(-time.Hour)

// look asks the database, once a second at most, whether another process has changed the
// models. While one request asks, the others go on with what is known.
func (m *Models) look() {
	if m.c.Store == nil || time.Since(started)-time.Duration(m.looked.Load()) < lookEvery || !m.mu.TryLock() {
		return
	}
	defer m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	if err := m.load(ctx); err != nil {
		m.c.Log.Warn("the models stay as they were: the database did not say which there are", "reason", err)
	}
}

// load takes over what the labels say. The caller holds mu.
func (m *Models) load(ctx context.Context) error {
	if m.c.Store == nil {
		return nil
	}
	m.looked.Store(int64(time.Since(started)))
	var labels map[place]inUse
	var specs []placed
	retry := !m.again.IsZero() && time.Now().After(m.again)
	err := m.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		specs = nil
		if labels, err = production(ctx, tx); err == nil && (retry || !maps.EqualFunc(labels, m.stored, inUse.equal)) {
			specs, err = findSpecs(ctx, tx, labels)
		}
		return err
	})
	if err != nil || maps.EqualFunc(labels, m.stored, inUse.equal) && !retry {
		return err
	}
	m.stored, m.specs = labels, specs
	m.build()
	return nil
}

// production says which version of which model holds, in every space.
func production(ctx context.Context, tx *store.Tx) (map[place]inUse, error) {
	spaces, err := version.Spaces(ctx, tx, Kind)
	if err != nil {
		return nil, err
	}
	hashes := map[place]inUse{}
	for _, space := range spaces {
		models, err := version.InUse(ctx, tx, space, Kind, "")
		if err != nil {
			return nil, err
		}
		for _, m := range models {
			hashes[place{space, m.Name}] = inUse{main: m.Hash}
		}
		if err := atHand(ctx, tx, space, hashes); err != nil {
			return nil, err
		}
		splits, err := version.Splits(ctx, tx, space, Kind, "")
		if err != nil {
			return nil, err
		}
		for _, s := range splits {
			if s.Label == version.Production {
				at := place{space, s.Name}
				used := hashes[at]
				used.split = s
				hashes[at] = used
			}
		}
	}
	return hashes, nil
}

// atHand adds the versions that are at hand beside those in use.
func atHand(ctx context.Context, tx *store.Tx, space string, hashes map[place]inUse) error {
	labels, err := version.Labels(ctx, tx, space, Kind, "")
	for _, l := range labels {
		at := place{space, l.Name}
		used, ok := hashes[at]
		switch {
		case !ok:
			continue
		case l.Label == Candidate:
			used.candidate = l.Hash
		case l.Label == Previous:
			used.previous = l.Hash
		}
		hashes[at] = used
	}
	return err
}

// An inUse says which versions of a model are, and which are at hand beside them.
type inUse struct {
	main  string
	split version.Split // without shares where the label is not split

	candidate, previous string // "" where there is no such label
}

func (a inUse) equal(b inUse) bool {
	return a.main == b.main && slices.Equal(a.split.Shares, b.split.Shares) && a.candidate == b.candidate && a.previous == b.previous
}

// specs are the places of its declarations, that of the largest share first; those that are only at hand
// come last.
func (a inUse) specs(space string) (all []placed) {
	shares := a.split.Shares
	if len(shares) == 0 {
		shares = []version.Share{{Hash: a.main, Share: version.Whole}}
	}
	for i, s := range shares {
		all = append(all, placed{space: space, hash: s.Hash, other: i > 0})
	}
	if len(a.split.Shares) > 0 {
		all[0].split = &a.split
	}
	for _, l := range []struct{ label, hash string }{{Candidate, a.candidate}, {Previous, a.previous}} {
		i := slices.IndexFunc(all, func(p placed) bool { return p.hash == l.hash })
		if l.hash == "" {
			continue
		}
		if i < 0 {
			i, all = len(all), append(all, placed{space: space, hash: l.hash, other: true})
		}
		all[i].labels = append(all[i].labels, l.label)
	}
	for i := range all {
		all[i].apart = len(all) > 1
	}
	return all
}

// findSpecs reads the declarations, those of the oldest model first.
func findSpecs(ctx context.Context, tx *store.Tx, labels map[place]inUse) ([]placed, error) {
	type aged struct {
		spec  placed
		since int64
	}
	var all []aged
	for at, used := range labels {
		kept, err := version.History(ctx, tx, at.space, Kind, at.name)
		if err != nil {
			return nil, err
		}
		for _, p := range used.specs(at.space) {
			a := aged{spec: p}
			if _, err := version.Get(ctx, tx, at.space, Kind, p.hash, &a.spec.Spec); err != nil {
				return nil, err
			}
			if len(kept) > 0 {
				a.since = kept[len(kept)-1].Created
			}
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b aged) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.spec.space, b.spec.space), cmp.Compare(a.spec.Name, b.spec.Name))
	})
	specs := make([]placed, len(all))
	for i, a := range all {
		specs[i] = a.spec
	}
	return specs, nil
}

// build makes the set that holds from declared and stored models. A model that has not
// changed keeps its connections. The caller holds mu.
func (m *Models) build() {
	old, next := m.set.Load(), &set{labels: map[*Model][]string{}, faults: map[laneAt]string{}}
	ctx, cancel := context.WithTimeout(m.life, filesTime)
	defer cancel()
	m.again = time.Time{}
	for _, s := range m.declared {
		m.add(ctx, next, old, placed{Spec: s})
	}
	for _, s := range m.specs {
		if !slices.ContainsFunc(m.declared, func(d Spec) bool { return d.Name == s.Name }) { // what the settings file says holds in every space
			m.add(ctx, next, old, s)
		}
	}
	var addresses []string
	for o := range next.all() {
		addresses = append(addresses, o.addresses()...)
	}
	m.out.Allow(addresses)
	m.set.Store(next)
	for _, o := range next.models {
		for _, name := range o.spec.Fallback {
			if _, ok := m.find(o.space, name); !ok {
				m.c.Log.Warn("a model names another one that is to take its place and is not there", "model", o.spec.Name, "missing", name)
			}
		}
	}
	m.sweep(next)
}

// add takes one version into the next set, or notes why it cannot be used.
func (m *Models) add(ctx context.Context, next, old *set, s placed) {
	l := Listed{Spec: s.Spec, Declared: s.space == "", Space: s.space}
	model, err := m.usableModel(ctx, s, next, old)
	at := laneAt{place{s.space, s.Name}, s.hash}
	if err != nil {
		l.Fault = message(err)
		if next.faults[at] = l.Fault; old.faults[at] != l.Fault {
			m.c.Log.Warn("a model cannot be used", "model", s.Name, "reason", err)
		}
		if s.Adapter != nil {
			m.again = time.Now().Add(faultyAgain) // its files may be had then
		}
	} else {
		l.Hash, l.Spec = model.hash, model.spec
		next.put(model, s)
	}
	l.Missing = m.missing(l.Spec)
	if s.split != nil {
		l.Split = s.split.Shares
	}
	if !s.other {
		next.list = append(next.list, l)
	} else if i := slices.IndexFunc(next.list, func(o Listed) bool { return o.Name == s.Name && o.Space == s.space }); i >= 0 && len(s.labels) > 0 {
		next.list[i].Beside = append(next.list[i].Beside, Beside{Labels: s.labels, Hash: s.hash, Adapter: s.Adapter, Fault: l.Fault})
	}
}

// faultyAgain is after how long a model is tried again whose adapter could not be had.
const faultyAgain = 5 * time.Second

// usableModel makes the model of a version, or says why it cannot be used.
func (m *Models) usableModel(ctx context.Context, s placed, next, old *set) (*Model, error) {
	if err := m.check(s.Spec, m.c.Allow); err != nil { // the list of permitted addresses may have changed since
		return nil, err
	}
	if s.space != "" {
		if err := cmp.Or(s.fromOutside(), reserved(s.Spec, m.declared)); err != nil {
			return nil, err
		}
	}
	return m.model(ctx, s, next, old)
}

// put takes a model into the set.
func (s *set) put(o *Model, from placed) {
	if len(from.labels) > 0 {
		s.labels[o] = from.labels
	}
	if from.other {
		s.others = append(s.others, o)
		return
	}
	s.models = append(s.models, o)
	if from.split != nil {
		if s.splits == nil {
			s.splits = map[*Model]*version.Split{}
		}
		s.splits[o] = from.split
	}
}

// missing are the variables that should hold a key and do not.
func (m *Models) missing(s Spec) (names []string) {
	for _, r := range s.Replicas {
		if r.KeyEnv != "" && m.c.Key(r.KeyEnv) == "" && !slices.Contains(names, r.KeyEnv) {
			names = append(names, r.KeyEnv)
		}
	}
	return names
}

// reserved refuses a key that is not for a model that is added at run time: one of the
// program's own settings, or one of the settings file that would be sent to another server than
// those of the models that have it there. Who may add a model through the console need not be who
// may read the environment.
func reserved(s Spec, declared []Spec) error {
	for _, r := range s.Replicas {
		name := strings.ToUpper(r.KeyEnv)
		if strings.HasPrefix(name, "WENYUAN_") || name == "PGPASSWORD" { // the database's driver reads that one
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the variable " + r.KeyEnv + " holds a setting of this program", Hint: "keep a model's key in a variable of its own"}
		}
		if known, sent := sentTo(r, declared); known && !sent {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "the key in " + r.KeyEnv + " belongs to a model of the settings file and is not sent to " + r.URL, Hint: "keep the key of this server in a variable of its own, or declare the model in the settings file"}
		}
	}
	return nil
}

// keysOf refuses a key of the environment to who looks after a space and not the house: it may be
// that of another space's model. What the settings file sends to a server goes there for everybody.
func keysOf(sc scope.Scope, s Spec, declared []Spec) error {
	for _, r := range s.Replicas {
		if _, sent := sentTo(r, declared); r.KeyEnv != "" && !sent && !sc.May(scope.Operate) {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator may say to which server the key in " + r.KeyEnv + " is sent", Hint: "ask an operator to add the model"}
		}
	}
	return nil
}

// sentTo says whether models of the settings file have the key of a replica, and whether one of
// them sends it to the same server.
func sentTo(r Replica, declared []Spec) (known, sent bool) {
	for _, d := range declared {
		for _, o := range d.Replicas {
			if r.KeyEnv != "" && strings.EqualFold(o.KeyEnv, r.KeyEnv) {
				known, sent = true, sent || sameServer(o.URL, r.URL)
			}
		}
	}
	return known, sent
}

// sameServer says whether two addresses lead to one server, by one scheme: a key that goes to
// the one encrypted does not go there in the clear.
func sameServer(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && addressOf(x) == addressOf(y)
}
