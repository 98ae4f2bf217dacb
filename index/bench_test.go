package index

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wenyuan/internal/scope"
)

// measuringTexts are real texts in both languages, where the measuring data is at hand.
func measuringTexts(tb testing.TB) (texts, questions []string) {
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	for _, set := range []string{"rocketmq_faq_zh", "rocketmq_faq_en", "cmrc_dev", "xquad_en"} {
		texts = append(texts, readField(tb, filepath.Join(dir, "retrieval", set, "corpus.jsonl"))...)
		questions = append(questions, readField(tb, filepath.Join(dir, "retrieval", set, "queries.jsonl"))...)
	}
	return texts, questions
}

func readField(tb testing.TB, path string) (out []string) {
	f, err := os.Open(path)
	if err != nil {
		tb.Skipf("the measuring data is absent (set WENYUAN_SHARED_DATA): %v", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<26)
	for sc.Scan() {
		var row struct{ Text string }
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			tb.Fatal(err)
		}
		out = append(out, row.Text)
	}
	return out
}

// pieces cuts texts into passages of about 400 Chinese characters or 200 English words.
func pieces(texts []string) (out []string) {
	for _, t := range texts {
		r := []rune(t)
		size := 400
		if len(t) < 2*len(r) {
			size = 1000
		}
		for len(r) > 0 {
			n := min(size, len(r))
			if s := string(r[:n]); strings.TrimSpace(s) != "" {
				out = append(out, s)
			}
			r = r[n:]
		}
	}
	return out
}

// vary repeats real passages with other words put in, so that no two are equal.
func vary(from []string, n int, rng *rand.Rand) []string {
	out := make([]string, n)
	for i := range out {
		a := strings.Fields(from[i%len(from)])
		for j := range a {
			if rng.IntN(8) == 0 {
				b := strings.Fields(from[rng.IntN(len(from))])
				if len(b) > 0 {
					a[j] = b[rng.IntN(len(b))]
				}
			}
		}
		out[i] = fmt.Sprint(strings.Join(a, " "), " item", i)
	}
	return out
}

// largeEntries are passages in documents of eight, two of them to a section, with vectors
// of some 200 directions and noise, as embeddings are.
func largeEntries(tb testing.TB, n, dim int) (entries []Entry, questions []string) {
	texts, questions := measuringTexts(tb)
	rng := rand.New(rand.NewPCG(1, 2))
	var centres [][]float32
	for range 200 {
		centres = append(centres, randomVector(rng, dim, nil))
	}
	for i, t := range vary(pieces(texts), n, rng) {
		e := Entry{Passage: fmt.Sprintf("psg_%08d", i), Document: fmt.Sprintf("doc_%07d", i/8), Section: i % 8 / 2,
			Title: strings.Join(strings.Fields(t)[:1], " "), Text: t}
		if dim > 0 {
			e.Vector = randomVector(rng, dim, centres[rng.IntN(len(centres))])
		}
		entries = append(entries, e)
	}
	return entries, questions
}

func randomVector(rng *rand.Rand, dim int, around []float32) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	if around != nil {
		axpy(v, 1.5, around)
	}
	normalize(v)
	return v
}

const largePassages = 100_000

// large is one index of 100,000 passages for all benchmarks of a run.
var large = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "wenyuan-bench-*") })

func openLarge(b *testing.B) (*Index, []string) {
	b.Helper()
	dir, err := large()
	if err != nil {
		b.Fatal(err)
	}
	x, err := Open(Options{Dir: dir, Space: space, Embedding: "bench", Dim: 384})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	_, questions := measuringTexts(b)
	if x.Change() > 0 {
		return x, questions
	}
	entries, _ := largeEntries(b, largePassages, 384)
	for at := 0; at < len(entries); at += 4096 {
		apply(b, x, Batch{Add: entries[at:min(at+4096, len(entries))]})
	}
	before, peak := cpuSeconds(b), peakMemory(b)
	if _, err := x.Learn(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("learned in %.1f processor seconds; the process took %d MB at most before and %d MB after", cpuSeconds(b)-before, peak>>20, peakMemory(b)>>20)
	return x, questions
}

func BenchmarkIndexing(b *testing.B) {
	entries, _ := largeEntries(b, 20_000, 0)
	before := cpuSeconds(b)
	for b.Loop() {
		x, err := Open(Options{Dir: b.TempDir(), Space: space})
		if err != nil {
			b.Fatal(err)
		}
		for at := 0; at < len(entries); at += 2000 {
			apply(b, x, Batch{Add: entries[at : at+2000]})
		}
		x.Close()
	}
	b.ReportMetric(float64(len(entries))*float64(b.N)/(cpuSeconds(b)-before), "passages/cpu-s")
}

// cpuSeconds is the processor time of this process, collecting garbage included; the machine may be shared.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peakMemory is the most memory this process has had, in bytes, the files it maps included.
func peakMemory(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Maxrss << 10 // Linux counts in kilobytes
}

func BenchmarkLearning(b *testing.B) {
	entries, _ := largeEntries(b, 20_000, 0)
	x := open(b, b.TempDir())
	apply(b, x, Batch{Add: entries})
	before := cpuSeconds(b)
	for b.Loop() {
		if _, err := x.Learn(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuSeconds(b)-before)/float64(b.N), "cpu-s/op")
}

func BenchmarkOpen(b *testing.B) {
	x, _ := openLarge(b)
	o := x.o
	x.Close()
	for b.Loop() {
		y, err := Open(o)
		if err != nil {
			b.Fatal(err)
		}
		y.Close()
	}
}

// BenchmarkSearch asks whole questions of 100,000 passages.
func BenchmarkSearch(b *testing.B) {
	some := make([]string, 0, largePassages/800)
	for i := 0; i < largePassages/8; i += 100 {
		some = append(some, fmt.Sprintf("doc_%07d", i))
	}
	for _, arm := range []struct {
		name  string
		arm   Arm
		given bool
	}{{"words", Words, false}, {"learned", Fused, false}, {"fused", Fused, true}} {
		for name, sc := range map[string]scope.Scope{"all": everyone, "1%": scope.Documents(space, some)} {
			b.Run(arm.name+"/"+name, func(b *testing.B) {
				x, questions := openLarge(b)
				rng := rand.New(rand.NewPCG(3, 4))
				vectors := make([][]float32, 64)
				for i := range vectors {
					vectors[i] = randomVector(rng, 384, nil)
				}
				var took []time.Duration
				i, before := 0, cpuSeconds(b)
				for b.Loop() {
					q := Query{Text: questions[i*7919%len(questions)], Arm: arm.arm}
					if arm.given {
						q.Vector = vectors[i%len(vectors)]
					}
					begin := time.Now()
					if _, err := x.Search(b.Context(), sc, q); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(begin))
					i++
				}
				b.ReportMetric((cpuSeconds(b)-before)*1000/float64(i), "cpu-ms/op")
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}
