package limit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Look takes over the rules as they are now. Where other servers use the database as well it asks
// for the number of their last change, so that a change holds for the next request everywhere;
// alone it knows of every change itself.
func (l *Limiter) Look(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	known := l.version
	l.mu.Unlock()
	if !l.shared && known >= 0 {
		return nil
	}
	var version int64
	var all []Rule
	err := l.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if version, err = versionOf(ctx, tx); err == nil && version != known {
			all, err = rulesOf(ctx, tx)
		}
		return err
	})
	if err == nil && version != known {
		l.adopt(version, all)
	}
	return err
}

func versionOf(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `SELECT value FROM counter WHERE name = 'limit'`).Scan(&n)
	return n, err
}

func rulesOf(ctx context.Context, tx *store.Tx) (all []Rule, err error) {
	return store.List(ctx, tx, func(row store.Row) (r Rule, err error) {
		err = row.Scan(&r.ID, &r.Space, &r.Kind, &r.Subject, &r.Resource, &r.Span, &r.Currency, &r.Soft, &r.Hard, &r.Created)
		return r, err
	}, `SELECT id, space, kind, subject, resource, span, currency, soft, hard, created FROM limit_rule ORDER BY space, kind, subject, resource, span, currency`)
}

// adopt puts other rules in the place of those that held. An older version changes nothing.
func (l *Limiter) adopt(version int64, all []Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if version <= l.version {
		return
	}
	l.version, l.rules = version, newRuleset(all)
	clear(l.known)
	now := l.c.Store.Now()
	for k, a := range l.accounts {
		r, ok := l.rules.find(k)
		if !ok {
			r = Rule{} // nothing is reserved of it any more; the next beat gives the block back
		}
		a.change(r, now)
	}
}

// Rules are the limits that an asker may know, those of people first and those of the house last:
// all of them for who operates the house; for an owner those of the space and what the house
// allows it.
func (l *Limiter) Rules(ctx context.Context, sc scope.Scope) ([]Rule, error) {
	if !sc.May(scope.Own) && !sc.May(scope.Operate) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "limits are for owners of the space and operators of the house", Hint: "wenyuan limit use shows what you have used of yours"}
	}
	if err := l.Look(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(l.rules.all), func(r Rule) bool { return !r.shown(sc) })
	slices.SortStableFunc(all, func(a, b Rule) int { return cmp.Compare(order(a.Kind), order(b.Kind)) })
	return all, nil
}

// shown says whether an owner or operator may know a rule.
func (r Rule) shown(sc scope.Scope) bool {
	return r.counterOf(r.Subject).shown(sc) || sc.May(scope.Own) && r.Space == "" && r.Kind == Space && r.Subject == ""
}

// shown says the same of what is counted.
func (k counter) shown(sc scope.Scope) bool {
	return sc.May(scope.Operate) || sc.May(scope.Own) && (k.space == sc.Space() || k.kind == Space && k.subject == sc.Space())
}

// changeable says whether the asker may set and remove a rule.
func (r Rule) changeable(sc scope.Scope) error {
	switch {
	case sc.May(scope.Operate), r.Space != "" && r.Space == sc.Space() && sc.May(scope.Own):
		return nil
	case r.Space == "":
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "limits of the whole house are for its operators", Hint: "an owner of a space limits what is used in it"}
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "limits of a space are for its owners", Hint: "ask one of them to change it"}
}

// Set makes rules, each in the place of the one for the same subject, resource and span: all of
// them or none. They hold for the next request, on every server.
func (l *Limiter) Set(ctx context.Context, sc scope.Scope, rules []Rule) ([]Rule, error) {
	rules = slices.Clone(rules)
	for i, r := range rules {
		if r.Kind == Space && r.Space != "" && r.Subject == "" {
			rules[i].Subject = r.Space
		}
		if err := rules[i].check(); err != nil {
			return nil, err
		}
		if err := r.changeable(sc); err != nil {
			return nil, err
		}
	}
	return rules, l.change(ctx, func(tx *store.Tx) error {
		for i := range rules {
			if err := l.set(ctx, tx, &rules[i]); err != nil {
				return err
			}
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM limit_rule`).Scan(&n); err != nil || n <= maxRules {
			return err
		}
		return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there would be %d limits, more than %d", n, maxRules), Hint: "one limit for each person takes the place of many"}
	})
}

func (l *Limiter) set(ctx context.Context, tx *store.Tx, r *Rule) error {
	err := tx.QueryRow(ctx, `INSERT INTO limit_rule (id, space, kind, subject, resource, span, currency, soft, hard, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (space, kind, subject, resource, span, currency) DO UPDATE SET soft = excluded.soft, hard = excluded.hard RETURNING id, created`,
		store.NewID("lim"), r.Space, r.Kind, r.Subject, r.Resource, r.Span, r.Currency, r.Soft, r.Hard, tx.Now).Scan(&r.ID, &r.Created)
	if err != nil {
		return err
	}
	return l.record(ctx, tx, "limit.set", *r)
}

func (l *Limiter) record(ctx context.Context, tx *store.Tx, act string, r Rule) error {
	if l.c.Record == nil {
		return nil
	}
	return l.c.Record(ctx, tx, act, r.Space, r)
}

// Remove lifts a limit, and gives it as it was.
func (l *Limiter) Remove(ctx context.Context, sc scope.Scope, id string) (r Rule, err error) {
	err = l.change(ctx, func(tx *store.Tx) error {
		all, err := rulesOf(ctx, tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id && r.shown(sc) })
		if i < 0 {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no limit %s", id), Hint: "wenyuan limit list shows those that there are"}
		}
		if r = all[i]; r.changeable(sc) != nil {
			return r.changeable(sc)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM limit_rule WHERE id = $1`, id); err != nil {
			return err
		}
		return l.record(ctx, tx, "limit.remove", r)
	})
	return r, err
}

// change writes, and takes over what was written.
func (l *Limiter) change(ctx context.Context, f func(tx *store.Tx) error) error {
	var version int64
	var all []Rule
	err := l.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if err := f(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'limit'`); err != nil {
			return err
		}
		if version, err = versionOf(ctx, tx); err == nil {
			all, err = rulesOf(ctx, tx)
		}
		return err
	})
	if err == nil {
		l.adopt(version, all)
	}
	return err
}
