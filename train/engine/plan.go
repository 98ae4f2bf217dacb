package engine

import (
	"fmt"
	"sort"

	"wenyuan"
	"wenyuan/train/engine/pack"
)

// A plan is the order of the data: row k of a run is a function of the seed and k.
type plan struct {
	lengths []int32
	room    int
	seed    uint64
	rows    int // of each epoch: packing is by lengths, which stay
	fill    float64
	tooLong int

	at   int // the epoch that is at hand
	have *pack.Rows
}

func newPlan(d Data, room int, seed uint64) (*plan, error) {
	p := &plan{lengths: make([]int32, d.Len()), room: room, seed: seed, at: -1}
	for i := range p.lengths {
		n := d.Size(i)
		if n > room {
			p.tooLong++
		}
		p.lengths[i] = int32(min(max(n, 0), room+1))
	}
	r := p.epoch(0)
	p.rows, p.fill = r.Len(), r.Fill()
	if p.rows == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("none of %d samples can be learned from: %d are longer than %d tokens", d.Len(), p.tooLong, room), Hint: "raise seq_len, or look at the data"}
	}
	return p, nil
}

// epoch packs one pass over the data: other neighbours and another order each time.
func (p *plan) epoch(e int) *pack.Rows {
	if e != p.at {
		p.at, p.have = e, pack.Best(p.lengths, p.room, p.seed+uint64(e))
	}
	return p.have
}

// row is the samples of row k of the run.
func (p *plan) row(k int) []int32 {
	e := k / p.rows
	return p.epoch(e).Row(pack.NewOrder(p.rows, ^p.seed-uint64(e)).At(k % p.rows))
}

// read gives the batches of a step.
func (t *trainer) read(step int) ([][]item, error) {
	out := make([][]item, t.spec.Accumulate)
	k := step * t.spec.Accumulate * t.spec.Batch
	for i := range out {
		for range t.spec.Batch {
			b, err := readItems(t.Sets.Train, t.plan.row(k), t)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], b...)
			k++
		}
	}
	return out, nil
}

func readItems(d Data, which []int32, t *trainer) (out []item, err error) {
	for _, i := range which {
		s, err := d.At(int(i))
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("sample %d of the data could not be read", i), Hint: "look at the store of the data set", Err: err}
		}
		if err := t.check(int(i), s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// A cut is texts of any length in parts that fit into a row.
type cut struct {
	Data
	room   int
	starts []int // the first part of each text
}

func newCut(d Data, room int) *cut {
	c := &cut{Data: d, room: room, starts: make([]int, d.Len()+1)}
	for i := range d.Len() {
		c.starts[i+1] = c.starts[i] + (max(d.Size(i), 0)+room-1)/room
	}
	return c
}

// Len is how many parts there are.
func (c *cut) Len() int { return c.starts[len(c.starts)-1] }

// find is the text of a part and where the part begins in it.
func (c *cut) find(i int) (text, from int) {
	text = sort.SearchInts(c.starts, i+1) - 1
	return text, (i - c.starts[text]) * c.room
}

// Size is the length of a part.
func (c *cut) Size(i int) int {
	text, from := c.find(i)
	return min(c.Data.Size(text)-from, c.room)
}

// At gives a part.
func (c *cut) At(i int) ([]Sample, error) {
	text, from := c.find(i)
	all, err := c.Data.At(text)
	if err != nil {
		return nil, err
	}
	out := make([]Sample, len(all))
	for k, s := range all {
		to := min(from+c.room, len(s.Tokens))
		out[k] = Sample{Tokens: s.Tokens[min(from, to):to]}
	}
	return out, nil
}
