package gateway

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"wenyuan"
)

// A Figure is what was counted about one model since the start.
type Figure struct {
	Model      string
	Space      string // that the model was added in; "" for the house
	Requests   int64
	Errors     map[wenyuan.Code]int64
	Prompt     int64              // tokens, as the model reports them
	Completion int64              // tokens
	Cost       map[string]float64 // by currency, of the requests whose usage was reported
	First      time.Duration      // to the first piece of an answer, added up
	Firsts     int64              // answers that First is the sum of
}

// figures are those of all models. They outlive a model that is declared anew.
type figures struct {
	mu  sync.Mutex
	all map[place]*figure
}

type figure struct {
	mu sync.Mutex
	f  Figure
}

func (f *figures) of(model place) *figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[place]*figure{}
	}
	if f.all[model] == nil {
		f.all[model] = &figure{f: Figure{Model: model.name, Space: model.space, Errors: map[wenyuan.Code]int64{}, Cost: map[string]float64{}}}
	}
	return f.all[model]
}

// Figures are what was counted about each model that was declared since the start, by name.
func (m *Models) Figures() []Figure {
	m.figures.mu.Lock()
	defer m.figures.mu.Unlock()
	var out []Figure
	for _, f := range m.figures.all {
		out = append(out, f.snapshot())
	}
	slices.SortFunc(out, func(a, b Figure) int { return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Space, b.Space)) })
	return out
}

func (f *figure) snapshot() Figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.f
	c.Errors, c.Cost = maps.Clone(c.Errors), maps.Clone(c.Cost)
	return c
}

// A counted is one request while it is counted.
type counted struct {
	f     *figure
	begun time.Time
	said  bool
}

func (f *figure) begin() *counted {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.f.Requests++
	return &counted{f: f, begun: time.Now()}
}

// failed counts an error, also one that another replica makes up for.
func (c *counted) failed(err error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.f.Errors[wenyuan.CodeOf(err)]++
}

// chunk counts what came.
func (c *counted) chunk(k wenyuan.Chunk, err error) {
	if err != nil {
		c.failed(err)
	}
	first := !c.said && (k.Text != "" || len(k.ToolCalls) > 0)
	if !first && k.Usage == nil {
		return // of most chunks there is nothing to count
	}
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	f := &c.f.f
	if first {
		c.said = true
		f.First, f.Firsts = f.First+time.Since(c.begun), f.Firsts+1
	}
	if k.Usage != nil {
		f.add(*k.Usage)
	}
}

// began counts the first piece of an answer whose pieces are told later.
func (c *counted) began(k wenyuan.Chunk) {
	c.chunk(wenyuan.Chunk{Text: k.Text, ToolCalls: k.ToolCalls}, nil)
}

// used counts what a request took that came in one piece.
func (f *figure) used(u wenyuan.Usage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.f.add(u)
}

func (f *Figure) add(u wenyuan.Usage) {
	f.Prompt, f.Completion = f.Prompt+int64(u.Prompt), f.Completion+int64(u.Completion)
	if u.Currency != "" {
		f.Cost[u.Currency] += u.Cost
	}
}
