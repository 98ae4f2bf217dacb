// Package library keeps examples of how to answer: libraries of them as versions, taken on purpose from samples
// that people judged, and finds those that are nearest to a question.
//
// A library holds no words: it names samples, and the words stay with these. So whoever erases a person, a conversation
// or a document reaches the examples by the samples that go. An assistant names a library in one
// version, so that what is added takes effect when the assistant is saved again, through its gate; what is taken out, withdrawn,
// erased or changed is gone at once. Whoever asks is shown examples only of samples all of whose documents they
// see. A stranger would break that first: every word that leaves this package comes from dataset.Exemplars with the scope of
// who asks, or from what dataset.Visible lets p see.
package library

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/judge"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Kind is the kind of a library's versions.
const Kind = "examples"

// Bounds.
const (
	MaxExamples  = 500 // of a library
	MaxLibraries = 100 // of a space
	MaxNearest   = 20  // examples that Nearest gives at most
)

// Config is what Libraries are made of.
type Config struct {
	Store   *store.Store
	Sets    *dataset.Sets // nil: nothing can be added
	Judging *judge.Queue  // nil: nothing can be added from tasks
}

// Libraries are the example libraries of a house. Methods may be called from many goroutines.
type Libraries struct {
	Config
	mu    sync.Mutex
	known map[string]*index // by space and hash of the version
}

// New makes them ready.
func New(c Config) *Libraries { return &Libraries{Config: c, known: map[string]*index{}} }

// An Entry is an example as a version of a library holds it.
type Entry struct {
	Sample string `json:"sample"`
	Hash   string `json:"hash"`           // of its question and answer: SHA-256, hexadecimal
	From   string `json:"from,omitempty"` // judging:TASK or dataset:HASH; "" where somebody named the sample
}

// content is what a version holds. The name is part of it, so that each library has a history of its own.
type content struct {
	Name     string  `json:"name"`
	Examples []Entry `json:"examples"`
}

// A Listed is a library without its examples.
type Listed struct {
	Name     string `json:"name"`
	Hash     string `json:"hash"`     // of the version in use
	Examples int    `json:"examples"` // that it names, also those that are not shown now
	Moved    int64  `json:"moved"`    // when this version was put in use, UTC microseconds
}

// A Library is one version with its examples.
type Library struct {
	Listed
	Current bool           `json:"current"` // it is the version in use
	All     []Example      `json:"all"`     // that who asks may see
	Hidden  int            `json:"hidden"`  // others
	History []version.Kept `json:"history"` // newest first
}

// An Example is an entry with its sample.
type Example struct {
	dataset.Exemplar
	From string `json:"from,omitempty"`
}

func mayRead(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Review) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or a reviewer of the space may look at its example libraries", Hint: "ask an owner of the space for one of these roles"}
}

func mayEdit(sc scope.Scope) error {
	if sc.May(scope.Edit) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may change its example libraries", Hint: "ask an owner of the space for the role of an editor"}
}

func noLibrary(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no example library %q", name), Hint: "wenyuan prompt examples list shows what there is"}
}

// List gives the libraries of the space by name. Needs Edit or Review.
func (l *Libraries) List(ctx context.Context, sc scope.Scope) (all []Listed, err error) {
	if err := mayRead(sc); err != nil {
		return nil, err
	}
	err = l.Store.Read(ctx, func(tx *store.Tx) error {
		all = []Listed{}
		inUse, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
		for _, v := range inUse {
			c, failed := contentOf(ctx, tx, sc, v.Hash)
			if failed != nil {
				return failed
			}
			all = append(all, Listed{v.Name, v.Hash, len(c.Examples), v.Moved})
		}
		return err
	})
	return all, err
}

// Show gives a library as it is in use, or the version with a hash where that is not empty. Needs Edit or Review, and shows
// of the examples those whose samples p may see.
func (l *Libraries) Show(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, hash string) (out Library, err error) {
	if err := mayRead(sc); err != nil {
		return out, err
	}
	err = l.Store.Read(ctx, func(tx *store.Tx) error {
		v, c, err := current(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		out = Library{Listed: Listed{v.Name, v.Hash, len(c.Examples), v.Moved}, Current: hash == "" || hash == v.Hash, All: []Example{}}
		if !out.Current {
			if c, err = contentOf(ctx, tx, sc, hash); err != nil || c.Name != name {
				return noVersion(name, hash, err)
			}
			out.Hash, out.Examples = hash, len(c.Examples)
		}
		if out.All, err = shown(ctx, tx, sc, p, c); err != nil {
			return err
		}
		out.Hidden = len(c.Examples) - len(out.All)
		out.History, err = version.History(ctx, tx, sc.Space(), Kind, name)
		return err
	})
	return out, err
}

func noVersion(name, hash string, err error) error {
	if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the example library %q has no version %q", name, hash), Hint: "wenyuan prompt examples show --history lists them", Err: err}
}

// shown are the examples that p may see, as samples.
func shown(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, c content) ([]Example, error) {
	ids, from := c.ids(), map[string]Entry{}
	for _, e := range c.Examples {
		from[e.Sample] = e
	}
	seen, err := dataset.Visible(ctx, tx, sc, p, ids)
	if err != nil {
		return nil, err
	}
	found, err := dataset.Exemplars(ctx, tx, sc, slices.DeleteFunc(ids, func(id string) bool { return !seen[id] }))
	if err != nil {
		return nil, err
	}
	all := []Example{}
	for _, x := range found {
		e := from[x.Sample]
		x.Hash = e.Hash
		all = append(all, Example{x, e.From})
	}
	return all, nil
}

func (c content) ids() (ids []string) {
	for _, e := range c.Examples {
		ids = append(ids, e.Sample)
	}
	return ids
}

// current is the version of a library that is in use.
func current(ctx context.Context, tx *store.Tx, sc scope.Scope, name string) (v version.Labelled, c content, err error) {
	inUse, err := version.InUse(ctx, tx, sc.Space(), Kind, name)
	if err != nil {
		return v, c, err
	}
	if name == "" || len(inUse) == 0 {
		return v, c, noLibrary(name)
	}
	c, err = contentOf(ctx, tx, sc, inUse[0].Hash)
	return inUse[0], c, err
}

func contentOf(ctx context.Context, tx *store.Tx, sc scope.Scope, hash string) (c content, err error) {
	_, err = version.Get(ctx, tx, sc.Space(), Kind, hash, &c)
	return c, err
}

var (
	libraryName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	pinned      = regexp.MustCompile(`^([a-z0-9][a-z0-9_-]{0,63})@([0-9a-f]{64})$`)
)

// Named says whether something can name a library, with or without a version: NAME or NAME@HASH.
func Named(which string) bool { return libraryName.MatchString(which) || pinned.MatchString(which) }

// Pin puts the version that is in use in the place of a bare name, as NAME@HASH; what names a version already stays, if it is
// there.
func (l *Libraries) Pin(ctx context.Context, sc scope.Scope, which string) (string, error) {
	err := l.Store.Read(ctx, func(tx *store.Tx) error {
		if name, hash, ok := strings.Cut(which, "@"); ok {
			c, err := contentOf(ctx, tx, sc, hash)
			if err != nil || c.Name != name {
				return noVersion(name, hash, err)
			}
			return nil
		}
		v, _, err := current(ctx, tx, sc, which)
		which = v.Name + "@" + v.Hash
		return err
	})
	return which, err
}
