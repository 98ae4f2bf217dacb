package rule

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/reading"
	"wenyuan/internal/testenv"
)

// A row is a line of a measuring file.
type row struct {
	Text, Title, Lang, Label, Kind, Source, Category, Subcategory string
}

// rate counts how many of some texts are met, by name.
type rate struct{ met, all map[string]int }

func newRate() rate { return rate{map[string]int{}, map[string]int{}} }

func (r rate) add(met bool, names ...string) {
	for _, n := range names {
		r.all[n]++
		if met {
			r.met[n]++
		}
	}
}

func (r rate) of(name string) float64 { return float64(r.met[name]) / float64(max(r.all[name], 1)) }

func (r rate) log(t testing.TB) {
	var names []string
	for n := range r.all {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return r.all[b] - r.all[a] })
	for _, n := range names {
		t.Logf("%5.1f %%  %4d of %4d  %s", 100*r.of(n), r.met[n], r.all[n], n)
	}
}

// show logs a few matches where RULE_SHOW asks for those of a set of texts.
func show(t testing.TB, what, text string, matches []Match) {
	if want := os.Getenv("RULE_SHOW"); want != "" && strings.Contains(what, want) {
		clip := []rune(text)
		about := ""
		for _, m := range matches {
			about += fmt.Sprintf(" %s:%d[%s]", m.Set, m.Line, m.Evidence)
		}
		t.Logf("%s %.60s <%s>", what, string(clip[:min(len(clip), 60)]), about)
	}
}

// The sets that ship meet unsafe questions and leave ordinary ones alone. Rules alone are
// one layer of two: the trained model finds what has no words of its own.
func TestBuiltInQuality(t *testing.T) {
	t.Parallel()
	dir := testenv.NamedData(t)
	m := compiled(t, BuiltIn()...)
	unsafe, ordinary := newRate(), newRate()
	for _, r := range testenv.Rows[row](t, filepath.Join(dir, "security", "unsafe_questions.jsonl")) {
		matches := m.Matches(reading.Of(r.Text))
		unsafe.add(len(matches) > 0, "all "+r.Lang, r.Subcategory)
		if len(matches) == 0 {
			show(t, "missed "+r.Subcategory, r.Text, matches)
		}
	}
	for _, r := range testenv.Rows[row](t, filepath.Join(dir, "security", "prompts.jsonl")) {
		if r.Label != "benign" {
			continue
		}
		matches := m.Matches(reading.Of(r.Text))
		ordinary.add(len(matches) > 0, r.Lang+" "+r.Source)
		if len(matches) > 0 {
			show(t, "alarm "+r.Source, r.Text, matches)
		}
	}
	unsafe.log(t)
	ordinary.log(t)
	for _, name := range []string{"zh LLaMA-Factory/alpaca_zh_demo", "en LLaMA-Factory/alpaca_en_demo"} {
		if rate := ordinary.of(name); rate > 0.005 {
			t.Errorf("%.1f %% of %s are met", 100*rate, name)
		}
	}
	if rate := unsafe.of("all zh"); rate < 0.25 {
		t.Errorf("only %.1f %% of the Chinese questions are met", 100*rate)
	}
}

// Encyclopaedia, documentation and what people ask about it hold hardly anything.
func TestBuiltInOnDocuments(t *testing.T) {
	t.Parallel()
	dir := testenv.NamedData(t)
	m := compiled(t, BuiltIn()...)
	docs := newRate()
	for _, set := range []string{"cmrc_dev", "drcd_dev_slice", "xquad_en", "xquad_zh", "rocketmq_faq_zh", "rocketmq_titles_en"} {
		for _, r := range testenv.Rows[row](t, filepath.Join(dir, "retrieval", set, "corpus.jsonl")) {
			matches := m.Matches(reading.Fold(r.Text))
			docs.add(len(matches) > 0, set)
			if len(matches) > 0 {
				show(t, "document "+set, r.Text, matches)
			}
		}
	}
	docs.log(t)
	for name := range docs.all {
		if rate := docs.of(name); rate > 0.01 {
			t.Errorf("%.1f %% of %s are met", 100*rate, name)
		}
	}
}

// Homophones of any word of three and more characters are rare in ordinary text.
func TestHomophonesOnDocuments(t *testing.T) {
	t.Parallel()
	dir := testenv.NamedData(t)
	m := matcherOf(t, "[words; variants homophones split digits pinyin]\n六合彩, 海洛因, 杀人犯, 敢死队, 自杀式袭击, 摇头丸, 老虎机, 百家乐, 迷魂药, 假发票, 黑社会, 信用卡, 微信号, 公众号, 加微信, 赌博机, 手榴弹, 燃烧瓶, 恐怖分子, 色情网站\n")
	met := 0
	for _, r := range testenv.Rows[row](t, filepath.Join(dir, "retrieval", "cmrc_dev", "corpus.jsonl")) {
		for _, x := range m.Matches(reading.Fold(r.Text)) {
			if !strings.Contains(x.Rule, x.Evidence) {
				met++
				show(t, "homophone", r.Text, []Match{x})
			}
		}
	}
	t.Logf("%d", met)
	if met > 5 {
		t.Errorf("%d homophones in ordinary text", met)
	}
}
