package limit

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"wenyuan/store"
)

const (
	leaseFor  = 30 * time.Second       // how long a server that is not heard of keeps what it leased of concurrency
	leaseTime = 5 * time.Second        // how long leasing may take
	refusal   = time.Second            // for how long a refusal by the database holds
	crowded   = 100 * time.Millisecond // the same, of concurrency
	quick     = 10 * time.Second       // within what time a block that was used up makes the next one larger
)

// A want is what has to be leased for one account, as it was when the database was asked.
type want struct {
	*account
	counter        // of the account, which does not change
	rule      Rule // as it was
	since     int64
	need      int64 // at least; 0 only looks
	taken     int64
	free      int64
	owed      int64
	looked    int64
	block     int64
	noted     int64
	grant     int64 // what was leased
	used      int64 // the database's count
	refused   bool
	leasedNow int64 // what the database says that this server holds, after
}

// more leases what a claim lacks. It gives nil where it is worth trying again.
func (l *Limiter) more(ctx context.Context, c *Claim) error {
	select {
	case <-l.leasing:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { l.leasing <- struct{}{} }()
	wants, err := l.wants(c)
	if err != nil || len(wants) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime)
	defer cancel()
	began := l.c.Store.Now()
	if err := l.c.Store.WriteSums(ctx, func(tx *store.Tx) error { return l.lease(ctx, tx, wants) }); err != nil {
		return err
	}
	return l.granted(wants, began, c)
}

// wants is what a claim lacks now. It refuses what is known to be refused.
func (l *Limiter) wants(c *Claim) ([]*want, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	var wants []*want
	for _, a := range l.of(c) {
		a.turn(now)
		lack := a.lacks(c)
		if lack == 0 && a.looked != 0 {
			continue
		}
		if hard := a.rule.Hard; hard > 0 && a.needs(c) > hard {
			return nil, a.refuse(now, true)
		}
		if a.refuses(lack, now) {
			return nil, a.refuse(now, false)
		}
		wants = append(wants, a.want(lack))
	}
	return wants, nil
}

func (a *account) want(need int64) *want {
	return &want{account: a, counter: a.counter, rule: a.rule, since: a.since, need: need, taken: a.taken, free: a.free(), owed: a.owed, looked: a.looked, block: a.block, noted: a.noted}
}

// refuses says whether the database would certainly not lease so much, as it said a moment ago.
func (a *account) refuses(need, now int64) bool {
	if a.rule.Hard == 0 || a.looked == 0 || need == 0 {
		return false
	}
	if a.span == Ongoing {
		return now-a.looked < crowded.Microseconds() && a.used-a.noted+a.taken+1 > a.rule.Hard
	}
	return now-a.looked < refusal.Microseconds() && a.used-a.owed+need > a.rule.Hard
}

// most is what may be used of the rule in all.
func (w *want) most() int64 {
	if w.rule.Hard > 0 {
		return w.rule.Hard
	}
	return math.MaxInt64 / 2
}

// share is how large a block to lease where at least need has to be had and left is there. It
// grows while blocks are used up quickly, and is an ever smaller part of what is left, so that
// little is lost when a server is killed, and little lies idle.
func (l *Limiter) share(w *want, need, left int64) int64 {
	next, divisor := need*4, int64(8)
	if w.looked > 0 && l.c.Store.Now()-w.looked < quick.Microseconds() {
		next = max(next, w.block*2)
	}
	if !l.shared {
		divisor = 2
	}
	if !l.shared && w.span == Ongoing {
		divisor = 1 // nobody else takes any
	}
	return max(need, min(next, left/divisor))
}

// lease takes blocks out of the database's counts. It may run more than once.
func (l *Limiter) lease(ctx context.Context, tx *store.Tx, wants []*want) error {
	for _, w := range wants {
		w.grant, w.refused = 0, false
		lease := l.leaseCount
		if w.span == Ongoing {
			lease = l.leaseRunning
		}
		if err := lease(ctx, tx, w); err != nil {
			return err
		}
	}
	return nil
}

// leaseCount leases from a count, and gives back what is owed.
func (l *Limiter) leaseCount(ctx context.Context, tx *store.Tx, w *want) error {
	used, err := l.count(ctx, tx, w.counter, w.since, -w.owed)
	if err != nil {
		return err
	}
	w.used = used
	if left := w.most() - used; w.need > left {
		w.refused = w.need > 0
	} else if w.need > 0 {
		w.grant = l.share(w, w.need, left)
		if w.used, err = l.count(ctx, tx, w.counter, w.since, w.grant); err != nil {
			return err
		}
	}
	w.leasedNow = w.noted
	if w.grant == 0 && w.owed == 0 {
		return nil
	}
	w.leasedNow = max(w.free+w.grant-w.need, 0)
	return l.holds(ctx, tx, w.counter, w.since, w.leasedNow)
}

// leaseRunning leases from what may run at once: what others hold is in their leases.
func (l *Limiter) leaseRunning(ctx context.Context, tx *store.Tx, w *want) error {
	others, err := l.others(ctx, tx, w.counter)
	if err != nil {
		return err
	}
	left := w.most() - others - w.taken - max(w.free, 0)
	w.leasedNow = w.taken + max(w.free, 0)
	if w.need > 0 {
		if left < 1 {
			w.refused = true
		} else {
			w.grant = l.share(w, 1, left)
			w.leasedNow += w.grant
		}
	}
	w.used = others + w.leasedNow
	return l.holds(ctx, tx, w.counter, 0, w.leasedNow)
}

// granted takes over what was leased, and says which limit refused.
func (l *Limiter) granted(wants []*want, began int64, c *Claim) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	var refused error
	for _, w := range wants {
		a := w.account
		if a.turn(now); a.since != w.since {
			continue // the span ended meanwhile; what was leased of it stays spent
		}
		a.used, a.looked = w.used, max(now, 1)
		if a.span == Ongoing {
			a.leased, a.until = w.leasedNow, began+leaseFor.Microseconds()
		} else {
			a.leased, a.owed = a.leased+w.grant, a.owed-w.owed
		}
		a.noted = w.leasedNow
		if w.grant > 0 {
			a.block = w.grant
		}
		if w.refused && refused == nil && a.lacks(c) > 0 {
			refused = a.refuse(now, false)
		}
	}
	return refused
}

// count adds to a count of the database and gives what it is then. One that is not there is made
// only to add to it: it may have been erased with the person that it was about.
func (l *Limiter) count(ctx context.Context, tx *store.Tx, k counter, since, n int64) (used int64, err error) {
	if n <= 0 {
		err = tx.QueryRow(ctx, `UPDATE limit_use SET used = used + $8 WHERE space = $1 AND kind = $2 AND subject = $3 AND resource = $4 AND span = $5 AND currency = $6 AND since = $7 RETURNING used`,
			k.space, k.kind, k.subject, k.resource, k.span, k.currency, since, n).Scan(&used)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return used, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO limit_use (space, kind, subject, resource, span, currency, since, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (space, kind, subject, resource, span, currency, since) DO UPDATE SET used = limit_use.used + $8 RETURNING used`,
		k.space, k.kind, k.subject, k.resource, k.span, k.currency, since, n).Scan(&used)
	return used, err
}

// holds notes what this server holds of a counter, so that others see it, and how much of it is
// lost should the server end without giving it back.
func (l *Limiter) holds(ctx context.Context, tx *store.Tx, k counter, since, amount int64) error {
	if amount == 0 {
		_, err := tx.Exec(ctx, `DELETE FROM limit_lease WHERE replica = $1 AND space = $2 AND kind = $3 AND subject = $4 AND resource = $5 AND span = $6 AND currency = $7 AND since = $8`,
			l.replica, k.space, k.kind, k.subject, k.resource, k.span, k.currency, since)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO limit_lease (replica, space, kind, subject, resource, span, currency, since, amount, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (replica, space, kind, subject, resource, span, currency, since) DO UPDATE SET amount = $9, until = $10`,
		l.replica, k.space, k.kind, k.subject, k.resource, k.span, k.currency, since, amount, tx.Now+leaseFor.Microseconds())
	return err
}

// others is what other servers hold of a counter of concurrency, as far as their leases run.
func (l *Limiter) others(ctx context.Context, tx *store.Tx, k counter) (n int64, err error) {
	err = tx.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM limit_lease
		WHERE space = $1 AND kind = $2 AND subject = $3 AND resource = $4 AND span = $5 AND currency = $6 AND replica <> $7 AND until > $8 AND until <= $9`, // what is kept for longer than a lease was made by a clock that was ahead
		k.space, k.kind, k.subject, k.resource, k.span, k.currency, l.replica, tx.Now, tx.Now+leaseFor.Microseconds()+setBack.Microseconds()).Scan(&n)
	return n, err
}
