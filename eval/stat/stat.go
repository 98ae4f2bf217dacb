// Package stat says whether a difference is one: tests and intervals over counts of right and
// wrong answers, for two versions on the same items, and for two that are asked beside one another.
//
// It takes numbers and gives numbers. Every formula names where it is from. A stranger would break
// one rule first: a Watch may be looked at as often as one likes, everything else once, after the
// items were counted.
package stat

import "math"

// An Interval is a range that holds the true value with a stated confidence.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Contains says whether a value lies within, the ends included.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// normal is the distribution function of the standard normal distribution.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// quantile is its inverse; p lies within 0 to 1, without the ends.
func quantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// Wilson is the interval of a share, from a count out of n (E. B. Wilson, "Probable inference, the
// law of succession, and statistical inference", 1927). confidence lies between 0 and 1, such as
// 0.95. Of nothing it is everything: 0 to 1.
func Wilson(count, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	z := quantile(1 - (1-confidence)/2)
	p, m := float64(count)/float64(n), float64(n)
	mid := p + z*z/(2*m)
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high := (mid-half)/(1+z*z/m), (mid+half)/(1+z*z/m)
	if count == 0 {
		low = 0
	}
	if count == n {
		high = 1
	}
	return Interval{low, high}
}

// Holm adjusts p-values that were looked at together, such as those of several slices, so that the
// chance of a single false one among all stays what it was for one (S. Holm, "A simple sequentially
// rejective multiple test procedure", 1979). They come back in the order given, 1 at most.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sortBy(order, func(i int) float64 { return p[i] })
	out, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		out[i] = least
	}
	return out
}
