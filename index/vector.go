package index

import "math"

// dot is the sum of products; four sums, so that they need not wait for each other.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return s0 + s1 + s2 + s3
}

// axpy adds f times x to y.
func axpy(y []float32, f float32, x []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += f * v
	}
}

// normalize brings a vector to length 1; the zero vector, and one with a number that is
// none, become zero.
func normalize(v []float32) {
	n := math.Sqrt(float64(dot(v, v)))
	if n == 0 || math.IsNaN(n) || math.IsInf(n, 0) {
		clear(v)
		return
	}
	f := float32(1 / n)
	for i := range v {
		v[i] *= f
	}
}
