package similar

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A pairRow is a row of testdata/pairs.tsv.
type pairRow struct {
	lang, kind, a, b string
	may              bool
}

func pairRows(t testing.TB) (all []pairRow) {
	t.Helper()
	b, err := os.ReadFile("testdata/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); line[0] != '#' && len(f) == 5 {
			all = append(all, pairRow{lang: f[0], may: f[1] == "1", kind: f[2], a: f[3], b: f[4]})
		}
	}
	return all
}

func gives(d float64) bool { return unlearned.right(d) >= 1-DefaultWrong }

// TestPairs: what means the same serves, and none of the traps does, in either direction.
func TestPairs(t *testing.T) {
	t.Parallel()
	rows := pairRows(t)
	if len(rows) < 180 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		for _, p := range [][2]string{{r.a, r.b}, {r.b, r.a}} {
			c := compare(p[0], p[1])
			if hit := c.why == "" && gives(c.distance()); hit != r.may {
				t.Errorf("%s %s: %q for %q: served %v, want %v (%q, %.2f)", r.lang, r.kind, p[0], p[1], hit, r.may, c.why, c.distance())
			}
		}
	}
}

// TestChanged: another number, name, negation or time in any of the questions is noticed.
func TestChanged(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	en := []string{" 7", " not", " yesterday", " Neptune", " only", " never", " must", " 3.1.4", " max_size"}
	zh := []string{"七十", "不", "昨天", "海王星", "所有", "从未", "必须", "3.1.4版", "max_size"}
	for _, row := range pairRows(t) {
		if !row.may {
			continue
		}
		add := en
		if row.lang == "zh" {
			add = zh
		}
		q := []rune(row.b)
		at := len(q)
		for at > 0 && strings.ContainsRune("?？!！ 谢谢.Thanks呢啊吗", q[at-1]) {
			at--
		}
		with := string(q[:at]) + add[r.IntN(len(add))] + string(q[at:])
		if c := compare(row.a, with); c.why == "" && gives(c.distance()) {
			t.Errorf("%q serves %q", row.a, with)
		}
	}
}

// TestItself: every question that asks something agrees with itself at no cost.
func TestItself(t *testing.T) {
	t.Parallel()
	for _, r := range pairRows(t) {
		if r.kind == "statement" || r.kind == "single" {
			continue
		}
		if c := compare(r.a, r.a); c.why != "" || c.distance() != 0 {
			t.Errorf("%q: %q, %g", r.a, c.why, c.distance())
		}
	}
}

// TestLongest: a long text is refused in little time.
func TestLongest(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	for _, q := range []string{strings.Repeat("what ", 200_000), strings.Repeat("吗", 500), strings.Repeat("1.", 300) + "?"} {
		if ok, why := Agree(q, q); ok && len([]rune(q)) > longestQuestion {
			t.Errorf("%.20q agrees: %q", q, why)
		}
	}
	if d := time.Since(begun); d > 20*time.Second {
		t.Errorf("%v", d)
	}
}

// TestList: no word stands under two headings, where the second would be lost.
func TestList(t *testing.T) {
	t.Parallel()
	b, err := lists.ReadFile("lists/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	var met []uint64
	for line := range strings.Lines(string(b)) {
		if line[0] == '#' || line[0] == '[' {
			continue
		}
		for _, w := range strings.Fields(line) {
			h := hash(strings.ReplaceAll(w, "_", " "))
			if slices.Contains(met, h) {
				t.Errorf("%q stands twice", w)
			}
			met = append(met, h)
		}
	}
}

// FuzzAgree: no text makes it fall over, the order of the two does not matter, and nothing that
// agrees is farther than what the words together cost.
func FuzzAgree(f *testing.F) {
	for _, r := range pairRows(f) {
		f.Add(r.a, r.b)
	}
	f.Add("\xff\xfe?", "？\x00")
	f.Add("۱۲۳ ٣؟", "İ ǅ ﬃ?")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := compare(a, b), compare(b, a)
		if x != y {
			t.Errorf("%+v one way, %+v the other", x, y)
		}
		if d := x.distance(); d < 0 || d != d {
			t.Errorf("distance %g", d)
		}
		if z := compare(a, a); z.why != "" && z.why != tooLong && z.why != asksNot || z.why == "" && z.distance() != 0 {
			t.Errorf("%q is not like itself: %+v", a, z)
		}
	})
}

func BenchmarkAgree(b *testing.B) {
	rows := pairRows(b)
	for i := range b.N {
		r := rows[i%len(rows)]
		Agree(r.a, r.b)
	}
}
