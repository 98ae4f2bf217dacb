package rule

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/reading"
)

// everything evaluates the rules over all words of both layers, wherever they stand, in one
// piece.
func (m *Matcher) everything(folded string) []finding {
	sc := scan{m: m, l: &m.first, s: folded}
	sc.run(0, len(folded))
	sc.l = &m.context
	sc.run(0, len(folded))
	return m.evaluate(folded, sc.events)
}

// Looking for the telling words first, and in parts, finds what looking for all of them
// everywhere does.
func TestNarrowingLosesNothing(t *testing.T) {
	t.Parallel()
	sets := BuiltIn()
	m := compiled(t, append(sets, parsed(t, "language", file(t, "language.rules")))...)
	var words []string
	for _, set := range m.sets {
		for i := range set.rules {
			r := &set.rules[i]
			for _, ts := range [][]term{r.terms, {r.except, r.unless}} {
				for _, x := range ts {
					for _, w := range x {
						words = append(words, w.text)
					}
				}
			}
		}
	}
	met := 0
	for seed := range uint64(24) {
		r := rand.New(rand.NewPCG(seed, 9))
		var b strings.Builder
		size := 500 << (seed % 8)
		for b.Len() < size {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteString([]string{"", "", " ", "，", "他们去那里看看 ", " and then "}[r.IntN(6)])
		}
		text := reading.Fold(b.String()).Folded
		want := m.everything(text)
		got := m.find(text)
		met += len(got)
		if !slices.Equal(got, want) && len(got) < MaxMatches {
			t.Fatalf("seed %d, %d bytes: %d findings, want %d", seed, len(text), len(got), len(want))
		}
	}
	if met < 200 {
		t.Errorf("only %d findings", met)
	}
}

// The screen lets every entry through.
func TestScreenMissesNothing(t *testing.T) {
	t.Parallel()
	m := compiled(t, append(BuiltIn(), parsed(t, "language", file(t, "language.rules")), parsed(t, "generated", generated(2000)))...)
	for _, l := range []*layer{&m.first, &m.context} {
		for i := range l.entries {
			e := &l.entries[i]
			if e.glob >= 0 {
				continue
			}
			for _, text := range []string{e.key, " " + e.key + " ", "见" + e.key + "了", "a-" + strings.ReplaceAll(e.key, " ", "-_") + "."} {
				sc := scan{m: m, l: l, s: text}
				sc.run(0, len(text))
				if !slices.ContainsFunc(sc.events, func(x event) bool { return x.group == e.group }) {
					t.Fatalf("%q is not found in %q", e.key, text)
				}
			}
		}
	}
}
