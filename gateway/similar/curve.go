package similar

import "math"

// A curve says how likely the answer to a kept question is right for another one, by how far apart the
// two are: a logistic curve 1/(1+e^(slope·(distance−middle))), whose middle is learned for each
// neighbourhood (Schroeder et al. 2025, section 3.2, with the slope held fixed and the middle taken
// over its whole posterior instead of the edge of a confidence band, so that the expected share of
// wrong hits is what is bounded).
type curve struct {
	prior
	weights [middles]float64 // of each middle; they add up to 1
}

// A prior is what is believed of a neighbourhood of which nothing was seen.
type prior struct {
	slope  float64 // how fast the answer turns wrong
	middle float64 // distance at which half of the answers are right
	spread float64 // standard deviation of the middle between neighbourhoods
}

// byWords is the prior of distances by words, which are the costs of lists/words.txt. It is steep and
// starts low: what costs nothing is right in 997 of 1000 pairs, what costs .08 in 990, and past that
// the model is asked until a neighbourhood has shown that it may be given: ten right answers in a row
// open it for .12, and one wrong answer closes it. It is set so by hand, not fitted: on people's
// question pairs in both languages (see eval.Cache) the costs up to .08 held no pair with another
// meaning, and those from there to .15 up to one in ten.
var byWords = prior{slope: 20, middle: .4, spread: .1}

// The middles that are weighed.
const (
	middles    = 150
	leastMidst = -1.
	stepMidst  = .02
)

// A seen is one comparison of answers, or one word of a person, on a neighbourhood.
type seen struct {
	distance float64
	right    bool
}

// learn weighs the middles by a prior and what was seen.
func learn(p prior, all []seen) *curve {
	c := &curve{prior: p}
	most := math.Inf(-1)
	for i := range c.weights {
		m := leastMidst + stepMidst*float64(i)
		z := (m - p.middle) / p.spread
		l := -z * z / 2
		for _, s := range all {
			l += logRight(p.slope*(m-s.distance), s.right)
		}
		c.weights[i] = l
		most = max(most, l)
	}
	sum := 0.
	for i, l := range c.weights {
		c.weights[i] = math.Exp(l - most)
		sum += c.weights[i]
	}
	for i := range c.weights {
		c.weights[i] /= sum
	}
	return c
}

// logRight is the logarithm of the chance of what was seen at a log-odds.
func logRight(x float64, right bool) float64 {
	if !right {
		x = -x
	}
	if x < -30 {
		return x
	}
	return -math.Log1p(math.Exp(-x))
}

// right is how likely an answer is right at a distance.
func (c *curve) right(distance float64) float64 {
	sum := 0.
	for i, w := range c.weights {
		if w > 1e-12 {
			m := leastMidst + stepMidst*float64(i)
			sum += w / (1 + math.Exp(-c.slope*(m-distance)))
		}
	}
	return sum
}
