package form

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of matching a text against a grammar.
const (
	maxItems = 2_000_000  // of the whole chart, of 8 bytes each
	maxSteps = 50_000_000 // items that are looked at
)

// finish numbers the places in productions and finds the rules that make the empty text.
func (g *grammar) finish() {
	for i, p := range g.prods {
		g.points = append(g.points, int32(len(g.at)))
		for k := range len(p.symbols) + 1 {
			g.at = append(g.at, place{int32(i), int32(k)})
		}
	}
	g.nulls = make([]bool, len(g.of))
	for changed := true; changed; {
		changed = false
		for _, p := range g.prods {
			if !g.nulls[p.rule] && !slices.ContainsFunc(p.symbols, func(s symbol) bool { return s.set != nil || !g.nulls[s.rule] }) {
				g.nulls[p.rule], changed = true, true
			}
		}
	}
}

// An item is a place in a production, begun behind code point from.
type item struct{ at, from int32 }

// A chart is a grammar on its way through a text: sets[i] are the items behind code point i.
// Rules that make the empty text are stepped over when they are predicted (Aycock and Horspool
// 2002), so each set is complete when it was gone through once.
type chart struct {
	g     *grammar
	sets  [][]item
	items int
	steps int
	seen  map[item]bool
}

func newChart(g *grammar) *chart {
	c := &chart{g: g, seen: map[item]bool{}}
	var first []item
	for _, p := range g.of[g.root] {
		first = append(first, item{g.points[p], 0})
	}
	c.sets = [][]item{c.complete(first)}
	return c
}

// complete adds what follows from the items of a new set.
func (c *chart) complete(set []item) []item {
	clear(c.seen)
	now := int32(len(c.sets))
	add := func(i item) {
		if !c.seen[i] {
			c.seen[i] = true
			set = append(set, i)
		}
	}
	begun := slices.Clone(set)
	set = set[:0]
	for _, i := range begun {
		add(i)
	}
	predicted := make(map[int32]bool)
	for n := 0; n < len(set) && c.steps <= maxSteps && len(set) <= maxItems; n++ {
		i := set[n]
		c.steps++
		at := c.g.at[i.at]
		p := &c.g.prods[at.prod]
		if int(at.i) == len(p.symbols) {
			c.advance(&set, p.rule, i.from, now, add)
			continue
		}
		s := p.symbols[at.i]
		if s.set != nil {
			continue
		}
		if c.g.nulls[s.rule] {
			add(item{i.at + 1, i.from})
		}
		if predicted[s.rule] {
			continue
		}
		predicted[s.rule] = true
		for _, q := range c.g.of[s.rule] {
			add(item{c.g.points[q], now})
		}
	}
	c.items += len(set)
	return set
}

// advance moves on those that waited for a rule where it began.
func (c *chart) advance(set *[]item, rule, from, now int32, add func(item)) {
	waiting := *set
	if from < now {
		waiting = c.sets[from]
	}
	for _, w := range waiting {
		c.steps++
		at := c.g.at[w.at]
		if p := &c.g.prods[at.prod]; int(at.i) < len(p.symbols) && p.symbols[at.i].set == nil && p.symbols[at.i].rule == rule {
			add(item{w.at + 1, w.from})
		}
	}
}

func (c *chart) write(chunk string) *Fault {
	n := 0
	for _, r := range chunk {
		last := c.sets[len(c.sets)-1]
		var next []item
		for _, i := range last {
			if s := c.waits(i); s != nil && s.has(r) {
				next = append(next, item{i.at + 1, i.from})
			}
		}
		if len(next) == 0 {
			return &Fault{At: n, Want: fmt.Sprintf("expected %s, got %q", c.expected(), r)}
		}
		c.sets = append(c.sets, c.complete(next))
		if c.steps > maxSteps || c.items > maxItems {
			return &Fault{At: n, Want: "the grammar takes too long to check this text"}
		}
		n++
	}
	return nil
}

// waits is the set of characters that an item waits for; nil where it waits for a rule.
func (c *chart) waits(i item) *charSet {
	at := c.g.at[i.at]
	if p := &c.g.prods[at.prod]; int(at.i) < len(p.symbols) {
		return p.symbols[at.i].set
	}
	return nil
}

// expected names what may come next.
func (c *chart) expected() string {
	var names []string
	for _, i := range c.sets[len(c.sets)-1] {
		if s := c.waits(i); s != nil && !slices.Contains(names, s.source) {
			names = append(names, s.source)
		}
	}
	if c.ends() {
		names = append(names, "the end")
	}
	if len(names) > 12 {
		names = append(names[:12], "…")
	}
	return strings.Join(names, " or ")
}

// ends says whether the text may end here.
func (c *chart) ends() bool {
	for _, i := range c.sets[len(c.sets)-1] {
		at := c.g.at[i.at]
		if p := &c.g.prods[at.prod]; int(at.i) == len(p.symbols) && p.rule == c.g.root && i.from == 0 {
			return true
		}
	}
	return false
}

func (c *chart) close() *Fault {
	if !c.ends() {
		return &Fault{Want: "the text ends where the grammar expects " + c.expected()}
	}
	return nil
}
