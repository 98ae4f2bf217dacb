package prompt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// A candidate is a passage that may be shown.
type candidate struct {
	passage wenyuan.Passage
	bag     bag
	rel     float64 // relevance, 0 to 1, the best passage having 1
	seen    float64 // how near it is to the nearest that was taken, 0 to 1
	item    Item
}

// maxCandidates is how many passages are weighed against each other; the work is its square.
const maxCandidates = 200

// rankKnowledge readies the passages. One that another holds word for word is left out; those
// that only resemble each other are not, for they may contradict each other.
func (e *engine) rankKnowledge() {
	scores := relative(e.in.Knowledge)
	for i, p := range e.in.Knowledge {
		c := candidate{passage: p, rel: scores[i], item: Item{Kind: Knowledge, ID: p.ID, Title: title(heading(p)), Document: p.Document, Score: p.Score}}
		if !e.template.shows[Knowledge] {
			e.leave(c.item, NotShown, "the template has no place for it")
			continue
		}
		if i >= maxCandidates {
			e.leave(c.item, OverBudget, fmt.Sprintf("more than %d passages are not weighed", maxCandidates))
			continue
		}
		if j := slices.IndexFunc(e.ranked, func(o candidate) bool { return same(o.passage, p) }); j >= 0 {
			e.leave(c.item, LessNew, "stands word for word in a better passage")
			continue
		}
		c.bag = e.bags.of(p.Text)
		e.ranked = append(e.ranked, c)
	}
}

// heading is what a passage is called: the innermost heading, or the title.
func heading(p wenyuan.Passage) string {
	if n := len(p.Heading); n > 0 {
		return p.Heading[n-1]
	}
	return cmp.Or(p.Title, p.Source)
}

// same says whether the first passage holds the second.
func same(a, b wenyuan.Passage) bool {
	if a.Document != "" && a.Document == b.Document && a.Revision == b.Revision && a.End > a.Start {
		return a.Start <= b.Start && b.End <= a.End && a.Context == b.Context
	}
	return strings.Contains(a.Text, strings.TrimSpace(b.Text))
}

// relative brings the scores of passages to 0 to 1, the best having 1. Where they say
// nothing, the order in which the passages were given does.
func relative(all []wenyuan.Passage) []float64 {
	out := make([]float64, len(all))
	if len(all) == 0 {
		return out
	}
	low, high := 0.0, all[0].Score
	for _, p := range all {
		low, high = min(low, p.Score), max(high, p.Score)
	}
	for i, p := range all {
		switch {
		case high > low:
			out[i] = (p.Score - low) / (high - low)
		default:
			out[i] = 1 / (1 + float64(i)/4)
		}
	}
	return out
}

// next takes the passage out of ranked that is most relevant and says most that is new:
// maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998. Of equals the earlier.
func (e *engine) next() candidate {
	at, best := 0, -2.0
	for i, c := range e.ranked {
		if v := e.set.Diversity*c.rel - (1-e.set.Diversity)*c.seen; v > best {
			at, best = i, v
		}
	}
	c := e.ranked[at]
	e.ranked = slices.Delete(e.ranked, at, at+1)
	return c
}

// keep puts a passage into the prompt.
func (e *engine) keep(c candidate, tokens int) {
	c.item.Tokens = tokens
	e.take(Knowledge, tokens)
	e.kept = append(e.kept, c)
	for i := range e.ranked {
		e.ranked[i].seen = max(e.ranked[i].seen, alike(c.bag, e.ranked[i].bag))
	}
}

// cost is what a passage takes in the prompt. Its number is not known yet; two digits are
// what most have.
func (e *engine) cost(p wenyuan.Passage) int { return e.count.of(e.style.passage(10, p) + "\n") }

// leastPart is the fewest tokens for which a passage is cut: less says too little. maxParts
// is how many are looked at for a part that would fit, beside the first.
const (
	leastPart = 64
	maxParts  = 4
)

// knowledge takes passages while there is room. share is the part of the free budget it may
// have in this round; in a round of less than all of it what does not fit waits.
func (e *engine) knowledge(share float64) {
	limit := e.set.Knowledge
	if limit == 0 {
		limit = e.set.Budget
	}
	whole := e.room(Knowledge, limit)
	given := int(share * float64(whole))
	for len(e.ranked) > 0 {
		c := e.next()
		room := e.room(Knowledge, limit)
		tokens := e.cost(c.passage)
		first := len(e.kept) == 0
		if share < 1 && !first && e.used[Knowledge]+tokens > given {
			e.ranked = slices.Insert(e.ranked, 0, c)
			return
		}
		switch {
		case tokens <= room:
			e.keep(c, tokens)
		case (first || room >= leastPart && e.parts < maxParts) && e.keepPart(c, room, first):
		default:
			c.item.Tokens = tokens
			e.leave(c.item, OverBudget, overBudget(tokens, room))
		}
	}
}

// keepPart keeps what fits of a passage. Of any but the first, a part that does not hold at
// least half of what the whole shares with the question is not worth its place.
func (e *engine) keepPart(c candidate, room int, first bool) bool {
	e.parts++
	part, ok := e.shorten(c.passage, room)
	if !ok {
		return false
	}
	b := e.bags.of(part.Text)
	if now := shared(b, e.question); !first && (now == 0 || 2*now < shared(c.bag, e.question)) {
		return false
	}
	c.passage, c.bag = part, b
	c.item.Code, c.item.Why = Shortened, "cut to the sentences that say most about the question"
	e.keep(c, e.cost(part))
	return true
}

// shrinkBest makes the last passage smaller by what is over the budget.
func (e *engine) shrinkBest(over int) bool {
	c := e.kept[0]
	e.kept = nil
	e.used[Knowledge] -= c.item.Tokens
	part, ok := e.shorten(c.passage, c.item.Tokens-over-1)
	if !ok {
		e.leave(c.item, OverBudget, overBudget(c.item.Tokens, c.item.Tokens-over))
		return true
	}
	c.passage = part
	c.item.Code, c.item.Why = Shortened, "cut to the sentences that say most about the question"
	c.item.Tokens = e.cost(part)
	e.used[Knowledge] += c.item.Tokens
	e.kept = []candidate{c}
	return true
}
