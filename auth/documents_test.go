package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// place puts a document at a path of the corpus docs; own is what its front matter says.
func (h *house) place(id, source, own string) {
	h.t.Helper()
	p := Placing{Space: "main", Corpus: "docs", Document: id, Source: source}
	if own != "" {
		p.Layer, p.Own = Front, own
	}
	storetest.Write(h.t, h.store, func(tx *store.Tx) error { return h.Place(h.t.Context(), tx, p) })
}

func (h *house) file(sc scope.Scope, folder, text string) ([]string, error) {
	h.t.Helper()
	var problems []string
	err := h.store.Write(h.t.Context(), func(tx *store.Tx) (err error) {
		problems, err = h.SetFile(h.t.Context(), tx, sc, "docs", folder, text)
		return err
	})
	return problems, err
}

func (h *house) standard(sc scope.Scope, read ...string) error {
	return h.store.Write(h.t.Context(), func(tx *store.Tx) error { return h.SetDefault(h.t.Context(), tx, sc, "docs", read) })
}

func (h *house) grant(sc scope.Scope, on string, read ...string) error {
	_, err := h.Grant(h.t.Context(), sc, Grant{On: on, Read: read})
	return err
}

// rule says who reads a document, and by what.
func (h *house) rule(id string) string {
	h.t.Helper()
	var r Rule
	storetest.Read(h.t, h.store, func(tx *store.Tx) (err error) {
		r, err = h.RuleOf(h.t.Context(), tx, id)
		return err
	})
	out := r.Layer + " " + strings.Join(r.Readers, ",")
	if r.Origin != "" {
		out += " @" + r.Origin
	}
	if r.Problem != "" {
		out += " !"
	}
	return out
}

// TestPrecedence tries every set of layers: the strongest one that says something holds, and
// each comes into its own when those above it are taken away.
func TestPrecedence(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.corpus("main", "docs")
		names := []string{"hand", "glob", "front", "near", "far"}
		want := []string{"hand group:hand", "hand group:glob @hr/pay/**", "front group:front", "file group:near @hr/pay/.access line 1", "file group:far @.access line 1", "default space @docs"}
		for set := range 1 << len(names) {
			id := fmt.Sprintf("doc_%d", set)
			has := func(i int) bool { return set&(1<<i) != 0 }
			_, err := h.file(h.machine, "", map[bool]string{true: "read: group:far"}[has(4)])
			h.must(err)
			_, err = h.file(h.machine, "hr/pay", map[bool]string{true: "read: group:near"}[has(3)])
			h.must(err)
			h.place(id, fmt.Sprintf("hr/pay/%d.md", set), map[bool]string{true: "group:front"}[has(2)])
			if has(1) {
				h.must(h.grant(h.machine, "docs/hr/pay/**", "group:glob"))
			}
			if has(0) {
				h.must(h.grant(h.machine, id, "group:hand"))
			}
			for i := range names {
				if has(i) {
					if got := h.rule(id); got != want[i] {
						t.Errorf("set %05b: %s, not %s", set, got, want[i])
					}
				}
				switch { // and now without this layer
				case i == 0 && has(0):
					h.must(h.Ungrant(t.Context(), h.machine, id))
				case i == 1 && has(1):
					h.must(h.Ungrant(t.Context(), h.machine, "docs/hr/pay/**"))
				case i == 2:
					h.place(id, fmt.Sprintf("hr/pay/%d.md", set), "")
				case i == 3:
					_, err = h.file(h.machine, "hr/pay", "")
				case i == 4:
					_, err = h.file(h.machine, "", "")
				}
				h.must(err)
			}
			if got := h.rule(id); got != want[5] {
				t.Errorf("set %05b, without any: %s", set, got)
			}
		}
		storetest.Read(t, h.store, func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM access_class WHERE corpus = 'docs'`).Scan(&n)
			if n != 1 {
				t.Errorf("%d classes are left", n)
			}
			return err
		})
	})
}

func TestNearestFile(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.corpus("main", "docs")
		h.place("d1", "a.md", "")
		h.place("d2", "hr/a.md", "")
		h.place("d3", "hr/x/a.md", "")
		h.place("d4", "hrx/a.md", "")
		h.place("d5", "hr/x/a.txt", "")
		expect := func(want ...string) {
			t.Helper()
			for i, w := range want {
				if got := h.rule(fmt.Sprintf("d%d", i+1)); !strings.HasPrefix(got, w) {
					t.Errorf("d%d: %s, not %s", i+1, got, w)
				}
			}
		}
		_, err := h.file(h.machine, "hr", "read: group:hr\n")
		h.must(err)
		expect("default", "file group:hr", "file group:hr", "default", "file group:hr")
		_, err = h.file(h.machine, "hr/x", "*.md read: group:x\n")
		h.must(err)
		expect("default", "file group:hr", "file group:x", "default", "file group:hr")
		problems, err := h.file(h.machine, "hr/x", "*.txt read: grup:x\n")
		h.must(err)
		if len(problems) != 1 || problems[0] != `hr/x/.access line 1: "grup:x" is no reader` {
			t.Errorf("problems %q", problems)
		}
		expect("default", "file group:hr", "file group:hr", "default", "file  @hr/x/.access line 1 !")

		// A document that moves has the rules of the place where it lies now.
		h.place("d1", "hr/x/b.txt", "")
		h.place("d3", "free.md", "")
		expect("file  @hr/x", "file group:hr", "default space")

		// Nothing set: the corpus's default, which is one row for all.
		h.must(h.standard(h.machine, "group:all"))
		expect("file", "file", "default group:all", "default group:all")
		h.refused(h.standard(h.machine, "grup:all"), wenyuan.Invalid)
		h.must(h.standard(h.machine, "nobody"))
		expect("file", "file", "default  @docs")

		// What is removed is forgotten, with its class.
		storetest.Write(t, h.store, func(tx *store.Tx) error { return h.Displace(t.Context(), tx, "d5") })
		h.refused(h.grant(h.machine, "d5", "space"), wenyuan.NotFound)
	})
}

// Whoever edits may not let themselves, or others, into what they do not see.
func TestEditorsReach(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.corpus("main", "docs")
		ed, asker := h.person("ed", Editor), h.person("ann", Asker)
		h.group("hr", "person:ann")
		_, err := h.file(h.machine, "hr", "read: group:hr")
		h.must(err)
		h.place("pay", "hr/pay.md", "")
		h.place("plan", "plan.md", "")
		h.place("board", "board.md", "group:board")
		editor := h.scope(ed, "main")

		h.refused(h.grant(editor, "pay", "space"), wenyuan.NotFound)
		h.refused(h.grant(editor, "nosuch", "space"), wenyuan.NotFound)
		h.refused(h.grant(editor, "docs/**", "space"), wenyuan.Denied)
		h.refused(h.grant(editor, "docs/hr/*", "space"), wenyuan.Denied)
		h.refused(h.grant(editor, "docs/plan.md", "space"), wenyuan.Denied)
		h.refused(h.standard(editor, "public"), wenyuan.Denied)
		for folder, text := range map[string]string{"hr": "read: space", "hr/x": "read: space", "": "** read: space"} {
			_, err := h.file(editor, folder, text)
			if folder == "" {
				h.must(err) // the nearer file holds: nothing hidden is changed
			} else {
				h.refused(err, wenyuan.Denied)
			}
		}
		_, err = h.file(editor, "hr", "")
		h.refused(err, wenyuan.Denied)
		if got := h.sees(ed, "main", "pay", "plan", "board"); got != "[plan]" {
			t.Errorf("the editor sees %q", got)
		}

		h.must(h.grant(h.machine, "docs/plan*", "group:hr", "person:ed"))
		h.must(h.grant(h.machine, "docs/takeover/*", "group:board"))
		h.must(h.grant(editor, "plan", "space", "group:HR"))
		if got := h.rule("plan"); got != "hand group:hr,space" {
			t.Errorf("by hand: %s", got)
		}
		h.refused(h.grant(h.scope(asker, "main"), "plan", "space"), wenyuan.Denied)
		h.refused(h.grant(h.scope(asker, "main"), "board", "space"), wenyuan.NotFound)
		for _, bad := range [][]string{{"hr"}, {"group:hr space"}, nil} {
			h.refused(h.grant(editor, "plan", bad...), wenyuan.Invalid)
		}
		h.refused(h.grant(h.machine, `docs/a\b`, "space"), wenyuan.Invalid)
		h.refused(h.grant(editor, "nosuch/**", "space"), wenyuan.NotFound)
		h.refused(h.Ungrant(ctx, editor, "docs/x"), wenyuan.Denied)
		h.refused(h.Ungrant(ctx, editor, "docs/plan*"), wenyuan.Denied)
		h.refused(h.Ungrant(ctx, h.machine, "docs/x"), wenyuan.NotFound)

		grants, files, standard, err := h.Grants(ctx, editor, "docs")
		h.must(err)
		if len(grants) != 2 || grants[0].On != "docs/plan*" || grants[1].On != "plan" || grants[1].Source != "plan.md" || len(files) != 1 || files[0].Source != ".access" || standard[0] != "space" {
			t.Errorf("the editor lists %v, %v, %v", grants, files, standard)
		}
		h.must(h.grant(h.machine, "pay", "group:hr"))
		if grants, files, _, err = h.Grants(ctx, h.machine, "docs"); err != nil || len(grants) != 4 || len(files) != 2 {
			t.Errorf("the machine lists %v, %v, %v", grants, files, err)
		}

		// The later one of two globs holds, also when it was there before.
		h.must(h.grant(h.machine, "docs/*.md", "group:a"))
		h.must(h.grant(h.machine, "docs/board*", "group:b"))
		if got := h.rule("board"); got != "hand group:b @board*" {
			t.Error(got)
		}
		h.must(h.grant(h.machine, "docs/*.md", "nobody"))
		if got := h.rule("board"); got != "hand  @*.md" {
			t.Error(got)
		}
	})
}

// A change of a rule holds for the next request, here and on another replica.
func TestRulesAtOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		other := Open(Config{Store: h.store})
		h.corpus("main", "docs")
		li := h.person("li", Viewer)
		expect := func(want string) {
			t.Helper()
			sc, err := other.Scope(t.Context(), li, "main")
			h.must(err)
			if here := strings.Trim(h.sees(li, "main", "d1", "d2"), "[]"); here != want || sc.Sees("main", "d1") != strings.Contains(want, "d1") || sc.Sees("main", "d2") != strings.Contains(want, "d2") {
				t.Errorf("seen are %q, not %q", here, want)
			}
		}
		h.place("d1", "a/1.md", "")
		h.place("d2", "b/2.md", "")
		expect("d1 d2")
		_, err := h.file(h.machine, "a", "read: group:x")
		h.must(err)
		expect("d2")
		h.must(h.standard(h.machine, "group:x"))
		expect("")
		h.must(h.grant(h.machine, "docs/**", "person:LI"))
		expect("d1 d2")
		h.must(h.grant(h.machine, "d2", "nobody"))
		expect("d1")
		h.must(h.Ungrant(t.Context(), h.machine, "docs/**"))
		expect("")
		h.group("x", "person:li")
		expect("d1")
		h.must(h.Ungrant(t.Context(), h.machine, "d2"))
		expect("d1 d2")
	})
}

// Rules about very many documents are changed in bearable time.
func TestManyDocuments(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		const documents = 5000
		h.corpus("main", "docs")
		storetest.Write(t, h.store, func(tx *store.Tx) error {
			for i := range documents {
				_, err := tx.Exec(t.Context(), `INSERT INTO access (document, space, corpus, source, class) VALUES ($1, 'main', 'docs', $2, 'default:docs')`, fmt.Sprintf("d%d", i), fmt.Sprintf("f%d/%d.md", i%100, i))
				if err != nil {
					return err
				}
			}
			return Changed(t.Context(), tx, ChangedCorpus, "docs")
		})
		began := time.Now()
		h.must(h.grant(h.machine, "docs/**/*.md", "group:x"))
		took := time.Since(began)
		_, err := h.file(h.machine, "f7", "read: group:y")
		h.must(err)
		h.must(h.Ungrant(t.Context(), h.machine, "docs/**/*.md"))
		if got := h.rule("d7"); got != "file group:y @f7/.access line 1" {
			t.Error(got)
		}
		if got := h.rule("d8"); got != "default space @docs" {
			t.Error(got)
		}
		if took > 5*time.Second {
			t.Errorf("a glob over %d documents took %s", documents, took)
		}
	})
}

// BenchmarkRules changes rules about 100,000 documents: a glob over all of them, a .access file
// over one of 100 folders, the corpus's default, and one document.
func BenchmarkRules(b *testing.B) {
	const documents = 100_000
	h := newHouse(b, store.Config{Dir: b.TempDir()})
	h.corpus("main", "docs")
	storetest.Write(b, h.store, func(tx *store.Tx) error {
		for i := range documents {
			_, err := tx.Exec(b.Context(), `INSERT INTO access (document, space, corpus, source, class) VALUES ($1, 'main', 'docs', $2, 'default:docs')`, fmt.Sprintf("d%d", i), fmt.Sprintf("f%d/%d.md", i%100, i))
			if err != nil {
				return err
			}
		}
		return Changed(b.Context(), tx, ChangedCorpus, "docs")
	})
	li := h.person("li", Viewer)
	for name, change := range map[string]func(i int) error{
		"glob":     func(i int) error { return h.grant(h.machine, "docs/**", fmt.Sprintf("group:g%d", i)) },
		"file":     func(i int) error { _, err := h.file(h.machine, "f7", fmt.Sprintf("read: group:g%d", i)); return err },
		"default":  func(i int) error { return h.standard(h.machine, fmt.Sprintf("group:g%d", i)) },
		"document": func(i int) error { return h.grant(h.machine, "d5", fmt.Sprintf("group:g%d", i)) },
	} {
		b.Run(name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				h.must(change(n))
			}
		})
		b.Run(name+"/and the next request", func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				h.must(change(-n))
				h.scope(li, "main")
			}
		})
	}
}
