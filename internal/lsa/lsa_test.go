package lsa

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// blocks are texts about two subjects that share no term; each text has six of the
// eight terms of its subject.
func blocks() (rows []Row) {
	for i := range 16 {
		first := uint32(i % 2 * 10)
		r := Row{Key: uint64(i)}
		for j := range uint32(8) {
			if k := uint32(i / 2); j != k && j != (k+3)%8 {
				r.Terms = append(r.Terms, first+j)
				r.Value = append(r.Value, float32(1/math.Sqrt(6)))
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+float64(a[i]*b[i]), aa+float64(a[i]*a[i]), bb+float64(b[i]*b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func TestTermsOfOneSubjectComeTogether(t *testing.T) {
	t.Parallel()
	const dim = 2
	v, err := Learn(t.Context(), blocks(), 20, dim)
	if err != nil {
		t.Fatal(err)
	}
	at := func(term int) []float32 { return v[term*dim : (term+1)*dim] }
	if same, other := cosine(at(0), at(4)), cosine(at(0), at(14)); same < 0.99 || math.Abs(other) > 0.01 {
		t.Errorf("same subject %v, other subject %v", same, other)
	}
}

func TestColumnsAreOrthonormal(t *testing.T) {
	t.Parallel()
	const dim = 2
	v, err := Learn(t.Context(), blocks(), 20, dim)
	if err != nil {
		t.Fatal(err)
	}
	for i := range dim {
		for j := range dim {
			sum, want := 0.0, 0.0
			for term := range 20 {
				sum += float64(v[term*dim+i]) * float64(v[term*dim+j])
			}
			if i == j {
				want = 1
			}
			if math.Abs(sum-want) > 0.01 {
				t.Errorf("columns %d and %d: %v", i, j, sum)
			}
		}
	}
}

func TestDeterministicAndDegenerate(t *testing.T) {
	t.Parallel()
	a, err := Learn(t.Context(), blocks(), 20, 4)
	b, err2 := Learn(t.Context(), blocks(), 20, 4)
	if err != nil || err2 != nil || !cmp.Equal(a, b) {
		t.Errorf("two runs differ, %v, %v", err, err2)
	}
	same := Row{Terms: []uint32{0, 1}, Value: []float32{0.6, 0.8}}
	v, err := Learn(t.Context(), []Row{same, same, same}, 3, 3) // of rank one
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			t.Fatalf("vectors %v", v)
		}
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Learn(ctx, blocks(), 20, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
