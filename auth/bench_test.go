package auth

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/store"
)

// The size of the house that decisions are measured in.
const (
	benchDocuments = 100_000
	benchPeople    = 10_000
	benchGroups    = 1_000
	benchClasses   = 5_000 // sets of readers that differ
)

// fill makes the rows of a large house: groups nested to four floors, people in five groups each,
// and documents with classes that name two groups and a person.
func fill(b *testing.B, s *store.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := func(tx *store.Tx, into string, n, columns int, row func(i int) []any) error {
		for at := 0; at < n; at += 500 {
			var args []any
			var marks []string
			for i := at; i < min(n, at+500); i++ {
				marks = append(marks, "("+store.Marks(len(args)+1, columns)+")")
				args = append(args, row(i)...)
			}
			if _, err := tx.Exec(b.Context(), "INSERT INTO "+into+" VALUES "+strings.Join(marks, ",")+" ON CONFLICT DO NOTHING", args...); err != nil {
				return err
			}
		}
		return nil
	}
	err := s.Write(b.Context(), func(tx *store.Tx) error {
		for _, err := range []error{
			rows(tx, "person (id, name, fold, email, created, updated)", benchPeople, 6, func(i int) []any {
				return []any{fmt.Sprint("per_", i), fmt.Sprint("p", i), fmt.Sprint("p", i), fmt.Sprintf("p%d@example.com", i), 0, 0}
			}),
			rows(tx, "person_group (id, name, fold, created, updated)", benchGroups, 5, func(i int) []any {
				return []any{fmt.Sprint("grp_", i), fmt.Sprint("g", i), fmt.Sprint("g", i), 0, 0}
			}),
			rows(tx, "group_member (grp, kind, member)", benchGroups-4, 3, func(i int) []any {
				return []any{fmt.Sprint("grp_", i/6), "group", fmt.Sprint("grp_", i+4)}
			}),
			rows(tx, "group_member (grp, kind, member)", 5*benchPeople, 3, func(i int) []any {
				return []any{fmt.Sprint("grp_", r.IntN(benchGroups)), "person", fmt.Sprint("per_", i/5)}
			}),
			rows(tx, "space_member (space, kind, member, role)", benchPeople*9/10, 4, func(i int) []any {
				return []any{"main", "person", fmt.Sprint("per_", i), Asker}
			}),
			rows(tx, "access_class (id, space, corpus, layer, origin, readers)", benchClasses, 6, func(i int) []any {
				readers := fmt.Sprintf(`["group:g%d","group:g%d","person:p%d"]`, r.IntN(benchGroups), r.IntN(benchGroups), r.IntN(benchPeople))
				if i%10 == 0 {
					readers = `["space"]`
				}
				return []any{fmt.Sprint("cls_", i), "main", "c1", File, fmt.Sprintf("f%d/.access line 1", i), readers}
			}),
			rows(tx, "access (document, space, corpus, source, class)", benchDocuments, 5, func(i int) []any {
				return []any{fmt.Sprintf("doc_%026d", i), "main", "c1", fmt.Sprintf("f/%d.md", i), fmt.Sprint("cls_", i%benchClasses)}
			}),
		} {
			if err != nil {
				return err
			}
		}
		return Changed(b.Context(), tx, changedAll, "")
	})
	if err != nil {
		b.Fatal(err)
	}
}

// measure runs f until there is time for it, and reports what one in a hundred takes at least.
func measure(b *testing.B, f func(r *rand.Rand)) {
	b.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		f(r)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "µs-p99")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "µs-p50")
}

// BenchmarkDecision measures what access costs in a house of 100,000 documents, 10,000 people and
// 1,000 groups. Decide is the first decision of a person in a space, Again every other one; Enter
// is all that a request costs, with its look at the database.
func BenchmarkDecision(b *testing.B) {
	h := newHouse(b, store.Config{Dir: b.TempDir()})
	fill(b, h.store)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	h.scope(Machine(), "main")
	loaded := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	secrets := make([]string, 200)
	for i := range secrets {
		secrets[i] = h.key(NewKey{Person: fmt.Sprint("p", i)})
		if _, _, err := h.Enter(b.Context(), Credential{Key: secrets[i]}); err != nil {
			b.Fatal(err)
		}
	}
	person := func(r *rand.Rand) Identity {
		return Identity{Kind: Person, Principal: wenyuan.Principal{ID: fmt.Sprint("per_", r.IntN(benchPeople))}, Rights: scope.Every}
	}
	document := func(r *rand.Rand) string { return fmt.Sprintf("doc_%026d", r.IntN(benchDocuments)) }
	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			h.number.Store(-1)
			h.scope(Machine(), "main")
		}
		b.ReportMetric(float64(loaded.Milliseconds()), "ms-first")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	})
	b.Run("Decide", func(b *testing.B) {
		measure(b, func(r *rand.Rand) {
			h.state.decided.kept = nil
			if sc, _ := h.Directory.scope(person(r), ""); sc.Sees("main", document(r)) && sc.May(scope.Operate) {
				b.Fatal("a person operates")
			}
		})
	})
	b.Run("Again", func(b *testing.B) {
		measure(b, func(r *rand.Rand) {
			if sc, _ := h.Directory.scope(person(r), ""); sc.Sees("main", document(r)) && sc.May(scope.Operate) {
				b.Fatal("a person operates")
			}
		})
	})
	b.Run("Can", func(b *testing.B) {
		all := h.scope(Machine(), "main")
		measure(b, func(r *rand.Rand) {
			if d, err := h.can(all, Machine(), fmt.Sprint("p", r.IntN(benchPeople)), document(r)); err != nil || d.Because == "" {
				b.Fatal(d, err)
			}
		})
	})
	b.Run("Enter", func(b *testing.B) {
		measure(b, func(r *rand.Rand) {
			if _, sc, err := h.Enter(b.Context(), Credential{Key: secrets[r.IntN(len(secrets))]}); err != nil || sc.Space() != "main" {
				b.Fatal(sc, err)
			}
		})
	})
	b.Run("EnterAfterChange", func(b *testing.B) {
		measure(b, func(r *rand.Rand) {
			err := h.store.Write(b.Context(), func(tx *store.Tx) error {
				return Changed(b.Context(), tx, ChangedDocument, document(r))
			})
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := h.Enter(b.Context(), Credential{Key: secrets[r.IntN(len(secrets))]}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.ReportMetric(0, "ns/op")
}

// BenchmarkEnter measures what a request pays at the door on each engine, in a small house: the
// time is that of one look at the database.
func BenchmarkEnter(b *testing.B) {
	for name, url := range map[string]func() string{"sqlite": func() string { return "" }, "postgres": func() string { return testenv.Postgres(b) }} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, store.Config{Dir: b.TempDir(), URL: url()})
			h.person("ann", Asker)
			secret := h.key(NewKey{Person: "ann"})
			measure(b, func(*rand.Rand) {
				if _, _, err := h.Enter(b.Context(), Credential{Key: secret}); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
