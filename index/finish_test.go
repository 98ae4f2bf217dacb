package index

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"wenyuan/internal/scope"
)

// zipfian makes documents of three sections of words that are frequent and rare as in
// language, with some that stand in nearly every section; every eighth document is a long page.
func zipfian(rng *rand.Rand, documents int) (entries []Entry) {
	z := rand.NewZipf(rng, 1.2, 4, 3000)
	text := func() string {
		var s strings.Builder
		for range 10 + rng.IntN(30) {
			fmt.Fprintf(&s, "%c%c，", 0x4e00+rune(z.Uint64()), 0x5e00)
		}
		return s.String()
	}
	for d := range documents {
		id, sections := fmt.Sprintf("doc%d", d), 3
		if d%8 == 0 {
			sections = 9
		}
		for k := range sections {
			e := Entry{Passage: fmt.Sprint(id, "-", k), Document: id, Section: k, Title: text(), Text: text()}
			if rng.IntN(50) == 0 {
				e.Text += fmt.Sprintf(" node%d", rng.IntN(20))
			}
			entries = append(entries, e)
			if rng.IntN(3) == 0 {
				e.Passage, e.Text = e.Passage+"b", text()
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// TestLargeAgainstNaive holds the search that leaves sections out early against the
// definition, in an index large enough for it.
func TestLargeAgainstNaive(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	entries := zipfian(rng, 2000)
	x := open(t, t.TempDir())
	half := len(entries) / 2
	for entries[half].Document == entries[half-1].Document {
		half++
	}
	apply(t, x, Batch{Add: entries[:half]})
	apply(t, x, Batch{Add: entries[half:], Remove: []string{"doc3", "doc8"}})
	n := naive{}
	var some []string
	for _, e := range entries {
		if e.Document == "doc3" || e.Document == "doc8" {
			continue
		}
		n.entries = append(n.entries, e)
		if len(e.Document)%2 == 0 {
			some = append(some, e.Document)
		}
	}
	pruned := 0
	for q := range 6 {
		e := entries[rng.IntN(len(entries))]
		question := string([]rune(e.Title)[:18]) + " node" + fmt.Sprint(q)
		for name, sc := range map[string]scope.Scope{"all": everyone, "some": scope.Documents(space, some)} {
			hits, err := x.Search(t.Context(), sc, Query{Text: question, Arm: Words})
			if err != nil {
				t.Fatal(err)
			}
			want := n.search(sc, question)
			better := 0
			for _, s := range want {
				if s > hits[len(hits)-1].Score+1e-4 {
					better++
				}
			}
			if len(hits) != 10 || better > 9 {
				t.Errorf("%q, %s: %d hits, %d are better than the last", question, name, len(hits), better)
			}
			for _, h := range hits {
				if math.Abs(want[h.Passage]-h.Score) > 1e-4 {
					t.Errorf("%q, %s: %s has %v, by definition %v", question, name, h.Passage, h.Score, want[h.Passage])
				}
			}
		}
		pruned += x.leftOut(t, question)
	}
	if pruned < 4 {
		t.Errorf("words were left out in %d of 6 questions", pruned)
	}
}

// leftOut is 1 where a question does not need every section that has a word of it.
func (x *Index) leftOut(t *testing.T, question string) int {
	s, err := x.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer s.release()
	w := new(scratch)
	w.prepare(s, space, everyone, Query{Text: question, K: 10, Arm: Words})
	w.lexical()
	if len(w.kept) > 0 && &w.kept[0] != &w.touched[0] {
		return 1
	}
	return 0
}
