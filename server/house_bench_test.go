package server_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/internal/testenv"
	"wenyuan/server"
	"wenyuan/store"
)

// The large house that access is measured in: 100,000 documents in five corpora, half of whose
// readers come from .access files in 200 folders, the others from front matter and by hand.
const (
	largeCorpora   = 5
	largeDocuments = 20_000 // of each
	largeFolders   = 200    // of each
	largePeople    = 2_000
	largeGroups    = 200
	largeTraces    = 50_000 // of others
)

// largeReaders are the readers of a document: every second one is for the group half, and one in a
// hundred for the group one as well.
func largeReaders(i int) string {
	names := []string{fmt.Sprintf("group:g%d", i%largeFolders%197)}
	if i%2 == 0 {
		names = append(names, "group:half")
	}
	if i%100 == 0 {
		names = append(names, "group:one")
	}
	return strings.Join(names, ", ")
}

// insert writes rows, many of them in one statement.
func insert(b testing.TB, tx *store.Tx, into string, n, columns int, row func(i int) []any) {
	b.Helper()
	for at := 0; at < n; at += 500 {
		var args []any
		var marks []string
		for i := at; i < min(n, at+500); i++ {
			marks = append(marks, "("+store.Marks(len(args)+1, columns)+")")
			args = append(args, row(i)...)
		}
		if _, err := tx.Exec(b.Context(), "INSERT INTO "+into+" VALUES "+strings.Join(marks, ",")+" ON CONFLICT DO NOTHING", args...); err != nil {
			b.Fatal(err)
		}
	}
}

// largeText is what a document says: words as often as they are in a language.
func largeText(r *rand.Rand, z *rand.Zipf, i int) string {
	var w strings.Builder
	fmt.Fprintf(&w, "The pump of hall %d is serviced after %d hours.", i, 100+i%900)
	for range 40 {
		fmt.Fprintf(&w, " %s%d", []string{"valve", "seal", "order", "hall", "report"}[r.IntN(5)], z.Uint64())
	}
	return w.String() + "."
}

func largeID(kind string, c, i int) string { return fmt.Sprintf("%s_%02d%024d", kind, c, i) }

// fillLarge makes the rows of the house as ingestion would have.
func fillLarge(b testing.TB, s *store.Store) {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.2, 20, 30_000)
	write := func(f func(tx *store.Tx)) {
		if err := s.Write(b.Context(), func(tx *store.Tx) error { f(tx); return nil }); err != nil {
			b.Fatal(err)
		}
	}
	write(func(tx *store.Tx) {
		insert(b, tx, "person (id, name, fold, created, updated)", largePeople, 5, func(i int) []any {
			return []any{fmt.Sprint("per_", i), fmt.Sprint("p", i), fmt.Sprint("p", i), 0, 0}
		})
		insert(b, tx, "person_group (id, name, fold, created, updated)", largeGroups, 5, func(i int) []any {
			name := fmt.Sprint("g", i)
			if i >= largeGroups-2 {
				name = []string{"one", "half"}[i-largeGroups+2]
			}
			return []any{fmt.Sprint("grp_", i), name, name, 0, 0}
		})
		insert(b, tx, "group_member (grp, kind, member)", 3*largePeople, 3, func(i int) []any {
			return []any{fmt.Sprint("grp_", r.IntN(largeGroups-2)), "person", fmt.Sprint("per_", i/3)}
		})
		insert(b, tx, "space_member (space, kind, member, role)", largePeople, 4, func(i int) []any {
			return []any{"main", "person", fmt.Sprint("per_", i), "asker"}
		})
	})
	for c := range largeCorpora {
		id := fmt.Sprint("cor_", c)
		text := func(i int) string { return largeText(rand.New(rand.NewPCG(uint64(c), uint64(i))), z, i) }
		write(func(tx *store.Tx) {
			insert(b, tx, "corpus (id, space, name, created)", 1, 4, func(int) []any { return []any{id, "main", fmt.Sprint("c", c), 0} })
			insert(b, tx, "access_class (id, space, corpus, layer, origin, readers)", 1, 6, func(int) []any {
				return []any{"default:" + id, "main", id, "default", fmt.Sprint("c", c), `["space"]`}
			})
			insert(b, tx, "access (document, space, corpus, class)", 1, 4, func(int) []any { return []any{id, "main", id, "default:" + id} })
			insert(b, tx, "access_file (corpus, folder, space, text)", largeFolders, 4, func(i int) []any {
				return []any{id, fmt.Sprint("f", i), "main", "read: " + largeReaders(i)}
			})
			source := func(i int) string { return fmt.Sprintf("f%d/%d.md", i%largeFolders, i) }
			insert(b, tx, "document (id, space, corpus, source, title, state, revision, type, size, hash, created, updated, change)", largeDocuments, 13, func(i int) []any {
				return []any{largeID("doc", c, i), "main", id, source(i), fmt.Sprintf("Service of hall %d", i), "ready", "r1", "text/markdown", 300, fmt.Sprint("h", c, i), 0, 0, c*1000 + i/200 + 1}
			})
			texts := make([]string, largeDocuments)
			for i := range texts {
				texts[i] = text(i)
			}
			insert(b, tx, "revision (document, revision, space, title, text, chars, created)", largeDocuments, 7, func(i int) []any {
				return []any{largeID("doc", c, i), "r1", "main", fmt.Sprintf("Service of hall %d", i), texts[i], len(texts[i]), 0}
			})
			insert(b, tx, "passage (id, space, document, revision, ord, start_, end_, text)", largeDocuments, 8, func(i int) []any {
				return []any{largeID("psg", c, i), "main", largeID("doc", c, i), "r1", 0, 0, len(texts[i]), texts[i]}
			})
			insert(b, tx, "access (document, space, corpus, source, class, layer, own, hand, passages)", largeDocuments, 9, func(i int) []any {
				layer, own, hand := "", "", ""
				switch {
				case i%200 == 100 || i%200 == 7:
					hand = `["` + strings.ReplaceAll(largeReaders(i), ", ", `","`) + `"]`
				case i%4 == 3:
					layer, own = "front", largeReaders(i)+fmt.Sprintf(", person:p%d", i%largePeople)
				}
				return []any{largeID("doc", c, i), "main", id, source(i), "default:" + id, layer, own, hand, 1}
			})
			insert(b, tx, "change (number, space, corpus, document, kind, revision, at)", largeDocuments, 7, func(i int) []any {
				return []any{c*1000 + i/200 + 1, "main", id, largeID("doc", c, i), "put", "r1", 0}
			})
			if _, err := tx.Exec(b.Context(), `UPDATE counter SET value = 6000 WHERE name = 'change'`); err != nil {
				b.Fatal(err)
			}
		})
	}
	write(func(tx *store.Tx) {
		insert(b, tx, "trace (id, space, corpus, principal, question, created, took, answer, steps)", largeTraces, 9, func(i int) []any {
			return []any{fmt.Sprintf("trc_%026d", i), "main", "c0", fmt.Sprint("per_", i%largePeople), "How often is a pump serviced?", i, 1, `{"answer": "After 400 hours."}`, `[]`}
		})
		insert(b, tx, "trace_document (trace, document, space, cited)", 3*largeTraces, 4, func(i int) []any {
			return []any{fmt.Sprintf("trc_%026d", i/3), largeID("doc", 0, (i*7919)%largeDocuments|1), "main", 1}
		})
	})
}

// A large is the house while it runs.
type large struct {
	peopled
	c app.Config
}

// openLarge runs the house. It is built in the folder that WENYUAN_BENCH_HOUSE names, where it is kept, or anew.
func openLarge(b *testing.B, url string) large {
	dir := os.Getenv("WENYUAN_BENCH_HOUSE")
	if dir == "" || url != "" {
		dir = b.TempDir()
	}
	began := time.Now()
	if _, err := os.Stat(filepath.Join(dir, "filled")); err != nil {
		s, err := store.Open(b.Context(), store.Config{Dir: dir, URL: url})
		if err != nil {
			b.Fatal(err)
		}
		fillLarge(b, s)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "filled"), nil, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Logf("filled in %v", time.Since(began))
	}
	l := large{c: app.Config{Data: dir, Database: url, Server: server.Config{Token: token}}}
	began = time.Now()
	l.peopled = peopled{house: openWith(b, l.c), key: map[string]string{"machine": token}}
	b.Logf("opened in %v", time.Since(began))
	for waiting := true; waiting; {
		err := l.Store.Read(b.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(b.Context(), `SELECT COUNT(*) > 0 FROM job WHERE state IN ('queued', 'running')`).Scan(&waiting)
		})
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Logf("all learned after %v", time.Since(began))
	for _, p := range []struct{ name, role, group string }{{"owner", "owner", ""}, {"one", "asker", "one"}, {"half", "asker", "half"}, {"reviewer", "reviewer", "one"}} {
		l.person(b, p.name, p.role, p.group)
	}
	return l
}

func (l large) person(b *testing.B, name, role, group string) {
	var k struct{ Key string }
	resp, text := l.send(b, "POST", "/api/people", fmt.Sprintf(`{"name": "bench %s", "role": %q}`, name, role), bearerOf(token)...)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusConflict {
		b.Fatal(text)
	}
	if group != "" {
		l.as(b, "machine", "POST", "/api/groups/"+group+"/members", fmt.Sprintf(`{"members": ["person:bench %s"]}`, name), nil)
	}
	l.as(b, "machine", "POST", "/api/keys", fmt.Sprintf(`{"person": "bench %s"}`, name), &k)
	l.key[name] = k.Key
}

// place decides about all documents anew, as a change of the rules at the top does.
func (l large) place(b *testing.B) {
	for c := range largeCorpora {
		l.rule(b, fmt.Sprint("c", c), "no/such/file")
	}
}

// rule sets readers by hand for a glob and takes them away, and says how long each took with its commit.
func (l large) rule(b *testing.B, corpus, glob string) (set, clear time.Duration) {
	sc, err := l.Auth.Scope(b.Context(), auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, err := l.Auth.Grant(b.Context(), sc, auth.Grant{On: corpus + "/" + glob, Read: []string{"group:half"}}); err != nil {
		b.Fatal(err)
	}
	set = time.Since(began)
	began = time.Now()
	if err := l.Auth.Ungrant(b.Context(), sc, corpus+"/"+glob); err != nil {
		b.Fatal(err)
	}
	return set, time.Since(began)
}

// quantiles are what half and one in a hundred take, in milliseconds.
func quantiles(took []time.Duration) (p50, p99 float64) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return ms(took[len(took)/2]), ms(took[len(took)*99/100])
}

// BenchmarkLargeHouse measures what an owner and people who see a part of the house wait for, side by
// side. It takes minutes to build the house: WENYUAN_BENCH_HOUSE names a folder to keep it in,
// WENYUAN_BENCH_PLACE decides about all documents first, which a new one needs, and
// WENYUAN_BENCH_POSTGRES has it in PostgreSQL.
func BenchmarkLargeHouse(b *testing.B) {
	url := ""
	if os.Getenv("WENYUAN_BENCH_POSTGRES") != "" {
		url = testenv.Postgres(b)
	}
	l := openLarge(b, url)
	if os.Getenv("WENYUAN_BENCH_PLACE") != "" || url != "" {
		l.place(b)
	}
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	b.Logf("%d MiB of the heap in use", mem.HeapInuse>>20)
	who := []string{"owner", "half", "one", "reviewer"}
	for _, t := range []struct{ method, path, body string }{
		{"GET", "/api/me", ""},
		{"GET", "/api/status", ""},
		{"GET", "/api/corpora", ""},
		{"GET", "/api/documents?corpus=c1&limit=50", ""},
		{"GET", "/api/documents?corpus=c1&limit=50&query=hall", ""},
		{"POST", "/api/search", `{"query": "how often is the pump of hall 700 serviced", "corpus": "c1"}`},
		{"POST", "/api/ask", `{"question": "How often is the pump of hall 700 serviced?", "corpus": "c1"}`},
		{"GET", "/library", ""},
		{"GET", "/library/c1", ""},
		{"GET", "/ask", ""},
		{"GET", "/api/traces", ""},
		{"GET", "/records", ""},
		{"GET", "/api/feedback", ""},
		{"GET", "/v1/models", ""},
		{"GET", "/api/assistants", ""},
	} {
		b.Run(t.method+t.path, func(b *testing.B) {
			took := map[string][]time.Duration{}
			for b.Loop() {
				for _, w := range who {
					began := time.Now()
					resp, text := l.send(b, t.method, t.path, t.body, append(bearerOf(l.key[w]), "Content-Type", "application/json")...)
					took[w] = append(took[w], time.Since(began))
					if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusForbidden {
						b.Fatal(w, resp.StatusCode, text)
					}
				}
			}
			for _, w := range who {
				p50, p99 := quantiles(took[w])
				b.ReportMetric(p50, w+"-p50-ms")
				b.ReportMetric(p99, w+"-p99-ms")
			}
		})
	}
}

// BenchmarkLargeRules measures a change of the rules of 20,000 documents: how long who makes it
// waits, and then the next request on the same server and on another.
func BenchmarkLargeRules(b *testing.B) {
	url := ""
	if os.Getenv("WENYUAN_BENCH_POSTGRES") != "" {
		url = testenv.Postgres(b)
	}
	l := openLarge(b, url)
	other := auth.Open(auth.Config{Store: l.Store})
	ctx := b.Context()
	sc, err := l.Auth.Scope(ctx, auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		b.Fatal(err)
	}
	next := func(d *auth.Directory) time.Duration {
		began := time.Now()
		if _, _, err := d.Enter(ctx, auth.Credential{Key: l.key["one"]}); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	next(other)
	n := 0
	for _, t := range []struct {
		name string
		do   func() error
	}{
		{"Glob", func() error {
			_, err := l.Auth.Grant(ctx, sc, auth.Grant{On: "c1/**", Read: []string{fmt.Sprintf("group:g%d", n%5)}})
			return err
		}},
		{"Clear", func() error {
			if n%2 == 0 {
				_, err := l.Auth.Grant(ctx, sc, auth.Grant{On: "c1/**", Read: []string{"group:half"}})
				return err
			}
			return l.Auth.Ungrant(ctx, sc, "c1/**")
		}},
		{"Access", func() error {
			return l.Store.Write(ctx, func(tx *store.Tx) error {
				_, err := l.Auth.SetFile(ctx, tx, sc, "cor_1", "", fmt.Sprintf("read: group:g%d", n%5))
				return err
			})
		}},
		{"Default", func() error {
			return l.Store.Write(ctx, func(tx *store.Tx) error {
				return l.Auth.SetDefault(ctx, tx, sc, "cor_1", []string{fmt.Sprintf("group:g%d", n%5)})
			})
		}},
	} {
		b.Run(t.name, func(b *testing.B) {
			var change, same, replica []time.Duration
			for b.Loop() {
				n++
				began := time.Now()
				if err := t.do(); err != nil {
					b.Fatal(err)
				}
				change = append(change, time.Since(began))
				same = append(same, next(l.Auth))
				replica = append(replica, next(other))
			}
			for name, took := range map[string][]time.Duration{"change": change, "same": same, "replica": replica} {
				p50, _ := quantiles(took)
				b.ReportMetric(p50, name+"-p50-ms")
			}
		})
	}
}

// BenchmarkManyReaders measures 200 people who search at once.
func BenchmarkManyReaders(b *testing.B) {
	l := openLarge(b, "")
	for _, path := range []string{"/api/me", "/api/search"} {
		b.Run(path, func(b *testing.B) {
			var mu sync.Mutex
			var took []time.Duration
			b.SetParallelism(200 / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					began := time.Now()
					method, body := "GET", ""
					if path == "/api/search" {
						method, body = "POST", `{"query": "how often is the pump of hall 700 serviced", "corpus": "c1"}`
					}
					resp, text := l.send(b, method, path, body, append(bearerOf(l.key["one"]), "Content-Type", "application/json")...)
					if resp.StatusCode != http.StatusOK {
						b.Error(resp.StatusCode, text)
						return
					}
					mu.Lock()
					took = append(took, time.Since(began))
					mu.Unlock()
				}
			})
			p50, p99 := quantiles(took)
			b.ReportMetric(p50, "p50-ms")
			b.ReportMetric(p99, "p99-ms")
		})
	}
}
