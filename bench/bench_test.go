// Package bench holds the index against bleve, and what is sent to collectors of traces against
// OpenTelemetry's definitions, in a module of its own so that neither is a dependency of the program.
package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/index"
)

const passages = 100_000

// A language has sets of texts with questions, and bleve's analyzer for it.
type language struct {
	name, analyzer string
	sets           []string
}

// The documentation's vocabulary is small and its questions are made of frequent words;
// encyclopedia questions are made of rare ones.

var languages = []language{
	{"documentation-zh", cjk.AnalyzerName, []string{"rocketmq_faq_zh"}},
	{"documentation-en", en.AnalyzerName, []string{"rocketmq_faq_en"}},
	{"encyclopedia-zh", cjk.AnalyzerName, []string{"cmrc_dev"}},
	{"encyclopedia-en", en.AnalyzerName, []string{"xquad_en"}},
}

func read(b *testing.B, l language, file string) (out []string) {
	for _, s := range l.sets {
		out = append(out, readSet(b, s, file)...)
	}
	return out
}

func readSet(b *testing.B, name, file string) (out []string) {
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "retrieval", name, file))
	if err != nil {
		b.Skipf("the measuring data is absent (set WENYUAN_SHARED_DATA): %v", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<26)
	for sc.Scan() {
		var row struct{ Text string }
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			b.Fatal(err)
		}
		out = append(out, row.Text)
	}
	return out
}

// texts repeats and varies real passages: each is cut to size, and some of its words or
// characters come from another one.
func texts(b *testing.B, l language) []string {
	rng := rand.New(rand.NewPCG(1, 2))
	size, by := 400, ""
	if l.analyzer == en.AnalyzerName {
		size, by = 200, " "
	}
	var from [][]string
	for _, t := range read(b, l, "corpus.jsonl") {
		words := strings.Split(t, by)
		for len(words) > 0 {
			n := min(size, len(words))
			from = append(from, words[:n])
			words = words[n:]
		}
	}
	out := make([]string, passages)
	for i := range out {
		a, c := slices.Clone(from[i%len(from)]), from[rng.IntN(len(from))]
		if n := min(len(a), len(c)) / 4; n > 0 {
			copy(a[rng.IntN(len(a)-n+1):], c[:n])
		}
		out[i] = strings.Join(a, by)
	}
	return out
}

// BenchmarkQuestions asks whole questions, words alone, ten hits, of both in turn: a round
// of questions each, so that a busy machine slows both alike, and neither works in the
// other's garbage and on a cache that the other has filled.
func BenchmarkQuestions(b *testing.B) {
	for _, l := range languages {
		all, questions := texts(b, l), read(b, l, "queries.jsonl")
		rand.New(rand.NewPCG(3, 4)).Shuffle(len(questions), func(i, j int) { questions[i], questions[j] = questions[j], questions[i] })
		b.Run(l.name, func(b *testing.B) {
			ours, theirs := ours(b, all), theirs(b, all, l.analyzer)
			if q := questions[0]; ours(q) == 0 || theirs(q) == 0 {
				b.Fatalf("nothing was found for %q", q)
			}
			var a, c []time.Duration
			for i := 0; b.Loop(); i += round {
				a, c = ask(ours, questions, i, a), ask(theirs, questions, i, c)
			}
			b.ReportMetric(at(a, 50), "wenyuan-p50-ms")
			b.ReportMetric(at(a, 99), "wenyuan-p99-ms")
			b.ReportMetric(at(c, 50), "bleve-p50-ms")
			b.ReportMetric(at(c, 99), "bleve-p99-ms")
			b.ReportMetric(at(c, 50)/at(a, 50), "times-faster")
		})
	}
}

const round = 26

// ask times a round of questions, from the i-th on.
func ask(search func(string) int, questions []string, i int, took []time.Duration) []time.Duration {
	runtime.GC()
	for k := range round {
		q := questions[(i+k)%len(questions)]
		begin := time.Now()
		search(q)
		took = append(took, time.Since(begin))
	}
	return took
}

// at is a percentile in milliseconds.
func at(took []time.Duration, percent int) float64 {
	slices.Sort(took)
	return float64(took[len(took)*percent/100].Nanoseconds()) / 1e6
}

func ours(b *testing.B, all []string) func(string) int {
	x, err := index.Open(index.Options{Dir: b.TempDir(), Space: wenyuan.DefaultSpace})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	var batch index.Batch
	for i, t := range all {
		batch.Add = append(batch.Add, index.Entry{Passage: fmt.Sprint("p", i), Document: fmt.Sprint("d", i), Text: t})
	}
	batch.Change = 1
	if err := x.Apply(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	sc, err := auth.Scope(b.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		b.Fatal(err)
	}
	return func(q string) int {
		hits, err := x.Search(b.Context(), sc, index.Query{Text: q, Arm: index.Words})
		if err != nil {
			b.Fatal(err)
		}
		return len(hits)
	}
}

func theirs(b *testing.B, all []string, analyzer string) func(string) int {
	mapping := bleve.NewIndexMapping()
	field := bleve.NewTextFieldMapping()
	field.Analyzer, field.Store, field.IncludeTermVectors, field.IncludeInAll = analyzer, false, false, false
	document := bleve.NewDocumentStaticMapping()
	document.AddFieldMappingsAt("text", field)
	mapping.DefaultMapping = document
	x, err := bleve.New(filepath.Join(b.TempDir(), "bleve"), mapping)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	for at := 0; at < len(all); at += 1000 {
		batch := x.NewBatch()
		for i, t := range all[at:min(at+1000, len(all))] {
			if err := batch.Index(fmt.Sprint("d", at+i), map[string]string{"text": t}); err != nil {
				b.Fatal(err)
			}
		}
		if err := x.Batch(batch); err != nil {
			b.Fatal(err)
		}
	}
	return func(q string) int {
		match := bleve.NewMatchQuery(q)
		match.SetField("text")
		r, err := x.Search(bleve.NewSearchRequestOptions(match, 10, 0, false))
		if err != nil {
			b.Fatal(err)
		}
		return len(r.Hits)
	}
}
