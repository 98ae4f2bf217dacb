package auth

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"wenyuan/store"
)

// Config is what a Directory is made of.
type Config struct {
	Store *store.Store
	Log   *slog.Logger // nil: nothing is logged
}

// A Directory knows who there is and who may read what. Its methods may be called from many goroutines.
//
// It holds all of it in memory. Whoever asks it something has it read the number of the last
// change first, and what has changed since the one that it knows.
type Directory struct {
	store *store.Store
	log   *slog.Logger

	number  atomic.Int64 // of the last change that state knows; -1 before the first
	reading sync.Mutex   // held by who reads what has changed
	mu      sync.RWMutex // guards state
	state   *state

	watches watches
	keys    store.Memo[string, keyRow] // by hash
	asOf    atomic.Int64               // one more than the store's Writes when the state was found up to date; 0: never
}

// Open makes a directory. It reads nothing yet.
func Open(c Config) *Directory {
	d := &Directory{store: c.Store, log: c.Log, state: newState(), watches: watches{blind: blindFor}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.number.Store(-1)
	return d
}

// refresh makes the state as new as the database is now.
func (d *Directory) refresh(ctx context.Context) error {
	now, exact := d.store.Writes()
	if exact && d.asOf.Load() == now+1 {
		return nil
	}
	err := d.store.Read(ctx, func(tx *store.Tx) error { return d.fresh(ctx, tx) })
	if err == nil {
		d.asOf.Store(now + 1)
	}
	return err
}

// Empty says that nobody was added yet: the house is a single person's.
func (d *Directory) Empty(ctx context.Context) (bool, error) {
	if err := d.refresh(ctx); err != nil {
		return false, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.state.people) == 0, nil
}
