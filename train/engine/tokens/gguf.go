package tokens

import (
	"fmt"
	"slices"
	"strings"

	"wenyuan/train/engine/weights"
)

// tinyTemplate is the chat template of Bytes.
const tinyTemplate = "{% for m in messages %}{% if m.role == 'user' %}<|user|>{% elif m.role == 'system' %}<|system|>{% else %}<|assistant|>{% endif %}{{ m.content }}" +
	"{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"

// Bytes is a tokenizer for tiny models: token b is the byte b, and after them come <s>, </s>,
// <|user|>, <|assistant|> and <|system|>. Other programs read it as byte-level BPE without merges.
func Bytes() *Tokenizer {
	t := &Tokenizer{way: byteLevel, split: splitGPT2, bos: 256, eos: 257, unk: -1, addBOS: true, chat: tinyTemplate}
	for _, r := range letterOf {
		t.texts, t.kinds = append(t.texts, string(r)), append(t.kinds, kindNormal)
	}
	for _, s := range []string{"<s>", "</s>", "<|user|>", "<|assistant|>", "<|system|>"} {
		t.texts, t.kinds = append(t.texts, s), append(t.kinds, kindControl)
	}
	if err := t.finish(); err != nil {
		panic("tokens: the tokenizer of bytes: " + err.Error())
	}
	return t
}

// splitNames are the names that GGUF has for the ways of cutting words.
var splitNames = map[string]string{
	"gpt-2": splitGPT2, "gpt2": splitGPT2, "llama-bpe": splitLlama3, "llama3": splitLlama3, "llama-v3": splitLlama3,
	"qwen2": splitQwen2, "smollm": splitSmolLM, "starcoder": splitSmolLM, "refact": splitSmolLM, "command-r": splitSmolLM,
}

// FromGGUF reads the tokenizer in a GGUF file's metadata.
func FromGGUF(meta map[string]any) (*Tokenizer, error) {
	t := &Tokenizer{}
	model := get[string](meta, "tokenizer.ggml.model")
	switch model {
	case "gpt2":
		pre := get[string](meta, "tokenizer.ggml.pre")
		t.way, t.split = byteLevel, splitNames[pre]
		if t.split == "" {
			return nil, fmt.Errorf("tokens: the way %q of cutting words (tokenizer.ggml.pre) is not known here", pre)
		}
		t.whole = t.split == splitLlama3
	case "llama":
		t.way = pieceBest
		t.prefix = flag(meta, "tokenizer.ggml.add_space_prefix", true)
	default:
		return nil, fmt.Errorf("tokens: the tokenizer %q (tokenizer.ggml.model) is not known here: gpt2 and llama are", model)
	}
	t.texts = slices.Clone(get[[]string](meta, "tokenizer.ggml.tokens"))
	for _, k := range get[[]int64](meta, "tokenizer.ggml.token_type") {
		t.kinds = append(t.kinds, int32(k))
	}
	if len(t.kinds) == 0 {
		t.kinds = slices.Repeat([]int32{kindNormal}, len(t.texts))
	}
	if t.way == byteLevel {
		t.merges = mergesOf(get[[]string](meta, "tokenizer.ggml.merges"))
	} else {
		for _, s := range get[[]float64](meta, "tokenizer.ggml.scores") {
			t.scores = append(t.scores, float32(s))
		}
	}
	t.bos, t.eos, t.unk = number(meta, "tokenizer.ggml.bos_token_id"), number(meta, "tokenizer.ggml.eos_token_id"), number(meta, "tokenizer.ggml.unknown_token_id")
	t.addBOS = flag(meta, "tokenizer.ggml.add_bos_token", t.way != byteLevel)
	t.chat = get[string](meta, "tokenizer.chat_template")
	return t, t.finish()
}

// noMerge stands in a file of a tokenizer without merges, where readers insist on some; no text
// has these neighbours.
const noMerge = "\u0120 \u0120\u0120\u0120\u0120\u0120\u0120\u0120\u0120"

func mergesOf(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(m string) bool { return m == noMerge })
}

func get[V any](meta map[string]any, key string) (v V) {
	v, _ = meta[key].(V)
	return v
}

func flag(meta map[string]any, key string, otherwise bool) bool {
	if v, ok := meta[key].(bool); ok {
		return v
	}
	return otherwise
}

// number is a token's number; -1 where there is none.
func number(meta map[string]any, key string) int32 {
	if v, ok := meta[key].(uint64); ok && v < 1<<31 {
		return int32(v)
	}
	return -1
}

// GGUF is the tokenizer as metadata that llama.cpp reads.
func (t *Tokenizer) GGUF() ([]weights.Pair, error) {
	var all []weights.Pair
	put := func(key string, v any) { all = append(all, weights.Pair{Key: "tokenizer." + key, Value: v}) }
	switch t.way {
	case byteLevel:
		merges := t.merges
		if len(merges) == 0 {
			merges = []string{noMerge}
		}
		put("ggml.model", "gpt2")
		put("ggml.pre", t.split)
		put("ggml.merges", merges)
	case pieceBest:
		put("ggml.model", "llama")
		put("ggml.scores", t.scores)
		put("ggml.add_space_prefix", t.prefix)
	case pieceRank: // llama.cpp merges by score: the rank, so that better merges come first
		put("ggml.model", "llama")
		put("ggml.scores", t.rankScores())
		put("ggml.add_space_prefix", t.prefix)
	default:
		return nil, fmt.Errorf("tokens: a tokenizer of the way %q has no form in GGUF here", t.way)
	}
	put("ggml.tokens", t.texts)
	put("ggml.token_type", t.kinds)
	for key, id := range map[string]int32{"ggml.bos_token_id": t.bos, "ggml.eos_token_id": t.eos, "ggml.unknown_token_id": t.unk} {
		if id >= 0 {
			put(key, uint32(id))
		}
	}
	put("ggml.add_bos_token", t.addBOS)
	if t.chat != "" {
		put("chat_template", t.chat)
	}
	slices.SortStableFunc(all, func(a, b weights.Pair) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

// rankScores are scores that merge in the order of the ranks.
func (t *Tokenizer) rankScores() []float32 {
	scores := make([]float32, len(t.texts))
	for i := range scores {
		scores[i] = -1e9
	}
	for p, r := range t.ranks {
		if id, ok := t.ids[p.left+p.right]; ok {
			scores[id] = max(scores[id], -float32(r))
		}
	}
	return scores
}
