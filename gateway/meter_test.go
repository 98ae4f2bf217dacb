package gateway_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// limiter is a limiter with rules, written as on the command line, for each person or, with a
// colon, a model.
func limiter(t *testing.T, rules ...string) *limit.Limiter {
	t.Helper()
	l, err := limit.Open(t.Context(), limit.Config{Store: storetest.Open(t, store.Config{Dir: t.TempDir()})})
	if err != nil {
		t.Fatal(err)
	}
	var all []limit.Rule
	for _, text := range rules {
		kind := limit.Person
		if rest, ok := strings.CutPrefix(text, "model:"); ok {
			kind, text = limit.Model, rest
		}
		r, err := limit.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r.Kind = kind
		all = append(all, r)
	}
	if _, err := l.Set(t.Context(), scope.Space("main"), all); err != nil {
		t.Fatal(err)
	}
	return l
}

// spent is what li has used, by resource.
func spent(t *testing.T, l *limit.Limiter) map[limit.Resource]float64 {
	t.Helper()
	all, err := l.Standing(t.Context(), scope.Space("main"), limit.Claim{Space: "main", Person: "li"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[limit.Resource]float64{}
	for _, s := range all {
		out[s.Rule.Resource] += limit.Amount(s.Rule.Resource, s.Used)
	}
	return out
}

func asLi(ctx context.Context) context.Context {
	return limit.For(ctx, limit.Claim{Space: "main", Person: "li"})
}

// Each way to a model is settled by what its server reports, and refused before it is reached
// where a limit does not allow it.
func TestMetered(t *testing.T) {
	t.Parallel()
	server := New(t, Say("a", "b", "c"))
	vectors := New(t, Vectors(func(string) []float32 { return []float32{1, 2} }))
	chat, embeds := at("chat", server.URL), at("vec", vectors.URL)
	chat.Price = &gateway.Price{Input: 1, Output: 10, Currency: "USD"}
	embeds.Can = []string{gateway.Embeddings}
	l := limiter(t, "tokens_in=200/day", "tokens_out=9000/day", "money=0.1USD/month", "model:requests=5/day", "model:concurrency=1")
	m := open(t, gateway.Config{Declared: []gateway.Spec{chat, embeds}, Limits: l})
	model := get(t, m, "chat")

	text, last, err := said(model, asLi(t.Context()))
	if text != "abc" || err != nil {
		t.Fatal(text, err)
	}
	want := map[limit.Resource]float64{limit.TokensIn: float64(last.Usage.Prompt), limit.TokensOut: float64(last.Usage.Completion), limit.Money: last.Usage.Cost, limit.Requests: 1, limit.Concurrency: 0}
	if got := spent(t, l); !near(got, want) {
		t.Errorf("spent %v, not %v", got, want)
	}
	if got := server.Requests()[0].MaxTokens; got != 4096 {
		t.Errorf("an open answer is held to %d tokens", got)
	}

	// What is under way counts until it is through.
	for range model.Stream(asLi(t.Context()), hello) {
		if _, _, err := said(model, asLi(t.Context())); wenyuan.CodeOf(err) != wenyuan.Limited || !strings.Contains(err.Error(), "the limit of the model chat is reached: 1 at once") {
			t.Errorf("a second call at once: %v", err)
		}
		break
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("the server was asked %d times", n)
	}
	long := wenyuan.Request{MaxTokens: 10, Messages: []wenyuan.Message{{Role: "user", Content: strings.Repeat("x", 300)}}}
	for _, err := range model.Stream(asLi(t.Context()), long) {
		if wenyuan.CodeOf(err) != wenyuan.Limited || limit.WaitOf(err) != 0 {
			t.Errorf("a text that never fits: %v", err)
		}
	}
	if _, _, err := get(t, m, "vec").Embedded(asLi(t.Context()), []string{"how long does a pump run"}); err != nil {
		t.Errorf("vectors: %v", err)
	}
	if _, _, err := get(t, m, "vec").Embedded(asLi(t.Context()), []string{strings.Repeat("x", 190)}); wenyuan.CodeOf(err) != wenyuan.Limited {
		t.Errorf("vectors over the limit: %v", err)
	}
	if _, _, err := said(model, t.Context()); err != nil {
		t.Errorf("the house itself: %v", err)
	}
}

func near(a, b map[limit.Resource]float64) bool {
	for k, v := range b {
		if d := a[k] - v; d > 2e-6 || d < -2e-6 {
			return false
		}
	}
	return true
}

// What failed before it began costs nothing; what broke off costs about what was said.
func TestMeteredFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		reply    Reply
		in, out  float64
		canceled bool
	}{
		{"refused", Fail(500, ""), 0, 0, false},
		{"broken off", BreakOff("123456", "789"), 2, 3, false},
		{"hung, and nobody waits", Hang(nil, "123456"), 2, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := limiter(t, "tokens_in=100/day", "tokens_out=9000/day", "concurrency=1")
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("chat", New(t, c.reply).URL)}, Limits: l})
			ctx, cancel := context.WithTimeout(asLi(t.Context()), time.Minute)
			defer cancel()
			for range get(t, m, "chat").Stream(ctx, hello) {
				if c.canceled {
					cancel()
				}
			}
			if got := spent(t, l); got[limit.TokensIn] != c.in || got[limit.TokensOut] != c.out || got[limit.Concurrency] != 0 {
				t.Errorf("spent %v", got)
			}
		})
	}
}

// Where a tokenizer is declared, what it counts is believed before a call is refused.
func TestMeteredCounts(t *testing.T) {
	t.Parallel()
	spec := at("chat", New(t, Say("ok")).URL)
	spec.Tokenizer = "tens"
	l := limiter(t, "tokens_in=100/day")
	m := open(t, gateway.Config{Declared: []gateway.Spec{spec}, Limits: l, Tokenizer: func(string) (wenyuan.Tokenizer, bool) { return tens{}, true }})
	r := wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: strings.Repeat("x", 500)}}}
	for _, err := range get(t, m, "chat").Stream(asLi(t.Context()), r) {
		if err != nil {
			t.Error(err)
		}
	}
}

// tens counts a token for ten bytes.
type tens struct{}

func (tens) Count(_ context.Context, text string) (int, error) { return len(text) / 10, nil }

// TestCutAnswersAreTheirs: an answer that a limit holds to some length is not given to somebody whom
// none holds.
func TestCutAnswersAreTheirs(t *testing.T) {
	t.Parallel()
	server := New(t, Say("a long answer"))
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("chat", server.URL)}, Limits: limiter(t, "tokens_out=90000/day")})
	ask := func(claim limit.Claim) manner.Level {
		t.Helper()
		told := &manner.Told{}
		ctx := manner.With(limit.For(t.Context(), claim), manner.Manner{Share: true, Keep: time.Hour, Told: told})
		if _, _, err := said(get(t, m, "chat"), ctx); err != nil {
			t.Fatal(err)
		}
		return told.Level
	}
	li, house := limit.Claim{Space: "main", Person: "li"}, limit.Claim{Space: "main"}
	if level := ask(li); level != manner.Origin {
		t.Errorf("li is answered from %q", level)
	}
	if level := ask(house); level != manner.Origin {
		t.Errorf("who has no limit is answered from %q", level)
	}
	if a, b := ask(li), ask(house); a != manner.Memory || b != manner.Memory {
		t.Errorf("the second time from %q and %q", a, b)
	}
	if all := server.Requests(); len(all) != 2 || !strings.Contains(all[0].Body, "4096") || strings.Contains(all[1].Body, "4096") {
		t.Errorf("%d requests: %+v", len(all), all)
	}
}
