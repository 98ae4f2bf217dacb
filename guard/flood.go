package guard

import (
	"cmp"
	"context"
	"fmt"

	"wenyuan/store"
)

// maxIncidents is how many incidents of a space nobody has decided on, where the configuration does
// not say.
const maxIncidents = 50_000

// maxWrites is how often a minute the incidents that one person causes in a space are written down.
const maxWrites = 120

// maxPeople is how many people are remembered with what they caused, twice over.
const maxPeople = 20_000

const minute = 60_000_000 // microseconds

// A burst is how often in a minute something was written down.
type burst struct {
	since int64
	n     int
}

// Figures are what became of incidents since the program was started.
type Figures struct {
	Written int64 // kept, or counted up
	Rapid   int64 // not kept, because the same person had caused too many in a minute
	Failed  int64 // not kept, because the database did not take them
	Dropped int64 // that nobody had decided on, dropped because a space had too many
}

// Figures counts what became of incidents.
func (g *Guards) Figures() Figures {
	return Figures{g.written.Load(), g.rapid.Load(), g.failed.Load(), g.dropped.Load()}
}

// hasty says whether a person has caused so many incidents in this minute that no more are kept. What
// is done with the text is the same. What is found in documents is kept however much it is: their
// owners have to know.
func (g *Guards) hasty(space, person string) bool {
	now := g.Store.Now()
	b := g.people.update(space+"\x00"+person, func(b burst) burst {
		if now-b.since >= minute {
			b = burst{since: now}
		}
		b.n++
		return b
	})
	if b.n == maxWrites+1 {
		g.Log.Warn("a person causes too many incidents: no more of them are kept for a minute", "space", space, "principal", person)
	}
	if b.n > maxWrites {
		g.rapid.Add(1)
	}
	return b.n > maxWrites
}

// bound drops incidents of a space that has too many of which nobody decided: first those that were
// only flagged or masked, last those that a person waits for, and of each the ones that were met
// longest ago. What people decided stays.
func (g *Guards) bound(ctx context.Context, tx *store.Tx, space string) error {
	most := cmp.Or(g.MaxIncidents, maxIncidents)
	if !g.due(space, max(1, most/100)) {
		return nil
	}
	const undecided = `space = $1 AND (state IN ('open', 'waiting') OR state = 'released' AND expires <> 0 AND expires < $2)`
	var n int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM guard_incident WHERE `+undecided, space, tx.Now).Scan(&n); err != nil {
		return fmt.Errorf("guard: count incidents: %w", err)
	}
	if n <= most {
		return nil
	}
	gone, err := tx.Exec(ctx, `DELETE FROM guard_incident WHERE id IN (SELECT id FROM guard_incident WHERE `+undecided+`
		ORDER BY CASE WHEN state = 'released' THEN 0 WHEN state = 'waiting' THEN 3 WHEN action IN ('flag', 'mask') THEN 1 ELSE 2 END, seen, id LIMIT $3)`, space, tx.Now, n-most)
	if err != nil {
		return fmt.Errorf("guard: drop incidents: %w", err)
	}
	tx.After(func() {
		g.dropped.Add(gone)
		g.Log.Warn("a space has too many incidents that nobody decided on: the oldest are dropped", "space", space, "dropped", gone, "most", most)
	})
	return nil
}

// due says whether it is time to count the incidents of a space: with the first that this process
// keeps, and with every so many after it.
func (g *Guards) due(space string, every int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.grown[space]
	g.grown[space] = (n + 1) % every
	return n == 0
}
