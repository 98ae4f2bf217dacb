package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/tokens"
	"wenyuan/train/engine/weights"
)

// A Base is a model's weights with its tokenizer and chat template. Nothing changes it; it may be
// used from several goroutines and by several runs.
type Base struct {
	model *llama.Model[float32]
	tok   *tokens.Tokenizer
	hash  func() string
}

// newBase puts a model and its tokenizer together.
func newBase(m *llama.Model[float32], tok *tokens.Tokenizer) (*Base, error) {
	if tok.Vocab() > m.Config.Vocab {
		return nil, fmt.Errorf("the tokenizer has %d tokens, the model %d", tok.Vocab(), m.Config.Vocab)
	}
	return &Base{model: m, tok: tok, hash: sync.OnceValue(func() string { return hashOfModel(m) })}, nil
}

// OpenBase opens a folder with safetensors, config.json and tokenizer.json, or a .gguf file. What is
// no model of a known architecture with a known tokenizer is refused, with what is not known.
func OpenBase(path string) (*Base, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no base model at %s", path), Hint: "give a folder with safetensors, or a .gguf file", Err: err}
	}
	var b *Base
	if err == nil && info.IsDir() {
		b, err = openFolder(path)
	} else if err == nil {
		b, err = openGGUF(path)
	}
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the base model %s cannot be trained here: %v", filepath.Base(path), err), Hint: "take a Llama, Qwen2, Qwen3 or Mistral model in F32, F16, BF16 or Q8_0", Err: err}
	}
	return b, nil
}

// TinyConfig is the shape of TinyBase.
var TinyConfig = llama.Config{Arch: llama.Llama, Vocab: 261, Dim: 128, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 32, FF: 352, Context: 2048, Theta: 10000, Eps: 1e-5}

// TinyBase is a base of 0.4 million random parameters over bytes, for tests and demonstrations:
// width 128, two layers, four heads of which two share each key. The seed makes the weights.
func TinyBase(seed uint64) *Base {
	m, err := llama.New[float32](TinyConfig, seed)
	if err == nil {
		var b *Base
		if b, err = newBase(m, tokens.Bytes()); err == nil {
			return b
		}
	}
	panic("engine: the tiny model: " + err.Error())
}

// Tokenizer gives the tokenizer; safe for concurrent use.
func (b *Base) Tokenizer() *tokens.Tokenizer { return b.tok }

// Config is the shape of the model.
func (b *Base) Config() llama.Config { return b.model.Config }

// Made says what data for this base has to be made with.
func (b *Base) Made() Made { return Made{Tokenizer: b.tok.Hash(), Template: b.tok.TemplateHash()} }

// Hash names architecture and weights. The first call reads all weights.
func (b *Base) Hash() string { return b.hash() }

// Parameters is how many numbers the base holds.
func (b *Base) Parameters() int64 { return b.model.Config.Parameters() }

func hashOfModel(m *llama.Model[float32]) string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v", m.Config.Frequencies())
	for _, p := range m.Params {
		fmt.Fprintln(h, p.Name, p.Rows, p.Cols)
		h.Write(raw(p.W))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// raw is the memory of numbers, for hashing on this machine's order of bytes.
func raw(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

// openGGUF opens one file with everything.
func openGGUF(path string) (*Base, error) {
	f, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := configOfGGUF(f)
	if err != nil {
		return nil, err
	}
	tok, err := tokens.FromGGUF(f.Meta)
	if err != nil {
		return nil, err
	}
	m, err := llama.Load(c, func(name string, rows, cols int) ([]float32, error) {
		w, err := read(f, ggufName(name), rows, cols)
		if err == nil {
			w = turn(c, name, w, rows, cols, true)
		}
		return w, err
	})
	if err != nil {
		return nil, err
	}
	return newBase(m, tok)
}

// read gives a tensor of a shape; a vector has one row.
func read(f *weights.File, name string, rows, cols int) ([]float32, error) {
	t, ok := f.Find(name)
	if !ok {
		return nil, fmt.Errorf("it has no tensor %q", name)
	}
	shape := t.Shape
	if len(shape) == 1 {
		shape = []int{1, shape[0]}
	}
	if !slices.Equal(shape, []int{rows, cols}) {
		return nil, fmt.Errorf("the tensor %q has the shape %v, not %d x %d", name, t.Shape, rows, cols)
	}
	return f.Read(name)
}

// openFolder opens what Transformers saves.
func openFolder(dir string) (*Base, error) {
	c, err := configOfFolder(dir)
	if err != nil {
		return nil, err
	}
	tok, err := tokens.FromFolder(dir)
	if err != nil {
		return nil, err
	}
	files, err := shards(dir)
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	m, err := llama.Load(c, func(name string, rows, cols int) ([]float32, error) {
		for _, f := range files {
			if _, ok := f.Find(name); ok {
				return read(f, name, rows, cols)
			}
		}
		return nil, fmt.Errorf("it has no tensor %q", name)
	})
	if err != nil {
		return nil, err
	}
	return newBase(m, tok)
}

// maxShards is how many files a model may be in.
const maxShards = 256

// shards opens the files of a model.
func shards(dir string) (files []*weights.File, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil || len(names) == 0 || len(names) > maxShards {
		return nil, fmt.Errorf("it has %d files of safetensors", len(names))
	}
	for _, n := range names {
		f, err := weights.Open(n)
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}

// configFile is config.json.
type configFile struct {
	Type     string   `json:"model_type"`
	Vocab    int      `json:"vocab_size"`
	Dim      int      `json:"hidden_size"`
	Layers   int      `json:"num_hidden_layers"`
	Heads    int      `json:"num_attention_heads"`
	KVHeads  int      `json:"num_key_value_heads"`
	HeadDim  int      `json:"head_dim"`
	FF       int      `json:"intermediate_size"`
	Context  int      `json:"max_position_embeddings"`
	Theta    float64  `json:"rope_theta"`
	Eps      float64  `json:"rms_norm_eps"`
	Tied     bool     `json:"tie_word_embeddings"`
	Act      string   `json:"hidden_act"`
	Bias     bool     `json:"attention_bias"`
	MLPBias  bool     `json:"mlp_bias"`
	Window   *int     `json:"sliding_window"`
	Windowed *bool    `json:"use_sliding_window"`
	Scaling  *scaling `json:"rope_scaling"`
	Rope     *scaling `json:"rope_parameters"`
}

// scaling is how rotary frequencies are stretched.
type scaling struct {
	Type     string  `json:"rope_type"`
	Old      string  `json:"type"`
	Theta    float64 `json:"rope_theta"`
	Factor   float64 `json:"factor"`
	Low      float64 `json:"low_freq_factor"`
	High     float64 `json:"high_freq_factor"`
	Original float64 `json:"original_max_position_embeddings"`
}

func configOfFolder(dir string) (c llama.Config, err error) {
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return c, err
	}
	var f configFile
	if err := json.Unmarshal(data, &f); err != nil {
		return c, fmt.Errorf("config.json: %w", err)
	}
	arch := map[string]string{"llama": llama.Llama, "mistral": llama.Llama, "qwen2": llama.Qwen2, "qwen3": llama.Qwen3}[f.Type]
	switch {
	case arch == "":
		return c, fmt.Errorf("architecture %q: want llama, mistral, qwen2 or qwen3", f.Type)
	case f.Act != "" && f.Act != "silu":
		return c, fmt.Errorf("activation %q: want silu", f.Act)
	case f.MLPBias || f.Bias && arch != llama.Qwen2:
		return c, errors.New("biases that this architecture does not usually have")
	case f.Window != nil && (f.Windowed == nil && f.Type == "mistral" || f.Windowed != nil && *f.Windowed):
		return c, fmt.Errorf("a sliding window of %d tokens", *f.Window)
	}
	c = llama.Config{Arch: arch, Vocab: f.Vocab, Dim: f.Dim, Layers: f.Layers, Heads: f.Heads, KVHeads: f.KVHeads, HeadDim: f.HeadDim, FF: f.FF,
		Context: f.Context, Theta: f.Theta, Eps: f.Eps, Tied: f.Tied, Bias: arch == llama.Qwen2, QKNorm: arch == llama.Qwen3}
	fill(&c.KVHeads, c.Heads)
	if c.HeadDim == 0 && c.Heads > 0 {
		c.HeadDim = c.Dim / c.Heads
	}
	for _, s := range []*scaling{f.Rope, f.Scaling} {
		if s == nil {
			continue
		}
		fill(&c.Theta, s.Theta)
		switch fill(&s.Type, s.Old); s.Type {
		case "", "default":
		case "llama3":
			c.Scaling = &llama.Scaling{Factor: s.Factor, Low: s.Low, High: s.High, Original: s.Original}
		default:
			return c, fmt.Errorf("rotary scaling %q: want llama3 or none", s.Type)
		}
	}
	fill(&c.Theta, 10000)
	return c, c.Check()
}

func configOfGGUF(f *weights.File) (c llama.Config, err error) {
	arch, _ := f.Meta["general.architecture"].(string)
	if kind, _ := f.Meta["general.type"].(string); kind != "" && kind != "model" {
		return c, fmt.Errorf("it is of the type %q, not a model", kind)
	}
	if !slices.Contains([]string{llama.Llama, llama.Qwen2, llama.Qwen3}, arch) {
		return c, fmt.Errorf("architecture %q: want llama, qwen2 or qwen3", arch)
	}
	whole := func(key string) int {
		if v, ok := f.Meta[arch+"."+key].(uint64); ok && v < 1<<31 {
			return int(v)
		}
		return 0
	}
	real := func(key string) float64 { v, _ := f.Meta[arch+"."+key].(float64); return v }
	if s, _ := f.Meta[arch+".rope.scaling.type"].(string); s != "" && s != "none" {
		return c, fmt.Errorf("rotary scaling %q: want factors or none", s)
	}
	if whole("expert_count") > 0 {
		return c, errors.New("it is a mixture of experts")
	}
	c = llama.Config{Arch: arch, Dim: whole("embedding_length"), Layers: whole("block_count"), Heads: whole("attention.head_count"), KVHeads: whole("attention.head_count_kv"),
		HeadDim: whole("attention.key_length"), FF: whole("feed_forward_length"), Context: whole("context_length"), Theta: real("rope.freq_base"), Eps: real("attention.layer_norm_rms_epsilon")}
	fill(&c.KVHeads, c.Heads)
	fill(&c.Theta, 10000)
	if c.HeadDim == 0 && c.Heads > 0 {
		c.HeadDim = c.Dim / c.Heads
	}
	if d := whole("rope.dimension_count"); d != 0 && d != c.HeadDim {
		return c, fmt.Errorf("it rotates %d of %d dimensions", d, c.HeadDim)
	}
	if t, ok := f.Find("token_embd.weight"); ok && len(t.Shape) == 2 {
		c.Vocab = t.Shape[0]
	}
	_, own := f.Find("output.weight")
	_, c.Bias = f.Find("blk.0.attn_q.bias")
	_, c.QKNorm = f.Find("blk.0.attn_q_norm.weight")
	c.Tied = !own
	if _, ok := f.Find("rope_freqs.weight"); ok {
		factors, err := f.Read("rope_freqs.weight")
		if err != nil {
			return c, err
		}
		for _, v := range factors {
			c.Factors = append(c.Factors, float64(v))
		}
	}
	return c, c.Check()
}

// ggufNames are the names of GGUF for those of checkpoints.
var ggufNames = map[string]string{
	"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
	"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
	"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
	"mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}

// ggufName is the name of a parameter in GGUF, of an adapter's matrices too.
func ggufName(name string) string {
	ends := [][2]string{{".lora_A.weight", ".weight.lora_a"}, {".lora_B.weight", ".weight.lora_b"}, {".weight", ".weight"}, {".bias", ".bias"}}
	for _, e := range ends {
		stem, ok := strings.CutSuffix(name, e[0])
		if !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(stem, "model.layers."); ok {
			layer, module, _ := strings.Cut(rest, ".")
			return "blk." + layer + "." + ggufNames[module] + e[1]
		}
		return ggufNames[stem] + e[1]
	}
	return name
}

// turn reorders the rows of queries and keys: GGUF's llama rotates neighbours, checkpoints
// rotate halves. With back, from GGUF.
func turn(c llama.Config, name string, w []float32, rows, cols int, back bool) []float32 {
	heads := 0
	switch {
	case c.Arch != llama.Llama || strings.HasSuffix(name, ".lora_A.weight"):
		return w
	case strings.Contains(name, ".q_proj."):
		heads = c.Heads
	case strings.Contains(name, ".k_proj."):
		heads = c.KVHeads
	default:
		return w
	}
	if rows == 1 { // a bias
		rows, cols = cols, 1
	}
	out, d := make([]float32, len(w)), rows/heads
	for h := range heads {
		for i := range d / 2 {
			for half := range 2 {
				a, b := (h*d+half*d/2+i)*cols, (h*d+2*i+half)*cols
				if back {
					a, b = b, a
				}
				copy(out[b:b+cols], w[a:a+cols])
			}
		}
	}
	return out
}
