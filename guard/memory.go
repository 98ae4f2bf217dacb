package guard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan/guard/sketch"
	"wenyuan/store"
)

// A memory is what people have said in a space of what was met: attacks that they confirmed, and
// texts that pass. It does not change.
type memory struct {
	number  int64             // of the change that it was read at
	attacks map[string]attack // by fingerprint
	near    *sketch.Memory    // by fingerprint
	passes  map[string][]pass // by fingerprint
}

// An attack is a text that was confirmed to be one.
type attack struct{ check, kind, incident string }

// A pass lets a text go on.
type pass struct {
	place     Place
	checks    []string // that are passed over
	document  string   // that the text is from, in this revision; "": from none
	revision  string
	principal string // whose text alone passes; "": anybody's
	until     int64  // UTC microseconds; 0: for good
	incident  string
}

// Bounds on what is held of one space.
const (
	maxAttacks = 50_000
	maxPasses  = 50_000
)

// learn is the memory of a space, read anew where something has changed since. Guards without a
// store, which only measure, remember nothing.
func (g *Guards) learn(ctx context.Context, space string) (m *memory, err error) {
	if g.Store == nil {
		return &memory{attacks: map[string]attack{}, near: &sketch.Memory{}, passes: map[string][]pass{}}, nil
	}
	g.mu.Lock()
	m = g.memory[space]
	g.mu.Unlock()
	if m != nil {
		return m, nil
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		number, err := changeNumber(ctx, tx)
		if err != nil {
			return err
		}
		g.renew(number)
		m, err = recall(ctx, tx, space, number)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.number == g.number {
		g.memory[space] = m
	}
	return m, nil
}

// recall reads the memory of a space.
func recall(ctx context.Context, tx *store.Tx, space string, number int64) (*memory, error) {
	m := &memory{number: number, attacks: map[string]attack{}, near: &sketch.Memory{}, passes: map[string][]pass{}}
	if err := m.readAttacks(ctx, tx, space); err != nil {
		return nil, fmt.Errorf("guard: attacks of %s: %w", space, err)
	}
	if err := m.readPasses(ctx, tx, space); err != nil {
		return nil, fmt.Errorf("guard: passes of %s: %w", space, err)
	}
	return m, nil
}

func (m *memory) readAttacks(ctx context.Context, tx *store.Tx, space string) error {
	return tx.Each(ctx, func(r store.Row) error {
		var hash, text, kind string
		var a attack
		if err := r.Scan(&hash, &text, &kind, &a.incident); err != nil {
			return err
		}
		a.check, a.kind, _ = strings.Cut(kind, "/")
		m.attacks[hash] = a
		if text == "" {
			return nil
		}
		s, err := sketch.Parse(text)
		if err != nil {
			return err
		}
		m.near.Add(hash, s)
		return nil
	}, fmt.Sprintf(`SELECT hash, sketch, kind, incident FROM guard_attack WHERE space = $1 ORDER BY created DESC, hash LIMIT %d`, maxAttacks), space)
}

func (m *memory) readPasses(ctx context.Context, tx *store.Tx, space string) error {
	return tx.Each(ctx, func(r store.Row) error {
		var p pass
		var hash, checks string
		var state State
		if err := r.Scan(&p.incident, &hash, &p.place, &checks, &p.document, &p.revision, &p.principal, &state, &p.until); err != nil {
			return err
		}
		p.checks = strings.Split(checks, ",")
		if state == Dismissed {
			p.principal = ""
		}
		m.passes[hash] = append(m.passes[hash], p)
		return nil
	}, fmt.Sprintf(`SELECT id, fingerprint, place, checks, document, revision, principal, state, expires FROM guard_incident
		WHERE space = $1 AND state IN ('dismissed', 'released') AND (expires = 0 OR expires > $2) ORDER BY id DESC LIMIT %d`, maxPasses), space, tx.Now)
}

// lets says whether the pass holds for a text.
func (p pass) lets(x *look) bool {
	if p.place != x.place || p.until != 0 && p.until <= x.g.guards.Store.Now() {
		return false
	}
	if p.document != "" {
		return x.about.Passage != nil && x.about.Passage.Document == p.document && x.about.Passage.Revision == p.revision
	}
	return x.about.Passage == nil && (p.principal == "" || p.principal == x.about.Principal)
}

const whyPassed = "A reviewer let this text go on."

// passed lets go on what people have let go on: the checks that had caught this very text count for
// nothing.
func (x *look) passed() {
	if x.memory == nil {
		return
	}
	for _, p := range x.memory.passes[x.hash] {
		if !p.lets(x) {
			continue
		}
		for i, f := range x.findings {
			if slices.Contains(p.checks, f.Check) && f.Action != Allow && f.name == "" {
				x.findings[i].Action, x.findings[i].Reason = Allow, whyPassed
			}
		}
		x.edits = slices.DeleteFunc(x.edits, func(e edit) bool { return slices.Contains(p.checks, e.check) })
	}
}

// remembered looks the text up among the attacks that people confirmed: the same, what resembles one,
// and what has one in it.
func (x *look) remembered() {
	folded := make([]string, len(x.parts))
	for i, p := range x.parts {
		folded[i] = p.text.Folded
	}
	x.recollect(x.hash, folded...)
}

// recollect is remembered for a text with this fingerprint, folded, in parts.
func (x *look) recollect(hash string, folded ...string) {
	if a, ok := x.memory.attacks[hash]; ok {
		x.recalled(a, 1, "Reviewers confirmed this very text as an attack.")
		return
	}
	if x.memory.near.Len() == 0 {
		return
	}
	for _, text := range folded {
		near, close := x.memory.near.Near(text, sketch.Close)
		if a, ok := x.memory.attacks[near]; ok {
			x.recalled(a, close, "This resembles a text that reviewers confirmed as an attack.")
			return
		}
	}
}

// recalled takes an attack that was met again. At a place where its check is not made the one that is
// made there in its stead counts.
func (x *look) recalled(a attack, score float64, why string) {
	check := a.check
	switch {
	case check == Injection && !x.g.lines.has(x.place, Injection):
		check = Indirect
	case check == Indirect && !x.g.lines.has(x.place, Indirect):
		check = Injection
	}
	if x.g.lines.has(x.place, check) {
		x.add(Finding{Check: check, Layer: "memory", Kind: a.kind, Severity: "high", Score: score, Reason: why}, nil)
	}
}
