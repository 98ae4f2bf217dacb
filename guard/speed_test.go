package guard_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/reading"
	"wenyuan/guard/rule"
	"wenyuan/internal/testenv"
)

// A measured row is any row of the measuring data that has one text.
type measured struct {
	Text, Question, Label, Lang, Source string
}

// measuring reads a file of the measuring data; without it the test is skipped.
func measuring(t testing.TB, names ...string) []measured {
	t.Helper()
	return testenv.Rows[measured](t, append([]string{testenv.NamedData(t)}, names...)...)
}

// articles are encyclopaedia paragraphs in both languages.
func articles(t testing.TB) map[string][]measured {
	return map[string][]measured{"english": measuring(t, "retrieval", "xquad_en", "corpus.jsonl"), "chinese": measuring(t, "retrieval", "cmrc_dev", "corpus.jsonl")}
}

// joined are texts of n characters each, of consecutive rows.
func joined(rows []measured, n int) (out []string) {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.ReplaceAll(r.Text, "\x00", "") + "\n")
		for utf8.RuneCountInString(b.String()) >= n {
			all := []rune(b.String())
			out = append(out, string(all[:n]))
			b.Reset()
			if len(all)-n < n {
				break
			}
			b.WriteString(string(all[n:]))
		}
	}
	return out
}

// ownWords is a rule set of n words that nobody wrote: a company's own.
func ownWords(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("[own]\n")
	for i := range n {
		if i%2 == 0 {
			for range 3 + r.IntN(3) {
				fmt.Fprintf(&b, "%c", 0x4e00+r.IntN(4000))
			}
		} else {
			for range 6 + r.IntN(8) {
				fmt.Fprintf(&b, "%c", 'a'+r.IntN(26))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// BenchmarkScreen is what every text pays that passes the gateway: folding, the built-in rules with
// 1,000 words more, and the memory of attacks.
func BenchmarkScreen(b *testing.B) {
	own, err := rule.Parse("own", ownWords(1000))
	if err != nil {
		b.Fatal(err)
	}
	rules, err := rule.Compile(append(rule.BuiltIn(), own)...)
	if err != nil {
		b.Fatal(err)
	}
	known := map[[32]byte]bool{}
	for i := range 10_000 {
		known[sha256.Sum256([]byte{byte(i), byte(i >> 8)})] = true
	}
	for lang, rows := range articles(b) {
		var texts []string
		size := 0
		for _, r := range rows {
			texts, size = append(texts, r.Text), size+len(r.Text)
		}
		steps := map[string]func(string){
			"whole": func(s string) {
				t := reading.Fold(s)
				rules.Find(t)
				_ = known[sha256.Sum256([]byte(strings.TrimSpace(t.Folded)))]
			},
			"fold": func(s string) { reading.Fold(s) },
		}
		folded := map[string]*reading.Text{}
		for _, s := range texts {
			folded[s] = reading.Fold(s)
		}
		steps["rules"] = func(s string) { rules.Find(folded[s]) }
		steps["memory"] = func(s string) { _ = known[sha256.Sum256([]byte(strings.TrimSpace(folded[s].Folded)))] }
		for _, step := range []string{"whole", "fold", "rules", "memory"} {
			b.Run(step+"/"+lang, func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					for _, s := range texts {
						steps[step](s)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(float64(size)/1024), "µs/KiB")
			})
		}
	}
}

// A spread is how long something took, many times over.
type spread []time.Duration

func (s spread) at(share float64) time.Duration { return s[min(int(float64(len(s))*share), len(s)-1)] }

// TestSpeed says how long the built-in policy looks at real texts: of each the best of three
// looks, so that what else the machine does counts little, and how these spread over the texts.
func TestSpeed(t *testing.T) {
	g := ready(t)
	prompts := measuring(t, "security", "prompts.jsonl")
	pick := func(keep func(measured) bool) (out []measured) {
		for _, r := range prompts {
			if keep(r) {
				out = append(out, r)
			}
		}
		return out
	}
	text := func(rows []measured) (out []string) {
		for _, r := range rows {
			out = append(out, r.Text)
		}
		return out
	}
	alpaca := func(lang string) []measured {
		return pick(func(r measured) bool { return r.Lang == lang && strings.HasPrefix(r.Source, "LLaMA-Factory/") })
	}
	unsafe := measuring(t, "security", "unsafe_questions.jsonl")
	art := articles(t)
	const input, output, retrieved = guard.Input, guard.Output, guard.Retrieved
	sets := []struct {
		name        string
		place       guard.Place
		texts       []string
		median, p99 time.Duration // at most; 0: no bound
	}{
		{"questions, Alpaca en, as they are", input, text(alpaca("en")), 500 * time.Microsecond, 2 * time.Millisecond},
		{"questions, Alpaca zh, as they are", input, text(alpaca("zh")), 500 * time.Microsecond, 2 * time.Millisecond},
		{"questions of RocketMQ's users", input, text(measuring(t, "golden", "rocketmq_user_questions.jsonl")), 500 * time.Microsecond, 2 * time.Millisecond},
		{"questions, Alpaca en, 500 characters", input, joined(alpaca("en"), 500), 500 * time.Microsecond, 2 * time.Millisecond},
		{"questions, Alpaca zh, 500 characters", input, joined(alpaca("zh"), 500), 500 * time.Microsecond, 2 * time.Millisecond},
		{"prose en, 500 characters", input, joined(art["english"], 500), 500 * time.Microsecond, 2 * time.Millisecond},
		{"prose zh, 500 characters", input, joined(art["chinese"], 500), 500 * time.Microsecond, 2 * time.Millisecond},
		{"unsafe questions, JADE, as they are", input, text(unsafe), 0, 2 * time.Millisecond},
		{"attacks, 500 characters", input, joined(pick(func(r measured) bool { return r.Label == "attack" }), 500), 0, 0},
		{"passages en, 4,000 characters", retrieved, joined(art["english"], 4000), 2 * time.Millisecond, 0},
		{"passages zh, 4,000 characters", retrieved, joined(art["chinese"], 4000), 2 * time.Millisecond, 0},
		{"passages zh, 1,333 characters", retrieved, joined(art["chinese"], 1333), 2 * time.Millisecond, 0},
		{"answers en, 1,000 characters", output, joined(art["english"], 1000), 0, 0},
		{"answers zh, 1,000 characters", output, joined(art["chinese"], 1000), 0, 0},
	}
	for _, s := range sets {
		var all spread
		for _, text := range s.texts {
			best := time.Hour
			for range 3 {
				began := time.Now()
				if _, err := g.Look(t.Context(), s.place, text, guard.About{Dry: true, Question: "Where is this said?"}); err != nil {
					t.Fatal(err)
				}
				best = min(best, time.Since(began))
			}
			all = append(all, best)
		}
		slices.Sort(all)
		t.Logf("%-38s %4d texts: median %v, 90 of 100 %v, 99 of 100 %v, worst %v", s.name, len(all), all.at(0.5), all.at(0.9), all.at(0.99), all[len(all)-1])
		if raced {
			continue
		}
		if s.median > 0 && all.at(0.5) > s.median || s.p99 > 0 && all.at(0.99) > s.p99 {
			t.Errorf("%s is slow", s.name)
		}
	}
}

// TestSpeedOfPassages says what the passages of a question cost, the first time and again.
func TestSpeedOfPassages(t *testing.T) {
	g := ready(t)
	for lang, rows := range articles(t) {
		var cold, warm spread
		for i, text := range joined(rows, 4000) {
			passages := []wenyuan.Passage{{Document: fmt.Sprint(i), Text: text, Title: "An article", Source: "article.md"}}
			for _, into := range []*spread{&cold, &warm} {
				began := time.Now()
				if _, _, err := g.Passages(t.Context(), "Where is this said?", passages, guard.About{Dry: true}); err != nil {
					t.Fatal(err)
				}
				*into = append(*into, time.Since(began))
			}
		}
		slices.Sort(cold)
		slices.Sort(warm)
		t.Logf("%s, 4,000 characters, %d passages: first median %v, 99 of 100 %v; again median %v, 99 of 100 %v", lang, len(cold), cold.at(0.5), cold.at(0.99), warm.at(0.5), warm.at(0.99))
	}
}

// TestSpeedOfStreams says what a stream costs: an answer that comes four bytes or so at a time.
func TestSpeedOfStreams(t *testing.T) {
	g := ready(t)
	for lang, rows := range articles(t) {
		var each spread
		var held []int
		tokens, began := 0, time.Now()
		for _, r := range rows[:min(len(rows), 100)] {
			s := g.Stream(t.Context(), guard.Output, guard.About{Dry: true})
			came, out := 0, 0
			runes := []rune(r.Text)
			for i := 0; i < len(runes); tokens++ {
				n := 4
				if lang == "chinese" {
					n = 2
				}
				piece := string(runes[i:min(i+n, len(runes))])
				i += n
				start := time.Now()
				ready, _, err := s.Write(piece)
				if err != nil {
					break
				}
				each = append(each, time.Since(start))
				came, out = came+len(piece), out+len(ready)
				held = append(held, came-out)
			}
			_, _, _ = s.Close()
		}
		took := time.Since(began)
		slices.Sort(each)
		slices.Sort(held)
		t.Logf("%s: %d tokens, %v of processor a token, 1,000 tokens a second are %.1f %% of a core; a write at the median %v, 99 of 100 %v, worst %v; bytes held at the median %d, at most %d",
			lang, tokens, took/time.Duration(tokens), 100*took.Seconds()/float64(tokens)*1000, each.at(0.5), each.at(0.99), each[len(each)-1], held[len(held)/2], held[len(held)-1])
	}
}

// TestMemoryAtRest says what the guards hold when they are ready and have looked at both languages,
// and how long the first look takes.
func TestMemoryAtRest(t *testing.T) {
	testenv.NamedData(t)
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before, began := heap(), time.Now()
	guards := open(t)
	opened := time.Since(began)
	g, err := guards.For(t.Context(), space, "")
	if err != nil {
		t.Fatal(err)
	}
	compiled := time.Since(began)
	for _, place := range guard.Places() {
		began := time.Now()
		for _, text := range []string{question, string([]rune(frage)[:500])} {
			if _, err := g.Look(t.Context(), place, text, guard.About{Dry: true}); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("first look at %s: %v", place, time.Since(began))
	}
	t.Logf("database opened %v, policy compiled %v after; %.1f MiB before, %.1f MiB more when ready", opened, compiled-opened, before, heap()-before)
	runtime.KeepAlive(g)
}
