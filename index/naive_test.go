package index

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wenyuan/index/analysis"
	"wenyuan/internal/scope"
)

// A naive searcher is the arm of words written down as it is defined: maps, one loop
// over everything, no segments.
type naive struct {
	entries []Entry // of living documents
}

type naiveSection struct {
	words, letters map[string]float64
	length, runs   float64
	passages       []naivePassage
	page           string
	document       string
}

type naivePassage struct {
	id     string
	words  map[string]float64 // with the title's
	length float64
}

type bagSink struct {
	words, letters map[string]float64
	length, runs   float64
}

func (s *bagSink) Term(kind analysis.Kind, term []byte) {
	s.words[string(kinds[kind])+string(term)]++
	if kind == analysis.Word {
		s.length++
	}
}

func (s *bagSink) Spelling(piece []byte) {
	for _, r := range analysis.AppendLetters(nil, piece) {
		s.letters["l"+r]++
		s.runs++
	}
}

func bagOf(texts ...string) *bagSink {
	s := &bagSink{words: map[string]float64{}, letters: map[string]float64{}}
	for _, t := range texts {
		new(analysis.Scanner).Scan(t, s)
	}
	return s
}

func (n naive) sections() (out []naiveSection) {
	for i, e := range n.entries {
		if i == 0 || n.entries[i-1].Document != e.Document || n.entries[i-1].Section != e.Section {
			out = append(out, naiveSection{page: cmp.Or(e.Group, e.Document), document: e.Document})
		}
		s := &out[len(out)-1]
		title := n.entries[i-len(s.passages)].Title
		b := bagOf(title, e.Text)
		s.passages = append(s.passages, naivePassage{e.Passage, b.words, b.length})
		texts := []string{title}
		for _, x := range n.entries[i+1-len(s.passages) : i+1] {
			texts = append(texts, x.Text)
		}
		all := bagOf(texts...)
		s.words, s.letters, s.length, s.runs = all.words, all.letters, all.length, all.runs
	}
	return out
}

func bm25(q []queryTerm, df map[string]float64, n float64, tf map[string]float64, length, mean float64) (s float64) {
	for _, t := range q {
		if c := tf[t.key]; c > 0 {
			s += t.weight * idf(df[t.key], n) * c * (k1 + 1) / (c + k1*(1-b+b*length/mean))
		}
	}
	return s
}

// search gives the score of every passage that has one.
func (n naive) search(sc scope.Scope, text string) map[string]float64 {
	q, all := ask(text), n.sections()
	df := map[string]float64{}
	var length, runs, passages, passageLength float64
	for _, s := range all {
		for t := range s.words {
			df[t]++
		}
		for t := range s.letters {
			df[t]++
		}
		length, runs = length+s.length, runs+s.runs
		for _, p := range s.passages {
			passages, passageLength = passages+1, passageLength+p.length
		}
	}
	count := float64(len(all))
	words, letters := make([]float64, len(all)), make([]float64, len(all))
	pages := map[string][]float64{}
	var bestWords, bestLetters, bestPage, bestPassage float64
	size := map[string]int{}
	for i, s := range all {
		if !sc.Sees(space, s.document) {
			continue
		}
		size[s.page]++ // what is not seen does not make a page longer
		words[i] = bm25(q.words, df, count, s.words, s.length, length/count)
		letters[i] = bm25(q.letters, df, count, s.letters, s.runs, runs/count)
		pages[s.page] = append(pages[s.page], words[i])
		bestWords, bestLetters = max(bestWords, words[i]), max(bestLetters, letters[i])
	}
	page := map[string]float64{}
	for name, v := range pages {
		slices.SortFunc(v, func(a, b float64) int { return cmp.Compare(b, a) })
		v = v[:min(3, len(v))]
		for _, x := range v {
			page[name] += x / float64(min(3, size[name]))
		}
		bestPage = max(bestPage, page[name])
	}
	own := map[string]float64{}
	for i, s := range all {
		if words[i] > 0 || letters[i] > 0 {
			for _, p := range s.passages {
				own[p.id] = bm25(q.words, df, count, p.words, p.length, passageLength/passages)
				bestPassage = max(bestPassage, own[p.id])
			}
		}
	}
	per := func(v, best float64) float64 {
		if best == 0 {
			return 0
		}
		return v / best
	}
	out := map[string]float64{}
	for i, s := range all {
		for _, p := range s.passages {
			if words[i] > 0 || letters[i] > 0 {
				out[p.id] = per(words[i], bestWords) + lettersWeight*per(letters[i], bestLetters) +
					pageWeight*per(page[s.page], bestPage) + passageWeight*per(own[p.id], bestPassage)
			}
		}
	}
	return out
}

var vocabularyOfTests = strings.Fields("broker message disk 消息 队列 消息队列 the of maxRetryTimes max_retry v5.3.1 ERR-1042 storage stores 備份 备份 a B x1")

func drawText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabularyOfTests), 0, 12).Draw(t, label), rapid.SampledFrom([]string{" ", "，", "\n"}).Draw(t, "joint"))
}

// TestAgainstNaive takes random steps and compares every search with the definition.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		x, err := Open(Options{Dir: dir, Space: space})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { x.Close() }()
		docs, order := map[string][]Entry{}, []string{}
		steps := rapid.IntRange(1, 12).Draw(r, "steps")
		for step := range steps {
			var batch Batch
			batch.Change = int64(step + 1)
			for range rapid.IntRange(0, 3).Draw(r, "documents") {
				id := fmt.Sprint("doc", rapid.IntRange(0, 9).Draw(r, "document"))
				if slices.ContainsFunc(batch.Add, func(e Entry) bool { return e.Document == id }) {
					continue
				}
				var entries []Entry
				for k := range rapid.IntRange(1, 4).Draw(r, "passages") {
					entries = append(entries, Entry{Passage: fmt.Sprint(id, "-", step, "-", k), Document: id, Section: k / 2,
						Group: rapid.SampledFrom([]string{"", "page"}).Draw(r, "page"), Title: drawText(r, "title"), Text: drawText(r, "text")})
					entries[k].Group = entries[0].Group
				}
				batch.Add = append(batch.Add, entries...)
				order = append(slices.DeleteFunc(order, func(d string) bool { return d == id }), id)
				docs[id] = entries
			}
			if rapid.Bool().Draw(r, "remove") {
				id := fmt.Sprint("doc", rapid.IntRange(0, 9).Draw(r, "gone"))
				if !slices.ContainsFunc(batch.Add, func(e Entry) bool { return e.Document == id }) {
					batch.Remove = append(batch.Remove, id)
					delete(docs, id)
					order = slices.DeleteFunc(order, func(d string) bool { return d == id })
				}
			}
			if err := x.Apply(t.Context(), batch); err != nil {
				r.Fatal(err)
			}
			if rapid.IntRange(0, 5).Draw(r, "reopen") == 0 {
				x.Close()
				if x, err = Open(Options{Dir: dir, Space: space}); err != nil || x.Rebuilt() != "" {
					r.Fatal(err, x.Rebuilt())
				}
			}
		}
		var n naive
		for _, id := range order {
			n.entries = append(n.entries, docs[id]...)
		}
		table := scope.NewTable()
		for range 3 {
			sc := everyone
			switch rapid.IntRange(0, 2).Draw(r, "some") {
			case 1:
				sc = scope.Documents(space, []string{"doc1", "doc2", "doc3", "doc7"})
			case 2: // each time of another table, of the one before or of none
				changed := map[string]int32{}
				for _, d := range rapid.SliceOf(rapid.IntRange(0, 9)).Draw(r, "classed") {
					changed[fmt.Sprint("doc", d)] = int32(rapid.IntRange(-1, 3).Draw(r, "class"))
				}
				if rapid.IntRange(0, 3).Draw(r, "another table") == 0 {
					table = scope.NewTable()
				}
				table = table.With(changed)
				sc = scope.Of(space, scope.Read, table, scope.Classes{}.Add(int32(rapid.IntRange(0, 3).Draw(r, "one"))).Add(2))
			}
			question := drawText(r, "question")
			compareWithNaive(r, x, n, sc, question)
		}
	})
}

func compareWithNaive(r *rapid.T, x *Index, n naive, sc scope.Scope, question string) {
	hits, err := x.Search(r.Context(), sc, Query{Text: question, K: 100, Arm: Words})
	if err != nil {
		r.Fatal(err)
	}
	want := n.search(sc, question)
	last := math.Inf(1)
	for _, h := range hits {
		score, ok := want[h.Passage]
		if !ok || math.Abs(score-h.Score) > 1e-4 {
			r.Fatalf("%q: %s has %v, by definition %v", question, h.Passage, h.Score, score)
		}
		if h.Score > last {
			r.Fatalf("%q: not in order", question)
		}
		last = h.Score
		delete(want, h.Passage)
	}
	if len(want) > 0 {
		r.Fatalf("%q: not found %v", question, slices.Collect(maps.Keys(want)))
	}
}
