package auth

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestCorpusIsThere: a corpus is there for who would read what is added to it wherever it lies,
// and for who sees something in it. What is hidden in it makes no difference.
func TestCorpusIsThere(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.corpus("main", "docs")
		bo := h.person("bo", Viewer)
		expect := func(when string, want bool) {
			t.Helper()
			var seen bool
			storetest.Read(t, h.store, func(tx *store.Tx) (err error) {
				seen, err = h.SeesCorpus(t.Context(), tx, h.scope(bo, "main"), "docs")
				return err
			})
			if seen != want {
				t.Errorf("%s: it is there: %v", when, seen)
			}
		}
		top := func(text string) {
			t.Helper()
			_, err := h.file(h.machine, "", text)
			h.must(err)
		}
		expect("new", true)
		h.place("board", "board.md", "group:board")
		expect("with something hidden", true)
		for _, glob := range []string{"**", "*", "**/*", "?*", "*/**"} {
			h.must(h.grant(h.machine, "docs/"+glob, "group:board"))
			expect(glob+" hides it", false)
			h.must(h.Ungrant(t.Context(), h.machine, "docs/"+glob))
			expect(glob+" is taken back", true)
		}
		for _, glob := range []string{"*/*", "?", "*.md", "x/**", "/*"} {
			h.must(h.grant(h.machine, "docs/"+glob, "group:board"))
			expect(glob+" leaves room", true)
			h.must(h.Ungrant(t.Context(), h.machine, "docs/"+glob))
		}
		h.must(h.grant(h.machine, "docs/**", "group:board"))
		h.must(h.grant(h.machine, "docs/*.txt", "space"))
		expect("a later glob for some", false)
		h.place("open", "x/open.txt", "")
		expect("one is open", true)
		storetest.Write(t, h.store, func(tx *store.Tx) error { return h.Displace(t.Context(), tx, "open") })
		h.must(h.Ungrant(t.Context(), h.machine, "docs/**"))
		top("*.txt read: space\nread: group:board")
		expect("a line for everything hides it", false)
		top("*.txt read: group:board")
		expect("a line for some", true)
		top("raed: space")
		expect("a line that cannot be read", false)
		_, err := h.file(h.machine, "x", "read: space")
		h.must(err)
		expect("and a file further below", false)
		top("")
		h.must(h.standard(h.machine, "group:board"))
		expect("by default it is hidden", false)
		top("read: space")
		expect("and opened by a file", true)
		h.group("board", "person:bo")
		top("")
		expect("bo is of the board", true)
	})
}

// TestRefusalsTellNothing: whether an editor may put a .access file somewhere does not depend on
// what lies there.
func TestRefusalsTellNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ed := h.person("ed", Editor)
		for _, name := range []string{"docs", "bare"} {
			h.corpus("main", name)
			storetest.Write(t, h.store, func(tx *store.Tx) error {
				for folder, text := range map[string]string{"": "*.key read: group:board\nshut/** read: group:board", "hr": "read: group:hr", "open": "read: space\n", "mixed": "a.md read: group:hr\nread: space"} {
					if _, err := h.SetFile(t.Context(), tx, h.machine, name, folder, text); err != nil {
						return err
					}
				}
				return nil
			})
		}
		for i, source := range []string{"x.key", "shut/a.md", "hr/a.md", "open/a.md", "mixed/a.md", "free/a.md"} {
			h.place(fmt.Sprint("rule", i), source, "")
			h.place(fmt.Sprint("front", i), source+".own", "group:board")
			h.place(fmt.Sprint("hand", i), source+".hand", "")
			h.must(h.grant(h.machine, fmt.Sprint("hand", i), "group:board"))
		}
		readers := func() (all []string) {
			for i := range 6 {
				for _, kind := range []string{"rule", "front", "hand"} {
					all = append(all, h.rule(fmt.Sprint(kind, i)))
				}
			}
			return all
		}
		hidden := func() (ids []string) {
			for i := range 6 {
				for _, kind := range []string{"rule", "front", "hand"} {
					if id := fmt.Sprint(kind, i); !h.scope(ed, "main").Sees("main", id) {
						ids = append(ids, id)
					}
				}
			}
			return ids
		}
		before, shut := readers(), hidden()
		may := map[string]bool{"open": true, "free": false, "": false, "shut": false, "hr": false, "hr/x": false, "mixed": false, "open/deep": true, "mixed/deep": false, "nothing/here": false}
		for folder, want := range may {
			for _, text := range []string{"read: space", "x.md read: public", "raed", ""} {
				said := map[string]error{}
				for _, name := range []string{"docs", "bare"} {
					said[name] = h.store.Write(t.Context(), func(tx *store.Tx) error {
						if _, err := h.SetFile(t.Context(), tx, h.scope(ed, "main"), name, folder, text); err != nil {
							return err
						}
						return errUndo
					})
				}
				if said["docs"] != said["bare"] {
					t.Errorf("%q in %q: %v with documents, %v without", text, folder, said["docs"], said["bare"])
				}
				if fine := wenyuan.CodeOf(said["docs"]) != wenyuan.Denied; fine != want && text == "read: space" {
					t.Errorf("%q in %q: %v", text, folder, said["docs"])
				}
			}
		}
		for folder := range may {
			_, _ = h.file(h.scope(ed, "main"), folder, "x.md read: public")
		}
		if after := hidden(); !slices.Equal(after, shut) {
			t.Errorf("hidden were %v, and are %v", shut, after)
		}
		for i, now := range readers() {
			if now != before[i] && !strings.Contains(before[i], "space") {
				t.Errorf("%d was %s and is %s", i, before[i], now)
			}
		}
	})
}

// errUndo ends a transaction that was only tried.
var errUndo = &wenyuan.Error{Code: wenyuan.Conflict, Message: "tried"}

// TestGoverning draws files at random: whatever a change of one decides anew was decided by a
// rule that is among the governing ones.
func TestGoverning(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 9))
	folders := []string{"", "a", "a/b", "a/b/c", "b"}
	sources := []string{}
	for _, f := range folders {
		for _, name := range []string{"x.md", "y.txt", "b", "a"} {
			sources = append(sources, strings.TrimPrefix(f+"/"+name, "/"))
		}
	}
	globs := []string{"", "*.md ", "a/** ", "b/* ", "** ", "*/*/*.md ", "/x.md ", "a/b/ ", "**/c/* ", "? ", "a/?/** ", "*/** "}
	text := func() string {
		var lines []string
		for range r.IntN(4) {
			lines = append(lines, globs[r.IntN(len(globs))]+"read: group:"+string(rune('a'+r.IntN(5))))
		}
		if r.IntN(20) == 0 {
			lines = append(lines, "broken")
		}
		return strings.Join(lines, "\n")
	}
	least, moved := Rule{Layer: Default}, 0
	for range 20_000 {
		all := &rules{files: map[string]accessFile{}}
		for _, f := range folders {
			if r.IntN(2) == 0 {
				all.files[f] = parseAccess(f, text())
			}
		}
		folder := folders[r.IntN(len(folders))]
		governing := all.governing(folder, least)
		was := map[string]Rule{}
		for _, s := range sources {
			was[s] = all.decide(ruled{source: s})
		}
		all.files[folder] = parseAccess(folder, text())
		for _, s := range sources {
			if was[s].class("c") == all.decide(ruled{source: s}).class("c") {
				continue
			}
			moved++
			if !slices.ContainsFunc(governing, func(g Rule) bool { return g.class("c") == was[s].class("c") }) {
				t.Fatalf("%s was ruled by %+v, which does not govern %q", s, was[s], folder)
			}
		}
	}
	if moved < 10_000 {
		t.Errorf("only %d documents were ruled anew", moved)
	}
}
