package drift_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"wenyuan/gateway/drift"
)

// A bench is replicas that answer as the test says.
type bench struct {
	*drift.Watch
	say func(replica string) string
	out map[string]bool
}

func newBench(ids string, say func(string) string) *bench {
	b := &bench{say: say, out: map[string]bool{}}
	b.Watch = drift.New(drift.Config{Model: "writer", Out: func(id, _ string, out bool) bool { b.out[id] = out; return true }})
	b.Set(strings.Fields(ids))
	return b
}

// sample compares an answer of one replica with others.
func (b *bench) sample(t *testing.T, replica string) {
	t.Helper()
	err := b.Compare(t.Context(), drift.Sample{Replica: replica, Asked: "question", Text: b.say(replica), Keep: true},
		func(_ context.Context, id string) (string, error) { return b.say(id), nil })
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) of(id string) drift.Replica {
	for _, r := range b.Look() {
		if r.ID == id {
			return r
		}
	}
	return drift.Replica{}
}

func llama(b *bench, ids string) {
	for _, id := range strings.Fields(ids) {
		b.Says(id, drift.Fingerprint{Engine: drift.LlamaCpp, Model: "m", Quantisation: "Q8_0"})
	}
}

func TestWhoDriftsIsFoundSoon(t *testing.T) {
	t.Parallel()
	b := newBench("a b c", func(id string) string {
		if id == "b" {
			return "The sky is green."
		}
		return "The sky is blue."
	})
	llama(b, "a b c")
	n := 0
	for ; b.of("b").State != drift.Out && n < 40; n++ {
		b.sample(t, []string{"a", "b", "c"}[n%3])
	}
	if n >= 40 || !b.out["b"] || b.out["a"] || b.out["c"] {
		t.Fatalf("after %d samples: %+v %v", n, b.Look(), b.out)
	}
	c := b.Cases()[0]
	if c.Replica != "b" || !c.Decided || c.Text != "The sky is green." || c.Against != "The sky is blue." {
		t.Errorf("%+v", c)
	}
	t.Logf("found after %d samples", n)
	if !b.Back("b") || b.out["b"] || b.of("b").State != drift.Good {
		t.Errorf("not put back: %+v", b.of("b"))
	}
}

// TestHealthyStays: 10,000 comparisons of which one in a hundred differs by chance take nobody out.
func TestHealthyStays(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	b := newBench("a b c", func(string) string {
		if chance.IntN(100) == 0 {
			return fmt.Sprint("another token ", chance.Int())
		}
		return "the same"
	})
	llama(b, "a b c")
	for i := range 10_000 {
		b.sample(t, []string{"a", "b", "c"}[i%3])
	}
	for _, r := range b.Look() {
		if r.State != drift.Good || r.Compared < 5000 {
			t.Errorf("%+v", r)
		}
	}
}

// TestTwoAreOnlyFlagged: nobody can say which of two is right.
func TestTwoAreOnlyFlagged(t *testing.T) {
	t.Parallel()
	b := newBench("a b", func(id string) string { return "I am " + id })
	llama(b, "a b")
	for range 20 {
		b.sample(t, "a")
	}
	if b.of("a").State != drift.Flagged || b.of("b").State != drift.Flagged || len(b.out) != 0 {
		t.Fatalf("%+v %v", b.Look(), b.out)
	}
	if b.Strangers() != nil {
		t.Error("all are strangers")
	}
	b.Says("b", drift.Fingerprint{Engine: drift.LlamaCpp, Model: "m", Quantisation: "Q4_K_M"})
	for range 20 {
		b.sample(t, "a")
	}
	if b.of("b").State != drift.Out || b.of("a").State == drift.Out {
		t.Errorf("the one that changed is not out: %+v", b.Look())
	}
}

// TestOneThatContradictsItself is the one that drifts, also of two.
func TestOneThatContradictsItself(t *testing.T) {
	t.Parallel()
	n := 0
	b := newBench("a b", func(id string) string {
		if n++; id == "b" {
			return fmt.Sprint("noise ", n)
		}
		return "steady"
	})
	llama(b, "a b")
	for range 20 {
		b.sample(t, "b")
	}
	if b.of("b").State != drift.Out || b.of("a").State != drift.Good {
		t.Errorf("%+v", b.Look())
	}
}

func TestDifferencesAreNamed(t *testing.T) {
	t.Parallel()
	b := newBench("a b c", nil)
	llama(b, "a b")
	b.Says("c", drift.Fingerprint{Engine: drift.LlamaCpp, Model: "m", Quantisation: "Q4_K_M", Build: "b1"})
	c := b.of("c")
	if c.State != drift.Flagged || c.Why != "another quantisation: Q4_K_M, others have Q8_0" || b.of("a").State != drift.Good {
		t.Fatalf("%+v", b.Look())
	}
	if got := b.Strangers(); len(got) != 1 || got[0] != "c" {
		t.Errorf("strangers: %v", got)
	}
	b.Says("c", drift.Fingerprint{Engine: drift.LlamaCpp, Model: "m", Quantisation: "Q8_0", Build: "b1"})
	if b.of("c").State != drift.Good {
		t.Errorf("%+v", b.of("c"))
	}
	taking := drift.New(drift.Config{Take: true, Out: func(string, string, bool) bool { return true }})
	taking.Set([]string{"a", "b", "c"})
	for id, q := range map[string]string{"a": "Q8_0", "b": "Q8_0", "c": "F16"} {
		taking.Says(id, drift.Fingerprint{Model: "m", Quantisation: q})
	}
	if s := taking.Look()[2].State; s != drift.Out {
		t.Errorf("c is %s", s)
	}
}

func TestNobodyIsTheLastToGo(t *testing.T) {
	t.Parallel()
	b := newBench("a b", func(id string) string { return "steady" })
	for _, gone := range []string{"a", "b"} {
		n := 0
		b.say = func(id string) string {
			if n++; id == gone {
				return fmt.Sprint("noise ", n)
			}
			return "steady"
		}
		for range 20 {
			b.sample(t, "b")
		}
	}
	if b.out["a"] && b.out["b"] {
		t.Error("both are out")
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b        string
		exact, same bool
	}{
		{"The limit is 30 days.", "The limit is 30 days.", true, true},
		{"The limit is 30 days.", "The limit is 31 days.", true, false},
		{"The limit is 30 days.", "The limit is 31 days.", false, false},
		{"Employees get 15 days of annual leave.", "Employees get 15 days of annual leave each year.", false, true},
		{"Employees get 15 days of annual leave.", "Employees do not get 15 days of annual leave.", false, false},
		{"员工每年有15天年假。", "员工每年有15天的年假。", false, true},
		{"员工每年有15天年假。", "员工每年有5天年假。", false, false},
		{"Yes.", strings.Repeat("This goes on and on without any end. ", 20), false, false},
		{"Paris is the capital of France.", "Bananas are rich in potassium.", false, false},
	} {
		if same, why := drift.Same(c.a, c.b, c.exact); same != c.same {
			t.Errorf("%q, %q: %v %s", c.a, c.b, same, why)
		}
	}
}

func TestQuantisationIn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Qwen2.5-7B-Instruct-Q4_K_M.gguf": "Q4_K_M", "llama-3-8b-IQ3_XS.gguf": "IQ3_XS", "gemma-f16.gguf": "F16",
		"Qwen/Qwen2.5-7B-Instruct-AWQ": "AWQ", "neuralmagic/Llama-3-FP8": "FP8", "model-UD-Q4_K_XL.gguf": "UD-Q4_K_XL",
		"gpt-4o": "", "Qwen3-8B": "", "writer": "",
	} {
		if got := drift.QuantisationIn(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
