package agree

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
)

// A Policy says how often items are judged. The zero value of a number means the one named.
type Policy struct {
	Overlap int     // people who judge an item at first; 3
	More    int     // further people at a time where they do not agree; 2
	Most    int     // people who judge one item at most; 9
	Sure    float64 // from which on an item is settled; 0.95
	Gold    float64 // share of gold items among what a person is given; 0.1, below 0 none
	Seed    uint64  // of the order in which a person is given items
}

func (p Policy) filled() Policy {
	p.Overlap, p.More, p.Most = cmp.Or(p.Overlap, 3), cmp.Or(p.More, 2), cmp.Or(p.Most, 9)
	p.Sure, p.Gold = cmp.Or(p.Sure, 0.95), cmp.Or(p.Gold, 0.1)
	return p
}

// A Need is an item that needs further opinions.
type Need struct {
	Item  string
	More  int  // opinions beside those that it has
	Begun bool // somebody has judged it
}

// Next says which items need another opinion, those first that are begun and need least. An
// item has its first opinions, then so many more at a time until what is believed of it is
// sure enough, or it has had the most there may be. Gold items need none.
func Next(items []string, j Judged, p Policy) []Need {
	p = p.filled()
	var out []Need
	for _, item := range items {
		o := j.Items[item]
		if n := p.needs(o); n > 0 && !o.Gold {
			out = append(out, Need{item, n, o.Votes > 0})
		}
	}
	slices.SortStableFunc(out, func(a, b Need) int {
		if a.Begun != b.Begun {
			return cmp.Compare(btoi(b.Begun), btoi(a.Begun))
		}
		return cmp.Compare(a.More, b.More)
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p Policy) needs(o Opinion) int {
	switch {
	case o.Votes < p.Overlap:
		return p.Overlap - o.Votes
	case o.Votes >= p.Most || o.Sure >= p.Sure:
		return 0
	}
	done := (o.Votes - p.Overlap) % p.More // of the last further ones
	return min(p.More-done, p.Most-o.Votes)
}

// Work is what a person may be given.
type Work struct {
	Items []string
	Gold  []string            // among them or not; their labels are not for this
	Votes []Vote              // of everybody
	Held  map[string][]string // of each item, who has it open, or has answered since it was judged
}

// Give says which item a person judges next; not ok where there is none. It is blind: what is
// given depends on what others said only in that an item needs more opinions, and a gold item
// comes as any other does. Nobody is given what they judged or hold, and no item is given to
// more people than it needs.
func Give(person string, w Work, j Judged, p Policy) (item string, ok bool) {
	p = p.filled()
	done, mine, gold := map[string]bool{}, 0, 0
	isGold := map[string]bool{}
	for _, g := range w.Gold {
		isGold[g] = true
	}
	for _, v := range w.Votes {
		if v.Person == person && !done[v.Item] {
			done[v.Item] = true
			mine++
			gold += btoi(isGold[v.Item])
		}
	}
	if float64(gold) < p.Gold*float64(mine+1) {
		if item, ok := first(person, p.Seed, w.Gold, func(g string) bool { return !done[g] && !slices.Contains(w.Held[g], person) }); ok {
			return item, true
		}
	}
	needs := Next(slices.DeleteFunc(slices.Clone(w.Items), func(i string) bool { return isGold[i] }), j, p)
	for _, begun := range []bool{true, false} {
		var open []string
		for _, n := range needs {
			held := w.Held[n.Item]
			if n.Begun == begun && !done[n.Item] && len(held) < n.More && !slices.Contains(held, person) {
				open = append(open, n.Item)
			}
		}
		if item, ok := first(person, p.Seed, open, func(string) bool { return true }); ok {
			return item, true
		}
	}
	return "", false
}

// first is the item that comes first in this person's order, so that two people seldom go
// through the items side by side.
func first(person string, seed uint64, items []string, may func(string) bool) (item string, ok bool) {
	var least uint64
	for _, i := range items {
		if !may(i) {
			continue
		}
		h := fnv.New64a()
		_, _ = io.WriteString(h, person+"\x00"+i) // a hash takes everything
		at := (h.Sum64() ^ seed) * 0x9e3779b97f4a7c15
		if !ok || at < least {
			item, least, ok = i, at, true
		}
	}
	return item, ok
}
