package index

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"wenyuan/internal/scope"
)

// manyDocuments is how many documents the scopes of the measurement choose from, of one passage each.
const manyDocuments = 100_000

// manyClasses is how many different sets of readers they have.
const manyClasses = 1000

var many = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("WENYUAN_BENCH_INDEX"); dir != "" { // kept from one run to the next
		return dir, os.MkdirAll(dir, 0o700)
	}
	return os.MkdirTemp("", "wenyuan-scopes-*")
})

// openMany is an index with what it learned of 100,000 documents, a table of their classes, and questions.
func openMany(b *testing.B) (*Index, *scope.Table, []string) {
	b.Helper()
	dir, err := many()
	if err != nil {
		b.Fatal(err)
	}
	x, err := Open(Options{Dir: dir, Space: space})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	texts, questions := measuringTexts(b)
	rng := rand.New(rand.NewPCG(5, 6))
	classes := make(map[string]int32, manyDocuments)
	for i := range manyDocuments {
		classes[manyID(i)] = int32(rng.IntN(manyClasses))
	}
	table := scope.NewTable().With(classes)
	if x.Change() > 0 {
		return x, table, questions
	}
	var entries []Entry
	for i, t := range vary(pieces(texts), manyDocuments, rng) {
		entries = append(entries, manyEntry(i, t))
	}
	for at := 0; at < len(entries); at += 4096 {
		apply(b, x, Batch{Add: entries[at:min(at+4096, len(entries))]})
	}
	if _, err := x.Learn(b.Context()); err != nil {
		b.Fatal(err)
	}
	return x, table, questions
}

func manyID(i int) string { return fmt.Sprintf("doc_%07d", i) }

func manyEntry(i int, text string) Entry {
	return Entry{Passage: fmt.Sprintf("psg_%08d", i), Document: manyID(i), Title: fmt.Sprint("item ", i), Text: text}
}

// chosen are so many of the classes, at random.
func chosen(rng *rand.Rand, share float64) (c scope.Classes) {
	for _, class := range rng.Perm(manyClasses)[:int(share*manyClasses)] {
		c = c.Add(int32(class))
	}
	return c
}

// BenchmarkScope asks 100,000 documents with scopes that see more and less of them: one that
// asked before (warm); another one each time, as if every question came from somebody new (cold);
// and while a document comes in before every question, with the table of classes that it changes
// (growing).
func BenchmarkScope(b *testing.B) {
	for _, arm := range []struct {
		name string
		arm  Arm
	}{{"words", Words}, {"fused", Fused}} {
		for _, share := range []float64{1, 0.5, 0.1, 0.01, 0.001} {
			for _, mode := range []string{"warm", "cold", "growing"} {
				b.Run(fmt.Sprintf("%s/%g%%/%s", arm.name, 100*share, mode), func(b *testing.B) {
					x, table, questions := openMany(b)
					rng := rand.New(rand.NewPCG(3, 4))
					classes := chosen(rng, share)
					var took []time.Duration
					for i := 0; b.Loop(); i++ {
						b.StopTimer()
						if mode == "cold" {
							classes = chosen(rng, share)
						}
						if mode == "growing" {
							n := rng.IntN(manyDocuments)
							table = table.With(map[string]int32{manyID(n): int32(rng.IntN(manyClasses))})
						}
						sc := scope.Of(space, scope.Read, table, classes)
						if share == 1 {
							sc = everyone
						}
						q := Query{Text: questions[i*7919%len(questions)], Arm: arm.arm}
						b.StartTimer()
						begin := time.Now()
						if _, err := x.Search(b.Context(), sc, q); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(begin))
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				})
			}
		}
	}
}
