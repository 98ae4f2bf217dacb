package agree

import (
	"math"
)

// Defaults of the estimation. A person is taken to have been right in four of five earlier
// votes, so that few votes do not make anybody infallible.
const (
	priorRight = 4.0
	priorWrong = 1.0
	roundsMost = 200
	still      = 1e-7 // change of any probability at which it ends
)

// Adjudicate estimates together what each item's label is and how well each person judges, by
// expectation-maximisation (Dawid and Skene, "Maximum Likelihood Estimation of Observer Error-
// Rates Using the EM Algorithm", 1979), with a weak belief that people are mostly right.
// Gold gives the labels of items that are known; votes on them say how their people judge.
func Adjudicate(votes []Vote, gold map[string]string) Judged {
	c := count(votes, gold)
	e := newEstimate(c)
	e.begin()
	rounds := 0
	for rounds < roundsMost {
		e.learn()
		rounds++
		if e.believe() < still {
			break
		}
	}
	return e.judged(rounds)
}

// Majority gives each item the label for which most was said. A vote weighs what its
// person's votes on gold items are worth, the logarithm of the odds of being right; where
// there are none, all weigh the same.
func Majority(votes []Vote, gold map[string]string) Judged {
	c := count(votes, gold)
	e := newEstimate(c)
	e.byGold()
	e.believe()
	return e.judged(0)
}

// An estimate is what is believed so far.
type estimate struct {
	c      *counted
	p      [][]float64   // of each item, how likely each label is
	share  []float64     // of the labels
	errors [][][]float64 // of each person and true label, how likely each is said
}

func newEstimate(c *counted) *estimate {
	e := &estimate{c: c, p: square(len(c.items), len(c.labels)), share: make([]float64, len(c.labels))}
	for range c.persons {
		e.errors = append(e.errors, square(len(c.labels), len(c.labels)))
	}
	return e
}

func square(n, m int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, m)
	}
	return rows
}

// begin believes each label as often as it was said.
func (e *estimate) begin() {
	for i, votes := range e.c.of {
		for _, v := range votes {
			e.p[i][v.label]++
		}
		e.known(i)
		normal(e.p[i])
	}
}

func (e *estimate) known(i int) {
	if g := e.c.gold[i]; g >= 0 {
		clear(e.p[i])
		e.p[i][g] = 1
	}
}

// normal makes a row sum to 1, and an empty one even.
func normal(row []float64) {
	sum := 0.0
	for _, x := range row {
		sum += x
	}
	for i := range row {
		if sum > 0 {
			row[i] /= sum
		} else {
			row[i] = 1 / float64(len(row))
		}
	}
}

// prior fills what is believed of a person before any vote.
func (e *estimate) prior(rows [][]float64) {
	for t := range rows {
		for s := range rows[t] {
			rows[t][s] = priorWrong / max(1, float64(len(rows)-1))
			if s == t {
				rows[t][s] = priorRight
			}
		}
	}
}

// learn estimates the people and the shares by what is believed of the items.
func (e *estimate) learn() {
	clear(e.share)
	for _, rows := range e.errors {
		e.prior(rows)
	}
	for i, votes := range e.c.of {
		for t, p := range e.p[i] {
			e.share[t] += p
			for _, v := range votes {
				e.errors[v.person][t][v.label] += p
			}
		}
	}
	for i := range e.share {
		e.share[i]++ // a label that was not seen is not impossible
	}
	normal(e.share)
	for _, rows := range e.errors {
		for _, row := range rows {
			normal(row)
		}
	}
}

// byGold estimates the people by their votes on gold items alone, each as right at every
// label.
func (e *estimate) byGold() {
	k := float64(len(e.c.labels))
	right, votes := make([]float64, len(e.c.persons)), make([]float64, len(e.c.persons))
	for i, all := range e.c.of {
		if g := e.c.gold[i]; g >= 0 {
			for _, v := range all {
				votes[v.person]++
				if v.label == g {
					right[v.person]++
				}
			}
		}
	}
	for p, rows := range e.errors {
		r := (right[p] + priorRight) / (votes[p] + priorRight + priorWrong)
		for t := range rows {
			for s := range rows[t] {
				rows[t][s] = (1 - r) / max(1, k-1)
				if s == t {
					rows[t][s] = r
				}
			}
		}
	}
	for i := range e.share {
		e.share[i] = 1 / k
	}
}

// believe estimates the items by the people, and says how far anything moved.
func (e *estimate) believe() (moved float64) {
	next := make([]float64, len(e.c.labels))
	for i, votes := range e.c.of {
		most := math.Inf(-1)
		for t := range next {
			next[t] = math.Log(e.share[t])
			for _, v := range votes {
				next[t] += math.Log(e.errors[v.person][t][v.label])
			}
			most = max(most, next[t])
		}
		for t := range next {
			next[t] = math.Exp(next[t] - most)
		}
		normal(next)
		if g := e.c.gold[i]; g >= 0 {
			clear(next)
			next[g] = 1
		}
		for t := range next {
			moved = max(moved, math.Abs(next[t]-e.p[i][t]))
		}
		copy(e.p[i], next)
	}
	return moved
}

// judged puts names to the numbers.
func (e *estimate) judged(rounds int) Judged {
	j := Judged{Items: map[string]Opinion{}, Persons: map[string]Person{}, Shares: map[string]float64{}, Rounds: rounds}
	for i, item := range e.c.items {
		o := Opinion{Votes: len(e.c.of[i]), Of: map[string]float64{}, Gold: e.c.gold[i] >= 0}
		for t, label := range e.c.labels {
			o.Of[label] = e.p[i][t]
			if o.Label == "" || e.p[i][t] > o.Sure+1e-12 {
				o.Label, o.Sure = label, e.p[i][t]
			}
		}
		j.Items[item] = o
	}
	for t, label := range e.c.labels {
		j.Shares[label] = e.share[t]
	}
	people := make([]Person, len(e.c.persons))
	for i, votes := range e.c.of {
		for _, v := range votes {
			people[v.person].Votes++
			if g := e.c.gold[i]; g >= 0 {
				people[v.person].Gold++
				people[v.person].GoldRight += btoi(v.label == g)
			}
		}
	}
	for p, name := range e.c.persons {
		e.describe(p, &people[p])
		j.Persons[name] = people[p]
	}
	return j
}

// describe says how a person judges.
func (e *estimate) describe(p int, out *Person) {
	out.Confusion = map[string]map[string]float64{}
	for t, label := range e.c.labels {
		out.Confusion[label] = map[string]float64{}
		for s, said := range e.c.labels {
			out.Confusion[label][said] = e.errors[p][t][s]
		}
		out.Right += e.share[t] * e.errors[p][t][t]
	}
}
