package auth

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A change by one replica holds for the next request of the other.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	one := newHouse(t, store.Config{Dir: t.TempDir(), URL: url})
	two := newHouse(t, store.Config{Dir: t.TempDir(), URL: url})
	ctx := t.Context()
	ann := one.person("ann", Asker)
	one.group("hr")
	one.corpus("main", "c1")
	one.document("main", "c1", "d1", "group:hr")
	secret := one.key(NewKey{Person: "ann"})
	id, _, err := two.Enter(ctx, Credential{Key: secret})
	two.must(err)
	for i := range 20 {
		_, err := one.AddMembers(ctx, one.machine, "hr", []string{"person:ann"})
		one.must(err)
		if got := two.sees(ann, "main", "d1"); got != "[d1]" {
			t.Fatalf("%d: in the group ann sees %s", i, got)
		}
		_, err = two.RemoveMembers(ctx, two.machine, "hr", []string{"person:ann"})
		two.must(err)
		if got := one.sees(ann, "main", "d1"); got != "[]" {
			t.Fatalf("%d: out of the group ann sees %s", i, got)
		}
		one.document("main", "c1", "d1", "person:ann")
		if got := two.sees(ann, "main", "d1"); got != "[d1]" {
			t.Fatalf("%d: named by the document ann sees %s", i, got)
		}
		one.document("main", "c1", "d1", "group:hr")
	}
	watched, w := two.Watch(ctx, id, two.scope(id, "main"))
	defer w.End()
	one.must(one.RevokeKey(ctx, one.machine, Machine(), id.Key))
	_, _, err = two.Enter(ctx, Credential{Key: secret})
	two.refused(err, wenyuan.Denied)
	two.ends("a key that the other replica revoked", watched)
}

// What a directory has followed change by change is what one that is opened now reads, after
// thousands of random changes, and when it was too far behind to follow.
func TestFollows(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		r := rand.New(rand.NewPCG(4, 2))
		var people []Identity
		for i := range 8 {
			people = append(people, h.person(fmt.Sprint("p", i), []string{"", Asker}[i%2]))
			h.group(fmt.Sprint("g", i))
		}
		h.corpus("main", "c1")
		other := h.space("other").Space()
		h.corpus(other, "c2")
		var docs []string
		for i := range 30 {
			docs = append(docs, fmt.Sprint("d", i))
		}
		pick := func(kind string) string { return fmt.Sprint(kind, r.IntN(8)) }
		for step := range 150 {
			switch r.IntN(7) {
			case 0:
				_, _ = h.AddMembers(ctx, h.machine, pick("g"), []string{"group:" + pick("g")}) // a circle is refused
			case 1:
				_, err := h.AddMembers(ctx, h.machine, pick("g"), []string{"person:" + pick("p")})
				h.must(err)
			case 2:
				_, err := h.RemoveMembers(ctx, h.machine, pick("g"), []string{"group:" + pick("g"), "person:" + pick("p")})
				h.must(err)
			case 3:
				n := r.IntN(len(docs))
				space, corpus := "main", "c1"
				if n%2 == 1 {
					space, corpus = other, "c2"
				}
				h.document(space, corpus, docs[n], []string{"", "space", "public", "group:" + pick("g"), "person:" + pick("p") + ", group:" + pick("g"), "person:", "group:g0"}[r.IntN(7)])
			case 4:
				storetest.Write(t, h.store, func(tx *store.Tx) error { return h.Displace(ctx, tx, docs[r.IntN(len(docs))]) })
			case 5:
				h.must(h.SetRole(ctx, h.machine, "group:"+pick("g"), []string{Viewer, Editor, Owner}[r.IntN(3)]))
				h.must(h.DropRole(ctx, h.machine, "group:"+pick("g")))
			case 6:
				name := pick("g")
				h.must(h.RemoveGroup(ctx, h.machine, name))
				h.group(name)
			}
			if step%10 > 0 {
				continue
			}
			fresh := &house{Directory: Open(Config{Store: h.store}), t: t}
			for _, p := range people {
				for _, space := range []string{"main", "other"} {
					if a, b := h.sees(p, space, docs...), fresh.sees(p, space, docs...); a != b {
						t.Fatalf("step %d: in %s %s sees %s, and read anew %s", step, space, p.Principal.Name, a, b)
					}
				}
			}
			h.agree(people, docs)
		}
		testFarBehind(t, h, people[0])
	})
}

// agree says that what is explained of documents is what is decided of them.
func (h *house) agree(people []Identity, docs []string) {
	h.t.Helper()
	for _, space := range []string{"main", "other"} {
		machine := h.scope(Machine(), space)
		for _, p := range people {
			sc, err := h.Scope(h.t.Context(), p, space)
			if err != nil {
				h.refused(err, wenyuan.NotFound)
			}
			for _, doc := range docs {
				why, err := h.Can(h.t.Context(), machine, Machine(), p.Principal.Name, doc)
				if wenyuan.CodeOf(err) == wenyuan.NotFound && err != nil {
					continue
				}
				h.must(err)
				if why.Allowed != sc.Sees(machine.Space(), doc) || why.Because == "" {
					h.t.Errorf("of %s %+v is said", doc, why)
				}
			}
		}
	}
}

// testFarBehind drops the log under a directory that has not followed it.
func testFarBehind(t *testing.T, h *house, who Identity) {
	behind := &house{Directory: Open(Config{Store: h.store}), t: t}
	behind.scope(Machine(), "main")
	h.document("main", "c1", "last", "person:"+who.Principal.Name)
	h.must(h.RemovePerson(t.Context(), h.machine, "p7"))
	storetest.Write(t, h.store, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM access_change`)
		return err
	})
	if got := behind.sees(who, "main", "last"); got != "[last]" {
		t.Errorf("who was too far behind to follow sees %s", got)
	}
	behind.state.number = 0
	var many []string
	for i := range maxChanges + 1 {
		many = append(many, fmt.Sprint("x", i))
	}
	storetest.Write(t, h.store, func(tx *store.Tx) error { return Changed(t.Context(), tx, ChangedDocument, many...) })
	if got := behind.sees(who, "main", "last"); got != "[last]" {
		t.Errorf("after more changes than are told one by one, %s", got)
	}
}

// Requests, changes and watches at the same time.
func TestAtOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.corpus("main", "c1")
		ann := h.person("ann", Asker)
		h.group("hr", "person:ann")
		secret := h.key(NewKey{Person: "ann"})
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for n := range 25 {
					if i == 0 {
						h.document("main", "c1", fmt.Sprint("d", n%5), []string{"group:hr", "person:x"}[n%2])
						continue
					}
					id, sc, err := h.Enter(ctx, Credential{Key: secret})
					if err != nil {
						t.Error(err)
						return
					}
					_, w := h.Watch(ctx, id, sc)
					w.Hold("d1")
					if _, err := h.Can(ctx, sc, id, "ann", "d1"); err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
						t.Error(err)
					}
					w.End()
				}
			})
		}
		all.Wait()
		h.sees(ann, "main", "d1")
	})
}
