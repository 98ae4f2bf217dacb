package rouge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// slow is the textbook's table.
func slow(x, y []uint64) int {
	row := make([]int, len(y)+1)
	for _, a := range x {
		diagonal := 0
		for j, b := range y {
			above := row[j+1]
			if a == b {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(y)]
}

func TestLongestCommonSubsequence(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		x, y := make([]uint64, rng.IntN(150)), make([]uint64, rng.IntN(150))
		kinds := 1 + rng.Uint64N(20)
		for _, z := range [][]uint64{x, y} {
			for i := range z {
				z[i] = rng.Uint64N(kinds)
			}
		}
		var p pattern
		p.set(x)
		if got, want := p.lcs(y), slow(x, y); got != want {
			t.Fatalf("%d, want %d: %v %v", got, want, x, y)
		}
	}
}

func TestF(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"police killed the gunman", "police kill the gunman", 0.75}, // Lin 2004
		{"police killed the gunman", "the gunman kill police", 0.5},
		{"The  Cat!", "the cat", 1},
		{"怎样重置密码", "怎樣重置密碼？", 1},
		{"重置密码", "重设密码", 0.75},
		{"", "", 0},
		{"a", "!?", 0},
	} {
		if got := F(c.a, c.b); got != c.want {
			t.Errorf("F(%q, %q) = %g, want %g", c.a, c.b, got, c.want)
		}
	}
}

// sentences are made so that many are alike: words by Zipf's law, and copies with changes.
func sentences(rng *rand.Rand, n int) []string {
	zipf := rand.NewZipf(rng, 1.1, 4, 4000)
	var all []string
	for len(all) < n {
		var words []string
		if len(all) > 10 && rng.IntN(3) == 0 {
			words = strings.Fields(all[rng.IntN(len(all))])
			for range rng.IntN(5) {
				words[rng.IntN(len(words))] = fmt.Sprint("w", zipf.Uint64())
			}
		} else {
			for range 3 + rng.IntN(25) {
				words = append(words, fmt.Sprint("w", zipf.Uint64()))
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

// TestNothingIsMissed holds a pool against comparing with every text.
func TestNothingIsMissed(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	all := sentences(rng, 1500)
	var p Pool
	for i, s := range all {
		p.Add(fmt.Sprint(i), s)
	}
	for i := 0; i < len(all); i += 5 {
		p.Remove(fmt.Sprint(i))
	}
	for _, q := range sentences(rand.New(rand.NewPCG(3, 4)), 1600)[1300:] {
		var want []Near
		for i, s := range all {
			if f := F(q, s); i%5 != 0 && f > 0 {
				want = append(want, Near{fmt.Sprint(i), f})
			}
		}
		slices.SortStableFunc(want, func(a, b Near) int { return int(1e9 * (b.F - a.F)) })
		if d := cmp.Diff(want[:min(7, len(want))], p.Nearest(q, 7)); d != "" {
			t.Fatal(d)
		}
		for _, at := range []float64{0.3, 0.5, 0.7, 0.9, 1} {
			near, ok := p.Alike(q, at)
			if ok != (want[0].F >= at) || ok && near != want[0] {
				t.Fatalf("%q at %g: %v, want %v", q, at, near, want[0])
			}
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	var p Pool
	p.Add("seed", "Explain how a queue keeps its messages in order.")
	f := Filter{Pool: &p}
	for _, c := range []struct{ instruction, answer, want string }{
		{"Explain how a queue keeps its messages.", "It numbers them.", Alike},
		{"Name three uses of a queue.", "Orders, mail and logs.", ""},
		{"列出消息队列的三种用途。", "订单、邮件和日志。", ""},
		{"Go!", "Yes.", Short},
		{"- and then the next one", "Yes.", Begins},
		{"Describe what the picture shows in detail.", "A cat.", Absent},
		{"描述这张图片里有什么。", "一只猫。", Absent},
		{"What is the imagery of this poem?", "Rain.", ""},
		{"Tell me the weather of tomorrow in Paris.", "As an AI, I do not know.", Refuses},
		{"明天巴黎的天气怎么样？", "抱歉，我无法知道。", Refuses},
		{"Say what a broker does all day.", " ", Empty},
		{"Say what a broker does all day.", "Say what a broker does all day!", Echo},
		{"Say what a broker does at night.", strings.Repeat("It sends and sends. ", 12), Repeats},
	} {
		if why, _, _ := f.Check(c.instruction, c.answer, true); why != c.want {
			t.Errorf("%s: %q, want %q", c.instruction, why, c.want)
		}
	}
	banned := Filter{Without: []string{"Rust", "广告"}}
	for _, c := range []struct{ instruction, answer, want string }{
		{"Explain what rust is good for.", "For speed.", Banned},
		{"Explain why trust matters a lot.", "It saves words.", ""},
		{"为一家面馆拟一句宣传语。", "这是一句广告语。", Banned},
		{"Write a program that sorts numbers.", "print(sorted(x))", Program},
		{"编写一个程序来排序。", "略。", Program},
	} {
		if why, _, _ := banned.Check(c.instruction, c.answer, true); why != c.want {
			t.Errorf("%s: %q, want %q", c.instruction, why, c.want)
		}
	}
	for _, c := range []struct{ lang, instruction, answer, want string }{
		{"zh", "说说为什么要按时睡觉。", "Because sleep keeps the body and the mind well.", Language},
		{"zh", "把“按时睡觉”译成英文，再造一个句子。", "Going to bed on time keeps the body well.", ""},
		{"zh", "常用的消息队列有哪些？", "RocketMQ", ""},
		{"en", "Say why one should sleep on time.", "因为按时睡觉能让身体和精神都保持良好的状态，对人很有好处。", Language},
	} {
		if why, _, _ := (Filter{Language: c.lang}).Check(c.instruction, c.answer, true); why != c.want {
			t.Errorf("%s: %q, want %q", c.instruction, why, c.want)
		}
	}
	if why, _, _ := (Filter{Language: "zh"}).Check("Name three uses of it.", "", false); why != Language {
		t.Errorf("English where Chinese is wanted: %q", why)
	}
}

func BenchmarkAlike(b *testing.B) {
	all := sentences(rand.New(rand.NewPCG(5, 6)), 51000)
	var p Pool
	for i, s := range all[:50000] {
		p.Add(fmt.Sprint(i), s)
	}
	b.Run("alike at 0.7", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			p.Alike(all[50000+i%1000], 0.7)
		}
	})
	b.Run("nearest 5", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			p.Nearest(all[50000+i%1000], 5)
		}
	})
	b.Run("every one", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			var x pattern
			x.set(tokens(nil, all[50000+i%1000]))
			for _, y := range p.texts {
				x.lcs(y)
			}
		}
	})
}
