package version

import (
	"context"
	"encoding/json"
	"fmt"

	"wenyuan"
	"wenyuan/store"
)

// A Move is a label that will point at other versions once every server of the house has what it
// will point at. Until then it points where it did.
type Move struct {
	Space, Kind, Name, Label string
	Shares                   []Share // what it will point at
	Number                   int64   // tells it from an earlier move of the label
}

// Propose has a label moved once all servers have loaded the versions, which must be there. It takes
// the place of an earlier move of the label that was not through; [Label], [SetSplit] and [Unlabel]
// call it off. See [Servers].
func Propose(ctx context.Context, tx *store.Tx, m Move) error {
	shares, err := checkShares(m.Shares)
	if err != nil {
		return err
	}
	for _, s := range shares {
		if _, err := Get(ctx, tx, m.Space, m.Kind, s.Hash, nil); err != nil {
			return err
		}
	}
	before, err := Moves(ctx, tx, m.Space, m.Kind, m.Name)
	if err != nil {
		return err
	}
	number := tx.Now
	for _, b := range before {
		if b.Label == m.Label {
			number = max(number, b.Number+1) // a clock that was set back
		}
	}
	if err := callOff(ctx, tx, m.Space, m.Kind, m.Name, m.Label); err != nil {
		return err
	}
	target, err := json.Marshal(shares)
	if err != nil {
		return fmt.Errorf("version: propose: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO label_move (space, kind, name, label, target, number) VALUES ($1, $2, $3, $4, $5, $6)`,
		m.Space, m.Kind, m.Name, m.Label, string(target), number); err != nil {
		return fmt.Errorf("version: propose %s %q: %w", m.Kind, m.Name, err)
	}
	return nil
}

// Moves lists the moves that are not through. space, kind and name may be empty: then those of all.
func Moves(ctx context.Context, tx *store.Tx, space, kind, name string) (all []Move, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (m Move, err error) {
		var target string
		if err := r.Scan(&m.Space, &m.Kind, &m.Name, &m.Label, &target, &m.Number); err != nil {
			return m, err
		}
		if err := json.Unmarshal([]byte(target), &m.Shares); err != nil {
			return m, err
		}
		return m, nil
	}, `SELECT space, kind, name, label, target, number FROM label_move
		WHERE ($1 = '' OR space = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR name = $3) ORDER BY number, space, kind, name, label`, space, kind, name)
	if err != nil {
		return nil, fmt.Errorf("version: moves: %w", err)
	}
	return all, nil
}

// callOff forgets the move of a label.
func callOff(ctx context.Context, tx *store.Tx, space, kind, name, label string) error {
	for _, query := range []string{`DELETE FROM label_move WHERE space = $1 AND kind = $2 AND name = $3 AND label = $4`,
		`DELETE FROM label_ready WHERE space = $1 AND kind = $2 AND name = $3 AND label = $4`} {
		if _, err := tx.Exec(ctx, query, space, kind, name, label); err != nil {
			return fmt.Errorf("version: move %s %q: %w", kind, name, err)
		}
	}
	return nil
}

// A Waited is a server that has not loaded yet what a label will point at.
type Waited struct {
	Server string `json:"server"`
	Why    string `json:"why,omitempty" doc:"what keeps it; missing where it was not heard of since"`
}

// WaitsFor lists the servers that a move waits for.
func WaitsFor(ctx context.Context, tx *store.Tx, m Move) (all []Waited, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (w Waited, err error) {
		err = r.Scan(&w.Server, &w.Why)
		return w, err
	}, `SELECT s.server, COALESCE(r.fault, '') FROM house_server s
		LEFT JOIN label_ready r ON r.server = s.server AND r.space = $1 AND r.kind = $2 AND r.name = $3 AND r.label = $4 AND r.number = $5
		WHERE s.until > $6 AND (r.server IS NULL OR r.fault <> '') ORDER BY s.server`, m.Space, m.Kind, m.Name, m.Label, m.Number, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("version: who is waited for: %w", err)
	}
	return all, nil
}

// ready notes that a server has loaded what a label will point at, or why not, and moves the label
// where no other server is waited for. It does nothing where the move was called off meanwhile.
func (m Move) ready(ctx context.Context, tx *store.Tx, server, fault string) error {
	now, err := Moves(ctx, tx, m.Space, m.Kind, m.Name)
	if err != nil {
		return err
	}
	there := false
	for _, n := range now {
		there = there || n.Label == m.Label && n.Number == m.Number
	}
	if !there {
		return nil
	}
	if _, err := tx.Exec(ctx, `INSERT INTO label_ready (server, space, kind, name, label, number, fault) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (server, space, kind, name, label) DO UPDATE SET number = excluded.number, fault = excluded.fault`,
		server, m.Space, m.Kind, m.Name, m.Label, m.Number, fault); err != nil {
		return fmt.Errorf("version: ready: %w", err)
	}
	waits, err := WaitsFor(ctx, tx, m)
	if err != nil || len(waits) > 0 || fault != "" {
		return err
	}
	err = SetSplit(ctx, tx, m.Space, m.Kind, m.Name, m.Label, m.Shares)
	if code := wenyuan.CodeOf(err); code == wenyuan.Invalid || code == wenyuan.NotFound {
		return callOff(ctx, tx, m.Space, m.Kind, m.Name, m.Label) // what it was to point at is no more
	}
	return err
}
