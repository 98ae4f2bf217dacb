package limit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Standing is how somebody stands to a rule now.
type Standing struct {
	Rule    Rule
	Subject string // whom it is about, where the rule is for each of its kind too
	Used    int64  // reserved or used since the span began; of concurrency what is under way
	Leased  int64  // held ready by servers and not used yet
	Lost    int64  // held by servers that ended without giving it back; free again when the span ends
	Resets  int64  // when the span ends, UTC microseconds; 0 for concurrency
}

// maxStandings is how many counts are shown at once, those with the most use.
const maxStandings = 2000

// Standing says how much is used of every limit that the asker may know of: their own and their
// key's; for an owner those of the space, for an operator all. The use of others on limits that
// are shared is told to nobody else.
func (l *Limiter) Standing(ctx context.Context, sc scope.Scope, c Claim) ([]Standing, error) {
	if l == nil {
		return nil, nil
	}
	if err := l.Look(ctx); err != nil {
		return nil, err
	}
	var all []Standing
	err := l.c.Store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		counters, err := l.visible(ctx, tx, sc, c)
		if err != nil {
			return err
		}
		for k, r := range counters {
			s, err := l.standing(ctx, tx, k, r)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Standing) int {
		x, y := a.Rule, b.Rule
		return cmp.Or(cmp.Compare(order(x.Kind), order(y.Kind)), cmp.Compare(x.Space, y.Space), cmp.Compare(a.Subject, b.Subject),
			cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.Currency, y.Currency), cmp.Compare(a.Resets, b.Resets))
	})
	return all, err
}

func order(k Kind) int { return slices.Index([]Kind{Person, Key, Space, Model, House}, k) }

// visible are the counters that the asker may know of, with the rule of each.
func (l *Limiter) visible(ctx context.Context, tx *store.Tx, sc scope.Scope, c Claim) (map[counter]Rule, error) {
	l.mu.Lock()
	rules := l.rules
	l.mu.Unlock()
	out := map[counter]Rule{}
	c.Model = ""
	rules.apply(&c, func(k counter, r Rule) *account {
		if k.kind == Person || k.kind == Key || k.shown(sc) {
			out[k] = r
		}
		return nil
	})
	if !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return out, nil
	}
	for _, r := range rules.all {
		if k := r.counterOf(r.Subject); k.shown(sc) && (r.Subject != "" || r.Kind == House) {
			out[k] = r
		}
	}
	used, err := countersOf(ctx, tx)
	for _, k := range used {
		if r, ok := rules.find(k); ok && k.shown(sc) {
			out[k] = r
		}
	}
	return out, err
}

// countersOf are the counters of which something is used in the spans that run.
func countersOf(ctx context.Context, tx *store.Tx) (all []counter, err error) {
	minute, _ := spanOf(Minute, tx.Now)
	day, _ := spanOf(Day, tx.Now)
	month, _ := spanOf(Month, tx.Now)
	return store.List(ctx, tx, func(r store.Row) (k counter, err error) {
		err = r.Scan(&k.space, &k.kind, &k.subject, &k.resource, &k.span, &k.currency)
		return k, err
	}, `SELECT space, kind, subject, resource, span, currency FROM (
			SELECT space, kind, subject, resource, span, currency, used FROM limit_use
				WHERE span = 'minute' AND since = $1 OR span = 'day' AND since = $2 OR span = 'month' AND since = $3
			UNION ALL SELECT space, kind, subject, resource, span, currency, amount FROM limit_lease WHERE span = '' AND until > $4
		) AS found ORDER BY used DESC LIMIT $5`, minute, day, month, tx.Now, maxStandings)
}

// standing reads one counter, and adds what this server alone knows.
func (l *Limiter) standing(ctx context.Context, tx *store.Tx, k counter, r Rule) (s Standing, err error) {
	since, ends := spanOf(k.span, l.c.Store.Now())
	if s = (Standing{Rule: r, Subject: k.subject}); k.span != Ongoing {
		s.Resets = ends
	}
	var used, alive, lost int64
	err = tx.QueryRow(ctx, `SELECT used FROM limit_use WHERE space = $1 AND kind = $2 AND subject = $3 AND resource = $4 AND span = $5 AND currency = $6 AND since = $7`,
		k.space, k.kind, k.subject, k.resource, k.span, k.currency, since).Scan(&used)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	err = tx.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(CASE WHEN until > $8 THEN amount ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN until > $8 THEN 0 ELSE amount END), 0) AS BIGINT)
		FROM limit_lease WHERE space = $1 AND kind = $2 AND subject = $3 AND resource = $4 AND span = $5 AND currency = $6 AND since = $7 AND replica <> $9`,
		k.space, k.kind, k.subject, k.resource, k.span, k.currency, since, tx.Now, l.replica).Scan(&alive, &lost)
	if err != nil {
		return s, err
	}
	own, running := l.held(k, since)
	if k.span == Ongoing {
		s.Used, s.Leased = alive+running, own
		return s, nil
	}
	s.Used, s.Leased, s.Lost = max(used-alive-lost-own, 0), alive+max(own, 0), lost
	return s, nil
}

// held is what this server holds of a counter and has not used, and what it has under way of
// concurrency.
func (l *Limiter) held(k counter, since int64) (free, running int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.accounts[k]
	if a == nil || a.since != since {
		return 0, 0
	}
	if k.span == Ongoing {
		return max(a.free(), 0), a.taken
	}
	return a.free() + a.owed, 0
}
