package stat

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Bootstrap is the interval of the mean of differences between two on the same items, such as scores
// from 0 to 1: items are drawn anew with replacement, resamples times (2,000 where that is 0), and the
// interval is corrected for bias and acceleration (BCa; B. Efron, "Better bootstrap confidence
// intervals", 1987). Equal seeds draw equally. Of fewer than two items it says nothing: -Inf to Inf.
func Bootstrap(differences []float64, confidence float64, resamples int, seed uint64) Interval {
	n := len(differences)
	if n < 2 {
		return Interval{math.Inf(-1), math.Inf(1)}
	}
	if resamples == 0 {
		resamples = 2000
	}
	mean := mean(differences)
	chance := rand.New(rand.NewPCG(seed, uint64(n)))
	means, below := make([]float64, resamples), 0.0
	for i := range means {
		sum := 0.0
		for range n {
			sum += differences[chance.IntN(n)]
		}
		means[i] = sum / float64(n)
		switch {
		case means[i] < mean:
			below++
		case means[i] == mean:
			below += 0.5
		}
	}
	slices.Sort(means)
	if means[0] == means[len(means)-1] {
		return Interval{mean, mean}
	}
	share := min(max(below, 0.5), float64(resamples)-0.5) / float64(resamples)
	bias, speed := quantile(share), acceleration(differences, mean)
	at := func(p float64) float64 {
		z := bias + quantile(p)
		z = bias + z/(1-speed*z)
		return means[min(resamples-1, max(0, int(normal(z)*float64(resamples))))]
	}
	return Interval{at((1 - confidence) / 2), at(1 - (1-confidence)/2)}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// acceleration is how the spread of a mean changes with it, from leaving out one item at a time.
func acceleration(x []float64, mean float64) float64 {
	var square, cube float64
	for _, v := range x {
		d := v - mean // the mean without v is lower by d / (n-1)
		square += d * d
		cube += d * d * d
	}
	if square == 0 {
		return 0
	}
	return cube / (6 * math.Pow(square, 1.5))
}
