package version

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/store"
)

// Servers are the processes on one database, each of which says that it is there and what it has
// loaded, so that a label can be moved once all of them have what it will point at.
//
// Each server holds a lease. A move takes effect in one transaction, when every server whose lease
// runs has loaded the new versions: whoever resolves the label before gets the old ones, whoever
// resolves it after the new ones, on every server, because labels are read from the database. A
// server that is gone is waited for until its lease ends. This is the two-phase change of a
// configuration: prepared by all, then switched at once.
type Servers struct {
	c     ServersConfig
	name  string
	stop  context.CancelFunc
	ended chan struct{}

	mu    sync.Mutex // held while moves are looked at
	noted map[Place]noted
	moves store.Memo[struct{}, []pending] // those that are not through
}

// A Place names a label.
type Place struct{ Space, Kind, Name, Label string }

// noted is what this server has said of a move.
type noted struct {
	number int64
	fault  string
}

// ServersConfig is what Servers are made of.
type ServersConfig struct {
	Store *store.Store
	// Load makes this server ready to serve what a label will point at; an error says why it cannot.
	Load func(ctx context.Context, m Move) error
	Log  *slog.Logger // nil: nothing is logged
}

const (
	leaseFor   = 15 * time.Second       // how long a server that is not heard of is waited for
	beatEvery  = 5 * time.Second        // how often a lease is renewed
	movesEvery = 250 * time.Millisecond // how often the database is asked for moves
	loadTime   = 30 * time.Second       // for one version
	proposed   = 5 * time.Second        // how long who moves a label waits for it
	glance     = 20 * time.Millisecond  // how often they look
)

// OpenServers says that this server is there. A server that is alone, because its database can have
// no other, takes no lease: it moves labels itself.
func OpenServers(ctx context.Context, c ServersConfig) (*Servers, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Servers{c: c, name: c.Store.Instance(), noted: map[Place]noted{}}
	if !c.Store.Shared() {
		return s, s.alone(ctx)
	}
	return s, s.beat(ctx)
}

// alone forgets the leases of a house that had more servers.
func (s *Servers) alone(ctx context.Context) error {
	left := 0
	err := s.c.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM house_server`).Scan(&left)
	})
	if err != nil || left == 0 {
		return err
	}
	return s.c.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM house_server`)
		return err
	})
}

// beat takes the lease or renews it, and forgets servers that are gone.
func (s *Servers) beat(ctx context.Context) error {
	err := s.c.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM label_ready WHERE server IN (SELECT server FROM house_server WHERE until < $1)`, tx.Now-leaseFor.Microseconds()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM house_server WHERE until < $1`, tx.Now-leaseFor.Microseconds()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO house_server (server, until) VALUES ($1, $2) ON CONFLICT (server) DO UPDATE SET until = excluded.until`, s.name, tx.Now+leaseFor.Microseconds())
		return err
	})
	if err != nil {
		return fmt.Errorf("version: servers: %w", err)
	}
	return nil
}

// Start renews the lease and takes part in moves until Close.
func (s *Servers) Start(ctx context.Context) {
	if s == nil || s.ended != nil {
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.ended = make(chan struct{})
	go s.run(ctx)
}

func (s *Servers) run(ctx context.Context) {
	defer close(s.ended)
	ticks := time.NewTicker(movesEvery)
	defer ticks.Stop()
	var beat time.Time // it may have been opened, or have stood still, for longer than its lease
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			err := s.Settle(ctx)
			if now.Sub(beat) >= beatEvery && s.c.Store.Shared() {
				beat = now
				err = errors.Join(err, s.beat(ctx))
			}
			if err != nil && ctx.Err() == nil {
				s.c.Log.Warn("the other servers could not be told what this one has loaded; it is tried again", "error", err)
			}
		}
	}
}

// Close gives the lease back, so that nobody waits for this server.
func (s *Servers) Close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	if s.ended != nil {
		s.stop()
		<-s.ended
		s.ended = nil
	}
	if !s.c.Store.Shared() {
		return nil
	}
	return s.c.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM house_server WHERE server = $1`, s.name)
		return err
	})
}

// A pending is a move as the database has it.
type pending struct {
	Move
	waits []Waited
}

// Settle looks at the moves that are not through: it loads what they need, says so, and moves the
// labels that wait for nobody any more.
func (s *Servers) Settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.pending(ctx)
	if err != nil {
		return err
	}
	seen := map[Place]bool{}
	for _, p := range all {
		at := Place{p.Space, p.Kind, p.Name, p.Label}
		seen[at] = true
		was, known := s.noted[at]
		if known && was.number == p.Number && was.fault == "" && len(p.waits) > 0 {
			continue // this server has done its part, and others have not
		}
		now := noted{p.Number, s.load(ctx, p.Move)}
		if known && now == was && now.fault != "" {
			continue // it still cannot, and said so
		}
		if err := s.c.Store.Write(ctx, func(tx *store.Tx) error { return p.ready(ctx, tx, s.name, now.fault) }); err != nil {
			return err
		}
		s.noted[at] = now
	}
	for at := range s.noted {
		if !seen[at] {
			delete(s.noted, at)
		}
	}
	return nil
}

// pending reads the moves that are not through: anew once something was written, or where others may have.
func (s *Servers) pending(ctx context.Context) ([]pending, error) {
	return s.moves.Of(s.c.Store, struct{}{}, func() ([]pending, error) { return s.readPending(ctx) })
}

func (s *Servers) readPending(ctx context.Context) (all []pending, err error) {
	err = s.c.Store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		moves, err := Moves(ctx, tx, "", "", "")
		if err != nil {
			return err
		}
		for _, m := range moves {
			waits, err := WaitsFor(ctx, tx, m)
			if err != nil {
				return err
			}
			all = append(all, pending{m, waits})
		}
		return nil
	})
	return all, err
}

// load makes ready what a label will point at, and says why it cannot.
func (s *Servers) load(ctx context.Context, m Move) string {
	if s.c.Load == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	err := s.c.Load(ctx, m)
	if err == nil {
		return ""
	}
	s.c.Log.Warn("this server cannot serve what a label will point at", "kind", m.Kind, "name", m.Name, "error", err)
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message
	}
	return "it cannot be loaded"
}

// Await waits a moment for a move that was proposed, and gives the servers it still waits for: none
// where it is through.
func (s *Servers) Await(ctx context.Context, at Place) (waits []Waited, err error) {
	ctx, cancel := context.WithTimeout(ctx, proposed)
	defer cancel()
	for {
		if err := s.Settle(ctx); err != nil && ctx.Err() == nil {
			return nil, err
		}
		there, waits, err := s.still(context.WithoutCancel(ctx), at)
		if err != nil || !there || ctx.Err() != nil {
			return waits, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(glance):
		}
	}
}

// still says whether a label is to be moved, and for whom it waits.
func (s *Servers) still(ctx context.Context, at Place) (there bool, waits []Waited, err error) {
	err = s.c.Store.Read(ctx, func(tx *store.Tx) error {
		there, waits = false, nil
		moves, err := Moves(ctx, tx, at.Space, at.Kind, at.Name)
		if err != nil {
			return err
		}
		for _, m := range moves {
			if m.Label == at.Label {
				there = true
				waits, err = WaitsFor(ctx, tx, m)
			}
		}
		return err
	})
	return there, waits, err
}
