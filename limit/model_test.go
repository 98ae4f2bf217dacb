package limit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A tally is the simplest limiter: it counts.
type tally struct {
	rule  Rule
	since int64
	used  int64
}

func (m *tally) turn(now int64) {
	if since, _ := spanOf(m.rule.Span, now); since != m.since && m.rule.Span != Ongoing {
		m.since, m.used = since, 0
	}
}

// One server alone refuses what a simple count refuses, and nothing else, whatever happens:
// settling late, beats, the end of spans, other rules, being closed and opened again.
func FuzzLimiter(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, 400)
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps int) {
		random := rand.New(rand.NewPCG(seed, 1))
		at := clockAt("2026-11-30 23:50:00")
		s := storetest.Open(t, at.in(store.Config{Dir: t.TempDir()}))
		opened := func() *Limiter {
			l, err := Open(t.Context(), Config{Store: s})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := opened()
		set(t, l, "person tokens_in=60/minute", "person tokens_in=400/day", "house tokens_in=900/month", "model concurrency=3")
		model := map[string]*tally{}
		for _, r := range l.rules.all {
			model[fmt.Sprint(r.Kind, r.Resource, r.Span)] = &tally{rule: r}
		}
		type running struct {
			r     *Reservation
			n     int64
			since map[*tally]int64
		}
		var under []running
		end := func(i int, really int64) {
			u := under[i]
			under = append(under[:i], under[i+1:]...)
			u.r.Settle(Use{In: really})
			for _, m := range model {
				if m.turn(at.now.Load()); m.rule.Span == Ongoing {
					m.used--
				} else if m.since == u.since[m] {
					m.used += really - u.n
				}
			}
		}
		for step := range min(steps, 1000) {
			switch what := random.IntN(20); {
			case what < 10:
				n, fits := int64(1+random.IntN(20)), true
				for _, m := range model {
					m.turn(at.now.Load())
					need := n
					if m.rule.Span == Ongoing {
						need = 1
					}
					fits = fits && m.used+need <= m.rule.Hard
				}
				r, err := l.Reserve(t.Context(), call(n, 0))
				if (err == nil) != fits || err != nil && wenyuan.CodeOf(err) != wenyuan.Limited {
					for k, m := range model {
						t.Log(k, *m)
					}
					t.Log(used(t, l, operator, request))
					t.Fatalf("step %d: %d more: %v, and it fits: %v", step, n, err, fits)
				}
				if err != nil {
					continue
				}
				u := running{r, n, map[*tally]int64{}}
				for _, m := range model {
					if u.since[m] = m.since; m.rule.Span == Ongoing {
						n = 1
					} else {
						n = u.n
					}
					m.used += n
				}
				under = append(under, u)
			case what < 14 && len(under) > 0:
				i := random.IntN(len(under))
				end(i, int64(random.IntN(int(under[i].n)+1)))
			case what < 16:
				at.move(time.Duration(random.IntN(40)) * time.Second)
			case what < 18:
				if err := l.beat(t.Context(), what == 16); err != nil {
					t.Fatal(err)
				}
			case what == 18:
				m := model["persontokens_in"+string(Day)]
				m.rule.Hard = int64(200 + random.IntN(300))
				if _, err := l.Set(t.Context(), operator, []Rule{m.rule}); err != nil {
					t.Fatal(err)
				}
			default:
				for len(under) > 0 {
					end(0, under[0].n)
				}
				if err := l.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if l = opened(); random.IntN(2) == 0 {
					if err := l.sweep(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}

func BenchmarkReserve(b *testing.B) {
	for _, c := range []struct {
		name  string
		rules []string
		claim Claim
	}{
		{"no rules", nil, call(1, 1)},
		{"a request, 2 rules", []string{"person requests=1e15/minute", "person concurrency=1000"}, request},
		{"a call of a model, 10 rules", []string{"person tokens_in=1e15/day", "person tokens_out=1e15/day", "person money=1e8USD/month", "key tokens_out=1e15/day", "space tokens_in=1e15/month", "space tokens_out=1e15/month",
			"space money=1e8USD/month", "house money=1e8USD/month", "model concurrency=1000", "model tokens_out=1e15/minute"}, call(1, 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := open(b, store.Config{Dir: b.TempDir()})
			if len(c.rules) > 0 {
				set(b, l, c.rules...)
			}
			must(b, l, c.claim).Release()
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				r, err := l.Reserve(b.Context(), c.claim)
				if err != nil {
					b.Fatal(err)
				}
				r.Settle(c.claim.Use)
			}
		})
	}
	b.Run("a call of a model, 10 rules, everybody at once", func(b *testing.B) {
		l := open(b, store.Config{Dir: b.TempDir()})
		set(b, l, "person tokens_in=1e15/day", "person tokens_out=1e15/day", "key tokens_out=1e15/day", "space tokens_in=1e15/month", "space tokens_out=1e15/month", "house tokens_in=1e15/day", "house tokens_out=1e15/day", "model concurrency=1000", "model tokens_out=1e15/minute", "person tokens_in=1e15/month")
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				r, err := l.Reserve(b.Context(), call(1, 1))
				if err != nil {
					b.Fatal(err)
				}
				r.Settle(Use{In: 1, Out: 1})
			}
		})
	})
}

// BenchmarkLease leases a block for each reservation: the worst there is.
func BenchmarkLease(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkLease(b, store.Config{Dir: b.TempDir()}) })
	b.Run("postgres", func(b *testing.B) {
		benchmarkLease(b, store.Config{Dir: b.TempDir(), URL: testenv.Postgres(b)})
	})
}

func benchmarkLease(b *testing.B, c store.Config) {
	l := open(b, c)
	set(b, l, "person requests=1e15/day")
	for i := 0; b.Loop(); i++ {
		must(b, l, Claim{Space: "main", Person: fmt.Sprint("p", i)}).Release()
	}
}
