package engine

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/weights"
)

// unwritten is an error of the disk, which leaves what was there before.
func unwritten(what string, err error) error {
	if err == nil {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("%s could not be written; what was there before is whole", what), Hint: "make room on the disk and try again", Err: err}
}

// ExportPEFT writes adapter_config.json and adapter_model.safetensors into dir, which is made. Base,
// tokenizer and template are named in the notes of the second.
func ExportPEFT(dir string, base *Base, adapter *Adapter) error {
	lora, err := adapter.on(base)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unwritten("the adapter", err)
	}
	c := peft{Type: "LORA", Task: "CAUSAL_LM", Rank: lora.Rank, Alpha: lora.Alpha, Targets: lora.Targets, Bias: "none", Inference: true}
	if lora.Score != nil {
		c.Task, c.Save = "SEQ_CLS", []string{"score"}
	}
	var all []weights.Tensor
	for _, p := range lora.Params() {
		all = append(all, weights.Tensor{Name: peftPrefix + p.Name, Shape: []int{p.Rows, p.Cols}, Data: p.W})
	}
	made := base.Made()
	notes := map[string]string{"format": "pt", noteBase: base.Hash(), noteTokenizer: made.Tokenizer, noteTemplate: made.Template}
	if err := weights.WriteSafetensors(filepath.Join(dir, peftWeights), notes, all); err != nil {
		return unwritten("the adapter", err)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return unwritten("the adapter", weights.Atomic(filepath.Join(dir, peftConfig), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}))
}

// ExportGGUF writes the adapter as llama.cpp loads it with --lora. A reward model's head has no
// place in it and is refused.
func ExportGGUF(path string, base *Base, adapter *Adapter) error {
	lora, err := adapter.on(base)
	if err != nil {
		return err
	}
	if lora.Score != nil {
		return noWords()
	}
	c := base.model.Config
	meta := []weights.Pair{{Key: "general.architecture", Value: c.Arch}, {Key: "general.type", Value: "adapter"}, {Key: "general.name", Value: "adapter"},
		{Key: "adapter.type", Value: "lora"}, {Key: "adapter.lora.alpha", Value: float32(lora.Alpha)}}
	var all []weights.Tensor
	for _, p := range lora.Params() {
		all = append(all, tensorOf(c, p))
	}
	return unwritten("the adapter", weights.WriteGGUF(path, meta, all))
}

// noWords refuses what a reward model cannot do.
func noWords() error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a reward model scores texts and writes none", Hint: "take an adapter of sft or dpo"}
}

// tensorOf is a parameter by its name and in the order of GGUF.
func tensorOf(c llama.Config, p *llama.Param[float32]) weights.Tensor {
	shape := []int{p.Rows, p.Cols}
	if p.Rows == 1 && len(p.Name) > 5 && (p.Name[len(p.Name)-5:] == ".bias" || isNorm(p.Name)) {
		shape = shape[1:]
	}
	return weights.Tensor{Name: ggufName(p.Name), Shape: shape, Data: turn(c, p.Name, p.W, p.Rows, p.Cols, false)}
}

func isNorm(name string) bool {
	const end = "norm.weight"
	return len(name) >= len(end) && name[len(name)-len(end):] == end
}

// ExportMerged writes base and adapter as one GGUF model in 32-bit floats; adapter may be nil.
func ExportMerged(path string, base *Base, adapter *Adapter) error {
	lora, err := adapter.on(base)
	if err != nil {
		return err
	}
	m := base.model
	if lora != nil {
		if lora.Score != nil {
			return noWords()
		}
		m = m.Merged(nil, lora)
	}
	meta, err := metadata(base)
	if err != nil {
		return err
	}
	var all []weights.Tensor
	for _, p := range m.Params {
		all = append(all, tensorOf(m.Config, p))
	}
	if f := factors(m.Config); f != nil {
		all = append(all, weights.Tensor{Name: "rope_freqs.weight", Shape: []int{len(f)}, Data: f})
	}
	return unwritten("the model", weights.WriteGGUF(path, meta, all))
}

// factors are what the rotary frequencies are divided by; nil where they are as they are.
func factors(c llama.Config) []float32 {
	if c.Scaling == nil && c.Factors == nil {
		return nil
	}
	plain := c
	plain.Scaling, plain.Factors = nil, nil
	f, p := c.Frequencies(), plain.Frequencies()
	out := make([]float32, len(f))
	for i := range f {
		out[i] = float32(p[i] / f[i])
	}
	return out
}

// metadata is what a reader of GGUF has to know of a model.
func metadata(b *Base) ([]weights.Pair, error) {
	c := b.model.Config
	pairs, err := b.tok.GGUF()
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the base's tokenizer has no form in GGUF", Hint: "export the adapter as PEFT", Err: err}
	}
	for i, p := range pairs { // as many tokens as the embedding has rows
		switch v := p.Value.(type) {
		case []string:
			if p.Key == "tokenizer.ggml.tokens" {
				v = append([]string(nil), v...)
				for k := len(v); k < c.Vocab; k++ {
					v = append(v, fmt.Sprintf("[PAD%d]", k))
				}
				pairs[i].Value = v
			}
		case []int32:
			pairs[i].Value = padded(v, c.Vocab, 5) // unused
		case []float32:
			pairs[i].Value = padded(v, c.Vocab, -1e9)
		}
	}
	own := func(key string, v any) weights.Pair { return weights.Pair{Key: c.Arch + "." + key, Value: v} }
	head := []weights.Pair{{Key: "general.architecture", Value: c.Arch}, {Key: "general.type", Value: "model"}, {Key: "general.name", Value: "wenyuan"}, {Key: "general.file_type", Value: uint32(0)},
		own("block_count", uint32(c.Layers)), own("context_length", uint32(max(c.Context, 1))), own("embedding_length", uint32(c.Dim)), own("feed_forward_length", uint32(c.FF)),
		own("attention.head_count", uint32(c.Heads)), own("attention.head_count_kv", uint32(c.KVHeads)), own("attention.key_length", uint32(c.HeadDim)), own("attention.value_length", uint32(c.HeadDim)),
		own("attention.layer_norm_rms_epsilon", float32(c.Eps)), own("rope.dimension_count", uint32(c.HeadDim)), own("rope.freq_base", float32(c.Theta)), own("vocab_size", uint32(c.Vocab))}
	return append(head, pairs...), nil
}

// padded is a list made longer.
func padded[V any](v []V, n int, with V) []V {
	out := append([]V(nil), v...)
	for len(out) < n {
		out = append(out, with)
	}
	return out
}
