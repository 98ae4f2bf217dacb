package limit

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A clock stands still until it is moved.
type clock struct{ now atomic.Int64 }

func clockAt(text string) *clock {
	t, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		panic(err)
	}
	c := &clock{}
	c.now.Store(t.UnixMicro())
	return c
}

func (c *clock) time() time.Time      { return time.UnixMicro(c.now.Load()) }
func (c *clock) move(d time.Duration) { c.now.Add(d.Microseconds()) }
func (c *clock) in(s store.Config) store.Config {
	s.Clock = c.time
	return s
}

func open(t testing.TB, c store.Config) *Limiter {
	t.Helper()
	l, err := Open(t.Context(), Config{Store: storetest.Open(t, c)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	operator = scope.All("main", scope.Every)
	owner    = scope.All("main", scope.Every&^scope.Operate)
	asker    = scope.All("main", scope.Read|scope.Ask)
)

// rule reads a rule: "person requests=60/minute", "person:p1 within:main soft:2 requests=3/day".
func rule(t testing.TB, text string) (r Rule) {
	t.Helper()
	words := strings.Fields(text)
	r, err := Parse(words[len(words)-1])
	if err != nil {
		t.Fatal(err)
	}
	kind, subject, _ := strings.Cut(words[0], ":")
	r.Kind, r.Subject = Kind(kind), subject
	for _, w := range words[1 : len(words)-1] {
		name, value, _ := strings.Cut(w, ":")
		switch name {
		case "within":
			r.Space = value
		case "soft":
			fmt.Sscan(value, &r.Soft)
		case "softly":
			r.Soft, r.Hard = r.Hard, 0
		}
	}
	return r
}

func set(t testing.TB, l *Limiter, texts ...string) []Rule {
	t.Helper()
	var rules []Rule
	for _, text := range texts {
		rules = append(rules, rule(t, text))
	}
	rules, err := l.Set(t.Context(), operator, rules)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// call is a claim of a call of a model.
func call(in, out int64) Claim {
	return Claim{Space: "main", Person: "p1", Key: "k1", Model: "m1", Use: Use{In: in, Out: out}}
}

var request = Claim{Space: "main", Person: "p1", Key: "k1"}

func must(t testing.TB, l *Limiter, c Claim) *Reservation {
	t.Helper()
	r, err := l.Reserve(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refused wants a refusal that says a text, and gives how long it asks to wait.
func refused(t testing.TB, l *Limiter, c Claim, says string) time.Duration {
	t.Helper()
	_, err := l.Reserve(t.Context(), c)
	if wenyuan.CodeOf(err) != wenyuan.Limited || !strings.Contains(err.Error(), says) {
		t.Fatalf("not refused with %q: %v", says, err)
	}
	return WaitOf(err)
}

// used is how much of the rules is used, by what they are about.
func used(t testing.TB, l *Limiter, sc scope.Scope, c Claim) map[string]int64 {
	t.Helper()
	all, err := l.Standing(t.Context(), sc, c)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, s := range all {
		name := strings.Trim(fmt.Sprintf("%s:%s %s/%s", s.Rule.Kind, s.Subject, s.Rule.Resource, s.Rule.Span), "/")
		if s.Rule.Space != "" {
			name += " within " + s.Rule.Space
		}
		out[name] = s.Used
		if s.Lost > 0 {
			out[name+" lost"] = s.Lost
		}
	}
	return out
}

func TestReserve(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		at := clockAt("2026-11-21 10:00:30")
		l := open(t, at.in(c))
		set(t, l, "person requests=3/minute", "person tokens_in=1000/day", "model:m1 concurrency=2", "house money=1.5USD/month", "key:k2 requests=1/day")
		for range 3 {
			must(t, l, request).Release()
		}
		if wait := refused(t, l, request, "your limit is reached: 3 requests a minute"); wait != 30*time.Second {
			t.Errorf("to wait: %s", wait)
		}
		other := request
		other.Person, other.Key = "p2", "k2"
		must(t, l, other).Release()
		refused(t, l, other, "the limit of this key is reached: 1 requests a day")

		one, two := must(t, l, call(600, 10)), must(t, l, call(300, 10))
		refused(t, l, call(1, 1), "the limit of the model m1 is reached: 2 at once")
		one.Settle(Use{In: 100, Out: 5})
		one.Settle(Use{})
		one.Release()
		two.Release()
		if got := used(t, l, asker, request); got["person:p1 tokens_in/day"] != 400 || got["person:p1 requests/minute"] != 3 || len(got) != 2 {
			t.Errorf("own use: %v", got)
		}
		refused(t, l, call(601, 1), "1000 input tokens a day")
		if wait := refused(t, l, call(1001, 1), "1000 input tokens a day"); wait != 0 {
			t.Errorf("what never fits asks to wait %s", wait)
		}
		dear := call(10, 10)
		dear.Money, dear.Currency = 1_400_000, "USD"
		must(t, l, dear).Settle(Use{In: 10, Money: 1_000_000, Currency: "USD"})
		dear.Money = 600_000
		refused(t, l, dear, "the limit of the house is reached: 1.5 USD a month for models")
		dear.Currency = "CNY"
		must(t, l, dear).Release()

		at.move(30 * time.Second)
		must(t, l, request).Release()
		if got := used(t, l, operator, request); got["person:p1 requests/minute"] != 1 || got["person:p1 tokens_in/day"] != 420 || got["house: money/month"] != 1_000_000 || got["model:m1 concurrency"] != 0 {
			t.Errorf("all use: %v", got)
		}
	})
}

// All limits that apply give what is needed, or none of them does.
func TestAllOrNone(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	set(t, l, "person tokens_in=100/day", "space tokens_in=50/day", "house concurrency=1")
	refused(t, l, call(60, 0), "the limit of this space is reached: 50 input tokens a day")
	must(t, l, call(50, 0)).Settle(Use{})
	if got := used(t, l, operator, request); got["person:p1 tokens_in/day"] != 0 || got["space:main tokens_in/day"] != 0 {
		t.Errorf("something was kept of what was refused: %v", got)
	}
	first := must(t, l, request)
	refused(t, l, request, "the limit of the house is reached: 1 at once")
	first.Release()
	must(t, l, request).Release()
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at, span string
		wait     time.Duration
	}{
		{"2026-11-21 10:00:00", "minute", time.Minute},
		{"2026-11-21 23:59:59", "minute", time.Second},
		{"2026-11-21 23:59:59", "day", time.Second},
		{"2026-11-21 00:00:00", "day", 24 * time.Hour},
		{"2026-02-28 12:00:00", "month", 12 * time.Hour},
		{"2028-02-28 12:00:00", "month", 36 * time.Hour},
		{"2026-12-31 23:59:59", "month", time.Second},
	} {
		t.Run(c.at+" "+c.span, func(t *testing.T) {
			t.Parallel()
			at := clockAt(c.at)
			l := open(t, at.in(store.Config{Dir: t.TempDir()}))
			set(t, l, "person requests=1/"+c.span)
			must(t, l, request).Release()
			if wait := refused(t, l, request, "your limit"); wait != c.wait {
				t.Fatalf("to wait: %s", wait)
			}
			at.move(c.wait - time.Microsecond)
			refused(t, l, request, "your limit")
			at.move(time.Microsecond)
			must(t, l, request).Release()
			refused(t, l, request, "your limit")
			at.move(-2 * time.Second) // a clock that is set back opens no span again
			refused(t, l, request, "your limit")
		})
	}
}

// What was reserved in one span and is settled in the next gives nothing to either.
func TestSettledLate(t *testing.T) {
	t.Parallel()
	at := clockAt("2026-11-21 23:59:59")
	l := open(t, at.in(store.Config{Dir: t.TempDir()}))
	set(t, l, "person tokens_out=100/day")
	late := must(t, l, call(0, 100))
	at.move(time.Second)
	must(t, l, call(0, 60)).Release()
	late.Settle(Use{})
	refused(t, l, call(0, 41), "100 output tokens a day")
	must(t, l, call(0, 40)).Settle(Use{Out: 70}) // more than was reserved, which has happened
	if err := l.beat(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := used(t, l, asker, request); got["person:p1 tokens_out/day"] != 130 {
		t.Errorf("used: %v", got)
	}
	refused(t, l, call(0, 1), "100 output tokens a day")
}

func TestSoft(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	set(t, l, "person soft:2 requests=4/day", "space softly requests=3/day", "person softly tokens_in=100/day")
	for i, want := range []int{0, 0, 1, 2} {
		if got := must(t, l, request).Passed(); len(got) != want {
			t.Errorf("request %d: %v", i+1, got)
		}
	}
	refused(t, l, request, "4 requests a day")
	other := request
	other.Person, other.Key = "p2", ""
	if got := must(t, l, other).Passed(); len(got) != 1 || got[0].Warning() != "the soft limit of this space is passed: 3 requests a day" {
		t.Errorf("of a space: %v", got)
	}
	must(t, l, call(101, 0)).Release()
	if b, ok := l.Own(other, Requests); !ok || b.Left != 3 || b.Rule.Hard != 4 {
		t.Errorf("left to the other: %v %v", b, ok)
	}
	if _, ok := l.Own(request, TokensIn, TokensOut); ok {
		t.Error("a soft limit is told as one that ends")
	}
}

// The rule that names somebody takes the place of the one for each; the rules of a space stand
// beside those of the house.
func TestRulesApply(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	set(t, l, "person requests=1/day", "person:p1 requests=3/day", "person within:main requests=2/day")
	must(t, l, request).Release()
	must(t, l, request).Release()
	refused(t, l, request, "2 requests a day")
	away := request
	away.Space = "hr"
	must(t, l, away).Release()
	refused(t, l, away, "3 requests a day")
	other := Claim{Space: "hr", Person: "p2"}
	must(t, l, other).Release()
	refused(t, l, other, "1 requests a day")
	if _, err := l.Reserve(t.Context(), Claim{}); err != nil {
		t.Errorf("the house itself: %v", err)
	}
}

// A rule that changes holds for the next request.
func TestRuleChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		l := open(t, c)
		r := set(t, l, "person requests=100/day")[0]
		for range 10 {
			must(t, l, request).Release()
		}
		set(t, l, "person requests=10/day")
		refused(t, l, request, "10 requests a day")
		set(t, l, "person requests=11/day")
		must(t, l, request).Release()
		refused(t, l, request, "11 requests a day")
		gone, err := l.Remove(t.Context(), operator, r.ID)
		if err != nil || gone.Hard != 11 {
			t.Fatal(gone, err)
		}
		must(t, l, request).Release()
		set(t, l, "person requests=12/day")
		must(t, l, request).Release() // what was used without a limit was not counted
		refused(t, l, request, "12 requests a day")
	})
}

func TestWhoMaySet(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	house := set(t, l, "space:main requests=9/day", "space:hr requests=9/day", "person requests=9/day")
	for _, c := range []struct {
		name string
		sc   scope.Scope
		rule string
		code wenyuan.Code
	}{
		{"operator", operator, "person requests=1/day", ""},
		{"owner, the house", owner, "person requests=1/day", wenyuan.Denied},
		{"owner, what the house allows the space", owner, "space:main requests=1/day", wenyuan.Denied},
		{"owner", owner, "person within:main requests=1/day", ""},
		{"owner, the whole space", owner, "space:main within:main requests=1/day", ""},
		{"owner, another space", owner, "person within:hr requests=1/day", wenyuan.Denied},
		{"owner, another space from within", owner, "space:hr within:main requests=1/day", wenyuan.Invalid},
		{"asker", asker, "person within:main requests=1/day", wenyuan.Denied},
		{"nobody", scope.Scope{}, "person within:main requests=1/day", wenyuan.Denied},
	} {
		_, err := l.Set(t.Context(), c.sc, []Rule{rule(t, c.rule)})
		if err == nil && c.code != "" || err != nil && wenyuan.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if all, err := l.Rules(t.Context(), owner); err != nil || len(all) != 3 {
		t.Errorf("an owner is shown %v, %v", all, err)
	}
	if _, err := l.Rules(t.Context(), asker); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an asker is shown rules: %v", err)
	}
	if _, err := l.Remove(t.Context(), owner, house[0].ID); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("an owner lifts a limit of the house: %v", err)
	}
	for _, id := range []string{house[1].ID, house[2].ID, "lim_none"} {
		if _, err := l.Remove(t.Context(), owner, id); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("an owner is told of a limit that is none of theirs: %v", err)
		}
	}
}

// Nobody is told what others have used, but who answers for the space or the house.
func TestStandingOfOthers(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	set(t, l, "person requests=9/day", "space requests=9/day", "house requests=9/day", "person within:main requests=8/day")
	other := Claim{Space: "main", Person: "p2"}
	must(t, l, other).Release()
	must(t, l, request).Release()
	for _, c := range []struct {
		name string
		sc   scope.Scope
		want string
	}{
		{"asker", asker, "map[person:p1 requests/day:1 person:p1 requests/day within main:1]"},
		{"owner", owner, "map[person:p1 requests/day:1 person:p1 requests/day within main:1 person:p2 requests/day within main:1 space:main requests/day:2]"},
		{"operator", operator, "map[house: requests/day:2 person:p1 requests/day:1 person:p1 requests/day within main:1 person:p2 requests/day:1 person:p2 requests/day within main:1 space:main requests/day:2]"},
	} {
		if got := fmt.Sprint(used(t, l, c.sc, request)); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestBadRules(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	good := Rule{Kind: Person, Resource: Requests, Span: Day, Hard: 1}
	for name, spoil := range map[string]func(r *Rule){
		"kind":                   func(r *Rule) { r.Kind = "group" },
		"resource":               func(r *Rule) { r.Resource = "words" },
		"span":                   func(r *Rule) { r.Span = "year" },
		"no span":                func(r *Rule) { r.Span = "" },
		"concurrency by the day": func(r *Rule) { r.Resource = Concurrency },
		"money of no currency":   func(r *Rule) { r.Resource = Money },
		"requests in USD":        func(r *Rule) { r.Currency = "USD" },
		"nothing":                func(r *Rule) { r.Hard = 0 },
		"less than nothing":      func(r *Rule) { r.Hard = -1 },
		"too much":               func(r *Rule) { r.Hard = 2e15 },
		"soft above hard":        func(r *Rule) { r.Soft = 2 },
		"a house of a name":      func(r *Rule) { r.Kind, r.Subject = House, "a" },
		"a name without end":     func(r *Rule) { r.Subject = strings.Repeat("a", 300) },
	} {
		r := good
		spoil(&r)
		if _, err := l.Set(t.Context(), operator, []Rule{good, r}); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := l.Rules(t.Context(), operator); err != nil || len(all) != 0 {
		t.Errorf("some of refused rules were kept: %v, %v", all, err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"requests=60/minute":       "60 requests a minute",
		"tokens_in=100_000/day":    "100000 input tokens a day",
		"tokens_out=1e5/month":     "100000 output tokens a month",
		"money=5USD/month":         "5 USD a month for models",
		"money=0.25元/day":          "0.25 元 a day for models",
		"concurrency=4":            "4 at once",
		"requests=60/year":         "",
		"requests=1.5/day":         "",
		"requests=-1/day":          "",
		"requests=NaN/day":         "",
		"money=5/month":            "",
		"money=USD/month":          "",
		"concurrency=4/minute":     "",
		"requests":                 "",
		"money=0.0000001USD/month": "",
		"":                         "",
	} {
		r, err := Parse(text)
		if r.Kind = House; err == nil {
			err = r.check()
		}
		if (err == nil) != (want != "") || err == nil && r.Words(r.Hard) != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
}

// TestClockJumps: a clock that was hours ahead, or behind, and is put right binds nobody for hours and gives
// nobody a second budget of the same span.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{5 * time.Hour, -5 * time.Hour} {
		storetest.Each(t, func(t *testing.T, c store.Config) {
			at := clockAt("2026-11-21 10:00:05")
			l := open(t, at.in(c))
			set(t, l, "house requests=4/minute", "house concurrency=2")
			spend := func(want int) {
				t.Helper()
				n := 0
				for range 8 {
					if held, err := l.Reserve(t.Context(), request); err == nil {
						held.Settle(Use{})
						n++
					}
				}
				if n != want {
					t.Errorf("%d of 8 are let in, want %d", n, want)
				}
			}
			spend(4)
			at.move(jump)
			spend(4)
			at.move(-jump)
			spend(0) // what the minute allowed is used up
			at.move(time.Minute)
			spend(4)
		})
	}
}
