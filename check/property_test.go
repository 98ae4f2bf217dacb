package check

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wenyuan"
)

// words are what random texts are made of: every class in both languages, marks, and
// what is hard to read.
var words = strings.Fields(`the broker does not listen port 10911 10,911 5.1.0 v4.9 at least most 16 times must may before after 3.5 s GB
	flushDiskType a.b.c Kafka don't cannot and or if unless all some only increase enable first 1st May half dozen minus -5 $5 50% ≥ < &lt;
	消息 不 没有 至少 最多 十六 一千 百分之五十 三分之二 第一 2021年5月3日 必须 可以 之前 之后 所有 部分 开启 關閉 １６ 零点五 个 小时 上 下 主 从
	, . ! ? 。 ， ； ： ( ) （ ） “ ” " ' * ** _ [1] [a](b) | # - \ ~ 𝔸 é 日本 Привет`)

func text(t *rapid.T, name string) string {
	joint := rapid.SampledFrom([]string{" ", "", "\n"})
	var b strings.Builder
	for _, w := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 25).Draw(t, name) {
		b.WriteString(w)
		b.WriteString(joint.Draw(t, "joint"))
	}
	return b.String()
}

// Whatever is checked, the finding is well formed and the same every time.
func TestFindingIsWellFormed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sentence := text(t, "sentence")
		ev := []Evidence{{N: 1, Text: text(t, "first"), Context: text(t, "context")}, {N: 7, Text: text(t, "second")}}
		p := Prepare(ev)
		f := p.Check(sentence, nil)
		wellFormed(t, sentence, f)
		if diff := cmp.Diff(f, Prepare(ev).Check(sentence, []int{1, 7})); diff != "" {
			t.Fatalf("not the same again: %s", diff)
		}
	})
}

type fataler interface{ Fatalf(string, ...any) }

func wellFormed(t fataler, sentence string, f Finding) {
	n, at := len([]rune(sentence)), 0
	for _, s := range f.Disagree {
		if s.Start < at || s.End <= s.Start || s.End > n {
			t.Fatalf("span %v after %d of %d", s, at, n)
		}
		at = s.End
	}
	if f.Score < 0 || f.Score > 1 {
		t.Fatalf("score %v", f.Score)
	}
	if open := f.Verdict == wenyuan.Unsupported || f.Verdict == wenyuan.Unverified; open != (f.Reason != "") {
		t.Fatalf("%s with the reason %q", f.Verdict, f.Reason)
	}
	if f.Verdict == wenyuan.Unsupported && len(f.Disagree) == 0 {
		t.Fatalf("unsupported, and no word disagrees: %s", f.Reason)
	}
}

// A sentence that stands in the evidence is never flagged.
func TestVerbatimIsSupported(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ev []Evidence
		for i := range rapid.IntRange(1, 4).Draw(t, "passages") {
			ev = append(ev, Evidence{N: i + 1, Text: rapid.SampledFrom(passages).Draw(t, "passage").Text})
		}
		e := rapid.SampledFrom(ev).Draw(t, "cited")
		r := []rune(e.Text)
		s := rapid.SampledFrom(Sentences(e.Text)).Draw(t, "sentence")
		sentence := string(r[s.Start:s.End])
		if f := Prepare(ev).Check(sentence, nil); f.Verdict != wenyuan.Supported {
			t.Fatalf("%q is %s: %s", sentence, f.Verdict, f.Reason)
		}
	})
}

// Prepared evidence serves many goroutines.
func TestConcurrentChecks(t *testing.T) {
	t.Parallel()
	p := Prepare(passages)
	want := p.Check(benchEnglish, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, p.Check(benchEnglish, nil)); diff != "" {
					t.Error(diff)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCheckAllocatesNothing(t *testing.T) {
	p := Prepare(passages)
	var c checker // its own: a pool may let go of one at any time
	n := testing.AllocsPerRun(200, func() {
		c.load(p, benchEnglish, nil)
		if f := c.finding(benchEnglish, learned); f.Verdict != wenyuan.Supported {
			t.Errorf("%s: %s", f.Verdict, f.Reason)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range [][2]string{{"消息1千 x", "a-1,000 v2."}, {"百分之", "第"}, {"v", "-"}, {"[a](", "&#1;"}, {"十", "一千零"}, {"$", "%5"}, {"\xff<b>", "don't"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, sentence, evidence string) {
		p := Prepare([]Evidence{{N: 1, Text: evidence, Context: sentence}, {N: 2, Text: evidence}})
		a := p.Check(sentence, []int{2})
		wellFormed(t, sentence, a)
		if diff := cmp.Diff(a, p.Check(sentence, []int{2})); diff != "" {
			t.Errorf("not the same again: %s", diff)
		}
	})
}
