package linear

import (
	"context"
	"fmt"
	"math"
)

// An Example is one text with what it is.
type Example struct {
	Text   string   // folded
	Marks  []string // signs of the caller's own
	Class  []int    // which classes it has; none for an ordinary text
	Weight float64  // how much it counts; 0 is 1
}

// TrainOptions say how to train. The zero value of a number means the one named.
type TrainOptions struct {
	Name     string
	Classes  []string
	Options  Options
	Rounds   int       // times that each example is seen; 12
	Rate     float64   // of learning; 0.5
	L2       float64   // pull of every weight towards zero; 1e-6
	Least    int       // a place must be in so many examples to count; 2
	Positive []float64 // what an example counts in a class that it has; 1 each
	Seed     uint64    // of the order
}

func (o *TrainOptions) usual() error {
	if len(o.Classes) == 0 || len(o.Classes) > classesMost {
		return fmt.Errorf("linear: training needs 1 to %d classes", classesMost)
	}
	if o.Options == (Options{}) {
		o.Options = Usual
	}
	if o.Rounds == 0 {
		o.Rounds = 12
	}
	if o.Rate == 0 {
		o.Rate = 0.5
	}
	if o.L2 == 0 {
		o.L2 = 1e-6
	}
	if o.Least == 0 {
		o.Least = 2
	}
	return o.Options.sound()
}

// Train makes a model of examples: logistic regression of each class against the rest,
// each weight with its own falling rate (AdaGrad, Duchi, Hazan and Singer 2011), with a
// quadratic penalty. Equal examples in equal order give equal weights on every machine: no
// step depends on the order of a map or on how fast anything is, and no product is fused
// with a sum.
func Train(ctx context.Context, examples []Example, o TrainOptions) (*Model, error) {
	if err := o.usual(); err != nil {
		return nil, err
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("linear: nothing to train on")
	}
	t := newTrainer(examples, o)
	m := &Model{Head: Head{Name: o.Name, Classes: o.Classes, Options: o.Options, Examples: len(examples),
		Positive: make([]int, len(o.Classes)), Seed: o.Seed},
		weights: make([]int8, len(o.Classes)<<o.Options.Bits)}
	for c := range o.Classes {
		if err := t.class(ctx, c); err != nil {
			return nil, err
		}
		m.keep(c, t.weights, t.bias)
		m.Positive[c] = t.positive
	}
	return m, nil
}

type trainer struct {
	o        TrainOptions
	rows     []row
	order    []int
	weights  []float64
	squares  []float64
	bias     float64
	positive int
}

type row struct {
	places, marks []uint32
	value         float64 // of each place, so that the text has length 1
	class         uint64  // a bit each
	weight        float64
}

func newTrainer(examples []Example, o TrainOptions) *trainer {
	t := &trainer{o: o, rows: make([]row, len(examples)), order: make([]int, len(examples))}
	var f Features
	in := make([]uint16, 1<<o.Options.Bits)
	for i, e := range examples {
		f.Extract(e.Text, o.Options)
		for _, name := range e.Marks {
			f.Mark(name)
		}
		t.rows[i] = newRow(&f, e)
		t.order[i] = i
		for _, p := range f.places {
			in[p] += uint16(min(1, math.MaxUint16-int(in[p])))
		}
	}
	for p, n := range in {
		if int(n) < o.Least {
			in[p] = 0
		}
	}
	for i := range t.rows {
		t.rows[i].drop(in)
	}
	return t
}

func newRow(f *Features, e Example) row {
	r := row{places: append([]uint32(nil), f.places...), marks: append([]uint32(nil), f.marks...), value: norm(len(f.places)), weight: e.Weight}
	if r.weight == 0 {
		r.weight = 1
	}
	for _, c := range e.Class {
		r.class |= 1 << c
	}
	return r
}

// drop leaves out the places that too few examples have. They still count in the length of
// the text, as they will when it is scored.
func (r *row) drop(in []uint16) {
	kept := r.places[:0]
	for _, p := range r.places {
		if in[p] > 0 {
			kept = append(kept, p)
		}
	}
	r.places = kept
}

func (t *trainer) class(ctx context.Context, c int) error {
	size := 1 << t.o.Options.Bits
	t.weights, t.squares = make([]float64, size), make([]float64, size)
	t.bias, t.positive = 0, 0
	for _, r := range t.rows {
		t.positive += int(r.class >> c & 1)
	}
	up := 1.0
	if c < len(t.o.Positive) && t.o.Positive[c] > 0 {
		up = t.o.Positive[c]
	}
	biasSquares, random := 1.0, t.o.Seed*2+1
	for range t.o.Rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		random = shuffle(t.order, random)
		for _, i := range t.order {
			t.step(&t.rows[i], t.rows[i].class>>c&1 == 1, up, &biasSquares)
		}
	}
	return nil
}

// step moves the weights of one example against its error.
func (t *trainer) step(r *row, is bool, up float64, biasSquares *float64) {
	sum, more := 0.0, 0.0
	for _, p := range r.places {
		sum += t.weights[p]
	}
	for _, p := range r.marks {
		more += t.weights[p]
	}
	wrong := sigmoid(float64(sum*r.value) + float64(more*markValue) + t.bias)
	weight := r.weight
	if is {
		wrong, weight = wrong-1, float64(weight*up)
	}
	wrong = float64(wrong * weight)
	*biasSquares += float64(wrong * wrong)
	t.bias -= float64(t.o.Rate*wrong) / math.Sqrt(*biasSquares)
	g := float64(wrong * r.value)
	for _, p := range r.places {
		t.move(p, g)
	}
	g = float64(wrong * markValue)
	for _, p := range r.marks {
		t.move(p, g)
	}
}

func (t *trainer) move(p uint32, g float64) {
	g += float64(t.o.L2 * t.weights[p])
	t.squares[p] += float64(g * g)
	t.weights[p] -= float64(t.o.Rate*g) / math.Sqrt(t.squares[p]+1e-8)
}

// shuffle puts the order anew (Fisher and Yates) by a generator of its own (xorshift), so
// that no change of the library's changes a model.
func shuffle(order []int, random uint64) uint64 {
	for i := len(order) - 1; i > 0; i-- {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		j := int(random % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	return random
}

// keep rounds the weights of a class to a byte each. The largest thousandth part is cut to
// the rest's size, since one great weight would leave all others too coarse.
func (m *Model) keep(class int, weights []float64, bias float64) {
	width, most := len(m.Classes), cut(weights)
	scale := most / 127
	if scale == 0 {
		scale = 1
	}
	for p, w := range weights {
		m.weights[p*width+class] = int8(math.Round(min(max(w/scale, -127), 127)))
	}
	m.Scale = append(m.Scale, scale)
	m.Bias = append(m.Bias, bias)
}

// cut is the size that one weight in a thousand exceeds.
func cut(weights []float64) float64 {
	most, n := 0.0, 0
	for _, w := range weights {
		if w != 0 {
			n++
		}
		most = max(most, math.Abs(w))
	}
	var steps [4096]int
	for _, w := range weights {
		if w != 0 {
			steps[min(int(math.Abs(w)/most*4096), 4095)]++
		}
	}
	for i, above := 4095, 0; i > 0; i-- {
		if above += steps[i]; above > n/1000 {
			return most * float64(i+1) / 4096
		}
	}
	return most
}
