package tensor

import "math"

// The operations take slices of equal length. Where the assembly runs, it does whole groups of
// eight and Go the rest.

// f32 is the same numbers where they are of 32 bits and the assembly is used.
func f32[T Float](x []T) ([]float32, bool) {
	v, ok := any(x).([]float32)
	return v, ok && fast() && len(v) >= 8
}

// same asserts what f32 has found of another slice.
func same[T Float](x []T) []float32 { return any(x).([]float32) }

// Dot is the sum of products.
func Dot[T Float](a, b []T) T {
	v, ok := f32(a)
	if !ok {
		return plainDot(a, b)
	}
	n := len(v) &^ 7
	u := same(b)[:len(v)]
	return T(fastDot(n, &v[0], &u[0])) + plainDot(a[n:], b[n:])
}

// AddScaled sets y += s x.
func AddScaled[T Float](y, x []T, s T) {
	n := 0
	if v, ok := f32(x); ok {
		n = len(v) &^ 7
		u := same(y)[:len(v)]
		fastAddScaled(n, &u[0], &v[0], float32(s))
	}
	plainAddScaled(y[n:], x[n:], s)
}

// Scale sets x *= s.
func Scale[T Float](x []T, s T) {
	for i := range x {
		x[i] *= s
	}
}

// Max is the greatest number of a row that is not empty; NaN where one is NaN.
func Max[T Float](x []T) T {
	v, ok := f32(x)
	if !ok {
		return plainMax(x)
	}
	n := len(v) &^ 7
	m := T(fastMax(n, &v[0]))
	if n < len(x) {
		if r := plainMax(x[n:]); r > m || r != r {
			m = r
		}
	}
	return m
}

// ExpSum sets x = exp(x*scale - shift) and gives the sum.
func ExpSum[T Float](x []T, scale, shift T) (sum T) {
	n := 0
	if v, ok := f32(x); ok {
		n = len(v) &^ 7
		sum = T(fastExp(n, &v[0], float32(scale), float32(shift)))
	}
	return sum + plainExp(x[n:], scale, shift)
}

// Softmax sets x to the softmax of x*scale, for a scale above 0, and gives the logarithm of the sum of
// exponentials, with which exp(x*scale - log) is the same again.
func Softmax[T Float](x []T, scale T) (log T) {
	top := Max(x) * scale
	sum := ExpSum(x, scale, top)
	Scale(x, 1/sum)
	return top + T(math.Log(float64(sum)))
}

// LogSum is the logarithm of the sum of exponentials; x becomes exp(x - LogSum).
func LogSum[T Float](x []T) T { return Softmax(x, 1) }

// Norm sets y = x s w.
func Norm[T Float](y, x, w []T, s T) {
	n := 0
	if v, ok := f32(x); ok {
		n = len(v) &^ 7
		a, b := same(y)[:len(v)], same(w)[:len(v)]
		fastNorm(n, &a[0], &v[0], &b[0], float32(s))
	}
	plainNorm(y[n:], x[n:], w[n:], s)
}

// NormBack adds to dx what Norm with s = 1/rms(x) passes back of g.
func NormBack[T Float](dx, x, g, w []T, s T) {
	v, ok := f32(x)
	if !ok {
		k := plainDot3(g, w, x) * s * s * s / T(len(x))
		plainNormBack(dx, x, g, w, s, k)
		return
	}
	n := len(v) &^ 7
	a, b, c := same(dx)[:len(v)], same(g)[:len(v)], same(w)[:len(v)]
	sum := T(fastDot3(n, &b[0], &c[0], &v[0])) + plainDot3(g[n:], w[n:], x[n:])
	k := sum * s * s * s / T(len(x))
	fastNormBack(n, &a[0], &v[0], &b[0], &c[0], float32(s), float32(k))
	plainNormBack(dx[n:], x[n:], g[n:], w[n:], s, k)
}

// SwiGLU sets act = gate sigmoid(gate) up (Shazeer 2020, arXiv:2002.05202).
func SwiGLU[T Float](act, gate, up []T) {
	n := 0
	if v, ok := f32(gate); ok {
		n = len(v) &^ 7
		a, u := same(act)[:len(v)], same(up)[:len(v)]
		fastSwiGLU(n, &a[0], &v[0], &u[0])
	}
	plainSwiGLU(act[n:], gate[n:], up[n:])
}

// SwiGLUBack puts the gradients of gate and up in their places, of d, the gradient of act.
func SwiGLUBack[T Float](gate, up, d []T) {
	n := 0
	if v, ok := f32(gate); ok {
		n = len(v) &^ 7
		u, e := same(up)[:len(v)], same(d)[:len(v)]
		fastSwiGLUBack(n, &v[0], &u[0], &e[0])
	}
	plainSwiGLUBack(gate[n:], up[n:], d[n:])
}

// SoftmaxBack sets d = p (d - delta) scale.
func SoftmaxBack[T Float](d, p []T, delta, scale T) {
	n := 0
	if v, ok := f32(p); ok {
		n = len(v) &^ 7
		e := same(d)[:len(v)]
		fastSoftmaxBack(n, &e[0], &v[0], float32(delta), float32(scale))
	}
	plainSoftmaxBack(d[n:], p[n:], delta, scale)
}

// Rotate turns the points (x[i], x[i+half]) by the angles with these cosines and sines.
func Rotate[T Float](x, cos, sin []T) {
	half, n := len(cos), 0
	u, v := x[:half], x[half:2*half]
	if c, ok := f32(cos); ok {
		n = half &^ 7
		a, b, s := same(u), same(v), same(sin)[:half]
		fastRotate(n, &a[0], &b[0], &c[0], &s[0])
	}
	plainRotate(u[n:], v[n:], cos[n:], sin[n:])
}

// Adam is one step of AdamW: with moments m and v of the clipped gradient,
// w -= Rate m / (Root sqrt(v) + Eps) + Decay w.
type Adam[T Float] struct {
	Beta1, Beta2 T
	Clip         T // the gradient is multiplied by it
	Rate         T // learning rate over 1 - Beta1^t
	Root         T // 1 over the square root of 1 - Beta2^t
	Eps          T
	Decay        T // learning rate times weight decay
}

// Step moves weights w with gradient g and moments m and v.
func (a Adam[T]) Step(w, g, m, v []T) {
	n := 0
	if x, ok := f32(w); ok {
		n = len(x) &^ 7
		p, q, r := same(g)[:len(x)], same(m)[:len(x)], same(v)[:len(x)]
		c := [8]float32{float32(a.Clip), 1 - float32(a.Beta1), 1 - float32(a.Beta2), float32(a.Rate), float32(a.Root), float32(a.Eps), float32(a.Decay)}
		fastAdam(n, &x[0], &p[0], &q[0], &r[0], &c)
	}
	plainAdam(w[n:], g[n:], m[n:], v[n:], a)
}
