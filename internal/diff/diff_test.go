package diff

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// show writes a comparison down: what changed within a line stands in braces.
func show(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s", map[Op]string{Same: " ", Removed: "-", Added: "+"}[l.Op])
		for _, p := range l.Pieces {
			if p.Changed {
				b.WriteString("{" + p.Text + "}")
			} else {
				b.WriteString(p.Text)
			}
		}
		b.WriteString("|")
	}
	return b.String()
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after, want string }{
		{"equal", "a\nb\n", "a\nb\n", " a| b|"},
		{"from nothing", "", "a\nb", "+a|+b|"},
		{"to nothing", "a\nb", "", "-a|-b|"},
		{"both empty", "", "", ""},
		{"one added", "a\nc", "a\nb\nc", " a|+b| c|"},
		{"one removed", "a\nb\nc", "a\nc", " a|-b| c|"},
		{"moved", "a\nb\nc", "b\nc\na", "-a| b| c|+a|"},
		{"words", "answer in two sentences", "answer in three sentences", "-answer in {two} sentences|+answer in {three} sentences|"},
		{"Chinese words", "用提问的语言回答，简明直接。", "用提问的语言回答，简短直接。", "-用提问的语言回答，简{明}直接。|+用提问的语言回答，简{短}直接。|"},
		{"a number", "budget: 3200", "budget: 3600", "-budget: {3200}|+budget: {3600}|"},
		{"nothing alike", "one two three", "vier fünf sechs", "-one two three|+vier fünf sechs|"},
		{"two for one", "x is 1", "x is 2\ny is 3", "-x is {1}|+x is {2}|+y is 3|"},
		{"the break at the end", "a\n", "a", " a|"},
		{"an empty line", "a\n\nb", "a\nb", " a|-| b|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Lines(c.before, c.after)
			if s := show(got); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}

// TestLinesHoldBothTexts: what a comparison shows is both texts, whole and in order.
func TestLinesHoldBothTexts(t *testing.T) {
	t.Parallel()
	line := rapid.SampledFrom([]string{"", "a", "b", "a b", "a c", "问", "问答", "x\ty", "a  b"})
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(line, 1, 12).Draw(t, "lines"), "\n") })
	rapid.Check(t, func(t *rapid.T) {
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var old, now []string
		for _, l := range Lines(before, after) {
			if l.Op != Added {
				if old = append(old, l.Text()); l.Old != len(old) {
					t.Fatalf("line %d of the old text has the number %d", len(old), l.Old)
				}
			}
			if l.Op != Removed {
				if now = append(now, l.Text()); l.New != len(now) {
					t.Fatalf("line %d of the new text has the number %d", len(now), l.New)
				}
			}
		}
		if got, want := strings.Join(old, "\n"), strings.Join(split(before), "\n"); got != want {
			t.Fatalf("the old text is %q, want %q", got, want)
		}
		if got, want := strings.Join(now, "\n"), strings.Join(split(after), "\n"); got != want {
			t.Fatalf("the new text is %q, want %q", got, want)
		}
	})
}

// TestMatchesAreLongest compares with the plain table of longest common subsequences.
func TestMatchesAreLongest(t *testing.T) {
	t.Parallel()
	row := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 14)
	rapid.Check(t, func(t *rapid.T) {
		a, b := row.Draw(t, "a"), row.Draw(t, "b")
		long := make([][]int, len(a)+1)
		for i := range long {
			long[i] = make([]int, len(b)+1)
		}
		for i := range a {
			for j := range b {
				if long[i+1][j+1] = max(long[i][j+1], long[i+1][j]); a[i] == b[j] {
					long[i+1][j+1] = long[i][j] + 1
				}
			}
		}
		n, i, j := 0, 0, 0
		for _, m := range matches(a, b) {
			if m.a < i || m.b < j {
				t.Fatalf("runs overlap: %v", matches(a, b))
			}
			for k := range m.n {
				if a[m.a+k] != b[m.b+k] {
					t.Fatalf("%v is no run of equals", m)
				}
			}
			n, i, j = n+m.n, m.a+m.n, m.b+m.n
		}
		if n != long[len(a)][len(b)] {
			t.Fatalf("%d equal of %v and %v, want %d", n, a, b, long[len(a)][len(b)])
		}
	})
}

// TestLarge: texts without a common line end soon, and as replaced.
func TestLarge(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&a, "old %d\n", i)
		fmt.Fprintf(&b, "new %d x\n", i*7)
	}
	if n := len(Lines(a.String(), b.String())); n != 40000 {
		t.Errorf("%d lines", n)
	}
}
