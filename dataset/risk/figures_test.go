package risk

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan/dataset/attack"
	"wenyuan/internal/testenv"
)

// heldOut are sources that nothing of this package was made of; most may be measured only.
var heldOut = []struct {
	name, path string
	chinese    bool
	fields     []string
}{
	{"qqp", "cache/qqp_en.jsonl", false, []string{"a"}},
	{"alpaca", "instruct/alpaca_en.jsonl", false, []string{"instruction"}},
	{"xquad", "retrieval/xquad_en/queries.jsonl", false, []string{"text"}},
	{"preferences", "instruct/dpo_en.jsonl", false, []string{"conversations"}},
	{"wildguard", "security/prompts.jsonl", false, []string{"text"}},
	{"lcqmc", "cache/lcqmc_zh.jsonl", true, []string{"a"}},
	{"afqmc", "cache/afqmc_zh.jsonl", true, []string{"a"}},
	{"alpaca", "instruct/alpaca_zh.jsonl", true, []string{"instruction"}},
	{"cmrc", "retrieval/cmrc_dev/queries.jsonl", true, []string{"text"}},
	{"drcd, traditional", "retrieval/drcd_dev_slice/queries.jsonl", true, []string{"text"}},
	{"preferences", "instruct/dpo_zh.jsonl", true, []string{"conversations"}},
}

// development are some of the sources that the weights were set by.
var development = []struct {
	name, path string
	chinese    bool
	fields     []string
}{
	{"gsm8k", "instruct/gsm8k_train500.jsonl", false, []string{"question"}},
	{"bfcl", "tools/bfcl/live_simple.jsonl", false, []string{"question"}},
	{"function calling", "instruct/toolcall_en.jsonl", false, []string{"conversations"}},
	{"paws-x", "cache/pawsx_zh.jsonl", true, []string{"a"}},
	{"jade", "security/unsafe_questions.jsonl", true, []string{"text"}},
	{"function calling", "instruct/toolcall_zh.jsonl", true, []string{"conversations"}},
}

// questions reads what people ask in a file, most of them at most.
func questions(t testing.TB, path string, fields []string, zh bool, most int) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(testenv.NamedData(t), path))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() && len(out) < most {
		var row map[string]any
		if json.Unmarshal(sc.Bytes(), &row) != nil {
			continue
		}
		if source, _ := row["source"].(string); strings.HasSuffix(path, "prompts.jsonl") && source != "PIGuard/wildguard" {
			continue
		}
		for _, field := range fields {
			for _, text := range asked(row[field]) {
				if chinese(text) == zh && len(text) > 8 {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

func asked(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			out = append(out, asked(x)...)
		}
	case map[string]any:
		if v["from"] == "human" || v["role"] == "user" {
			for _, k := range []string{"value", "content"} {
				if s, ok := v[k].(string); ok {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// A point is where texts are set aside: from which score on.
type point float64

// flagged says whether anything of a kind is found in a text; no kind is all but Words, which
// never sets aside.
func (p point) flagged(text, kind string) bool {
	for _, f := range Text(text) {
		if kind == "" && f.Kind != Words && f.Score >= float64(p) || kind == f.Kind && (kind == Words || f.Score >= float64(p)) {
			return true
		}
	}
	return false
}

func (p point) rate(texts []string, kind string) float64 {
	n := 0
	for _, text := range texts {
		if p.flagged(text, kind) {
			n++
		}
	}
	return share(n, len(texts))
}

// How many texts are read of a source, and how many of all are attacked for each figure. What
// the documentation says was measured with 1000 and 800.
const perSource, perFigure = 300, 120

// strict is a point for whoever would rather miss an attack than trouble somebody who mistypes.
const strict point = 0.9

// TestFigures measures plain questions, attacks and honest mistakes, on sources that the
// weights were set by and on others. The bounds are a little below what was measured.
func TestFigures(t *testing.T) {
	t.Parallel()
	testenv.NamedData(t)
	for _, side := range []string{"development", "held out"} {
		for _, zh := range []bool{false, true} {
			sets := development
			if side == "held out" {
				sets = heldOut
			}
			var all []string
			for _, s := range sets {
				if s.chinese == zh {
					texts := questions(t, s.path, s.fields, zh, perSource)
					t.Logf("%s, zh %v, %s: %d plain texts, found %.4f, strictly %.4f, noise %.4f, words %.4f", side, zh, s.name, len(texts), point(Threshold).rate(texts, ""), strict.rate(texts, ""), point(Threshold).rate(texts, Noise), point(Threshold).rate(texts, Words))
					all = append(all, texts...)
				}
			}
			name := side + map[bool]string{false: ", en", true: ", zh"}[zh]
			figures(t, name, all, map[bool]float64{false: 0.01, true: 0.02}[zh])
			mistaken(t, name, every(all, perFigure))
		}
	}
}

// least is the share of attacks that must be found at a fifth of the words.
var least = map[string]float64{"swap": 0.9, "delete": 0.8, "insert": 0.94, "keys": 0.92, "textbugger": 0.92, "deepwordbug": 0.85, "homoglyphs": 0.99, "leet": 0.95, "zero width": 0.99,
	"look alike": 0.08, "sound alike": 0.2, "taken apart": 0.93, "signs between": 0.83, "two scripts": 0.7, "pinyin": 0.76, "checklist": 0.98, "stresstest": 0.98}

// figures measures one side of one language: plain texts, and the same under attack.
func figures(t *testing.T, name string, all []string, falsely float64) {
	t.Helper()
	if got := point(Threshold).rate(all, ""); got > falsely {
		t.Errorf("%s: %.4f of plain texts are found", name, got)
	} else {
		t.Logf("%s: %d plain texts, found %.4f, strictly %.4f", name, len(all), got, strict.rate(all, ""))
	}
	some := every(all, perFigure)
	for _, w := range attack.Ways() {
		kind := map[attack.Level]string{attack.Characters: Characters, attack.Words: Words, attack.Sentences: Noise}[w.Level]
		var got [4]float64
		n := 0
		for i, p := range []float64{0.1, 0.2, 0.4} {
			spoiled := spoil(w, some, p)
			if n = len(spoiled); n == 0 || kind == "" {
				break
			}
			got[i] = point(Threshold).rate(spoiled, kind)
			if i == 1 {
				got[3] = strict.rate(spoiled, kind)
			}
		}
		if n == 0 || kind == "" {
			continue
		}
		t.Logf("%s, %s: at 10, 20, 40 %% of the words %.3f %.3f %.3f, strictly at 20 %% %.3f, of %d", name, w.Name, got[0], got[1], got[2], got[3], n)
		if got[1] < least[w.Name] {
			t.Errorf("%s, %s: %.3f found", name, w.Name, got[1])
		}
	}
}

// mistaken measures honest mistakes.
func mistaken(t *testing.T, name string, some []string) {
	t.Helper()
	for _, m := range attack.Mistakes() {
		for _, p := range []float64{0.01, 0.02, 0.03} {
			if m.Name != "typing" && m.Name != "homophones" {
				p *= 10
			}
			var written []string
			for i, s := range some {
				w, changed := m.Write(uint64(i), s, p)
				if changed {
					written = append(written, w)
				}
			}
			if len(written) > 0 {
				t.Logf("%s, honest %s at %.2f: found %.4f, strictly %.4f, of the %d changed", name, m.Name, p, point(Threshold).rate(written, ""), strict.rate(written, ""), len(written))
			}
		}
	}
}

// every takes so many texts from all over a list.
func every(all []string, most int) []string {
	step := max(1, len(all)/most)
	var out []string
	for i := 0; i < len(all); i += step {
		out = append(out, all[i])
	}
	return out
}

func spoil(w attack.Way, texts []string, share float64) (out []string) {
	for i, s := range texts {
		if spoiled, changed := w.Spoil(uint64(i), s, share); changed {
			out = append(out, spoiled)
		}
	}
	return out
}

func BenchmarkText(b *testing.B) {
	all := append(questions(b, "cache/qqp_en.jsonl", []string{"a"}, false, 500), questions(b, "cache/lcqmc_zh.jsonl", []string{"a"}, true, 500)...)
	all = append(all, questions(b, "instruct/dpo_en.jsonl", []string{"conversations"}, false, 50)...)
	known()
	confused()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		Text(all[i%len(all)])
	}
}
