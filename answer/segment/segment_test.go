package segment_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"wenyuan/answer/segment"
)

// whole cuts a text that comes at once.
func whole(text string) []segment.Unit {
	var c segment.Cutter
	return append(c.Write(text), c.Close()...)
}

// pieces cuts a text that comes in pieces of so many bytes as size says.
func pieces(text string, size func() int) (out []segment.Unit) {
	var c segment.Cutter
	for len(text) > 0 {
		n := min(max(1, size()), len(text))
		out = append(out, c.Write(text[:n])...)
		text = text[n:]
	}
	return append(out, c.Close()...)
}

func describe(units []segment.Unit) string {
	var b strings.Builder
	for _, u := range units {
		fmt.Fprintf(&b, "%v %q %v %q\n", [...]string{"prose", "code", "table"}[u.Kind], u.Gap, u.Cited, u.Text)
	}
	return b.String()
}

func cases(t testing.TB) (out []*txtar.Archive, names []string) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, f := range files {
		ar, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out, names = append(out, ar), append(names, f)
	}
	return out, names
}

// Each file holds texts as models write them, and behind each the units it is cut into: kind,
// gap, what is cited, text. UPDATE=1 writes them anew.
func TestCases(t *testing.T) {
	t.Parallel()
	all, names := cases(t)
	for i, ar := range all {
		for j := 0; j+1 < len(ar.Files); j += 2 {
			text := strings.TrimSuffix(string(ar.Files[j].Data), "\n")
			got := describe(whole(text))
			if diff := cmp.Diff(got, describe(pieces(text, func() int { return 1 }))); diff != "" {
				t.Errorf("%s %s: in single bytes: %s", names[i], ar.Files[j].Name, diff)
			}
			if os.Getenv("UPDATE") != "" {
				ar.Files[j+1].Data = []byte(got)
			} else if diff := cmp.Diff(string(ar.Files[j+1].Data), got); diff != "" {
				t.Errorf("%s %s: %s", names[i], ar.Files[j].Name, diff)
			}
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(names[i], txtar.Format(ar), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// parts are what texts of models are made of.
var parts = []string{"The queue holds 3.5 million messages", "每个队列有 4 个副本", "See e.g. the list", "“一句话。另一句。”", "\"He said so. Twice.\"",
	". ", "。", "! ", "？", "\n", "\n\n", "- ", "1. ", "  ", "[1]", " [1, 3]", "[1-3]", "【2】", " (Source 2)", "（来源2）", "[^1]", "［1］", "[1](http://x.y)",
	"```sh\nls a[1]\n```\n", "`a[1].b`", "`", "```", "~~~\n", "| a | b [1] |\n|---|---|\n| 1 | 2 |\n", "|", "## Head\n", "(", ")", "（", "“", "http://a.b/c?d=1.2 ", "v5.1.0", "...", "…", "    x = y[1]\n", "\t", "> ", "*", "**", "[", "]", "1", "[2024]", "[0, 10]", "根据[1]，", "\r\n", "NO_ANSWER"}

// Whatever way a text is cut into pieces, the units are the same.
func TestPiecesDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 40).Draw(t, "text"), "")
		size := rapid.IntRange(1, 9)
		want := describe(whole(text))
		got := describe(pieces(text, func() int { return size.Draw(t, "size") }))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}

func FuzzPieces(f *testing.F) {
	all, _ := cases(f)
	for _, ar := range all {
		for j := 0; j < len(ar.Files); j += 2 {
			f.Add(string(ar.Files[j].Data), uint64(j))
		}
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 8<<10 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		want := describe(whole(text))
		if got := describe(pieces(text, func() int { return 1 + r.IntN(12) })); got != want {
			t.Fatalf("%q:\n%s\n%s", text, want, got)
		}
	})
}

// A sentence is released when the next one has begun, and no later.
func TestOneSentenceOfDelay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"One is here. T":                    1,
		"One is here. [1] T":                1,
		"One is here.[1][2] T":              1,
		"One is here. [1":                   0,
		"One is here. [see":                 0,
		"第一句。第":                             1,
		"第一句。（":                             0,
		"第一句。（来源1）第":                        1,
		"- one\n- two\n- t":                 2,
		"# Head\n\nT":                       1,
		"At 3.5 units, e.g. The":            0,
		"```\nx\n":                          0,
		"```\nx\n```\nT":                    1,
		"Before.\n```\nx":                   1,
		"| a |\n|---|\n| b |\n":             0,
		"| a |\n|---|\n| b |\n\nT":          1,
		"He said \"One. Two":                0,
		"He said \"One. Two.\" T":           1,
		"One is here.\n\nTwo is there. And": 2,
	} {
		var c segment.Cutter
		if got := len(c.Write(text)); got != want {
			t.Errorf("%q: %d units are whole, want %d", text, got, want)
		}
	}
}

func BenchmarkSingleBytes(b *testing.B) {
	for name, text := range map[string]string{
		"prose":   "The queue holds 3.5 million messages, e.g. The ones of yesterday [1]. 每个队列有 4 个副本【2】。\n",
		"nothing": "e.g. The ", "ticks": "`", "open": "(See e.g. A ", "brackets": "[1 ", "code": "```\nx[1]\n", "bars": "| a | b |\n",
	} {
		text = strings.Repeat(text, 256<<10/len(text))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				pieces(text, func() int { return 1 })
			}
		})
	}
}
