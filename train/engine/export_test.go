package engine

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/tokens"
)

// server are the settings under which llama.cpp is asked.
var server = []string{"-c", "2048", "-np", "1",
	"--pooling", "mean", // with embeddings on, the server has to know how
	"-ctk", "f32", "-ctv", "f32", "-fa", "off"} // its own rounding of keys to 16 bits is no part of the question

// ask gives llama.cpp's log-probabilities of what may follow a prompt.
func ask(t *testing.T, url string, prompt []int32, scale float64) map[int32]float64 {
	t.Helper()
	body, err := json.Marshal(map[string]any{"prompt": prompt, "n_predict": 1, "n_probs": 20, "temperature": 0, "cache_prompt": false, "lora": loras(scale)})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/completion", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		Probabilities []struct {
			Top []struct {
				ID      int32   `json:"id"`
				Logprob float64 `json:"logprob"`
			} `json:"top_logprobs"`
		} `json:"completion_probabilities"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || len(out.Probabilities) == 0 || len(out.Probabilities[0].Top) < 10 {
		t.Fatalf("%s: %v, %+v", resp.Status, err, out)
	}
	got := map[int32]float64{}
	for _, p := range out.Probabilities[0].Top {
		got[p.ID] = p.Logprob
	}
	return got
}

// loras sets the scale of the one adapter; none where it is not set.
func loras(scale float64) []any {
	if scale < 0 {
		return []any{}
	}
	return []any{map[string]any{"id": 0, "scale": scale}}
}

// TestLlamaCpp: base with adapter, base alone and the merged model have the log-probabilities in
// llama.cpp that they have here.
func TestLlamaCpp(t *testing.T) {
	t.Parallel()
	b, a, dir := knowing(t), tuned(t), t.TempDir()
	base, lora, merged := filepath.Join(dir, "base.gguf"), filepath.Join(dir, "lora.gguf"), filepath.Join(dir, "merged.gguf")
	for _, err := range []error{ExportMerged(base, b, nil), ExportGGUF(lora, b, a), ExportMerged(merged, b, a)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	with := testenv.LlamaServer(t, base, append(slices.Clone(server), "--lora", lora)...)
	whole := testenv.LlamaServer(t, merged, server...)
	worst := 0.0
	for _, fact := range slices.Concat(known[:2], newer) {
		text := chat(t, b, fact, formal(fact)).Tokens
		for _, n := range []int{4, len(text) / 2, len(text) - 4} {
			for _, c := range []struct {
				name, url string
				scale     float64
				adapter   *Adapter
			}{{"adapter", with, 1, a}, {"base", with, 0, nil}, {"merged", whole, -1, a}} {
				var texts [][]int32
				var want []float64
				for id, p := range ask(t, c.url, text[:n], c.scale) {
					if p > -12 { // beyond, rounding is most of it
						texts, want = append(texts, append(slices.Clone(text[:n]), id)), append(want, p)
					}
				}
				got, err := Score(t.Context(), b, c.adapter, texts)
				if err != nil {
					t.Fatal(err)
				}
				for i, g := range got {
					off := math.Abs(float64(g[n]) - want[i])
					if worst = max(worst, off); off > 1e-3 {
						t.Errorf("%s after %d tokens: token %d has %v, in llama.cpp %v", c.name, n, texts[i][n], g[n], want[i])
					}
				}
			}
		}
	}
	t.Logf("worst difference %.2g", worst)
	chatted(t, b, whole)
}

// chatted holds the prompt that llama.cpp makes of a conversation against ours.
func chatted(t *testing.T, b *Base, url string) {
	t.Helper()
	talk := []tokens.Message{{Role: "system", Content: "s"}, {Role: "user", Content: "Hi 你"}, {Role: "assistant", Content: "a"}, {Role: "user", Content: "b"}}
	var list []any
	for _, m := range talk {
		list = append(list, map[string]any{"role": m.Role, "content": m.Content})
	}
	post := func(path string, in, out any) {
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(url+path, "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
	var text struct{ Prompt string }
	post("/apply-template", map[string]any{"messages": list}, &text)
	var ids struct{ Tokens []int32 }
	post("/tokenize", map[string]any{"content": text.Prompt, "add_special": true, "parse_special": true}, &ids)
	want, err := b.Tokenizer().Prompt(talk)
	if err != nil || !slices.Equal(ids.Tokens, want) {
		t.Errorf("llama.cpp makes %v of the conversation, we %v: %v", ids.Tokens, want, err)
	}
}

// shapes are tiny bases of each architecture, with what differs between their files.
func shapes(t *testing.T) map[string]*Base {
	t.Helper()
	out := map[string]*Base{}
	for name, f := range map[string]func(*llama.Config){
		"llama":  func(c *llama.Config) {},
		"scaled": func(c *llama.Config) { c.Scaling = &llama.Scaling{Factor: 8, Low: 1, High: 4, Original: 32} },
		"qwen2":  func(c *llama.Config) { c.Arch, c.Bias, c.Tied = llama.Qwen2, true, true },
		"qwen3":  func(c *llama.Config) { c.Arch, c.QKNorm, c.HeadDim, c.Tied = llama.Qwen3, true, 32, true },
	} {
		c := llama.Config{Arch: llama.Llama, Vocab: 320, Dim: 64, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 16, FF: 96, Context: 256, Theta: 10000, Eps: 1e-6}
		f(&c)
		m, err := llama.New[float32](c, 7)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range m.Params { // norms and biases that do something
			for k := range p.W {
				p.W[k] += 0.1 * float32(math.Sin(float64(i+3*k)))
			}
		}
		b, err := newBase(m, tokens.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

// TestReadBack: what is exported is read again as the same model, adapter and tokenizer.
func TestReadBack(t *testing.T) {
	t.Parallel()
	text := [][]int32{{256, 258, 'W', 'h', 'o', '?', 259, 'I', ' ', 'a', 'm', '.', 257}}
	for name, b := range shapes(t) {
		r := do(t, Run{Spec: Spec{Method: SFT, Rank: 4, Steps: 2, SeqLen: 64, LR: 1e-2, Targets: []string{"k_proj", "q_proj", "down_proj"}}, Base: b, Sets: Sets{Train: Rows{{Tokens: text[0]}}, Made: b.Made()}})
		dir := t.TempDir()
		if err := ExportPEFT(dir, b, r.Adapter); err != nil {
			t.Fatal(err)
		}
		a, err := OpenAdapter(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.Targets(), []string{"q_proj", "k_proj", "down_proj"}) || a.Rank() != 4 || a.Alpha() != 8 || a.Base() != b.Hash() || a.Made() != b.Made() {
			t.Errorf("%s: the adapter came back as rank %d, alpha %v, targets %v", name, a.Rank(), a.Alpha(), a.Targets())
		}
		want := score(t, b, r.Adapter, text)
		if got := score(t, b, a, text); !slices.Equal(got, want) {
			t.Errorf("%s: the adapter scores otherwise", name)
		}
		for _, c := range []struct {
			adapter *Adapter
			want    []float32
			off     float64
		}{{nil, score(t, b, nil, text), 2e-5}, {a, want, 1e-4}} {
			path := filepath.Join(dir, "m.gguf")
			if err := ExportMerged(path, b, c.adapter); err != nil {
				t.Fatal(err)
			}
			back, err := OpenBase(path)
			if err != nil {
				t.Fatal(err)
			}
			if back.Made() != b.Made() {
				t.Errorf("%s: tokenizer or template came back otherwise", name)
			}
			got := score(t, back, nil, text)
			for i := range got {
				if math.Abs(float64(got[i]-c.want[i])) > c.off {
					t.Errorf("%s: token %d has %v, want %v", name, i, got[i], c.want[i])
				}
			}
		}
	}
}

func score(t *testing.T, b *Base, a *Adapter, text [][]int32) []float32 {
	t.Helper()
	got, err := Score(t.Context(), b, a, text)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestArchitectures: what differs between the architectures' files is as llama.cpp reads it.
func TestArchitectures(t *testing.T) {
	t.Parallel()
	text := []int32{256, 258, 'W', 'h', 'o', ' ', 'i', 's', '?', 259, 'I', ' ', 'a', 'm'}
	for len(text) < 100 { // beyond where a scaled rotation differs
		text = append(text, text[2:]...)
	}
	for name, b := range shapes(t) {
		path := filepath.Join(t.TempDir(), "m.gguf")
		if err := ExportMerged(path, b, nil); err != nil {
			t.Fatal(err)
		}
		url := testenv.LlamaServer(t, path, server...)
		var texts [][]int32
		var want []float64
		for id, p := range ask(t, url, text, -1) {
			texts, want = append(texts, append(slices.Clone(text), id)), append(want, p)
		}
		got, err := Score(t.Context(), b, nil, texts)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i, g := range got {
			worst = max(worst, math.Abs(float64(g[len(text)])-want[i]))
		}
		if worst > 1e-3 {
			t.Errorf("%s: up to %.2g apart from llama.cpp", name, worst)
		}
		t.Logf("%s: %.2g", name, worst)
	}
}
