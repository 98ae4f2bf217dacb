package stat

import (
	"cmp"
	"math"
	"slices"
)

func sortBy(order []int, key func(int) float64) {
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(key(a), key(b)) })
}

// Pairs counts items by who was right on them. The first is the one that is judged, the second
// the one it is compared with.
type Pairs struct {
	Both    int `json:"both"`
	First   int `json:"first"`  // only the first
	Second  int `json:"second"` // only the second
	Neither int `json:"neither"`
}

// Add counts one item.
func (p *Pairs) Add(first, second bool) {
	switch {
	case first && second:
		p.Both++
	case first:
		p.First++
	case second:
		p.Second++
	default:
		p.Neither++
	}
}

// N is how many items there are.
func (p Pairs) N() int { return p.Both + p.First + p.Second + p.Neither }

// Difference is the share on which the first is right less that of the second, -1 to 1.
func (p Pairs) Difference() float64 {
	if p.N() == 0 {
		return 0
	}
	return float64(p.First-p.Second) / float64(p.N())
}

// McNemar is the p-value that both are right equally often: two-sided and exact, by the binomial
// distribution of the items on which they differ (Q. McNemar, 1947; the exact form is the sign test).
func McNemar(p Pairs) float64 {
	n, k := p.First+p.Second, min(p.First, p.Second)
	all, half := lgamma(n+1), float64(n)*math.Ln2
	sum := 0.0
	for i := 0; i <= k; i++ {
		sum += math.Exp(all - lgamma(i+1) - lgamma(n-i+1) - half)
	}
	return min(1, 2*sum)
}

func lgamma(n int) float64 {
	v, _ := math.Lgamma(float64(n))
	return v
}

// Newcombe is the interval of the difference of the two shares: the score intervals of both put
// together with their correlation (R. G. Newcombe, "Improved confidence intervals for the difference
// between binomial proportions based on paired data", Statistics in Medicine 17, 1998, method 10).
// Of nothing it is everything: -1 to 1.
func Newcombe(p Pairs, confidence float64) Interval {
	if p.N() == 0 {
		return Interval{-1, 1}
	}
	n := float64(p.N())
	p1, p2 := float64(p.Both+p.First)/n, float64(p.Both+p.Second)/n
	w1, w2 := Wilson(p.Both+p.First, p.N(), confidence), Wilson(p.Both+p.Second, p.N(), confidence)
	phi, d := p.phi(), p1-p2
	below := math.Sqrt(max(0, sq(p1-w1.Low)-2*phi*(p1-w1.Low)*(w2.High-p2)+sq(w2.High-p2)))
	above := math.Sqrt(max(0, sq(w1.High-p1)-2*phi*(w1.High-p1)*(p2-w2.Low)+sq(p2-w2.Low)))
	return Interval{max(-1, d-below), min(1, d+above)}
}

// phi is the correlation, with the correction for continuity that Newcombe's method 10 has.
func (p Pairs) phi() float64 {
	a, b, c, d := float64(p.Both), float64(p.First), float64(p.Second), float64(p.Neither)
	under := (a + b) * (c + d) * (a + c) * (b + d)
	if under == 0 {
		return 0
	}
	over, n := a*d-b*c, a+b+c+d
	switch {
	case over > n/2:
		over -= n / 2
	case over >= 0:
		over = 0
	}
	return over / math.Sqrt(under)
}

func sq(x float64) float64 { return x * x }

// Tango is the score statistic of the hypothesis that the first is right less often than the second
// by exactly the margin, 0 to below 1: large values speak for a first that is better than that, and
// under the hypothesis it is standard normal (T. Tango, "Equivalence test and confidence interval for
// the difference in proportions for the paired-sample design", Statistics in Medicine 17, 1998).
func Tango(p Pairs, margin float64) float64 {
	n, b, c := float64(p.N()), float64(p.First), float64(p.Second)
	top := b - c + n*margin
	// The likeliest share of the items that only the second gets right, if the hypothesis holds.
	qa, qb, qc := 2*n, -b-c-(2*n-b+c)*margin, c*margin*(margin+1)
	q := 0.0
	if n > 0 {
		q = (math.Sqrt(max(0, qb*qb-4*qa*qc)) - qb) / (2 * qa)
	}
	under := n * (2*q - margin*(margin+1))
	if under <= 0 {
		if top == 0 {
			return 0
		}
		return math.Inf(int(math.Copysign(1, top)))
	}
	return top / math.Sqrt(under)
}
