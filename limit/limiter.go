package limit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wenyuan/store"
)

// Config is what a Limiter is made of.
type Config struct {
	Store *store.Store
	Log   *slog.Logger // nil: nothing is logged
	// Record keeps an act in the transaction that does it, for the audit; nil: nothing is kept.
	Record func(ctx context.Context, tx *store.Tx, act, space string, r Rule) error
}

// A Limiter knows the rules and counts what is used. Its methods may be called from many
// goroutines. A nil Limiter limits nothing.
type Limiter struct {
	c       Config
	shared  bool
	replica string

	leasing chan struct{} // holds one token: who has it asks the database for blocks
	stop    context.CancelFunc
	ended   chan struct{}

	mu       sync.Mutex
	version  int64 // of the rules
	rules    ruleset
	accounts map[counter]*account
	known    map[subjects][]*account // which accounts apply to whom
	told     map[string]bool         // servers that ended without giving back, which the log has named
}

// subjects are who claims.
type subjects struct{ space, person, key, model string }

// maxKnown is for how many claimants the accounts are remembered.
const maxKnown = 50_000

// Open reads the rules. It begins nothing: see Start.
func Open(ctx context.Context, c Config) (*Limiter, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Limiter{c: c, shared: c.Store.Shared(), replica: c.Store.Instance(), leasing: make(chan struct{}, 1),
		version: -1, accounts: map[counter]*account{}, known: map[subjects][]*account{}, told: map[string]bool{}}
	l.leasing <- struct{}{}
	if err := l.Look(ctx); err != nil {
		return nil, err
	}
	return l, l.inherit(ctx)
}

// inherit ends what was under way in a server that was killed, where there can be no other: nobody
// needs to wait until its lease has run out.
func (l *Limiter) inherit(ctx context.Context) error {
	if l.shared {
		return nil
	}
	left := 0
	err := l.c.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM limit_lease WHERE span = ''`).Scan(&left)
	})
	if err != nil || left == 0 {
		return err
	}
	return l.c.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM limit_lease WHERE span = ''`)
		return err
	})
}

// A Reservation is what was reserved. It is settled or released once; later calls do nothing. A
// nil Reservation holds nothing.
type Reservation struct {
	l      *Limiter
	held   []held
	passed []Rule
	done   bool
}

// held is what one account gave.
type held struct {
	*account
	since, n int64
}

// Reserve takes what a claim needs from every limit that applies, or from none. An error with the
// code Limited says which limit does not allow it, and [WaitOf] when to come again. The caller
// settles or releases what it gets, also after an error or when ctx ends.
func (l *Limiter) Reserve(ctx context.Context, c Claim) (*Reservation, error) {
	if l == nil {
		return nil, nil
	}
	for {
		r, short := l.take(&c)
		if !short {
			return r, nil
		}
		if err := l.more(ctx, &c); err != nil {
			return nil, err
		}
	}
}

// take reserves from what was leased; short says that a block has to be leased first.
func (l *Limiter) take(c *Claim) (r *Reservation, short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	all := l.of(c)
	if len(all) == 0 {
		return nil, false
	}
	for _, a := range all {
		if a.turn(now); a.lacks(c) > 0 || a.looked == 0 {
			return nil, true
		}
	}
	r = &Reservation{l: l, held: make([]held, 0, len(all))}
	for _, a := range all {
		if n := a.needs(c); n > 0 {
			a.taken += n
			a.holds++
			a.touched = now
			r.held = append(r.held, held{a, a.since, n})
		}
		if a.soft() {
			r.passed = append(r.passed, a.rule)
		}
	}
	return r, false
}

// needs is how much of the account a claim takes.
func (a *account) needs(c *Claim) int64 {
	if !c.takes(a.kind, a.resource) {
		return 0
	}
	return c.amount(a.resource, a.currency)
}

// lacks is how much has to be leased before a claim can be met.
func (a *account) lacks(c *Claim) int64 {
	n := a.needs(c)
	if n == 0 {
		return 0
	}
	return max(n-a.free(), 0)
}

// Settle says what was really used and gives the rest back; what was running is over.
func (r *Reservation) Settle(really Use) {
	if r != nil {
		r.end(&really)
	}
}

// Release ends what was running. What was counted stays as it was reserved.
func (r *Reservation) Release() {
	if r != nil {
		r.end(nil)
	}
}

func (r *Reservation) end(really *Use) {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.done {
		return
	}
	r.done = true
	for _, h := range r.held {
		a := h.account
		a.holds--
		switch {
		case a.resource == Concurrency:
			a.taken--
		case a.resource == Requests || really == nil || a.since != h.since:
		default:
			a.taken += really.amount(a.resource, a.currency) - h.n
		}
	}
}

// Passed are the rules whose soft limit is passed.
func (r *Reservation) Passed() []Rule {
	if r == nil {
		return nil
	}
	return r.passed
}

// of are the accounts that apply to a claim. The caller holds mu.
func (l *Limiter) of(c *Claim) []*account {
	who := subjects{c.Space, c.Person, c.Key, c.Model}
	all, ok := l.known[who]
	for _, a := range all {
		ok = ok && !a.gone
	}
	if ok {
		return all
	}
	if len(l.known) >= maxKnown {
		clear(l.known)
	}
	all = l.rules.apply(c, l.account)
	l.known[who] = all
	return all
}

// account finds or opens the account of a counter. The caller holds mu.
func (l *Limiter) account(k counter, r Rule) *account {
	a := l.accounts[k]
	if a == nil {
		a = &account{counter: k, rule: r}
		l.accounts[k] = a
	}
	return a
}

// Budget is how much of a limit is left to somebody.
type Budget struct {
	Rule  Rule
	Left  int64
	Reset time.Duration // until it begins anew
}

// Own is what is left of the tightest hard limit that a person and their key have on one of the
// resources; ok is false where they have none. Limits that others use up as well are not looked
// at: what is left of them would tell what others do.
func (l *Limiter) Own(c Claim, resources ...Resource) (b Budget, ok bool) {
	if l == nil {
		return b, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	for _, a := range l.of(&c) {
		if a.kind != Person && a.kind != Key || a.rule.Hard == 0 || !within(resources, a.resource) {
			continue
		}
		a.turn(now)
		left := max(a.rule.Hard-a.spent(), 0)
		if !ok || left < b.Left {
			b, ok = Budget{a.rule, left, time.Duration(a.ends-now) * time.Microsecond}, true
		}
	}
	return b, ok
}

func within(all []Resource, r Resource) bool {
	for _, o := range all {
		if o == r {
			return true
		}
	}
	return false
}

// Counts says whether a limit applies to a call of a model that counts its tokens or its cost:
// who knows that none does need not work out what the call takes.
func (l *Limiter) Counts(c Claim) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.of(&c) {
		if a.resource != Requests && a.resource != Concurrency {
			return true
		}
	}
	return false
}
