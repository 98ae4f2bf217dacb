// Package signin lets people in: by a password, or after a provider has said who they are,
// and keeps them in by sessions.
//
// A session is a cookie. Its token is a family, which stays, and a secret, which changes every
// quarter of an hour while the session is used; the database holds hashes. Whoever comes with a
// secret that was replaced and is no longer under way holds a copy, and the session ends for both:
// nobody can tell which of the two is the thief. Failed attempts are counted in the database, so
// that all replicas count together, before the password is looked at, so that attempts made at
// once do not share one count.
//
// The package never says whether it was the name or the password that was wrong, and never keeps
// what was typed. It knows nothing of HTTP. What a stranger would break: a session is looked up in
// the database for each request, and so ends at once on every replica; a cache here would change that.
package signin

import (
	"cmp"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"wenyuan/store"
)

// Config is what Sessions are made of. Zero durations have the defaults named here.
type Config struct {
	Store   *store.Store
	Log     *slog.Logger
	Closed  bool          // nobody comes in by a password
	Idle    time.Duration // after which a session ends that is not used; default 12 h
	Longest time.Duration // after which it ends in any case; default 7 days
}

// With fills in the rooms.
func (c Config) With(s *store.Store, log *slog.Logger) Config {
	c.Store, c.Log = s, cmp.Or(c.Log, log)
	return c
}

// Sessions are who is signed in. Their methods may be called from many goroutines.
type Sessions struct {
	store         *store.Store
	log           *slog.Logger
	closed        bool
	idle, longest int64 // microseconds
	cost          cost
	hashing       chan struct{}
	queue         chan struct{}
}

// Open makes the room. It reads nothing.
func Open(c Config) *Sessions {
	return &Sessions{
		store: c.Store, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), closed: c.Closed,
		idle:    cmp.Or(c.Idle, 12*time.Hour).Microseconds(),
		longest: cmp.Or(c.Longest, 7*24*time.Hour).Microseconds(),
		cost:    present,
		hashing: make(chan struct{}, max(2, runtime.GOMAXPROCS(0))),
		queue:   make(chan struct{}, maxQueue),
	}
}

// Passwords says whether people may come in by a password.
func (s *Sessions) Passwords() bool { return !s.closed }

// A Visit is where somebody signs in from.
type Visit struct {
	Address string // of the network; "" where there is none
	Agent   string // how the browser calls itself; it is cut to 200 bytes
	Way     string // password, or the provider
	Former  string // the token that the browser came with; its session ends
}

// ErrSignedOut is the cause of every refusal of a token: the browser has to sign in again.
var ErrSignedOut = errors.New("not signed in")

// A Wait is the cause of a refusal of somebody who tried too often.
type Wait struct{ After time.Duration }

// Error is for the operator.
func (w *Wait) Error() string { return "too many attempts: wait " + w.After.String() }
