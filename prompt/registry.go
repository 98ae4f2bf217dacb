package prompt

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Kind is the kind of a prompt's versions.
const Kind = "prompt"

// maxPrompts is how many templates a space may have.
const maxPrompts = 1000

// Prompts are the templates of the house, kept as versions of their space. Templates are no
// documents: the server shows them to who may edit or review there.
type Prompts struct{ store *store.Store }

// Open makes the registry.
func Open(s *store.Store) *Prompts { return &Prompts{s} }

// A Listed is a template with what is known of its versions.
type Listed struct {
	Template
	BuiltIn bool           `json:"built_in,omitempty"` // the program's own, which nobody saved
	Moved   int64          `json:"moved,omitempty"`    // when this version was put in use, UTC microseconds
	History []version.Kept `json:"history,omitempty"`  // newest first; where one template is asked for
}

// List gives the templates in use, by name, the default first.
func (p *Prompts) List(ctx context.Context, sc scope.Scope) ([]Listed, error) {
	var all []Listed
	err := p.store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		inUse, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		for _, l := range inUse {
			t, err := at(ctx, tx, sc, l.Hash)
			if err != nil {
				return err
			}
			all = append(all, Listed{Template: *t, Moved: l.Moved})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("prompt: list: %w", err)
	}
	i := slices.IndexFunc(all, func(l Listed) bool { return l.Name == DefaultName })
	first := Listed{Template: *Default(), BuiltIn: true}
	if i >= 0 {
		first = all[i]
		all = slices.Delete(all, i, i+1)
	}
	return append([]Listed{first}, all...), nil
}

// Find gives the template in use under a name, or the version with a hash where that is not
// empty, with the history of the name.
func (p *Prompts) Find(ctx context.Context, sc scope.Scope, name, hash string) (Listed, error) {
	var found Listed
	err := p.store.Read(ctx, func(tx *store.Tx) error {
		found = Listed{Template: *Default(), BuiltIn: true}
		inUse, err := version.InUse(ctx, tx, sc.Space(), Kind, name)
		if err != nil {
			return err
		}
		if len(inUse) == 0 && name == DefaultName && (hash == "" || hash == Default().Hash) {
			return nil
		}
		if len(inUse) == 0 {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no prompt %q", name), Hint: "look at the list of prompts"}
		}
		t, err := at(ctx, tx, sc, cmp.Or(hash, inUse[0].Hash))
		if err != nil {
			return err
		}
		if t.Name != name {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the prompt %q has no version %q", name, hash), Hint: "look at the versions that there are"}
		}
		found = Listed{Template: *t, Moved: inUse[0].Moved}
		found.History, err = version.History(ctx, tx, sc.Space(), Kind, name)
		return err
	})
	if err != nil {
		return Listed{}, err
	}
	return found, nil
}

// At gives one version, also one that is no longer in use. The built-in template is a
// version that is always there.
func (p *Prompts) At(ctx context.Context, sc scope.Scope, hash string) (*Template, error) {
	if hash == Default().Hash {
		return Default(), nil
	}
	var t *Template
	err := p.store.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = at(ctx, tx, sc, hash)
		return err
	})
	return t, err
}

func at(ctx context.Context, tx *store.Tx, sc scope.Scope, hash string) (*Template, error) {
	var k kept
	if _, err := version.Get(ctx, tx, sc.Space(), Kind, hash, &k); err != nil {
		return nil, err
	}
	t, err := parsed.of(k)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Save keeps a template as a version and puts it in use, for an editor of the space.
func (p *Prompts) Save(ctx context.Context, sc scope.Scope, t *Template) error {
	if !sc.May(scope.Edit) {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may change its prompts", Hint: "ask an owner of the space for the role of an editor"}
	}
	return p.store.Write(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		if len(labels) >= maxPrompts && !slices.ContainsFunc(labels, func(l version.Labelled) bool { return l.Name == t.Name }) {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d prompts already", len(labels)), Hint: "save a new version of one of them"}
		}
		v, err := version.Put(ctx, tx, sc.Space(), Kind, t.Name, t.Data())
		if err != nil {
			return err
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, t.Name, version.Production, v.Hash); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "prompt.save", Object: t.Name, Version: v.Hash})
	})
}
