package risk

import "math"

// The classes of words: those of a list, others, and names.
const (
	listedWord = iota
	otherLower
	nameWord
	wordClasses
)

func classOf(g guess, name bool) int {
	switch {
	case name:
		return nameWord
	case g.known:
		return listedWord
	}
	return otherLower
}

// Odds say how much likelier words are damaged than meant, as logarithms, for what guess
// estimates of them: by the class of the word, at estimates of -8, -4 and so on to 20.
type Odds [wordClasses][8]float64

// at goes straight between two places.
func (o *Odds) at(class int, estimate float64) float64 {
	i, part := placeOf(estimate)
	return o[class][i]*(1-part) + o[class][min(i+1, len(o[class])-1)]*part
}

func placeOf(estimate float64) (i int, part float64) {
	x := (max(-8, min(20, estimate)) + 8) / 4
	i = int(x)
	return i, x - float64(i)
}

// A Count learns Odds from words that were damaged and from such that were not.
type Count struct{ damaged, meant Odds }

// Add takes the words of a text that another was made into, and of that other itself where the
// two are one. Words that stand in both are no damaged ones.
func (c *Count) Add(text, was string) {
	before := map[string]bool{}
	for _, t := range tokensOf(was) {
		before[t.text] = true
	}
	x := &known().words
	tokens := tokensOf(text)
	for i, t := range tokens {
		if t.kind != latinWord || len(t.text) < 3 || len(t.text) > longestWord || before[t.text] != (text == was) {
			continue
		}
		name := t.upper && !t.begins
		behind, ahead := x.neighbours(text, tokens, i)
		g := x.guess(t.text, name, behind, ahead)
		if g.how != plain && x.joined(t.text) {
			continue
		}
		into := &c.meant
		if text != was {
			into = &c.damaged
		}
		at, part := placeOf(g.odds)
		in := &into[classOf(g, name)]
		in[at] += 1 - part
		in[min(at+1, len(in)-1)] += part
	}
}

// Odds are those of what was counted. A higher estimate never has lower odds.
func (c *Count) Odds() (o Odds) {
	var damaged, meant float64
	for class := range o {
		for i := range o[class] {
			damaged += c.damaged[class][i]
			meant += c.meant[class][i]
		}
	}
	for class := range o {
		last := math.Inf(-1)
		for i := range o[class] {
			odds := math.Log((c.damaged[class][i] + 1) / damaged / ((c.meant[class][i] + 1) / meant))
			last = max(last, max(-6, min(6, odds)))
			o[class][i] = math.Round(last*1e3) / 1e3
		}
	}
	return o
}
