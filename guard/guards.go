package guard

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"wenyuan"
	"wenyuan/guard/rule"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A Config is what the room is made of.
type Config struct {
	Store      *store.Store                                       // nil: policies that are given can be tried, and nothing is remembered
	Moderators func(space, name string) (wenyuan.Moderator, bool) // nil: there are none
	Judges     func(space, name string) (wenyuan.Model, bool)     // nil: there are none
	Log        *slog.Logger

	MaxIncidents int // of a space that nobody decided on; 0: 50,000. Beyond it the oldest go, those that were only flagged first
}

// Guards are the policies of the house with what was met. They may be used from many goroutines.
type Guards struct {
	Config
	clean *recent[[32]byte, struct{}] // passages in which nothing was found
	kept  *recent[string, sighting]   // incidents of passages, by what was met

	sources *recent[[32]byte, *source] // system prompts that answers are held against
	people  *recent[string, burst]     // who caused incidents, by space
	lost    *recent[string, int64]     // when the log said last that a policy is not in use, by space and name

	written, rapid, failed, dropped atomic.Int64 // of Figures

	mu     sync.Mutex
	grown  map[string]int     // incidents that were kept since those of a space were counted
	number int64              // of the change up to which what follows is known; -1: nothing is
	ready  map[string]*Guard  // by space and name
	by     map[string]*Guard  // by space and hash
	weight int                // bytes of rules in by
	memory map[string]*memory // by space
}

// maxClean is how many verdicts on passages are remembered, twice over.
const maxClean = 20_000

// maxKept is how many incidents of passages are remembered, twice over.
const maxKept = 2000

// maxSources is how many system prompts are held ready, twice over.
const maxSources = 32

// Bounds on the compiled policies that are held: how many, and how many bytes of rules they have in
// all. A matcher takes many times as much.
const (
	maxReady  = 256
	maxWeight = 8 << 20
)

// weight is how many bytes of rules a policy has of its own.
func weight(p Policy) (n int) {
	for _, s := range p.Rules {
		n += len(s.Text)
	}
	return n
}

// Open makes the room.
func Open(c Config) *Guards {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return &Guards{Config: c, clean: newRecent[[32]byte, struct{}](maxClean), kept: newRecent[string, sighting](maxKept), sources: newRecent[[32]byte, *source](maxSources),
		people: newRecent[string, burst](maxPeople), lost: newRecent[string, int64](maxReady), grown: map[string]int{}, number: -1, ready: map[string]*Guard{}, by: map[string]*Guard{}, memory: map[string]*memory{}}
}

// For is the policy of a space that holds now; "" is the one that is named default, and where none
// of that name was released the built-in one. Another name that is not in use is NotFound. What was
// released or reviewed holds from the next call on, on every server of the house.
func (g *Guards) For(ctx context.Context, space, policy string) (*Guard, error) {
	name := cmp.Or(policy, DefaultName)
	key := space + "\x00" + name
	if ready := g.current(key); ready != nil && !g.Store.Shared() {
		return ready, nil
	}
	var p Policy
	var v wenyuan.Version
	var ready *Guard
	var m *memory
	err := g.Store.Read(ctx, func(tx *store.Tx) error {
		number, err := changeNumber(ctx, tx)
		if err != nil {
			return err
		}
		g.renew(number)
		if ready = g.current(key); ready != nil {
			return nil
		}
		if m, err = recall(ctx, tx, space, number); err != nil {
			return err
		}
		p, v, err = inUse(ctx, tx, space, name)
		return err
	})
	if err != nil || ready != nil {
		return ready, err
	}
	ready, err = g.compile(space, p, v)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.number == g.number {
		g.ready[key], g.memory[space] = ready, m
	}
	return ready, nil
}

// Holding is For for who was told to use a policy once: where none of that name holds any more, or yet,
// the space's own does, and the log says so. Withdrawing a policy must not leave without an answer, or
// without a guard, whoever still names it.
func (g *Guards) Holding(ctx context.Context, space, policy string) (*Guard, error) {
	made, err := g.For(ctx, space, policy)
	if policy == "" || wenyuan.CodeOf(err) != wenyuan.NotFound {
		return made, err
	}
	now := g.Store.Now()
	last := g.lost.update(space+"\x00"+policy, func(at int64) int64 {
		if at > 0 && now-at < 60*minute {
			return at
		}
		return now
	})
	if last == now {
		g.Log.Warn("no guard policy of this name is in use: the space's own holds in its stead", "space", space, "policy", policy)
	}
	return g.For(ctx, space, "")
}

// current is a policy that is known to hold, with what was learned in its space; nil where something
// may have changed.
func (g *Guards) current(key string) *Guard {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ready[key]
}

// renew forgets what holds where something has changed since.
func (g *Guards) renew(number int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if number > g.number {
		g.number = number
		clear(g.ready)
		clear(g.memory)
	}
}

// inUse is the policy that holds under a name.
func inUse(ctx context.Context, tx *store.Tx, space, name string) (p Policy, v wenyuan.Version, err error) {
	v, err = version.Resolve(ctx, tx, space, Kind, name, version.Production)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		if name != DefaultName {
			return p, v, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("no guard policy named %q is in use", name), Hint: "wenyuan guard policy list shows those that there are"}
		}
		return BuiltIn(), builtInVersion(), nil
	}
	if err != nil {
		return p, v, err
	}
	_, err = version.Get(ctx, tx, space, Kind, v.Hash, &p)
	return p.filled(), v, err
}

// With is a policy that need not be saved, for a playground and for tests. Faults in it are Invalid,
// all at once.
func (g *Guards) With(ctx context.Context, space string, p Policy) (*Guard, error) {
	p = p.filled()
	if err := invalid(g.Validate(space, p)); err != nil {
		return nil, err
	}
	v, err := versionOf(p)
	if err != nil {
		return nil, err
	}
	return g.compile(space, p, v)
}

// Try is what a policy would do with a text; nothing is kept and nothing counts up. Needs Edit, Review
// or Own.
func (g *Guards) Try(ctx context.Context, sc scope.Scope, p Policy, place Place, text string, about About) (Decision, error) {
	if err := mayRead(sc); err != nil {
		return Decision{}, err
	}
	made, err := g.With(ctx, sc.Space(), p)
	if err != nil {
		return Decision{}, err
	}
	about.Dry = true
	return made.Look(ctx, place, text, about)
}

// compile makes a policy ready, once for each version and space.
func (g *Guards) compile(space string, p Policy, v wenyuan.Version) (*Guard, error) {
	key := space + "\x00" + v.Hash
	g.mu.Lock()
	known := g.by[key]
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made := &Guard{guards: g, space: space, policy: p, version: v, lines: p.lines()}
	if err := made.compileRules(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.weight += weight(p); len(g.by) >= maxReady || g.weight > maxWeight {
		clear(g.by)
		g.weight = weight(p)
	}
	g.by[key] = made
	return made, nil
}

func (g *Guard) compileRules() error {
	asked := false
	for _, place := range Places() {
		asked = asked || g.lines.has(place, Rules)
	}
	if !asked {
		return nil
	}
	if len(g.policy.Rules) == 0 {
		g.rules = rule.BuiltInMatcher()
		return nil
	}
	sets := rule.BuiltIn()
	for _, s := range g.policy.Rules {
		set, err := rule.Parse(s.Name, s.Text)
		if err != nil {
			return err
		}
		sets = append(sets, set)
	}
	m, err := rule.Compile(sets...)
	if err != nil {
		return err
	}
	g.rules = m
	return nil
}

// versionOf names a policy that is filled.
func versionOf(p Policy) (wenyuan.Version, error) {
	hash, err := version.Hash(p)
	return wenyuan.Version{Kind: Kind, Name: p.Name, Hash: hash}, err
}

var builtInVersion = sync.OnceValue(func() wenyuan.Version {
	v, err := versionOf(BuiltIn())
	if err != nil {
		panic(err) // a test makes it
	}
	return v
})

// changeNumber counts the changes of what holds.
func changeNumber(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.QueryRow(ctx, `SELECT value FROM counter WHERE name = 'guard'`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("guard: %w", err)
	}
	return n, nil
}

// changed says to every server that something else holds when tx commits.
func (g *Guards) changed(ctx context.Context, tx *store.Tx) error {
	var n int64
	err := tx.QueryRow(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'guard' RETURNING value`).Scan(&n)
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	tx.After(func() { g.renew(n) })
	return nil
}
