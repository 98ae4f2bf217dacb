package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Glob is the layer of what was set by hand for a path, where layers are told apart as people see
// them. It is as strong as Hand, behind what was set on the document itself.
const Glob = "glob"

// A Looked is a layer that was asked who reads a document.
type Looked struct {
	Rule
	Said  bool // something is written there that is about the document
	Holds bool // it is what decides
}

// Layers are all layers that are asked who reads a document, the strongest first; of what is set
// for paths and in .access files each that fits. Whoever calls it has found out whether the asker
// sees the document.
func (d *Directory) Layers(ctx context.Context, tx *store.Tx, document string) ([]Looked, error) {
	var corpus string
	var p ruled
	err := tx.QueryRow(ctx, `SELECT corpus, source, layer, own, hand FROM access WHERE document = $1`, document).Scan(&corpus, &p.source, &p.layer, &p.own, &p.hand)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NoDocument(document)
	}
	if err != nil {
		return nil, fmt.Errorf("auth: layers: %w", err)
	}
	all, err := loadRules(ctx, tx, corpus, p.source)
	if err != nil {
		return nil, err
	}
	least, err := leastRule(ctx, tx, corpus)
	if err != nil {
		return nil, err
	}
	looked := append(all.layers(p), Looked{Rule: least, Said: true})
	if i := slices.IndexFunc(looked, func(l Looked) bool { return l.Said }); i >= 0 {
		looked[i].Holds = true
	}
	return looked, nil
}

// layers asks every layer above the corpus's default by itself.
func (r *rules) layers(p ruled) (out []Looked) {
	add := func(layer string, rule Rule, said bool) {
		rule.Layer = layer
		out = append(out, Looked{Rule: rule, Said: said})
	}
	nothing := &rules{}
	add(Hand, nothing.decide(ruled{hand: p.hand}), p.hand != "")
	found := len(out)
	for _, g := range r.globs {
		if g.glob.fits(p.source) {
			add(Glob, Rule{Readers: g.readers, Origin: g.text}, true)
		}
	}
	if len(out) == found {
		add(Glob, Rule{}, false)
	}
	own := Front
	if p.layer != "" {
		own = p.layer
	}
	add(own, nothing.decide(ruled{layer: p.layer, own: p.own}), p.layer != "")
	found = len(out)
	for _, folder := range folders(p.source) {
		if f, ok := r.files[folder]; ok {
			if rule, ok := f.rule(p.source); ok {
				add(File, rule, true)
			}
		}
	}
	if len(out) == found {
		add(File, Rule{}, false)
	}
	return out
}

// WhoReads are the people who may read a document, by name, those of the owners and operators
// too; the first most of them, and how many there are. Needs Own.
func (d *Directory) WhoReads(ctx context.Context, sc scope.Scope, document string, most int) (names []string, count int, err error) {
	if !sc.May(scope.Own) {
		return nil, 0, errNotOwner
	}
	if err := d.refresh(ctx); err != nil {
		return nil, 0, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	r := d.state.spaces[sc.Space()]
	if r == nil || !sc.Sees(sc.Space(), document) {
		return nil, 0, NoDocument(document)
	}
	n, there := r.table.Class(document)
	if !there {
		return nil, 0, NoDocument(document)
	}
	for _, p := range d.state.people {
		if p.kind == Person && d.state.explain(p, r, r.rules[n]).Allowed {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return names[:min(most, len(names))], len(names), nil
}
