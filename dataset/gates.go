package dataset

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/guard/sketch"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A gate is a set that a model is judged by, ready to be looked for in rows.
type gate struct {
	report  GateReport
	grams   map[uint64]int32 // of an item
	near    sketch.Memory
	reached map[int32]bool
}

// maxItems is how many items of a gate are looked for.
const maxItems = 200_000

func newGate(name, hash string) *gate {
	return &gate{report: GateReport{Name: name, Hash: hash}, grams: map[uint64]int32{}, reached: map[int32]bool{}}
}

// add takes in the text of one item.
func (g *gate) add(text string) {
	item := int32(g.report.Items)
	if item == maxItems {
		return
	}
	g.report.Items++
	t := tokens(text)
	grams(t, gram, func(h uint64) bool {
		if _, there := g.grams[h]; !there {
			g.grams[h] = item
		}
		return true
	})
	if len(t) >= shortest {
		g.near.Add(strconv.Itoa(int(item)), sketch.Of(strings.ToLower(text)))
	}
}

// holds says whether a row holds an item of the gate.
func (g *gate) holds(t []uint64, text string) bool {
	found := false
	grams(t, gram, func(h uint64) bool {
		if item, ok := g.grams[h]; ok {
			g.reached[item], found = true, true
		}
		return !found
	})
	if found {
		g.report.Rows++
		return true
	}
	if id, _ := g.near.Near(strings.ToLower(text), nearly); id != "" {
		if item, err := strconv.Atoi(id); err == nil {
			g.reached[int32(item)] = true
		}
		g.report.Near++
		return true
	}
	return false
}

// gates makes ready the sets that a recipe names, and those of the space that are labelled gate.
func (s *Sets) gates(ctx context.Context, sc scope.Scope, p wenyuan.Principal, r Recipe) (all []*gate, err error) {
	names := append([]string{}, r.Gates...)
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		for _, l := range labels {
			if l.Label == Gate {
				names = append(names, l.Name+"@"+Gate)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if bare, _, _ := cutLabel(name); bare == r.Name {
			continue // a set is no leak of itself
		}
		g, err := s.gate(ctx, sc, p, name)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// gate reads one: a data set of the space, or what Config.Probe knows by the name.
func (s *Sets) gate(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string) (*gate, error) {
	f, err := s.Get(ctx, sc, name)
	if wenyuan.CodeOf(err) == wenyuan.NotFound && s.Probe != nil {
		texts, known, probed := s.Probe(ctx, sc, name)
		if probed != nil {
			return nil, probed
		}
		if known {
			g := newGate(name, "")
			for _, t := range texts {
				g.add(t)
			}
			return g, nil
		}
	}
	if err != nil {
		return nil, err
	}
	g := newGate(f.Name, f.Hash)
	for row, err := range s.Rows(ctx, sc, p, f.Hash, "") {
		if err != nil {
			return nil, err
		}
		g.add(words(row.Row))
	}
	if g.report.Items+f.Erased < f.Set.Rows && g.report.Items < maxItems {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("you do not see all rows of the gate's set %q: nobody could say that none of them is learned", name), Hint: "have somebody make the set who may review the space"}
	}
	return g, nil
}

// done is the report of a gate.
func (g *gate) done() GateReport {
	g.report.Reached = len(g.reached)
	return g.report
}
