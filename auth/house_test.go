package auth

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A house is a directory with a clock that a test moves.
type house struct {
	*Directory
	t       testing.TB
	ahead   *atomic.Int64 // microseconds that the clock is ahead
	machine scope.Scope   // of who works on the machine, in main
}

func newHouse(t testing.TB, c store.Config) *house {
	t.Helper()
	h := &house{t: t, ahead: new(atomic.Int64)}
	c.Clock = func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load()) * time.Microsecond) }
	h.Directory = Open(Config{Store: storetest.Open(t, c)})
	h.machine = h.scope(Machine(), "main")
	return h
}

// eachHouse runs a test in an empty house on every engine.
func eachHouse(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) { f(t, newHouse(t, c)) })
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused says that an error has a code.
func (h *house) refused(err error, code wenyuan.Code) {
	h.t.Helper()
	if err == nil || wenyuan.CodeOf(err) != code {
		h.t.Errorf("the error is %v, not %s", err, code)
	}
}

func (h *house) scope(id Identity, space string) scope.Scope {
	h.t.Helper()
	sc, err := h.Scope(h.t.Context(), id, space)
	h.must(err)
	return sc
}

// person adds somebody with a role in main; "" for none.
func (h *house) person(name, role string) Identity {
	h.t.Helper()
	p := NewPerson{Name: name, Role: role}
	if role != "" {
		p.Space = "main"
	}
	a, err := h.AddPerson(h.t.Context(), h.machine, p)
	h.must(err)
	return Identity{Kind: Person, Principal: wenyuan.Principal{ID: a.ID, Name: a.Name}, Rights: scope.Every}
}

func (h *house) operator(name string) Identity {
	h.t.Helper()
	a, err := h.AddPerson(h.t.Context(), h.machine, NewPerson{Name: name, Operator: true})
	h.must(err)
	return Identity{Kind: Person, Principal: wenyuan.Principal{ID: a.ID, Name: a.Name}, Rights: scope.Every}
}

func (h *house) group(name string, members ...string) {
	h.t.Helper()
	_, err := h.AddGroup(h.t.Context(), h.machine, name, members)
	h.must(err)
}

// space adds a space and gives the scope that the machine has there.
func (h *house) space(name string) scope.Scope {
	h.t.Helper()
	_, err := h.AddSpace(h.t.Context(), h.machine, name)
	h.must(err)
	return h.scope(Machine(), name)
}

// corpus makes a corpus in a space: everybody there may read what is added.
func (h *house) corpus(space, id string) {
	h.t.Helper()
	storetest.Write(h.t, h.store, func(tx *store.Tx) error {
		if _, err := tx.Exec(h.t.Context(), `INSERT INTO corpus (id, space, name, created) VALUES ($1, $2, $1, 0)`, id, space); err != nil {
			return err
		}
		return h.PlaceCorpus(h.t.Context(), tx, space, id, id)
	})
}

// document places a document that names its readers; "" for none of its own.
func (h *house) document(space, corpus, id, readers string) {
	h.t.Helper()
	p := Placing{Space: space, Corpus: corpus, Document: id, Source: id + ".md"}
	if readers != "" {
		p.Layer, p.Own = Front, readers
	}
	storetest.Write(h.t, h.store, func(tx *store.Tx) error { return h.Place(h.t.Context(), tx, p) })
}

// sees lists which of the documents somebody sees in a space.
func (h *house) sees(id Identity, space string, documents ...string) string {
	h.t.Helper()
	sc, err := h.Scope(h.t.Context(), id, space)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return "no space"
	}
	h.must(err)
	seen := slices.DeleteFunc(slices.Clone(documents), func(d string) bool { return !sc.Sees(sc.Space(), d) })
	return fmt.Sprint(seen)
}

func (h *house) key(n NewKey) string {
	h.t.Helper()
	_, secret, err := h.CreateKey(h.t.Context(), h.machine, Machine(), n)
	h.must(err)
	return secret
}
