// Package lsa finds the strongest directions of a sparse matrix of texts and terms:
// latent semantic analysis after Deerwester et al. (1990), by randomised subspace
// iteration after Halko, Martinsson and Tropp (2011).
//
// It knows numbers only. Equal rows in equal order give equal vectors on one machine:
// the starting directions come from the rows' keys, not from a clock.
package lsa

import (
	"context"
	"math"
	"math/rand/v2"
)

// A Row is one text: terms, ascending, with weights. Rows of length 1 are expected.
type Row struct {
	Key   uint64 // where the row starts in the random directions; equal texts may share it
	Terms []uint32
	Value []float32
}

// rounds of the iteration; four bring the 128th direction of text close enough.
const rounds = 4

// Learn gives one vector of dim numbers for each of the terms, row after row in one
// slice. The vectors carry no singular values: the weighted sum of the vectors of a text's
// terms is the text projected on the strongest directions. dim must not exceed the number of rows.
func Learn(ctx context.Context, rows []Row, terms, dim int) ([]float32, error) {
	texts := start(rows, dim)
	vectors := make([]float32, terms*dim)
	for round := range rounds {
		orthonormalize(texts, dim)
		clear(vectors)
		for i, r := range rows {
			if i%512 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			u := texts[i*dim : (i+1)*dim]
			for j, t := range r.Terms {
				axpy(vectors[int(t)*dim:(int(t)+1)*dim], r.Value[j], u)
			}
		}
		if round == rounds-1 {
			break
		}
		clear(texts)
		for i, r := range rows {
			if i%512 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			u := texts[i*dim : (i+1)*dim]
			for j, t := range r.Terms {
				axpy(u, r.Value[j], vectors[int(t)*dim:(int(t)+1)*dim])
			}
		}
	}
	unscale(vectors, dim)
	return vectors, nil
}

// start gives each row a random direction of its own.
func start(rows []Row, dim int) []float32 {
	out := make([]float32, len(rows)*dim)
	for i, r := range rows {
		rng := rand.New(rand.NewPCG(r.Key, 11))
		for j := range dim {
			out[i*dim+j] = float32(rng.NormFloat64())
		}
	}
	return out
}

// orthonormalize makes the columns orthogonal and of length 1, by the Cholesky factor
// of their products, twice, since once leaves rounding behind.
func orthonormalize(a []float32, dim int) {
	for range 2 {
		r := cholesky(products(a, dim), dim)
		for at := 0; at < len(a); at += dim {
			solve(a[at:at+dim], r, dim)
		}
	}
}

// products is the upper half of the matrix of all products of two columns.
func products(a []float32, dim int) []float64 {
	g := make([]float64, dim*dim)
	block := make([]float32, dim*dim) // partial sums in single precision, added up every 256 rows
	flush := func() {
		for i, v := range block {
			g[i] += float64(v)
		}
		clear(block)
	}
	for at, n := 0, 0; at < len(a); at, n = at+dim, n+1 {
		row := a[at : at+dim]
		for i, v := range row {
			axpy(block[i*dim+i:(i+1)*dim], v, row[i:])
		}
		if n%256 == 255 {
			flush()
		}
	}
	flush()
	return g
}

// cholesky gives the upper factor r with r'r = g. A column that depends on those before
// it gets an infinite diagonal, so that solving makes it zero.
func cholesky(g []float64, dim int) []float64 {
	r := make([]float64, dim*dim)
	for i := range dim {
		for j := i; j < dim; j++ {
			s := g[i*dim+j]
			for k := range i {
				s -= r[k*dim+i] * r[k*dim+j]
			}
			switch {
			case j > i:
				r[i*dim+j] = s / r[i*dim+i]
			case s > 1e-7*g[i*dim+i] && s > 0:
				r[i*dim+i] = math.Sqrt(s)
			default:
				r[i*dim+i] = math.Inf(1)
			}
		}
	}
	return r
}

// solve replaces a row x by x r⁻¹.
func solve(x []float32, r []float64, dim int) {
	for i := range dim {
		v := float64(x[i]) / r[i*dim+i]
		x[i] = float32(v)
		if v == 0 {
			continue
		}
		f, rest, row := float32(v), x[i+1:], r[i*dim+i+1:(i+1)*dim]
		for j := range rest {
			rest[j] -= f * float32(row[j])
		}
	}
}

// unscale takes out of each column its length, which is the singular value.
func unscale(a []float32, dim int) {
	sum := make([]float64, dim)
	for at := 0; at < len(a); at += dim {
		for j, v := range a[at : at+dim] {
			sum[j] += float64(v) * float64(v)
		}
	}
	for at := 0; at < len(a); at += dim {
		for j := range dim {
			a[at+j] = float32(float64(a[at+j]) / (math.Sqrt(sum[j]) + 1e-9))
		}
	}
}

func axpy(y []float32, f float32, x []float32) {
	y = y[:len(x)]
	for len(x) >= 4 && len(y) >= 4 {
		y[0] += f * x[0]
		y[1] += f * x[1]
		y[2] += f * x[2]
		y[3] += f * x[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		y[i] += f * v
	}
}
