package pool

// A pace is what a request takes by its size, where nothing waits: a + b for each token of its prompt + c for each
// token of what came with its first piece, fitted by least squares of relative errors with old samples
// fading. No more than the shape matters: what times are to it at one load is compared with what they are at
// another.
type pace struct {
	sums [3][3]float64 // of products of sizes, over the square of the pace
	to   [3]float64    // of sizes times what was taken, the same
	by   [3]float64    // nanoseconds: alone, for a token of the prompt, for one of the answer
}

// costly is what one time counts for at most, over what the pace says: beyond that it is an accident.
const costly = 4

// ridge is the share of a sum that is added to the diagonal: sizes that are always alike, or change together, say
// nothing of what each of them costs.
const ridge = 1e-3

// of is what the pace says of a request; 0 where nothing is known.
func (p *pace) of(prompt, piece float64) float64 { return p.by[0] + p.by[1]*prompt + p.by[2]*piece }

// learn takes a time, with a weight.
func (p *pace) learn(t, prompt, piece, weight float64) {
	about := p.of(prompt, piece)
	if about <= 0 {
		about = t
	}
	t = min(t, costly*about)
	w := weight / (about * about)
	x := [3]float64{1, prompt, piece}
	for i := range x {
		for j := range i + 1 {
			p.sums[i][j] += w * x[i] * x[j]
		}
		p.to[i] += w * x[i] * t
	}
}

// scale fades all that was learned.
func (p *pace) scale(by float64) {
	for i := range p.to {
		for j := range i + 1 {
			p.sums[i][j] *= by
		}
		p.to[i] *= by
	}
}

// fit finds what costs what. What would cost less than nothing costs nothing.
func (p *pace) fit() {
	var without [3]bool
	for range 3 {
		by := p.solve(without)
		worst, least := -1, 0.0
		for i, c := range by {
			if c < least {
				worst, least = i, c
			}
		}
		if worst < 0 {
			if by[0]+by[1]+by[2] > 0 {
				p.by = by
			}
			return
		}
		without[worst] = true
	}
}

// solve is the method of Cholesky for the normal equations, without some of the sizes.
func (p *pace) solve(without [3]bool) (by [3]float64) {
	var l [3][3]float64
	var d [3]float64
	for i := range 3 {
		if without[i] || p.sums[i][i] <= 0 {
			continue
		}
		d[i] = p.sums[i][i] * (1 + ridge)
		for j := range i {
			if d[j] == 0 {
				continue
			}
			l[i][j] = p.sums[i][j]
			for k := range j {
				l[i][j] -= l[i][k] * l[j][k] * d[k]
			}
			l[i][j] /= d[j]
			d[i] -= l[i][j] * l[i][j] * d[j]
		}
		by[i] = p.to[i]
		for j := range i {
			by[i] -= l[i][j] * by[j]
		}
	}
	for i := range 3 {
		if d[i] > 0 {
			by[i] /= d[i]
		} else {
			by[i] = 0
		}
	}
	for i := 2; i >= 0; i-- {
		for k := i + 1; k < 3; k++ {
			by[i] -= l[k][i] * by[k]
		}
	}
	return by
}
