package tensor

import (
	"math"
	"unsafe"
)

// plainKernel is the kernel in Go: parts of 2 x 4 whose sums fit into registers anywhere.
func plainKernel[T Float](k int, a *T, row, step int, b, c *T, ldc int, add bool) {
	if k == 0 {
		return
	}
	as := unsafe.Slice(a, 5*row+(k-1)*step+1)
	bs := unsafe.Slice(b, k*tileCols)
	cs := unsafe.Slice(c, 5*ldc+tileCols)
	for i := 0; i < tileRows; i += 2 {
		for j := 0; j < tileCols; j += 4 {
			var s [8]T
			s00, s01, s02, s03 := s[0], s[1], s[2], s[3]
			s10, s11, s12, s13 := s[4], s[5], s[6], s[7]
			for x := range k {
				v := bs[x*tileCols+j:][:4]
				p, q := as[i*row+x*step], as[(i+1)*row+x*step]
				s00, s01, s02, s03 = s00+p*v[0], s01+p*v[1], s02+p*v[2], s03+p*v[3]
				s10, s11, s12, s13 = s10+q*v[0], s11+q*v[1], s12+q*v[2], s13+q*v[3]
			}
			put(cs[i*ldc+j:][:4], add, s00, s01, s02, s03)
			put(cs[(i+1)*ldc+j:][:4], add, s10, s11, s12, s13)
		}
	}
}

func put[T Float](c []T, add bool, s0, s1, s2, s3 T) {
	if add {
		s0, s1, s2, s3 = s0+c[0], s1+c[1], s2+c[2], s3+c[3]
	}
	c[0], c[1], c[2], c[3] = s0, s1, s2, s3
}

// exp is the exponential in the type's own range.
func exp[T Float](x T) T { return T(math.Exp(float64(x))) }

// Below are the operations over rows in Go. They do what vector.go says.

func plainDot[T Float](a, b []T) (s T) {
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func plainAddScaled[T Float](y, x []T, s T) {
	for i, v := range x {
		y[i] += s * v
	}
}

func plainMax[T Float](x []T) T {
	m := x[0]
	for _, v := range x {
		if v > m || v != v {
			m = v
		}
	}
	return m
}

func plainExp[T Float](x []T, scale, shift T) (sum T) {
	for i, v := range x {
		e := exp(v*scale - shift)
		x[i] = e
		sum += e
	}
	return sum
}

func plainNorm[T Float](y, x, w []T, s T) {
	for i, v := range x {
		y[i] = v * s * w[i]
	}
}

func plainDot3[T Float](a, b, c []T) (s T) {
	for i, v := range a {
		s += v * b[i] * c[i]
	}
	return s
}

func plainNormBack[T Float](dx, x, g, w []T, s, k T) {
	for i, v := range g {
		dx[i] += v*w[i]*s - x[i]*k
	}
}

func plainSwiGLU[T Float](act, gate, up []T) {
	for i, g := range gate {
		act[i] = g / (1 + exp(-g)) * up[i]
	}
}

func plainSwiGLUBack[T Float](gate, up, d []T) {
	for i, g := range gate {
		s := 1 / (1 + exp(-g))
		u, v := up[i], d[i]
		up[i] = v * g * s
		gate[i] = v * u * s * (1 + g*(1-s))
	}
}

func plainSoftmaxBack[T Float](d, p []T, delta, scale T) {
	for i, v := range p {
		d[i] = v * (d[i] - delta) * scale
	}
}

func plainRotate[T Float](u, v, cos, sin []T) {
	for i, c := range cos {
		a, b, s := u[i], v[i], sin[i]
		u[i], v[i] = a*c-b*s, b*c+a*s
	}
}

func plainAdam[T Float](w, g, m, v []T, a Adam[T]) {
	for i, gi := range g {
		gi *= a.Clip
		mi := m[i] + (1-a.Beta1)*(gi-m[i])
		vi := v[i] + (1-a.Beta2)*(gi*gi-v[i])
		m[i], v[i] = mi, vi
		w[i] -= a.Rate*mi/(T(math.Sqrt(float64(vi)))*a.Root+a.Eps) + a.Decay*w[i]
	}
}
