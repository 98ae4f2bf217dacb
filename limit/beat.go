package limit

import (
	"context"
	"log/slog"
	"time"

	"wenyuan/store"
)

const (
	tick      = time.Second      // how often what lies idle of concurrency is looked for
	beatEvery = 10 * time.Second // how often leases are renewed and idle blocks given back
	idleFor   = 10 * time.Second // after which a block lies idle
	idleRuns  = 2 * time.Second  // the same, of concurrency
	sweepFor  = 10 * time.Minute // how often ended spans are deleted
	atOnce    = 500              // accounts of one transaction
)

// Start keeps the leases alive until Close.
func (l *Limiter) Start(ctx context.Context) {
	if l == nil || l.ended != nil {
		return
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.ended = make(chan struct{})
	go l.run(ctx)
}

func (l *Limiter) run(ctx context.Context) {
	defer close(l.ended)
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	var beat, swept time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			whole := now.Sub(beat) >= beatEvery
			if whole {
				beat = now
			}
			sweep := now.Sub(swept) >= sweepFor
			if sweep {
				swept = now
			}
			l.report(l.Look(ctx))
			if whole || l.shared {
				l.report(l.beat(ctx, whole))
			}
			if sweep {
				l.report(l.sweep(ctx))
			}
		}
	}
}

func (l *Limiter) report(err error) {
	if err != nil {
		l.c.Log.Warn("what was leased of limits could not be renewed; it is tried again", "error", err)
	}
}

// Close gives back what was leased and not used. Whoever still holds a reservation keeps it.
func (l *Limiter) Close(ctx context.Context) error {
	if l == nil {
		return nil
	}
	if l.ended != nil {
		l.stop()
		<-l.ended
		l.ended = nil
	}
	l.mu.Lock()
	now := l.c.Store.Now()
	for _, a := range l.accounts {
		a.turn(now)
		a.yield()
	}
	l.mu.Unlock()
	return l.beat(ctx, true)
}

// yield puts what is free of the blocks aside, to be given back.
func (a *account) yield() {
	if free := a.free(); free > 0 {
		if a.span != Ongoing {
			a.owed += free
		}
		a.leased = a.taken
	}
}

// beat renews leases, notes what is left of blocks, charges what was used beyond a reservation,
// and gives back what lies idle. When it is not whole it looks only at idle concurrency.
func (l *Limiter) beat(ctx context.Context, whole bool) error {
	select {
	case <-l.leasing:
	case <-ctx.Done():
		return nil
	}
	defer func() { l.leasing <- struct{}{} }()
	wants := l.due(whole)
	for len(wants) > 0 {
		n := min(len(wants), atOnce)
		began := l.c.Store.Now()
		if err := l.c.Store.WriteSums(ctx, func(tx *store.Tx) error { return l.renew(ctx, tx, wants[:n]) }); err != nil {
			return err
		}
		l.renewed(wants[:n], began)
		wants = wants[n:]
	}
	return nil
}

// due are the accounts that the database has to hear of. Accounts that nobody needs are dropped.
func (l *Limiter) due(whole bool) (wants []*want) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	for k, a := range l.accounts {
		ended := now >= a.ends
		a.turn(now)
		idle := now-a.touched >= idleFor.Microseconds()
		if a.span == Ongoing {
			idle = now-a.touched >= idleRuns.Microseconds()
		} else if !whole {
			continue
		}
		if idle || a.rule.ID == "" {
			a.yield()
		}
		switch {
		case a.holds == 0 && (ended || idle && a.quiet()):
			a.gone = true
			delete(l.accounts, k)
		case whole && !a.quiet(), a.span == Ongoing && a.noted != a.leased, a.owed != 0:
			wants = append(wants, a.want(0))
		}
	}
	return wants
}

// quiet says that the database knows all there is to know of the account, and holds nothing for it.
func (a *account) quiet() bool { return a.owed == 0 && a.free() == 0 && a.noted == 0 }

func (l *Limiter) renew(ctx context.Context, tx *store.Tx, wants []*want) error {
	for _, w := range wants {
		if err := l.renewOne(ctx, tx, w); err != nil {
			return err
		}
	}
	return nil
}

// renewOne tells the database what this server holds of a counter now. More that was used than
// was leased is charged, also beyond a hard limit: it has happened.
func (l *Limiter) renewOne(ctx context.Context, tx *store.Tx, w *want) (err error) {
	if w.span == Ongoing {
		return l.leaseRunning(ctx, tx, w)
	}
	w.grant = max(-w.free, 0)
	if w.used, err = l.count(ctx, tx, w.counter, w.since, w.grant-w.owed); err != nil {
		return err
	}
	w.leasedNow = max(w.free, 0)
	return l.holds(ctx, tx, w.counter, w.since, w.leasedNow)
}

func (l *Limiter) renewed(wants []*want, began int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.c.Store.Now()
	for _, w := range wants {
		a := w.account
		if a.turn(now); a.since != w.since {
			continue
		}
		a.used, a.noted = w.used, w.leasedNow
		if a.looked > 0 {
			a.looked = max(now, 1)
		}
		if a.span == Ongoing {
			a.leased, a.until = w.leasedNow, began+leaseFor.Microseconds()
		} else {
			a.leased, a.owed = a.leased+w.grant, a.owed-w.owed
		}
	}
}

// sweep deletes what ended spans have left, and says in the log which servers ended without
// giving back what they held.
func (l *Limiter) sweep(ctx context.Context) error {
	var lost map[string]int
	err := l.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		for _, s := range []Span{Minute, Day, Month} {
			since, _ := spanOf(s, tx.Now)
			for _, query := range []string{`DELETE FROM limit_use WHERE span = $1 AND since < $2`, `DELETE FROM limit_lease WHERE span = $1 AND since < $2`} {
				if _, err := tx.Exec(ctx, query, s, since-(2*time.Minute).Microseconds()); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM limit_lease WHERE span = '' AND until < $1`, tx.Now); err != nil {
			return err
		}
		lost, err = l.lost(ctx, tx)
		return err
	})
	for replica, n := range lost {
		if !l.told[replica] {
			l.told[replica] = true
			l.c.Log.Warn("a server ended without giving back what it had leased of limits; it stays spent until its spans end", slog.String("server", replica), slog.Int("limits", n))
		}
	}
	return err
}

// lost counts the leases of servers that are not heard of any more.
func (l *Limiter) lost(ctx context.Context, tx *store.Tx) (map[string]int, error) {
	out := map[string]int{}
	err := tx.Each(ctx, func(r store.Row) error {
		var replica string
		var n int
		if err := r.Scan(&replica, &n); err != nil {
			return err
		}
		out[replica] = n
		return nil
	}, `SELECT replica, COUNT(*) FROM limit_lease WHERE until < $1 AND replica <> $2 GROUP BY replica`, tx.Now, l.replica)
	if err != nil {
		return nil, err
	}
	return out, nil
}
