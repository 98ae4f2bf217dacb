package usage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// personPrefix begins the id of a person or service that has an account.
const personPrefix = "per_"

// write adds lines to the table. Who has no account any more is named nowhere: what was used in the
// second before somebody was erased counts for the space alone.
func write(ctx context.Context, tx *store.Tx, batch []line, all map[line]*Amount) error {
	here, err := present(ctx, tx, batch)
	if err != nil {
		return err
	}
	for _, l := range batch {
		a := all[l]
		if strings.HasPrefix(l.Principal, personPrefix) && !here[l.Principal] {
			l.Principal, l.Key = "", ""
		}
		_, err := tx.Exec(ctx, `INSERT INTO usage_hour (space, principal, key, model, hash, since, requests, failed, cached, tokens_in, tokens_out, money, currency)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (space, principal, key, model, hash, since, currency) DO UPDATE SET requests = usage_hour.requests + $7, failed = usage_hour.failed + $8,
			cached = usage_hour.cached + $9, tokens_in = usage_hour.tokens_in + $10, tokens_out = usage_hour.tokens_out + $11, money = usage_hour.money + $12`,
			l.Space, l.Principal, l.Key, l.Model, l.Hash, l.since, a.Requests, a.Failed, a.Cached, a.In, a.Out, a.Money, l.Currency)
		if err != nil {
			return fmt.Errorf("usage: %w", err)
		}
	}
	return nil
}

// present says who of the batch has an account.
func present(ctx context.Context, tx *store.Tx, batch []line) (map[string]bool, error) {
	var ids []string
	for _, l := range batch {
		if strings.HasPrefix(l.Principal, personPrefix) && !slices.Contains(ids, l.Principal) {
			ids = append(ids, l.Principal)
		}
	}
	here := map[string]bool{}
	if len(ids) == 0 {
		return here, nil
	}
	err := tx.Each(ctx, func(r store.Row) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		here[id] = true
		return nil
	}, `SELECT id FROM person WHERE id IN (`+store.Marks(1, len(ids))+`)`, store.Args(ids)...)
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	return here, nil
}

// A Query says what use is asked for.
type Query struct {
	From, Until int64    // UTC microseconds; hours that began from From on and before Until; 0: no bound
	Model       string   // "" all
	Principal   string   // "" all
	Key         string   // "" all
	By          []string // what it is told apart by, of Columns; none: one sum for each currency
}

// Columns are what use can be told apart by.
func Columns() []string { return []string{"day", "model", "version", "person", "key", "space"} }

// column is the SQL of each of Columns, as a text.
var column = map[string]string{
	"day": "CAST(since - since % 86400000000 AS TEXT)", "model": "model", "version": "hash", "person": "principal", "key": "key", "space": "space",
}

// A Sum is what was used under the same words.
type Sum struct {
	Of       map[string]string // by column; a day is its first microsecond
	Currency string
	Amount
}

// mostSums is how many sums are told.
const mostSums = 10_000

// Read sums up what was used: in the space of the scope for its owners, in all for operators. Others
// are Denied.
func (b *Book) Read(ctx context.Context, sc scope.Scope, q Query) ([]Sum, error) {
	if !sc.May(scope.Operate) && !sc.May(scope.Own) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "what is used of models is for owners and operators", Hint: "wenyuan limit use shows what you used of your own limits"}
	}
	if err := b.Flush(ctx); err != nil {
		return nil, err
	}
	space := sc.Space()
	if sc.May(scope.Operate) {
		space = ""
	}
	columns := []string{}
	for _, by := range q.By {
		c, ok := column[by]
		if !ok {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("use cannot be told apart by %q", by), Hint: "by one of " + strings.Join(Columns(), ", ")}
		}
		columns = append(columns, c)
	}
	list := strings.Join(append(columns, "currency"), ", ")
	var out []Sum
	err := b.store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r store.Row) error {
			s, values := Sum{Of: map[string]string{}}, make([]string, len(q.By))
			into := []any{}
			for i := range values {
				into = append(into, &values[i])
			}
			if err := r.Scan(append(into, &s.Currency, &s.Requests, &s.Failed, &s.Cached, &s.In, &s.Out, &s.Money)...); err != nil {
				return err
			}
			for i, by := range q.By {
				s.Of[by] = values[i]
			}
			out = append(out, s)
			return nil
		}, `SELECT `+list+`, SUM(requests), SUM(failed), SUM(cached), SUM(tokens_in), SUM(tokens_out), SUM(money) FROM usage_hour
			WHERE ($1 = '' OR space = $1) AND since >= $2 AND ($3 = 0 OR since < $3) AND ($4 = '' OR model = $4) AND ($5 = '' OR principal = $5) AND ($6 = '' OR key = $6)
			GROUP BY `+list+` ORDER BY `+list+` LIMIT $7`, space, q.From, q.Until, q.Model, q.Principal, q.Key, mostSums)
	})
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	return out, nil
}
