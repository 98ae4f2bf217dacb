package main

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wenyuan/corpus"
)

func TestTableLinesUpBothScripts(t *testing.T) {
	t.Parallel()
	var tb table
	tb.row("语料库", "段")
	tb.line("a line of its own that is wide")
	tb.row("manual", 7)
	var b bytes.Buffer
	tb.write(&b)
	if want := "语料库  段\na line of its own that is wide\nmanual  7\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// looked is a plan for a corpus and a folder, both given as source and content; what could
// not be read in the folder is named.
func looked(have []corpus.Document, folder map[string]string, unreadable ...string) *plan {
	p := newPlan(have)
	for _, source := range slices.Sorted(keysOf(folder)) {
		p.compare(source, folder[source])
	}
	for _, u := range unreadable {
		p.miss(u)
	}
	p.close()
	return p
}

func keysOf(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	have := []corpus.Document{
		{ID: "1", Source: "a.md", Hash: "A", State: "ready"}, {ID: "2", Source: "b.md", Hash: "B", State: "ready"},
		{ID: "3", Source: "sub/c.md", Hash: "C", State: "ready"}, {ID: "4", Source: "d.md", Hash: "D", State: "failed"},
	}
	p := looked(have, map[string]string{"a.md": "A2", "new/b.md": "B", "copy/b.md": "B", "d.md": "D"}, "sub")
	if d := cmp.Diff([]moved{{"2", "b.md", "copy/b.md"}}, p.moves); d != "" {
		t.Errorf("one of two copies is the document, moved: %s", d)
	}
	if d := cmp.Diff(map[string]bool{"a.md": true, "new/b.md": true, "d.md": true, "sub": true}, p.uploads); d != "" {
		t.Error(d)
	}
	if len(p.removes) != 0 {
		t.Errorf("what lies where the folder could not be read is removed: %v", p.removes)
	}
}

// Whatever corpus and folder hold: carried out, the plan makes them equal, and no document
// that has its content still somewhere loses its id.
func TestPlanMakesEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		contents := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), rapid.SampledFrom([]string{"X", "Y", "Z"}))
		before, folder := contents.Draw(t, "corpus"), contents.Draw(t, "folder")
		var have []corpus.Document
		now := map[string]string{}
		for i, source := range slices.Sorted(keysOf(before)) {
			have = append(have, corpus.Document{ID: fmt.Sprint(i), Source: source, Hash: before[source], State: "ready"})
			now[source] = before[source]
		}
		p := looked(have, folder)
		for _, m := range p.moves {
			if _, taken := now[m.To]; taken {
				t.Fatalf("%s is moved onto %s, which is there", m.From, m.To)
			}
			now[m.To] = now[m.From]
			delete(now, m.From)
		}
		for source := range p.uploads {
			now[source] = folder[source]
		}
		for _, r := range p.removes {
			delete(now, r.Source)
		}
		if d := cmp.Diff(folder, now); d != "" {
			t.Fatal(d)
		}
		if n := p.unchanged + p.added + p.changed + len(p.moves); n != len(folder) {
			t.Fatalf("%d files are counted, there are %d", n, len(folder))
		}
	})
}

// A table of several documents is one file: unchanged, moved and removed as a whole.
func TestPlanOfTables(t *testing.T) {
	t.Parallel()
	part := func(id, file, key, hash, state string) corpus.Document {
		return corpus.Document{ID: id, Source: file + "#" + key, File: file, Hash: "part " + key, FileHash: hash, State: state}
	}
	have := []corpus.Document{
		part("1", "same.csv", "group:a", "S", "ready"), part("2", "same.csv", "rest", "S", "ready"),
		part("3", "moved.csv", "group:a", "M", "ready"), part("4", "moved.csv", "rest", "M", "ready"),
		part("5", "gone.csv", "group:a", "G", "ready"), part("6", "gone.csv", "rest", "G", "ready"),
		part("7", "changed.csv", "rest", "C", "ready"), part("8", "hidden.csv", "rest", "", "ready"),
	}
	p := looked(have, map[string]string{"same.csv": "S", "new/moved.csv": "M", "changed.csv": "C2", "hidden.csv": "H"})
	if len(p.moves) != 1 || p.moves[0].From != "moved.csv" || p.moves[0].To != "new/moved.csv" || len(p.removes) != 1 || p.removes[0].Source != "gone.csv" {
		t.Errorf("moves %v, removes %v", p.moves, p.removes)
	}
	if p.unchanged != 1 || p.changed != 2 || p.added != 0 || !p.uploads["changed.csv"] || !p.uploads["hidden.csv"] || p.uploads["same.csv"] {
		t.Errorf("unchanged %d, changed %d, added %d, uploads %v", p.unchanged, p.changed, p.added, p.uploads)
	}
}
