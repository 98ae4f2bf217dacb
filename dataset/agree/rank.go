package agree

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// A Standing is what rankings say of one answer to an item.
type Standing struct {
	Answer   string
	Strength float64 // logarithm; differences count, 0 is the middle of the item
}

// Strengths aggregates rankings with ties: Davidson's model of paired comparisons ("On
// Extending the Bradley-Terry Model to Accommodate Ties", 1970) over every two answers that
// a person ranked, fitted by minorisation-maximisation (Hunter, "MM Algorithms for Generalized
// Bradley-Terry Models", 2004). How readily people tie is one number for all items. Each
// answer has one comparison beforehand, half won and half lost, against the middle, so that
// who won always is not infinitely better. By item the answers come with falling strength.
func Strengths(rankings []Ranking) map[string][]Standing {
	all := compare(rankings)
	ties := 0.5
	for range 50 {
		var had, expected float64
		for _, item := range all {
			for range 20 {
				item.step(ties)
			}
			h, e := item.ties(ties)
			had, expected = had+h, expected+e
		}
		next := (had + 1) / (expected/ties + 2) // one tie in two beforehand
		if math.Abs(next-ties) < 1e-6 {
			break
		}
		ties = next
	}
	out := make(map[string][]Standing, len(all))
	for _, item := range all {
		out[item.name] = item.standings()
	}
	return out
}

// compared are the comparisons of the answers to one item.
type compared struct {
	name     string
	answers  []string
	strength []float64
	won      []float64   // with half of the ties
	times    [][]float64 // any two were compared
	tied     [][]float64
	beats    [][]float64 // how often the one stood above the other
}

// compare takes rankings apart into comparisons, by item and answer in the order of names. A
// later ranking of a person takes the place of an earlier one.
func compare(rankings []Ranking) []*compared {
	type key struct{ item, person string }
	last := map[key]Ranking{}
	for _, r := range rankings {
		last[key{r.Item, r.Person}] = r
	}
	items := map[string]*compared{}
	for k, r := range last {
		if items[k.item] == nil {
			items[k.item] = &compared{name: k.item}
		}
		for _, group := range r.Order {
			items[k.item].answers = append(items[k.item].answers, group...)
		}
	}
	for _, c := range items {
		slices.Sort(c.answers)
		c.answers = slices.Compact(c.answers)
		n := len(c.answers)
		c.strength, c.won, c.times, c.tied = make([]float64, n), make([]float64, n), square(n, n), square(n, n)
		c.beats = square(n, n)
		for i := range c.strength {
			c.strength[i] = 1
		}
	}
	for k, r := range last {
		items[k.item].add(r)
	}
	var out []*compared
	for _, c := range items {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *compared) int { return cmp.Compare(a.name, b.name) })
	return out
}

func (c *compared) add(r Ranking) {
	type placed struct{ answer, rank int }
	var all []placed
	seen := map[string]bool{}
	for rank, group := range r.Order {
		for _, name := range group {
			if !seen[name] { // named twice: where it stands better
				i, _ := slices.BinarySearch(c.answers, name)
				all, seen[name] = append(all, placed{i, rank}), true
			}
		}
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			c.times[a.answer][b.answer]++
			c.times[b.answer][a.answer]++
			if a.rank == b.rank {
				c.tied[a.answer][b.answer]++
				c.tied[b.answer][a.answer]++
				c.won[a.answer] += 0.5
				c.won[b.answer] += 0.5
			} else {
				c.won[a.answer]++
				c.beats[a.answer][b.answer]++
			}
		}
	}
}

func (c *compared) step(ties float64) {
	next := make([]float64, len(c.strength))
	for i, s := range c.strength {
		below := 1 / (s + 1)
		for j, o := range c.strength {
			if n := c.times[i][j]; n > 0 {
				below += n * (1 + ties/2*math.Sqrt(o/s)) / (s + o + ties*math.Sqrt(s*o))
			}
		}
		next[i] = (c.won[i] + 0.5) / below
	}
	copy(c.strength, next)
}

// ties is how many there were, and how many the model expects.
func (c *compared) ties(ties float64) (had, expected float64) {
	for i := range c.strength {
		for j := range i {
			if n := c.times[i][j]; n > 0 {
				a, b := c.strength[i], c.strength[j]
				had += c.tied[i][j]
				expected += n * ties * math.Sqrt(a*b) / (a + b + ties*math.Sqrt(a*b))
			}
		}
	}
	return had, expected
}

func (c *compared) standings() []Standing {
	out, mean := make([]Standing, len(c.answers)), 0.0
	for i, s := range c.strength {
		out[i] = Standing{c.answers[i], math.Log(s)}
		mean += math.Log(s) / float64(len(c.strength))
	}
	for i := range out {
		out[i].Strength -= mean
	}
	slices.SortStableFunc(out, func(a, b Standing) int {
		if d := b.Strength - a.Strength; math.Abs(d) > 1e-9 {
			return cmp.Compare(b.Strength, a.Strength)
		}
		return cmp.Compare(a.Answer, b.Answer)
	})
	return out
}

// A Pair says that one answer is better than another.
type Pair struct {
	Group  string  // the item: pairs of one item must stay in one split
	Better string  // answer
	Worse  string  // answer
	Weight float64 // how far it was clear: (better - worse) / comparisons, above 0 to 1
	Votes  int     // comparisons of the two
}

// Pairs makes pairs of rankings: any two answers of an item of which one stands clearly above
// the other, by Weight of at least least, the clearest first within an item and at most most of
// them (0: all), as an item with many answers would otherwise outweigh the others.
func Pairs(rankings []Ranking, least float64, most int) []Pair {
	strengths := Strengths(rankings)
	var out []Pair
	for _, c := range compare(rankings) {
		place := map[string]float64{}
		for _, s := range strengths[c.name] {
			place[s.Answer] = s.Strength
		}
		var mine []Pair
		for i, a := range c.answers {
			for j, b := range c.answers[:i] {
				better, worse := a, b
				if place[b] > place[a] {
					better, worse = b, a
				}
				if n := c.times[i][j]; n > 0 {
					mine = append(mine, Pair{c.name, better, worse, c.lead(better, worse), int(n)})
				}
			}
		}
		mine = slices.DeleteFunc(mine, func(p Pair) bool { return p.Weight <= 0 || p.Weight < least })
		slices.SortStableFunc(mine, func(a, b Pair) int {
			return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Better, b.Better), cmp.Compare(a.Worse, b.Worse))
		})
		if most > 0 {
			mine = mine[:min(most, len(mine))]
		}
		out = append(out, mine...)
	}
	return out
}

// lead is how much more often one answer stood above another than below, as a share.
func (c *compared) lead(better, worse string) float64 {
	i, _ := slices.BinarySearch(c.answers, better)
	j, _ := slices.BinarySearch(c.answers, worse)
	return (c.beats[i][j] - c.beats[j][i]) / c.times[i][j]
}

// RankAgreement is Krippendorff's alpha, ordinal, over the ranks that people gave: each answer
// of each item is a unit, and tied answers have the middle of their ranks. See Alpha for ok.
func RankAgreement(rankings []Ranking) (alpha float64, ok bool) {
	type key struct{ item, answer string }
	type by struct{ item, person string }
	last := map[by]Ranking{}
	for _, r := range rankings {
		last[by{r.Item, r.Person}] = r
	}
	of := map[key][]float64{}
	for k, r := range last {
		above := 0
		for _, group := range r.Order {
			for _, a := range group {
				of[key{k.item, a}] = append(of[key{k.item, a}], float64(above)+float64(len(group)+1)/2)
			}
			above += len(group)
		}
	}
	var units [][]float64
	for _, k := range slices.SortedFunc(maps.Keys(of), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.answer, b.answer))
	}) {
		slices.Sort(of[k])
		units = append(units, of[k])
	}
	return Alpha(units, Ordinal)
}

// Kendall is Kendall's tau-b of two rankings of the same answers, with ties: 1 is one order,
// -1 the opposite. Answers that only one of them has are left out. Not ok: one of them orders
// nothing.
func Kendall(a, b [][]string) (tau float64, ok bool) {
	ranks := func(order [][]string) map[string]int {
		m := map[string]int{}
		for rank, group := range order {
			for _, name := range group {
				m[name] = rank
			}
		}
		return m
	}
	x, y := ranks(a), ranks(b)
	var shared []string
	for name := range x {
		if _, ok := y[name]; ok {
			shared = append(shared, name)
		}
	}
	var agree, inA, inB float64
	for i, p := range shared {
		for _, q := range shared[:i] {
			dx, dy := cmp.Compare(x[p], x[q]), cmp.Compare(y[p], y[q])
			agree += float64(dx * dy)
			inA += float64(dx * dx)
			inB += float64(dy * dy)
		}
	}
	if inA == 0 || inB == 0 {
		return 0, false
	}
	return agree / math.Sqrt(inA*inB), true
}
