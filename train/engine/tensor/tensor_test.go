package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// noise is n numbers of normal distribution.
func noise[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

// naive is the product by its definition, in 64 bits.
func naive[T Float](c, a, b Matrix[T], add bool) []T {
	out := make([]T, c.Rows*c.Cols)
	for i := range c.Rows {
		for j := range c.Cols {
			var s float64
			for k := range a.Cols {
				s += float64(a.Data[i*a.Row+k*a.Col]) * float64(b.Data[k*b.Row+j*b.Col])
			}
			if add {
				s += float64(c.Data[i*c.Row+j])
			}
			out[i*c.Cols+j] = T(s)
		}
	}
	return out
}

// withPlain runs a test with the kernels of this processor and with those in Go. It does not
// run beside other tests, as the choice is one for the package.
func withPlain(t *testing.T, f func(t *testing.T)) {
	for _, p := range []bool{false, true} {
		t.Run(fmt.Sprintf("portable=%v", p), func(t *testing.T) {
			portable = p
			defer func() { portable = false }()
			f(t)
		})
	}
}

func TestMultiply(t *testing.T) {
	withPlain(t, func(t *testing.T) {
		testMultiply[float32](t, 2e-6)
		testMultiply[float64](t, 1e-14)
	})
}

func testMultiply[T Float](t *testing.T, limit float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{1, 1, 1}, {1, 40, 70}, {3, 7, 5}, {4, 33, 300}, {5, 16, 9}, {6, 16, 256}, {7, 17, 257}, {13, 100, 64}, {125, 31, 600}, {64, 4100, 3}, {130, 530, 20}, {9, 9, 0}} {
		m, n, k := s[0], s[1], s[2]
		for turn := range 8 {
			a, b := Of(noise[T](r, m*k), m, k), Of(noise[T](r, k*n), k, n)
			if turn&1 != 0 {
				a = Of(a.Data, k, m).T()
			}
			if turn&2 != 0 {
				b = Of(b.Data, n, k).T()
			}
			wide := n + 3
			c := Strided(noise[T](r, m*wide), m, n, wide)
			want := naive(c, a, b, turn&4 != 0)
			before := slices.Clone(c.Data)
			Multiply(NewWorkers(2), c, a, b, turn&4 != 0)
			for i := range m {
				for j := range wide {
					got := c.Data[i*wide+j]
					if j >= n {
						if got != before[i*wide+j] {
							t.Fatalf("%v turn %d: wrote beside the matrix", s, turn)
						}
					} else if d := math.Abs(float64(got - want[i*n+j])); d > limit*math.Sqrt(float64(k)+1)*4 {
						t.Fatalf("%v turn %d (%d,%d): %v, want %v", s, turn, i, j, got, want[i*n+j])
					}
				}
			}
		}
	}
}

// TestWorkersAgree: the same bits for any number of workers.
func TestWorkersAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const m, n, k = 301, 700, 513
	a, b := Of(noise[float32](r, m*k), m, k), Of(noise[float32](r, n*k), n, k).T()
	var want []float32
	for _, w := range []int{1, 2, 3, 7} {
		c := make([]float32, m*n)
		Multiply(NewWorkers(w), Of(c, m, n), a, b, false)
		if want == nil {
			want = c
		} else if !slices.Equal(c, want) {
			t.Fatalf("%d workers give other bits", w)
		}
	}
}

// TestVector holds each operation against its Go form in 64 bits.
func TestVector(t *testing.T) {
	withPlain(t, testVector)
}

func testVector(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 7, 8, 9, 31, 40, 100} {
		a, b, c, d := noise[float32](r, n), noise[float32](r, n), noise[float32](r, n), noise[float32](r, n)
		for i := range d {
			d[i] *= d[i]
		}
		w := func(x []float32) []float64 {
			y := make([]float64, len(x))
			for i, v := range x {
				y[i] = float64(v)
			}
			return y
		}
		near := func(name string, got []float32, want []float64) {
			t.Helper()
			for i := range got {
				if diff := math.Abs(float64(got[i]) - want[i]); diff > 2e-5*(1+math.Abs(want[i])) || diff != diff {
					t.Fatalf("%s of %d at %d: %v, want %v", name, n, i, got[i], want[i])
				}
			}
		}
		one := func(name string, got float32, want float64) { t.Helper(); near(name, []float32{got}, []float64{want}) }
		one("Dot", Dot(a, b), plainDot(w(a), w(b)))
		one("Max", Max(a), plainMax(w(a)))
		x, y := slices.Clone(a), w(a)
		AddScaled(x, b, 0.7)
		plainAddScaled(y, w(b), 0.7)
		near("AddScaled", x, y)
		x, y = slices.Clone(a), w(a)
		one("ExpSum", ExpSum(x, 3, 0.5), plainExp(y, 3, 0.5))
		near("ExpSum", x, y)
		x, y = make([]float32, n), make([]float64, n)
		Norm(x, a, b, 1.5)
		plainNorm(y, w(a), w(b), 1.5)
		near("Norm", x, y)
		x, y = slices.Clone(d), w(d)
		NormBack(x, a, b, c, 0.8)
		NormBack(y, w(a), w(b), w(c), 0.8)
		near("NormBack", x, y)
		SwiGLU(x, a, b)
		plainSwiGLU(y, w(a), w(b))
		near("SwiGLU", x, y)
		x, y = slices.Clone(a), w(a)
		u, v := slices.Clone(b), w(b)
		SwiGLUBack(x, u, c)
		plainSwiGLUBack(y, v, w(c))
		near("SwiGLUBack gate", x, y)
		near("SwiGLUBack up", u, v)
		x, y = slices.Clone(a), w(a)
		SoftmaxBack(x, b, 0.3, 0.9)
		plainSoftmaxBack(y, w(b), 0.3, 0.9)
		near("SoftmaxBack", x, y)
		x = append(slices.Clone(a), b...)
		y, v = w(a), w(b)
		Rotate(x, c, d)
		plainRotate(y, v, w(c), w(d))
		near("Rotate", x, append(y, v...))
		x, y, u, v = slices.Clone(a), w(a), slices.Clone(c), w(c)
		e, f := slices.Clone(d), w(d)
		Adam[float32]{0.9, 0.95, 0.5, 1e-2, 1.1, 1e-8, 1e-3}.Step(x, b, u, e)
		Adam[float64]{0.9, 0.95, 0.5, 1e-2, 1.1, 1e-8, 1e-3}.Step(y, w(b), v, f)
		near("Adam w", x, y)
		near("Adam m", u, v)
		near("Adam v", e, f)
	}
}

// TestExtremes: the exponential keeps to its range, and what is no number stays none.
func TestExtremes(t *testing.T) {
	withPlain(t, func(t *testing.T) {
		nan := float32(math.NaN())
		x := []float32{0, -1000, -87, 0, 0, 0, 0, 0, 1}
		if s := ExpSum(x, 1, 0); math.IsNaN(float64(s)) || x[1] > 1e-37 || x[0] != 1 {
			t.Errorf("exp of %v", x)
		}
		for at := range 9 {
			x := make([]float32, 9)
			x[at] = nan
			if m := Max(x); m == m {
				t.Errorf("the greatest of %v is %v", x, m)
			}
			if l := Softmax(x, 1); l == l {
				t.Errorf("softmax of what is no number at %d gives %v", at, l)
			}
		}
		g, u, a := []float32{-200, 200, -90, 90, 0, 1, -1, nan}, []float32{1, 1, 1, 1, 1, 1, 1, 1}, make([]float32, 8)
		SwiGLU(a, g, u)
		if a[0] != 0 && math.Abs(float64(a[0])) > 1e-30 || a[1] != 200 || a[7] == a[7] {
			t.Errorf("SwiGLU gives %v", a)
		}
	})
}

func TestEachPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic of a worker was lost")
		}
	}()
	NewWorkers(3).Each(10, func(i int) {
		if i == 5 {
			panic("five")
		}
	})
}

// BenchmarkMultiply gives GFLOP/s of one worker for the shapes of a small model.
func BenchmarkMultiply(b *testing.B) {
	for _, s := range [][3]int{{1024, 1024, 1024}, {512, 576, 576}, {512, 1536, 576}, {512, 576, 1536}, {1024, 128, 128}, {512, 16, 576}, {512, 576, 16}, {256, 256, 64}} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			m, n, k := s[0], s[1], s[2]
			x, y, z := Of(noise[float32](r, m*k), m, k), Of(noise[float32](r, n*k), n, k).T(), Of(make([]float32, m*n), m, n)
			for b.Loop() {
				Multiply(nil, z, x, y, false)
			}
			b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
