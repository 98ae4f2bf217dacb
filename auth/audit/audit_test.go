package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var ann = audit.Actor{ID: "per_ann", Name: "Ann", Key: "key_1", Address: "10.0.0.7"}

// add appends one entry by somebody.
func add(t testing.TB, s *store.Store, by audit.Actor, a audit.Act) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error { return audit.Append(audit.By(t.Context(), by), tx, a) })
}

// filled has entries 1 to n.
func filled(t testing.TB, c store.Config, n int) *store.Store {
	t.Helper()
	s := storetest.Open(t, c)
	for i := range n {
		add(t, s, ann, audit.Act{Space: "main", Action: "document.add", Object: fmt.Sprint("doc_", i+1), Version: "abc", Detail: map[string]int{"size": i}})
	}
	return s
}

func verify(t testing.TB, s *store.Store, head string) audit.Verdict {
	t.Helper()
	v, err := audit.Verify(t.Context(), s, head)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func prune(t testing.TB, s *store.Store, before int64) (n int64) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) (err error) {
		n, err = audit.Prune(t.Context(), tx, before)
		return err
	})
	return n
}

func erase(t testing.TB, s *store.Store, who audit.Name) (n int64) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) (err error) {
		n, err = audit.Erase(t.Context(), tx, who)
		return err
	})
	return n
}

func run(t testing.TB, s *store.Store, query string, args ...any) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
}

// list gives entries to the operator.
func list(t testing.TB, s *store.Store, f audit.Filter) (all []audit.Entry) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) (err error) {
		all, err = audit.List(t.Context(), tx, scope.Space("main"), f)
		return err
	})
	return all
}

// export gives what stands in the record, as lines.
func export(t testing.TB, s *store.Store, f audit.Filter) (all []audit.Line) {
	t.Helper()
	err := audit.Export(t.Context(), s, scope.Space("main"), f, func(l audit.Line) error {
		raw, err := json.Marshal(l)
		if err != nil {
			return err
		}
		var back audit.Line
		if err := json.Unmarshal(raw, &back); err != nil {
			return err
		}
		all = append(all, back)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever is done to the record behind the program's back shows, and where.
func TestTampering(t *testing.T) {
	t.Parallel()
	const swap = `UPDATE audit SET payload = (SELECT o.payload FROM audit o WHERE o.number = 11 - audit.number), salt = (SELECT o.salt FROM audit o WHERE o.number = 11 - audit.number),
		sealed = (SELECT o.sealed FROM audit o WHERE o.number = 11 - audit.number), object = (SELECT o.object FROM audit o WHERE o.number = 11 - audit.number) WHERE number IN (5, 6)`
	cases := []struct {
		name string
		do   []string
		at   int64
	}{
		{"nothing", nil, 0},
		{"a byte of a payload", []string{`UPDATE audit SET payload = REPLACE(payload, 'doc_5', 'doc_6') WHERE number = 5`}, 5},
		{"a byte of a payload and what it is found by", []string{`UPDATE audit SET payload = REPLACE(payload, 'doc_5', 'doc_6'), object = 'doc_6' WHERE number = 5`}, 5},
		{"what it is found by", []string{`UPDATE audit SET actor = 'per_bob' WHERE number = 5`}, 5},
		{"a salt", []string{`UPDATE audit SET salt = '` + strings.Repeat("0", 64) + `' WHERE number = 5`}, 5},
		{"a time", []string{`UPDATE audit SET at = at + 1 WHERE number = 5`}, 5},
		{"a digest", []string{`UPDATE audit SET digest = sealed WHERE number = 5`}, 5},
		{"two exchanged", []string{swap}, 5},
		{"one from the middle", []string{`DELETE FROM audit WHERE number = 5`}, 5},
		{"one from the middle, the others moved up", []string{`DELETE FROM audit WHERE number = 5`, `UPDATE audit SET number = -number`, `UPDATE audit SET number = -number WHERE number > -5`, `UPDATE audit SET number = -number - 1 WHERE number < 0`, `UPDATE counter SET value = 9 WHERE name = 'audit'`}, 5},
		{"the last one", []string{`DELETE FROM audit WHERE number = 10`}, 10},
		{"the first one", []string{`DELETE FROM audit WHERE number = 1`}, 1},
		{"the first ones, with a checkpoint", []string{`INSERT INTO audit_checkpoint SELECT number, digest, at FROM audit WHERE number = 4`, `DELETE FROM audit WHERE number <= 4`}, 4},
		{"all", []string{`DELETE FROM audit`}, 1},
		{"the counter", []string{`UPDATE counter SET value = 8 WHERE name = 'audit'`}, 9},
		{"one put in at the end", []string{`INSERT INTO audit SELECT 11, at, space, actor, action, object, payload, salt, sealed, digest FROM audit WHERE number = 10`}, 11},
		{"one put in, and counted", []string{`INSERT INTO audit SELECT 11, at, space, actor, action, object, payload, salt, sealed, digest FROM audit WHERE number = 10`, `UPDATE counter SET value = 11 WHERE name = 'audit'`}, 11},
		{"one put in before", []string{`INSERT INTO audit SELECT 0, at, space, actor, action, object, payload, salt, sealed, digest FROM audit WHERE number = 10`}, 0},
		{"one emptied", []string{`UPDATE audit SET payload = '', salt = '', space = '', actor = '', action = '', object = '' WHERE number = 5`}, 5},
		{"one emptied in part", []string{`UPDATE audit SET payload = '' WHERE number = 5`}, 5},
	}
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := filled(t, c, 10)
		for _, c := range cases {
			whole := list(t, s, audit.Filter{})
			backup := export(t, s, audit.Filter{})
			for _, q := range c.do {
				run(t, s, q)
			}
			v := verify(t, s, "")
			if v.OK != (c.do == nil) || v.BrokenAt != c.at || v.OK != (v.Why == "") {
				t.Errorf("%s: %+v", c.name, v)
			}
			restore(t, s, backup)
			if again := verify(t, s, whole[0].Digest); !again.OK || again.Entries != 10 || again.From != 1 || again.To != 10 || again.Head != whole[0].Digest {
				t.Fatalf("put back after %s: %+v", c.name, again)
			}
		}
	})
}

// restore puts the record back as it was exported.
func restore(t testing.TB, s *store.Store, lines []audit.Line) {
	t.Helper()
	run(t, s, `DELETE FROM audit`)
	run(t, s, `DELETE FROM audit_checkpoint`)
	for _, l := range lines {
		e := l.Sealed
		run(t, s, `INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, e.Number, e.At, e.Space, e.Actor.ID, e.Action, e.Object, e.Payload, e.Salt, e.Seal, e.Digest)
		run(t, s, `UPDATE counter SET value = $1 WHERE name = 'audit'`, e.Number)
	}
}

// The formulas of the package's description, as somebody without this program would check them.
func TestFormulas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := filled(t, c, 3)
		sum := func(text string) string { h := sha256.Sum256([]byte(text)); return hex.EncodeToString(h[:]) }
		before := ""
		for i, e := range export(t, s, audit.Filter{}) {
			want := fmt.Sprintf(`{"act":{"action":"document.add","detail":{"size":%d},"object":"doc_%d","version":"abc"},"actor":{"address":"10.0.0.7","id":"per_ann","key":"key_1","name":"Ann"},"at":%d,"space":"main"}`, i, i+1, e.At)
			if e.Payload != want || e.Seal != sum(e.Salt+e.Payload) || len(e.Salt) != 64 {
				t.Errorf("%+v", e)
			}
			if before = sum(fmt.Sprintf("%s\n%d\n%d\n%s\n", before, i+1, e.At, e.Seal)); before != e.Digest {
				t.Errorf("the digest of %d is another", i+1)
			}
		}
	})
}

// Who noted a digest elsewhere can show that the end was cut off, and made anew.
func TestHead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := filled(t, c, 4)
		head := verify(t, s, "").Head
		add(t, s, ann, audit.Act{Action: "backup"})
		if v := verify(t, s, head); !v.OK || v.Head == head {
			t.Errorf("with what came since: %+v", v)
		}
		run(t, s, `DELETE FROM audit WHERE number >= 4`)
		run(t, s, `UPDATE counter SET value = 3 WHERE name = 'audit'`)
		if v := verify(t, s, ""); !v.OK {
			t.Errorf("a chain that was cut with its counter is whole in itself: %+v", v)
		}
		add(t, s, ann, audit.Act{Action: "backup"})
		if v := verify(t, s, head); v.OK || v.BrokenAt != 5 {
			t.Errorf("what was cut off does not show: %+v", v)
		}
	})
}

func TestErase(t *testing.T) {
	t.Parallel()
	bob, op := audit.Actor{ID: "per_bob", Name: "Zoë Böb", Key: "key_b"}, audit.Actor{ID: "per_op", Name: "op"}
	name := audit.Name{ID: "per_bob", Name: "Zoë Böb", Email: "bob@example.org", Also: []string{"key_b"}}
	entries := []struct {
		by  audit.Actor
		act audit.Act
		is  bool // Bob's
	}{
		{op, audit.Act{Action: "person.add", Object: "per_bob", Detail: map[string]string{"name": "Zoë Böb", "email": "BOB@example.org"}}, true},
		{op, audit.Act{Action: "person.add", Object: "Zoë Böb"}, true},
		{op, audit.Act{Action: "person.add", Object: "per_ann"}, false},
		{bob, audit.Act{Action: "document.add", Space: "main", Object: "doc_1"}, true},
		{op, audit.Act{Action: "document.add", Space: "main", Object: "Zoë Böb"}, false}, // a document of that name
		{op, audit.Act{Action: "grant.set", Object: "doc_1", Detail: map[string]any{"read": []string{"group:hr", "person:ZOË BÖB"}}}, true},
		{op, audit.Act{Action: "corpus.create", Object: "bob@example.org"}, true},
		{op, audit.Act{Action: "key.revoke", Object: "key_b"}, true},
		{audit.Actor{ID: "per_ann", ViewAs: "per_bob"}, audit.Act{Action: "question"}, true},
		{audit.Actor{Address: "10.0.0.1"}, audit.Act{Action: "signin.failed", Object: "zoë böb"}, true},
		{op, audit.Act{Action: "audit.prune", Detail: map[string]string{"x": "per_bob"}}, false},
		{op, audit.Act{Action: "access_file.set", Object: "docs/.access", Detail: map[string]string{"text": "# who reads\n[*.md] read: group:hr, person:Zoë Böb # and more\n"}}, true},
		{op, audit.Act{Action: "access_file.set", Object: "docs/.access", Detail: map[string]string{"text": "[*.md] read: person:Zoë Böbson\n"}}, false},
		{op, audit.Act{Action: "corpus.close", Object: "zoë böb's corpus"}, false},
	}
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		want := int64(0)
		for _, e := range entries {
			add(t, s, e.by, e.act)
			if e.is {
				want++
			}
		}
		head := verify(t, s, "").Head
		if n := erase(t, s, name); n != want {
			t.Errorf("%d entries were erased, not %d", n, want)
		}
		all := list(t, s, audit.Filter{})
		for i, e := range entries {
			if got := all[len(all)-1-i]; got.Erased != e.is {
				t.Errorf("entry %d: erased %v", i+1, got.Erased)
			}
		}
		if v := verify(t, s, head); !v.OK || v.Erased != want {
			t.Errorf("%+v", v)
		}
		if n := erase(t, s, name); n != 0 {
			t.Errorf("%d entries were erased again", n)
		}
		run(t, s, `UPDATE audit SET payload = '', salt = '', space = '', actor = '', action = '', object = '' WHERE action = 'audit.erase'`)
		if v := verify(t, s, ""); v.OK {
			t.Error("an erasure that is hidden does not show")
		}
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var times []int64
		for i := range 6 {
			add(t, s, audit.Actor{ID: fmt.Sprint("per_", i)}, audit.Act{Action: "backup", Space: "main"})
			times = append(times, list(t, s, audit.Filter{Limit: 1})[0].At)
		}
		early := verify(t, s, "").Head
		if n := prune(t, s, times[0]); n != 0 {
			t.Errorf("%d were dropped, and none is so old", n)
		}
		if n := erase(t, s, audit.Name{ID: "per_4"}); n != 1 {
			t.Errorf("%d erased", n)
		}
		if n := prune(t, s, times[3]); n != 3 {
			t.Errorf("%d were dropped, not 3", n)
		}
		if v := verify(t, s, early); !v.OK || v.From != 4 || v.Entries != 5 || v.Erased != 1 {
			t.Errorf("%+v", v)
		}
		if l := export(t, s, audit.Filter{}); l[0].Checkpoint == nil || l[0].Checkpoint.Number != 3 || len(l) != 6 {
			t.Errorf("the export begins with %+v", l[0])
		}
		if n := prune(t, s, 1<<60); n != 4 { // never the last one
			t.Errorf("%d were dropped", n)
		}
		if v := verify(t, s, ""); !v.OK || v.Entries != 2 || v.From != 8 {
			t.Errorf("%+v", v)
		}
		run(t, s, `INSERT INTO audit SELECT 7, at, space, actor, action, object, payload, salt, sealed, digest FROM audit WHERE number = 8`)
		if v := verify(t, s, ""); v.OK || v.BrokenAt != 7 {
			t.Errorf("an entry where entries were dropped does not show: %+v", v)
		}
	})
}

// Whatever is appended, erased and dropped by the program in whatever order, the chain holds.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		chance := rand.New(rand.NewPCG(7, uint64(len(c.URL))))
		for i := range 150 {
			switch chance.IntN(12) {
			case 0:
				erase(t, s, audit.Name{ID: fmt.Sprint("per_", chance.IntN(5))})
			case 1:
				if all := list(t, s, audit.Filter{Limit: 100}); len(all) > 0 {
					prune(t, s, all[chance.IntN(len(all))].At)
				}
			default:
				add(t, s, audit.Actor{ID: fmt.Sprint("per_", chance.IntN(5))}, audit.Act{Action: "backup", Object: fmt.Sprint("per_", chance.IntN(5)), Detail: strings.Repeat("x", chance.IntN(300))})
			}
			if i%10 == 0 {
				if v := verify(t, s, ""); !v.OK {
					t.Fatalf("after %d: %+v", i, v)
				}
			}
		}
		if v := verify(t, s, ""); !v.OK || v.Entries == 0 {
			t.Fatalf("%+v", v)
		}
	})
}

// A single sign changed anywhere in what was sealed shows.
func TestAnySign(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := filled(t, c, 20)
		chance := rand.New(rand.NewPCG(9, 9))
		backup := export(t, s, audit.Filter{})
		for range 60 {
			n, column := 1+chance.IntN(20), []string{"payload", "salt", "sealed", "digest", "space", "actor", "action", "object"}[chance.IntN(8)]
			var text string
			storetest.Read(t, s, func(tx *store.Tx) error {
				return tx.QueryRow(t.Context(), fmt.Sprintf(`SELECT %s FROM audit WHERE number = %d`, column, n)).Scan(&text)
			})
			at := chance.IntN(len(text))
			changed := text[:at] + string(rune('g'+chance.IntN(20))) + text[at+1:]
			if changed == text {
				continue
			}
			run(t, s, fmt.Sprintf(`UPDATE audit SET %s = $1 WHERE number = %d`, column, n), changed)
			if v := verify(t, s, ""); v.OK || v.BrokenAt != int64(n) {
				t.Fatalf("%s of %d at %d: %+v", column, n, at, v)
			}
			run(t, s, fmt.Sprintf(`UPDATE audit SET %s = $1 WHERE number = %d`, column, n), text)
		}
		if v := verify(t, s, backup[19].Digest); !v.OK {
			t.Fatalf("%+v", v)
		}
	})
}

// Many append at once, some give up: numbers have no gap, and the chain holds while it is read.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for j := range 20 {
					err := s.Write(t.Context(), func(tx *store.Tx) error {
						for range 2 {
							if err := audit.Append(audit.By(t.Context(), audit.Actor{ID: fmt.Sprint("per_", i)}), tx, audit.Act{Action: "backup"}); err != nil {
								return err
							}
						}
						if j%5 == 4 {
							return context.Canceled
						}
						return nil
					})
					if err != nil && j%5 != 4 {
						t.Error(err)
					}
				}
			})
		}
		all.Go(func() {
			for range 5 {
				if v := verify(t, s, ""); !v.OK {
					t.Errorf("while others append: %+v", v)
				}
			}
		})
		all.Wait()
		if v := verify(t, s, ""); !v.OK || v.Entries != 8*16*2 || v.To != v.Entries {
			t.Errorf("%+v", v)
		}
	})
}

func TestWhoMayKnow(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	run(t, s, `INSERT INTO space (id, name, created) VALUES ('spc_hr', 'hr', 1)`)
	run(t, s, `INSERT INTO person (id, name, fold, email, created, updated) VALUES ('per_ann', 'Ann', 'ann', 'ann@example.org', 1, 1)`)
	for i, a := range []audit.Act{{Action: "backup"}, {Space: "main", Action: "document.add", Object: "doc_1"}, {Space: "spc_hr", Action: "document.remove", Object: "doc_2"}, {Space: "main", Action: "documentation"}} {
		by := ann
		if i == 3 {
			by = audit.Actor{ID: "channel:chn_1:secret-of-a-visitor"}
		}
		add(t, s, by, a)
	}
	numbers := func(sc scope.Scope, f audit.Filter) (out string, err error) {
		err = s.Read(t.Context(), func(tx *store.Tx) error {
			all, err := audit.List(t.Context(), tx, sc, f)
			for _, e := range all {
				out += fmt.Sprint(e.Number)
			}
			return err
		})
		return out, err
	}
	owner := scope.All("main", scope.Read|scope.Own)
	for _, c := range []struct {
		sc   scope.Scope
		f    audit.Filter
		want string
	}{
		{scope.Space("main"), audit.Filter{}, "4321"},
		{owner, audit.Filter{}, "42"},
		{owner, audit.Filter{Space: "hr"}, ""},
		{scope.Space("main"), audit.Filter{Space: "hr"}, "3"},
		{scope.Space("main"), audit.Filter{Action: "document"}, "32"},
		{scope.Space("main"), audit.Filter{Actor: "ANN"}, "321"},
		{scope.Space("main"), audit.Filter{Actor: "ann@example.org", Limit: 2}, "32"},
		{scope.Space("main"), audit.Filter{Actor: "channel:chn_1"}, "4"},
		{scope.Space("main"), audit.Filter{Object: "doc_2"}, "3"},
		{scope.Space("main"), audit.Filter{Before: 3}, "21"},
		{scope.Space("main"), audit.Filter{From: 1 << 60}, ""},
		{scope.Space("main"), audit.Filter{To: 1 << 60}, "4321"},
		{scope.Space("main"), audit.Filter{Actor: "a' OR 1 = 1 --\x00"}, ""},
	} {
		if got, err := numbers(c.sc, c.f); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c.f, got, err)
		}
	}
	for _, sc := range []scope.Scope{{}, scope.All("main", scope.Read|scope.Ask|scope.Edit|scope.Review)} {
		if _, err := numbers(sc, audit.Filter{}); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("somebody else: %v", err)
		}
		if err := audit.Export(t.Context(), s, sc, audit.Filter{}, nil); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("somebody else exports: %v", err)
		}
	}
	for _, l := range export(t, s, audit.Filter{}) {
		if strings.Contains(l.Payload, "secret") {
			t.Error("what a visitor is known by stands in the record")
		}
	}
}

// What is too large, or cannot be kept, makes the entry smaller and never fails the act.
func TestBadActs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		add(t, s, audit.Actor{ID: "a\x00b", Name: "\xff"}, audit.Act{Action: "backup", Object: strings.Repeat("长", 1000), Detail: map[string]any{"x": "\x00\u2028<&>", "n": json.Number("1e400")}})
		add(t, s, ann, audit.Act{Action: "backup", Detail: strings.Repeat("x", 1<<20)})
		all := list(t, s, audit.Filter{})
		if len(all[1].Object) > 1000 || !strings.HasPrefix(all[1].Object, "长") || string(all[0].Detail) != `{"left_out_bytes":1048578}` {
			t.Errorf("%+v", all)
		}
		if v := verify(t, s, ""); !v.OK {
			t.Errorf("%+v", v)
		}
	})
}
