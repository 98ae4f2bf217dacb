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

// flagged says whether anything of the kinds is found in a text with a score that sets it
// aside; no kinds are all but Words.
func flagged(text string, kinds ...string) bool {
	for _, f := range Text(text) {
		if f.Score >= Threshold && (len(kinds) == 0 && f.Kind != Words || len(kinds) > 0 && kinds[0] == f.Kind) {
			return true
		}
	}
	return false
}

func rate(texts []string, kinds ...string) float64 {
	n := 0
	for _, text := range texts {
		if flagged(text, kinds...) {
			n++
		}
	}
	return share(n, len(texts))
}

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
					texts := questions(t, s.path, s.fields, zh, 1000)
					t.Logf("%s, zh %v, %s: %d texts, false positives %.4f (characters %.4f, noise %.4f, words %.4f)", side, zh, s.name, len(texts), rate(texts), rate(texts, Characters), rate(texts, Noise), rate(texts, Words))
					all = append(all, texts...)
				}
			}
			figures(t, side, zh, all)
		}
	}
}

// figures measures one side of one language.
func figures(t *testing.T, side string, zh bool, all []string) {
	t.Helper()
	t.Logf("%s, zh %v: false positives %.4f of %d", side, zh, rate(all), len(all))
	some := every(all, 800)
	for _, w := range attack.Ways() {
		if w.Level == attack.Meaning {
			continue
		}
		var got [3]float64
		n := 0
		for i, p := range []float64{0.1, 0.2, 0.4} {
			spoiled := spoil(w, some, p)
			n = len(spoiled)
			got[i] = rate(spoiled, map[attack.Level]string{attack.Characters: Characters, attack.Words: Words, attack.Sentences: Noise}[w.Level])
		}
		if n > 0 {
			t.Logf("%s, zh %v, %s: at 10, 20, 40 %% of the words %.3f %.3f %.3f of %d", side, zh, w.Name, got[0], got[1], got[2], n)
		}
	}
	for _, m := range attack.Mistakes() {
		for _, p := range []float64{0.01, 0.02, 0.03} {
			if m.Name != "typing" && m.Name != "homophones" {
				p *= 10
			}
			var written []string
			for i, s := range some {
				if w, changed := m.Write(uint64(i), s, p); changed {
					written = append(written, w)
				}
			}
			if len(written) > 0 {
				t.Logf("%s, zh %v, honest %s at %.2f: %.4f of the %d changed", side, zh, m.Name, p, rate(written), len(written))
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
