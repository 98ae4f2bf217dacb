package auth

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

const (
	watchEvery = 250 * time.Millisecond // so that what is withdrawn ends within a second
	lookAnyway = 2 * time.Second        // after which the database is asked though nothing was written: whether it answers
	blindFor   = 5 * time.Second        // for which a short failure of the database ends nothing
)

// errWithdrawn ends what runs on a right that is gone.
var errWithdrawn = &wenyuan.Error{Code: wenyuan.Denied, Message: "what this stands on was withdrawn from you", Hint: "ask an owner of the space, or sign in again"}

// errBlind ends what runs when it cannot be known whether it still may.
var errBlind = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "it cannot be found out whether you may still see this", Hint: "the database does not answer; try again later"}

// A Watch says when a right that a running request stands on is gone.
type Watch struct {
	directory *Directory
	id        Identity
	scope     scope.Scope
	end       context.CancelCauseFunc

	mu   sync.Mutex
	held map[string]struct{}
}

// watches are those that run. One goroutine looks after them while there are any.
type watches struct {
	mu      sync.Mutex
	all     map[*Watch]bool // whether it was looked at once
	running bool
	blind   time.Duration // for which they go on while the database does not answer
}

// Watch gives a context that ends with the code Denied within a second after id may no longer
// come in, has no longer all the rights of sc, or a document that is held is no longer seen. A
// scope Within the rights that matter goes on when others are lost. End is called once.
func (d *Directory) Watch(ctx context.Context, id Identity, sc scope.Scope) (context.Context, *Watch) {
	ctx, end := context.WithCancelCause(ctx)
	w := &Watch{directory: d, id: id, scope: sc, end: end, held: map[string]struct{}{}}
	d.watches.mu.Lock()
	defer d.watches.mu.Unlock()
	if d.watches.all == nil {
		d.watches.all = map[*Watch]bool{}
	}
	d.watches.all[w] = false
	if !d.watches.running {
		d.watches.running = true
		go d.look()
	}
	return ctx, w
}

// Hold names documents that the request has read. One that is seen no more ends it at once.
func (w *Watch) Hold(documents ...string) {
	w.mu.Lock()
	for _, id := range documents {
		w.held[id] = struct{}{}
	}
	w.mu.Unlock()
	w.check()
}

// End stops watching.
func (w *Watch) End() {
	w.directory.watches.mu.Lock()
	delete(w.directory.watches.all, w)
	w.directory.watches.mu.Unlock()
	w.end(nil)
}

// look looks after the watches until there are none.
func (d *Directory) look() {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	seen, at, written := int64(-1), time.Now(), int64(-1)
	for range ticker.C {
		list := d.watches.list()
		if list == nil {
			return
		}
		writes, exact := d.store.Writes() // before it is read
		if exact && writes == written && time.Since(at) < lookAnyway && allLooked(list) {
			d.expire(list)
			continue
		}
		number, err := d.glance(list, seen)
		if err == nil {
			seen, at, written = number, time.Now(), writes
			continue
		}
		d.log.Warn("who may still see what could not be read", "err", err)
		if time.Since(at) > d.watches.blind {
			for w := range list {
				w.end(errBlind)
			}
		}
	}
}

// allLooked says whether each of some watches was looked at: where nothing was written since, the database says of
// them what it said then.
func allLooked(list map[*Watch]bool) bool {
	for _, done := range list {
		if !done {
			return false
		}
	}
	return true
}

// expire ends the watches whose time has run out.
func (d *Directory) expire(list map[*Watch]bool) {
	now := d.store.Now()
	for w := range list {
		if w.id.Expires != 0 && w.id.Expires <= now {
			w.end(errWithdrawn)
		}
	}
}

// list gives the watches that run, and which of them were looked at. It is nil when there are none:
// then nobody looks after them any more.
func (w *watches) list() map[*Watch]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) == 0 {
		w.running = false
		return nil
	}
	return maps.Clone(w.all)
}

// looked marks watches as looked at.
func (w *watches) looked(list map[*Watch]bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range list {
		if _, runs := w.all[one]; runs {
			w.all[one] = true
		}
	}
}

// glance ends the watches whose right is gone. Those that were looked at before are looked at
// again when something has changed since, or when their time has run out.
func (d *Directory) glance(list map[*Watch]bool, seen int64) (number int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), blindFor)
	defer cancel()
	var valid map[string]bool
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		// The number is that of the snapshot, which the keys and sessions are read in too: the
		// directory may know a later one.
		if number, err = d.lastChange(ctx, tx); err != nil {
			return err
		}
		if number != seen {
			for w := range list {
				list[w] = false
			}
		}
		valid, err = stillValid(ctx, tx, list)
		return err
	})
	if err != nil {
		return 0, err
	}
	now := d.store.Now()
	for w, done := range list {
		switch {
		case w.id.Expires != 0 && w.id.Expires <= now, !done && !(w.id.known(valid)):
			w.end(errWithdrawn)
		case !done:
			w.check()
		}
	}
	d.watches.looked(list)
	return number, nil
}

// known says whether the key and the session that an identity came with are among the valid ones.
func (id Identity) known(valid map[string]bool) bool {
	return (id.Key == "" || valid[id.Key]) && (id.Session == "" || valid[id.Session])
}

// stillValid says which keys and sessions of the watches to be looked at are in force.
func stillValid(ctx context.Context, tx *store.Tx, list map[*Watch]bool) (map[string]bool, error) {
	keys, sessions := map[string]bool{}, map[string]bool{}
	for w, done := range list {
		if !done {
			keys[w.id.Key], sessions[w.id.Session] = true, true
		}
	}
	valid := map[string]bool{}
	for query, ids := range map[string]map[string]bool{
		`SELECT id FROM access_key WHERE revoked = 0 AND id IN (`: keys,
		`SELECT id FROM signin_session WHERE id IN (`:             sessions,
	} {
		delete(ids, "")
		for part := range slices.Chunk(slices.Collect(maps.Keys(ids)), 1000) {
			err := each(ctx, tx, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				valid[id] = true
				return err
			}, query+store.Marks(1, len(part))+`)`, store.Args(part)...)
			if err != nil {
				return nil, err
			}
		}
	}
	return valid, nil
}

// check ends the watch if its right is gone, as far as the directory knows.
func (w *Watch) check() {
	d := w.directory
	d.mu.RLock()
	now, ok := d.state.again(w.id, w.scope)
	d.mu.RUnlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.held {
		ok = ok && now.Sees(w.scope.Space(), id)
	}
	if !ok {
		w.end(errWithdrawn)
	}
}

// again decides anew what an identity may see where it had a scope; ok says that it may still do
// all that it might.
func (st *state) again(id Identity, before scope.Scope) (now scope.Scope, ok bool) {
	r := st.spaces[before.Space()]
	switch {
	case before.Space() == "": // it came in, and saw nothing
		p := st.people[id.Principal.ID]
		return now, id.Kind != Person && id.Kind != Service || p != nil && !p.disabled
	case r == nil:
		return now, false
	case id.Kind == Stranger:
		only, _ := before.Only()
		now = r.through(only...)
	default:
		now = st.scopeIn(id, r)
	}
	if !now.May(before.Rights()) || !before.May(scope.Ask) {
		return now, now.May(before.Rights())
	}
	had, held := before.Only()
	has, holds := now.Only()
	if !holds {
		return now, true
	}
	return now, held && !slices.ContainsFunc(had, func(a string) bool { return !slices.Contains(has, a) })
}
