package prompt

import (
	"cmp"
	"slices"

	"wenyuan/internal/lang"
)

// A Pool finds those of many questions that are nearest to another one. It holds no word of them: of each the
// terms, as hashes, and its language. It never changes, and may be used by many goroutines.
type Pool struct {
	bags    []bag
	chinese []bool
	rare    rarity
}

// A Near is a question of a pool with how near it is.
type Near struct {
	At      int     // its place in the pool, from 0
	Score   float64 // 0 to 1: the geometric mean of what each of the two holds of the other, weighed by rarity
	Foreign bool    // it is not in the language of what was asked
}

// NewPool makes a pool of questions.
func NewPool(questions []string) *Pool {
	var b bagger
	p := &Pool{}
	for _, q := range questions {
		p.bags = append(p.bags, b.of(q))
		p.chinese = append(p.chinese, lang.Of(q) == lang.Chinese)
	}
	p.rare = rarityOf(p.bags)
	return p
}

// Nearest gives those that are at least so near to a question: those in its language first, and of each
// language the nearest first.
func (p *Pool) Nearest(question string, least float64) []Near {
	var b bagger
	asked, chinese := b.of(question), lang.Of(question) == lang.Chinese
	var all []Near
	for i, bag := range p.bags {
		if s := p.rare.near(asked, bag); s > 0 && s >= least {
			all = append(all, Near{i, s, p.chinese[i] != chinese})
		}
	}
	slices.SortFunc(all, func(a, b Near) int {
		return cmp.Or(byBool(a.Foreign, b.Foreign), cmp.Compare(b.Score, a.Score), cmp.Compare(a.At, b.At))
	})
	return all
}

// byBool puts false before true.
func byBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
