package stat

import "math"

// A Score is the half of a [Watch] that has a horizon: a group-sequential score test. Of each block it is
// known how many good answers of the new version there would be if both versions were right equally often,
// and how much that number varies, whatever that share is (N. Mantel and W. Haenszel, "Statistical aspects of
// the analysis of data from retrospective studies of disease", 1959): so what people ask may change from hour
// to hour, and so may how many of them are given the new version. The answers that are fewer than that, by
// the information so far, walk as a Brownian motion does, and there is an alarm when they reach a line that
// stays where it is: the boundary of P. C. O'Brien and T. R. Fleming, "A multiple testing procedure for
// clinical trials", 1979, looked at after every block. By the reflection principle such a walk reaches the
// line before the horizon with twice the chance of being beyond it there. The horizon is an amount of
// information and not a time (C. R. Mehta and A. A. Tsiatis, "Flexible sample size considerations using
// information-based interim monitoring", 2001). Within its horizon it finds almost as much as a test that
// looks once, at the end; after that the other half goes on.
type Score struct {
	Fewer  float64 `json:"fewer"`  // good answers that the new version gave fewer than if both were equal
	Pairs  float64 `json:"pairs"`  // of each block, answers of one version times those of the other, divided by all
	Spread float64 `json:"spread"` // variance of Fewer if both are equal
	Skew   float64 `json:"skew"`   // third cumulant of Fewer if both are equal
	Peak   float64 `json:"peak"`   // the most of the way to the line, 0 to 1 and more
	Over   bool    `json:"over"`   // the horizon is reached
}

const (
	// scorePart is what the score has of the chance of a false alarm; the bets have the rest.
	scorePart = 7. / 8
	// beyond is how far after the line a drop of the size that is looked for is expected to be at the horizon,
	// in standard deviations: it is found in nine of ten cases by then.
	beyond = 1.2
	// leastSpread is the variance of one answer that is reckoned with at least. Where nearly all are good, as
	// many answers are waited for as if 95 of 100 were: a few bad ones are no normal distribution.
	leastSpread = 0.95 * 0.05
	// largestDrop is the largest that a horizon is made for, which would else be a handful of answers.
	largestDrop = 0.15
)

// line is what a walk has to reach, in standard deviations at the horizon.
func line(alpha float64) float64 { return quantile(1 - alpha*scorePart/2) }

// horizon is the information at which a test of drop ends: one divided by the variance of the difference.
func horizon(alpha, drop float64) float64 {
	root := (line(alpha) + beyond) / min(drop, largestDrop)
	return root * root
}

// add takes a block of both versions, of ten answers each at least.
func (s *Score) add(alpha, drop float64, isNew, isOld Count) {
	a, b := float64(isNew.Of), float64(isOld.Of)
	n, good := a+b, float64(isNew.Good+isOld.Good)
	spread := a * b * good * (n - good) / (n * n * (n - 1)) // of the hypergeometric distribution, as the next one
	s.Fewer += a*good/n - float64(isNew.Good)
	s.Pairs += a * b / n
	s.Spread += spread
	s.Skew += spread * (2*good - n) * (n - 2*a) / (n * (n - 2))
	if s.Over {
		return
	}
	end := horizon(alpha, drop)
	known := s.known()
	reach := line(alpha) - overshoot*math.Sqrt(a*b/n/s.Pairs*min(1, known/end))
	s.Peak = max(s.Peak, s.deviates()*math.Sqrt(min(known/end, end/known))/reach)
	s.Over = known >= end
}

// overshoot is by how much a walk that is looked at after steps is beyond a line on average when it is found
// there, in standard deviations of a step: a line nearer by this much is reached as often as the walk itself
// reaches the line (D. Siegmund, "Sequential Analysis", 1985, chapter X).
const overshoot = 0.5826

// known is the information so far.
func (s *Score) known() float64 { return s.Pairs / s.each() }

// each is the variance of one answer.
func (s *Score) each() float64 { return max(s.Spread/s.Pairs, leastSpread) }

// deviates is Fewer in standard deviations. Where one version has few answers, and few of them are bad, more
// bad ones are likelier than fewer: that is taken off by the expansion of E. A. Cornish and R. A. Fisher,
// "Moments and cumulants in the specification of distributions", 1938, as far as three deviations.
func (s *Score) deviates() float64 {
	sd := math.Sqrt(s.each() * s.Pairs)
	z := s.Fewer / sd
	near := min(max(z, 1), 3)
	return z - s.Skew/(sd*sd*sd)*(near*near-1)/6
}
