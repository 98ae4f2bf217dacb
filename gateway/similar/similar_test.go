package similar

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// sure never tries a hit out.
func sure() float64 { return 1 }

var here = Where{Space: "main", Place: [32]byte{1}}

func index(t *testing.T, c Config) *Index {
	t.Helper()
	if c.Chance == nil {
		c.Chance = sure
	}
	return Open(c)
}

func keep(x *Index, w Where, question string, key byte) {
	x.Add(context.Background(), w, question, [32]byte{key}, time.Now().Add(time.Hour))
}

// TestFind: a question that means the same is found in its place, and nowhere else.
func TestFind(t *testing.T) {
	t.Parallel()
	x := index(t, Config{})
	keep(x, here, "What is the default port of the server?", 7)
	m, ok := x.Find(t.Context(), here, "Please tell me, what's the default port of the server")
	if !ok || !m.Serve || m.Key != [32]byte{7} || m.Similarity < .9 || m.Why != served {
		t.Fatalf("got %+v, %v", m, ok)
	}
	for _, w := range []Where{{Space: "other", Place: here.Place}, {Space: "main", Place: [32]byte{2}}} {
		if m, ok := x.Find(t.Context(), w, "What is the default port of the server?"); ok {
			t.Errorf("found across a border: %+v", m)
		}
	}
	if _, ok := x.Find(t.Context(), here, "What is not the default port of the server?"); ok {
		t.Error("a denial was found")
	}
	x.Forget("main", [32]byte{7})
	if _, ok := x.Find(t.Context(), here, "What is the default port of the server?"); ok || x.Len() != 0 {
		t.Error("a forgotten question was found")
	}
}

// TestBounds: a place and a space hold so many questions, and what has ended is not found.
func TestBounds(t *testing.T) {
	t.Parallel()
	x := index(t, Config{Entries: 100})
	for i := range 200 {
		x.Add(t.Context(), here, fmt.Sprintf("what is port %d?", i), [32]byte{byte(i), byte(i >> 8), 1}, time.Now().Add(time.Hour))
		x.Add(t.Context(), Where{Space: "main", Place: [32]byte{byte(i), 9}}, "what is it for?", [32]byte{byte(i), byte(i >> 8), 2}, time.Now().Add(time.Hour))
	}
	if n := x.Len(); n != 100 {
		t.Errorf("%d questions are kept", n)
	}
	x.ForgetSpace("main")
	x.Add(t.Context(), here, "what is it for?", [32]byte{1}, time.Now().Add(-time.Second))
	if _, ok := x.Find(t.Context(), here, "what is it for?"); ok {
		t.Error("an answer was found past its time")
	}
}

// TestLearned: one wrong answer closes a neighbourhood, and right ones open one, on both engines and
// for whoever opens the database next.
func TestLearned(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		x := index(t, Config{Store: s})
		keep(x, here, "How do I rotate the access key?", 1)
		ask := func(x *Index, q string) Match {
			t.Helper()
			m, ok := x.Find(t.Context(), here, q)
			if !ok {
				t.Fatalf("%q is not found", q)
			}
			return m
		}
		far := "How can one rotate the access key?"
		m := ask(x, far)
		if m.Serve || m.Why != unsure {
			t.Fatalf("%+v is given before anything was learned", m)
		}
		for range 40 {
			if err := x.Learn(t.Context(), "main", m, true); err != nil {
				t.Fatal(err)
			}
		}
		if m = ask(x, far); !m.Serve {
			t.Fatalf("%+v is not given after 40 right answers", m)
		}
		other := index(t, Config{Store: s})
		keep(other, here, "How do I rotate the access key?", 1)
		if m = ask(other, far); !m.Serve {
			t.Errorf("another process has not learned: %+v", m)
		}
		for range 2 {
			if err := x.Judge(t.Context(), "main", "trace_1 person_1", *m.Like(), new(false)); err != nil {
				t.Fatal(err)
			}
		}
		if m = ask(x, far); m.Serve {
			t.Errorf("%+v is given after somebody called it wrong", m)
		}
		if err := x.Judge(t.Context(), "main", "trace_1 person_1", *m.Like(), new(true)); err != nil {
			t.Fatal(err)
		}
		if m = ask(x, far); !m.Serve {
			t.Errorf("%+v is not given after the same person called it right", m)
		}
		if err := x.Judge(t.Context(), "main", "trace_2 person_1", *m.Like(), new(false)); err != nil {
			t.Fatal(err)
		}
		if m = ask(x, far); m.Serve {
			t.Errorf("%+v is given after another answer was called wrong", m)
		}
		if err := x.Judge(t.Context(), "main", "trace_2 person_1", *m.Like(), nil); err != nil {
			t.Fatal(err)
		}
		if m = ask(x, far); !m.Serve {
			t.Errorf("%+v is not given after that was taken back", m)
		}
	})
}

// TestBounded: of one neighbourhood the newest are remembered.
func TestBounded(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	x := index(t, Config{Store: s})
	for i := range mostSeen + 20 {
		if err := x.Learn(t.Context(), "main", Match{Near: "n", Measure: "m", Distance: .1}, i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Read(t, s, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM cache_near`).Scan(&n); err != nil || n != mostSeen {
			t.Errorf("%d are remembered, %v", n, err)
		}
		return nil
	})
}

// TestCurve: nearer is never less sure, right answers never make less sure, wrong ones never more.
func TestCurve(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all []seen
		for range r.IntN(20) {
			all = append(all, seen{r.Float64(), r.IntN(3) > 0})
		}
		c := learn(byWords, all)
		d := r.Float64()
		if c.right(d) > c.right(d/2)+1e-9 {
			t.Fatalf("farther is surer at %g of %v", d, all)
		}
		if up := learn(byWords, append(all, seen{d, true})); up.right(d) < c.right(d)-1e-9 {
			t.Fatalf("a right answer made less sure at %g of %v", d, all)
		}
		if down := learn(byWords, append(all, seen{d, false})); down.right(d) > c.right(d)+1e-9 {
			t.Fatalf("a wrong answer made surer at %g of %v", d, all)
		}
	}
	if p := unlearned.right(0); p < .99 {
		t.Errorf("what is the same is given at %g", p)
	}
	if p := learn(byWords, []seen{{.02, false}}).right(0); p >= .99 {
		t.Errorf("a wrong answer leaves a neighbourhood open at %g", p)
	}
	if p := closed.right(0); p >= .5 {
		t.Errorf("a curve that cannot be read gives at %g", p)
	}
}

// TestHeld: where neighbourhoods differ and their answers are compared, no more hits are wrong than
// are permitted.
func TestHeld(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	x := index(t, Config{Chance: r.Float64})
	hits, wrong := 0, 0
	for n := range 150 {
		middle := byWords.middle + byWords.spread*r.NormFloat64()
		id := curveID{"main", fmt.Sprint(n), wordsMeasure}
		for range 100 {
			d := .3 * r.Float64()
			right := r.Float64() < 1/(1+math.Exp(-byWords.slope*(middle-d)))
			m := Match{Near: id.near, Measure: id.measure, Distance: d}
			if p := x.curves.of(t.Context(), x, id).right(d); p >= 1-x.c.Wrong && r.Float64() >= explored {
				hits++
				if !right {
					wrong++
				}
				continue
			}
			if err := x.Learn(t.Context(), "main", m, right); err != nil {
				t.Fatal(err)
			}
		}
	}
	if share := float64(wrong) / float64(hits); hits < 1500 || share > DefaultWrong {
		t.Errorf("%d of %d hits are wrong", wrong, hits)
	}
}

// TestSame: two answers that carry each other say the same, a changed value does not.
func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b       string
		same, sure bool
	}{
		{"The default port is 8080.", "The default port is 8080.", true, true},
		{"The default port is 8080. It can be changed.", "It can be changed. The default port is 8080.", true, true},
		{"The default port is 8080.", "The default port is 9090.", false, true},
		{"保存期限是 72 小时。", "保存期限是 48 小时。", false, true},
		{"消息保存 72 小时。", "消息保存 3 天。", true, true},
		{"The broker keeps messages for three days.", "Ask the harbour master about ships.", false, true},
		{"", "", false, false},
	} {
		if same, ok := Same(c.a, c.b); same != c.same || ok != c.sure {
			t.Errorf("Same(%q, %q) = %v, %v", c.a, c.b, same, ok)
		}
	}
}

// A wordEmbedder puts texts where their words are: a vector with one place for each word, of which
// those in light count little.
type wordEmbedder struct {
	asked int
	last  []string // texts of the last call
	blind bool     // to everything
	err   error
}

func (e *wordEmbedder) Version() string { return fmt.Sprint("words of a test ", e.blind) }

func (e *wordEmbedder) Embed(_ context.Context, texts []string) (all [][]float32, err error) {
	e.asked++
	e.last = texts
	for _, t := range texts {
		v := make([]float32, 512)
		for _, w := range strings.Fields(strings.ToLower(strings.TrimRight(t, "?？"))) {
			n := float32(1)
			if strings.Contains(" their have of ", " "+w+" ") {
				n = .05
			}
			v[hash(w)%512] += n
		}
		if e.blind {
			v = []float32{1, 2}
		}
		all = append(all, v)
	}
	return all, e.err
}

// TestEmbedder: an embedder excuses a small word that one question has more, not what may not differ;
// it is not asked where the words suffice, and not believed where it tells nothing apart.
func TestEmbedder(t *testing.T) {
	t.Parallel()
	e := &wordEmbedder{}
	x := index(t, Config{Embedder: func() (wenyuan.Embedder, bool) { return e, true }})
	keep(x, here, "How do vegans get protein?", 1)
	if m, _ := x.Find(t.Context(), here, "How do vegans get the protein?"); !m.Serve || e.asked != 0 {
		t.Errorf("%+v, the embedder was asked %d times", m, e.asked)
	}
	far := "How do vegans get their protein?"
	m, _ := x.Find(t.Context(), here, far)
	if !m.Serve || e.asked != 2 || m.Measure != e.Version() || m.Similarity < .98 {
		t.Errorf("%+v, the embedder was asked %d times", m, e.asked)
	}
	if _, ok := x.Find(t.Context(), here, "How do vegans not get their protein?"); ok || e.asked != 2 {
		t.Errorf("a denial was found, the embedder was asked %d times", e.asked)
	}
	if x.Find(t.Context(), here, far); e.asked != 3 {
		t.Errorf("its reach was measured again: %d", e.asked)
	}
	e.blind = true
	if m, _ := x.Find(t.Context(), here, far); m.Serve || m.Measure != wordsMeasure {
		t.Errorf("%+v of a blind embedder", m)
	}
}

// TestLike: what a request is told leads feedback to the neighbourhood.
func TestLike(t *testing.T) {
	t.Parallel()
	x := index(t, Config{})
	keep(x, here, "如何重置密码？", 1)
	m, ok := x.Find(t.Context(), here, "请问怎么重置密码")
	if !ok || !m.Serve {
		t.Fatalf("%+v, %v", m, ok)
	}
	var l manner.Like = *m.Like()
	if err := x.Judge(t.Context(), "main", "t p", l, new(false)); err != nil {
		t.Fatal(err)
	}
	if m, _ = x.Find(t.Context(), here, "请问怎么重置密码"); m.Serve {
		t.Errorf("%+v is given again", m)
	}
}
