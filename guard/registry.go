package guard

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

// A Listed is a policy with what is known of its versions.
type Listed struct {
	Policy  Policy         `json:"policy"`
	Hash    string         `json:"hash"`
	BuiltIn bool           `json:"built_in,omitempty"` // the program's own, which nobody saved
	Labels  []string       `json:"labels"`             // of this version: "draft", "production"
	Draft   string         `json:"draft,omitempty"`    // hash of the newest version; empty where none was saved
	Holds   string         `json:"holds,omitempty"`    // hash of the version that holds; empty where none was released
	Moved   int64          `json:"moved,omitempty"`    // when the version that holds was released, UTC microseconds
	History []version.Kept `json:"history,omitempty"`  // newest first; where one policy is asked for
}

// maxPolicies is how many policies a space has.
const maxPolicies = 200

// mayRead is the right that policies need to be read.
func mayRead(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only editors, reviewers and owners of the space may see its guard policies", Hint: "ask an owner of the space for one of these roles"}
}

// mayChange is the right that policies need to be changed.
func mayChange(sc scope.Scope) error {
	if sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space changes its guard policies", Hint: "ask an owner of the space"}
}

// Policies lists the policies of a space, by name, the one named default first: of each the version
// that holds, or the draft where none does. Needs Edit, Review or Own.
func (g *Guards) Policies(ctx context.Context, sc scope.Scope) (all []Listed, err error) {
	if err := mayRead(sc); err != nil {
		return nil, err
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		all = nil
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		names := []string{DefaultName}
		for _, l := range labels {
			if !slices.Contains(names, l.Name) {
				names = append(names, l.Name)
			}
		}
		for _, name := range names {
			l, err := listed(ctx, tx, sc.Space(), name, "", labels)
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	return all, err
}

// listed is one policy: the version with the hash, or the one that holds, or the draft.
func listed(ctx context.Context, tx *store.Tx, space, name, hash string, labels []version.Labelled) (Listed, error) {
	l := Listed{Labels: []string{}}
	for _, x := range labels {
		switch {
		case x.Name != name:
		case x.Label == Draft:
			l.Draft = x.Hash
		case x.Label == version.Production:
			l.Holds, l.Moved = x.Hash, x.Moved
		}
	}
	l.Hash = cmp.Or(hash, l.Holds, l.Draft)
	if name == DefaultName && (l.Hash == "" || l.Hash == builtInVersion().Hash) {
		l.Hash, l.Policy, l.BuiltIn = builtInVersion().Hash, BuiltIn(), true
	} else if l.Hash == "" {
		return l, notFound(name)
	} else if err := l.load(ctx, tx, space, name); err != nil {
		return l, err
	}
	for _, x := range labels {
		if x.Name == name && x.Hash == l.Hash {
			l.Labels = append(l.Labels, x.Label)
		}
	}
	return l, nil
}

func (l *Listed) load(ctx context.Context, tx *store.Tx, space, name string) error {
	v, err := version.Get(ctx, tx, space, Kind, l.Hash, &l.Policy)
	if err != nil {
		return err
	}
	if v.Name != name {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the guard policy %q has no version %q", name, l.Hash), Hint: "look at the versions that there are"}
	}
	l.Policy = l.Policy.filled()
	return nil
}

func notFound(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no guard policy %q", name), Hint: "wenyuan guard policy list shows those that there are"}
}

// Policy gives the version of a policy with a hash, with its history; "" is the newest draft, and where
// there is none the version that holds. Needs Edit, Review or Own.
func (g *Guards) Policy(ctx context.Context, sc scope.Scope, name, hash string) (l Listed, err error) {
	if err := mayRead(sc); err != nil {
		return Listed{}, err
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, name)
		if err != nil {
			return err
		}
		want := hash
		for _, x := range labels {
			if want == "" && x.Label == Draft {
				want = x.Hash
			}
		}
		if l, err = listed(ctx, tx, sc.Space(), name, want, labels); err != nil {
			return err
		}
		l.History, err = version.History(ctx, tx, sc.Space(), Kind, name)
		return err
	})
	return l, err
}

// PolicyAt gives the version of any policy with a hash, also one that no longer holds, as decisions name
// it. Needs Edit, Review or Own.
func (g *Guards) PolicyAt(ctx context.Context, sc scope.Scope, hash string) (p Policy, err error) {
	if err := mayRead(sc); err != nil {
		return Policy{}, err
	}
	if hash == builtInVersion().Hash {
		return BuiltIn(), nil
	}
	err = g.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, sc.Space(), Kind, hash, &p)
		return err
	})
	return p.filled(), err
}

// Save keeps a policy as a version and labels it draft; what holds stays as it is. Needs Own.
func (g *Guards) Save(ctx context.Context, sc scope.Scope, p Policy) (Listed, error) {
	if err := mayChange(sc); err != nil {
		return Listed{}, err
	}
	p = p.filled()
	if err := invalid(g.Validate(sc.Space(), p)); err != nil {
		return Listed{}, err
	}
	var l Listed
	err := g.Store.Write(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		if len(labels) >= maxPolicies && !slices.ContainsFunc(labels, func(l version.Labelled) bool { return l.Name == p.Name }) {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d guard policies already", len(labels)), Hint: "save a new version of one of them"}
		}
		v, err := version.Put(ctx, tx, sc.Space(), Kind, p.Name, p)
		if err != nil {
			return err
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, p.Name, Draft, v.Hash); err != nil {
			return err
		}
		if labels, err = version.Labels(ctx, tx, sc.Space(), Kind, p.Name); err != nil {
			return err
		}
		if l, err = listed(ctx, tx, sc.Space(), p.Name, v.Hash, labels); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.save", Object: p.Name, Version: v.Hash})
	})
	return l, err
}

// Release puts a version of a policy in use, after all cases passed with it; "" is the newest draft.
// Where some did not it is Conflict, and the run says which; anyway releases it nevertheless. Needs
// Own.
func (g *Guards) Release(ctx context.Context, sc scope.Scope, name, hash string, anyway bool) (CaseRun, error) {
	if err := mayChange(sc); err != nil {
		return CaseRun{}, err
	}
	l, err := g.Policy(ctx, sc, name, hash)
	if err != nil {
		return CaseRun{}, err
	}
	run, err := g.RunCases(ctx, sc, l.Policy)
	if err != nil {
		return run, err
	}
	if run.Failed > 0 && !anyway {
		return run, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%d of %d cases fail with this policy", run.Failed, run.Failed+run.Passed), Hint: "change the policy, or remove the cases that hold no more; an owner may release it anyway"}
	}
	err = g.Store.Write(ctx, func(tx *store.Tx) error {
		if l.BuiltIn { // it is no version of the space until it is released there
			if _, err := version.Put(ctx, tx, sc.Space(), Kind, name, l.Policy); err != nil {
				return err
			}
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, name, version.Production, l.Hash); err != nil {
			return err
		}
		if err := g.changed(ctx, tx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.release", Object: name, Version: l.Hash, Detail: map[string]any{"cases": run.Passed + run.Failed, "failed": run.Failed}})
	})
	return run, err
}

// Unrelease takes a policy out of use: where it was the one named default the built-in one holds, and for
// assistants that name it the space's own does. Needs Own.
func (g *Guards) Unrelease(ctx context.Context, sc scope.Scope, name string) error {
	if err := mayChange(sc); err != nil {
		return err
	}
	return g.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, version.Production); err != nil {
			if wenyuan.CodeOf(err) == wenyuan.NotFound {
				return notFound(name)
			}
			return err
		}
		if err := version.Unlabel(ctx, tx, sc.Space(), Kind, name, version.Production); err != nil {
			return err
		}
		if err := g.changed(ctx, tx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "guard.release", Object: name})
	})
}
