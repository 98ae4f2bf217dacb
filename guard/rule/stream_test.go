package rule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/reading"
)

// pieces of which texts are made that meet rules often, and nearly.
var pieceList = []string{
	"冰毒", "冰", "毒", "危害", "防止", "how to avoid ", "make ", "cook ", "crystal meth", "crystal", " meth lab ", "meth", "meth-lab",
	"narcotics dealer", "narcotic", "s ", " ", "，", "\n", "-", "六合", "彩", "6合彩", "wei", "信", "加我", "12345", "1", "bet365", "买", "枪", "炸弹", "糖",
	"手雷", "的", "x", "é", "e\u0301", "\u0301", "Ж", "mеth lаb", "ﬁ", "①", "²", "ｆ", "\u202e", "👍", "か", "が", "か\u3099", "ｶﾞ", "한", "　", "\r\n", "Ａ", "ｍ", "\u200b", "槍", "木仓支", "海洛因", "合成", "c++ ", " C# ", "exploit", "ing ", "我们今天去看看", "the people of the town ",
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pieceList[r.IntN(len(pieceList))])
	}
	return b.String()
}

// keys are matches without their order.
func keys(matches []Match) []string {
	var out []string
	for _, m := range matches {
		out = append(out, fmt.Sprint(m.Line, " ", m.Start, " ", m.End, " ", m.Evidence))
	}
	slices.Sort(out)
	return out
}

func streamed(m *Matcher, text string, cut func(left int) int) []Match {
	var out []Match
	s := m.Stream()
	for text != "" {
		n := cut(len(text))
		out = append(out, s.Write(text[:n])...)
		text = text[n:]
	}
	return append(out, s.Close()...)
}

// Whatever the cutting, a stream finds what the whole text has.
func TestStreamIsTheWhole(t *testing.T) {
	t.Parallel()
	m := matcherOf(t, file(t, "language.rules"))
	met := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		text := randomText(r, 20+r.IntN(400))
		want := keys(m.Matches(reading.Fold(text)))
		met += len(want)
		most := []int{1, 3, 10, 200, 5000}[seed%5]
		got := keys(streamed(m, text, func(left int) int { return min(left, 1+r.IntN(most)) }))
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, chunks up to %d:\n%q\n got %q\nwant %q", seed, most, text, got, want)
		}
	}
	if met < 500 {
		t.Errorf("only %d matches", met)
	}
}

func TestStreamTellsAtOnce(t *testing.T) {
	t.Parallel()
	s := matcherOf(t, "[a]\nmeth lab\n冰毒\n").Stream()
	for _, step := range []struct {
		chunk string
		want  int
	}{{"a meth l", 0}, {"ab", 0}, {" in the town, 冰", 1}, {"毒", 0}, {"的", 1}, {"", 0}} {
		if got := s.Write(step.chunk); len(got) != step.want {
			t.Errorf("%q: %v", step.chunk, got)
		}
	}
	if got := s.Close(); len(got) != 0 {
		t.Errorf("at the end %v", got)
	}
}
