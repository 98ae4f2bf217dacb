package attack

import (
	"math"
	"testing"
	"unicode/utf8"

	"wenyuan/dataset/rouge"
)

var texts = []string{
	"Explain the most important reasons why people want to learn a new language, and list three good methods.",
	"How do I buy a house?",
	"请解释为什么人们喜欢学习一门新的语言，并列出三种简单的方法。",
	"怎么购买一台电脑？",
}

func TestWays(t *testing.T) {
	t.Parallel()
	for _, w := range Ways() {
		for _, text := range texts {
			han := Chinese(text)
			got, changed := w.Spoil(1, text, 0.4)
			if again, _ := w.Spoil(1, text, 0.4); again != got {
				t.Errorf("%s gives %q and then %q", w.Name, got, again)
			}
			if reached := han && w.Chinese || !han && w.English; reached != changed || changed != (got != text) {
				t.Errorf("%s, %q: changed %v: %q", w.Name, text, changed, got)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%s breaks characters: %q", w.Name, got)
			}
		}
	}
	if w, ok := Named("leet"); !ok || w.Level != Characters {
		t.Error("a way is not found by its name")
	}
}

// TestShare: a larger share changes more words, and about as many as asked for.
func TestShare(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keys", "homoglyphs", "delete"} {
		w, _ := Named(name)
		few, _ := w.Spoil(3, texts[0], 0.1)
		many, _ := w.Spoil(3, texts[0], 0.5)
		if a, b := rouge.F(texts[0], few), rouge.F(texts[0], many); a < 0.85 || b > 0.6 || b < 0.3 {
			t.Errorf("%s leaves %.2f and %.2f of the words", name, a, b)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range Mistakes() {
		n := 0
		for _, text := range texts {
			for seed := range uint64(20) {
				got, changed := m.Write(seed, text, 0.3)
				if changed {
					n++
				}
				if !utf8.ValidString(got) {
					t.Errorf("%s breaks characters: %q", m.Name, got)
				}
			}
		}
		if n == 0 && m.Name != "tense" && m.Name != "dialect" {
			t.Errorf("%s changes nothing", m.Name)
		}
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]float64{{0.8, 0.6, 0.25}, {0.5, 0.5, 0}, {0, 0.3, 0}, {0.5, 0, 1}, {0.5, 0.6, -0.2}} {
		if got := Drop(c[0], c[1]); math.Abs(got-c[2]) > 1e-12 {
			t.Errorf("Drop(%g, %g) = %g", c[0], c[1], got)
		}
	}
}

// FuzzSpoil: whatever a text is, nothing breaks.
func FuzzSpoil(f *testing.F) {
	for _, text := range append(texts, "", " ", "\xff", "a", "ab", "的", "  x  ") {
		f.Add(text, 0.2)
	}
	f.Fuzz(func(_ *testing.T, text string, share float64) {
		share = math.Abs(math.Mod(share, 1))
		for _, w := range ways {
			w.Spoil(1, text, share)
		}
		for _, m := range mistakes {
			m.Write(1, text, share)
		}
	})
}
