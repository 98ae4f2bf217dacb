// Package gguf makes tiny model files that a real inference server loads and that say
// exactly one thing, so that tests can run against real inference without real weights.
//
// The model is of the llama architecture in the GGUF format, version 3, all in 32-bit
// floats. It has learned nothing: attention and feed-forward weights are zero, each token's
// embedding is its own axis, and the output matrix is a table of which token follows
// which. Greedy or not, decoding walks the one chain that the reply was cut into. What
// was asked changes nothing, and its embeddings are counts of tokens, not meaning.
package gguf

import (
	"fmt"
	"math"
	"strings"
)

const (
	contextLength = 131072 // bytes, as every byte of a prompt is a token
	feedForward   = 32
	headSize      = 64 // elements; one key and value head, so that a long context stays small
	certainty     = 60 // logit of the next token; all others have 0
	blank         = "\u2581"
)

// chatTemplate ends a prompt with a line feed, which is where the chain begins.
const chatTemplate = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}" +
	"{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

// Script is the file of a model that answers every chat prompt with exactly reply, any text
// of 1 to 4,000 bytes without control characters other than line feeds inside it.
func Script(reply string) ([]byte, error) {
	if reply == "" || len(reply) > 4000 {
		return nil, fmt.Errorf("gguf: a reply of %d bytes; give 1 to 4000", len(reply))
	}
	if strings.Contains(reply, blank) {
		return nil, fmt.Errorf("gguf: the reply holds %s, which stands for a blank in this vocabulary", blank)
	}
	v := newVocabulary()
	chain, err := v.cut(reply)
	if err != nil {
		return nil, err
	}
	v.pad(headSize)
	return v.encode(tensors(v, chain)), nil
}

// A kind is what a token is to the tokenizer of llama.cpp.
type kind int32

const (
	normal  kind = 1
	unknown kind = 2
	control kind = 3
	unused  kind = 5
	oneByte kind = 6
)

// A vocabulary is the tokens by number.
type vocabulary struct {
	texts []string
	kinds []kind
	known map[string]bool
	end   int // the token that ends a reply
	start int // the token before a reply: a line feed
}

// newVocabulary holds the tokens that every model of this kind has: any text can be
// written in single bytes.
func newVocabulary() *vocabulary {
	v := &vocabulary{known: map[string]bool{"\n": true}} // a piece "\n" would shadow the token the chain starts from
	v.add("<unk>", unknown)
	v.add("<s>", control)
	v.add("</s>", control)
	for b := range 256 {
		if n := v.add(fmt.Sprintf("<0x%02X>", b), oneByte); b == '\n' {
			v.start = n
		}
	}
	v.add("<|im_start|>", control)
	v.end = v.add("<|im_end|>", control)
	return v
}

// add gives a text its number. A text has one number only: the server insists.
func (v *vocabulary) add(text string, k kind) int {
	v.known[text] = true
	v.texts = append(v.texts, text)
	v.kinds = append(v.kinds, k)
	return len(v.texts) - 1
}

// cut cuts the reply after blanks into tokens of which no two are equal, because what
// follows a token depends on the token alone: a piece that was there before is joined with
// the next one, and the last with those before it.
func (v *vocabulary) cut(reply string) ([]int, error) {
	var pieces []string
	seen, piece := map[string]bool{}, ""
	for _, word := range strings.SplitAfter(strings.ReplaceAll(reply, " ", blank), blank) {
		piece += word
		if piece == "" || seen[piece] || v.known[piece] {
			continue
		}
		seen[piece] = true
		pieces, piece = append(pieces, piece), ""
	}
	for ; piece != "" && len(pieces) > 0; pieces = pieces[:len(pieces)-1] {
		last := pieces[len(pieces)-1]
		delete(seen, last)
		if piece = last + piece; !seen[piece] && !v.known[piece] {
			pieces[len(pieces)-1], piece = piece, ""
			break
		}
	}
	if piece != "" {
		return nil, fmt.Errorf("gguf: the reply %q is a token of every vocabulary and cannot be scripted", reply)
	}
	chain := make([]int, len(pieces))
	for i, p := range pieces {
		chain[i] = v.add(p, normal)
	}
	return chain, nil
}

// pad fills the vocabulary up to a multiple of n.
func (v *vocabulary) pad(n int) {
	for len(v.texts)%n != 0 {
		v.add(fmt.Sprintf("<pad%d>", len(v.texts)), unused)
	}
}

// A tensor is a named array; the first of its dims varies fastest.
type tensor struct {
	name string
	dims []uint64
	data []float32
}

// matrix is zero.
func matrix(name string, in, out int) tensor {
	return tensor{name, []uint64{uint64(in), uint64(out)}, make([]float32, in*out)}
}

// ones is a normalisation that leaves directions as they are.
func ones(name string, n int) tensor {
	t := tensor{name, []uint64{uint64(n)}, make([]float32, n)}
	for i := range t.data {
		t.data[i] = 1
	}
	return t
}

// tensors are the weights: embedding and output as the package comment says, and one
// layer that adds nothing.
func tensors(v *vocabulary, chain []int) []tensor {
	d := len(v.texts) // an axis a token
	embed, output := matrix("token_embd.weight", d, d), matrix("output.weight", d, d)
	for i := range d {
		embed.data[i*d+i] = 1
	}
	from := v.start
	for _, to := range append(chain, v.end) {
		output.data[to*d+from] = certainty / float32(math.Sqrt(float64(d))) // the norm before it scales a unit vector by the root of d
		from = to
	}
	return []tensor{
		embed, output, ones("output_norm.weight", d),
		ones("blk.0.attn_norm.weight", d), ones("blk.0.ffn_norm.weight", d),
		matrix("blk.0.attn_q.weight", d, d), matrix("blk.0.attn_k.weight", d, headSize), matrix("blk.0.attn_v.weight", d, headSize),
		matrix("blk.0.attn_output.weight", d, d),
		matrix("blk.0.ffn_gate.weight", d, feedForward), matrix("blk.0.ffn_up.weight", d, feedForward), matrix("blk.0.ffn_down.weight", feedForward, d),
	}
}

// encode writes the whole file.
func (v *vocabulary) encode(tensors []tensor) []byte {
	w := &writer{}
	d := len(v.texts)
	w.raw("GGUF")
	w.number(uint32(3))
	w.number(uint64(len(tensors)))
	meta := v.metadata(d)
	w.number(uint64(len(meta)))
	for _, m := range meta {
		w.text(m.key)
		w.value(m.value)
	}
	w.tensors(tensors)
	return w.Bytes()
}

// A pair is one entry of the file's metadata.
type pair struct {
	key   string
	value any
}

// metadata is what llama.cpp wants to know of a llama model with a SentencePiece tokenizer.
func (v *vocabulary) metadata(d int) []pair {
	scores := make([]float32, len(v.texts))
	kinds := make([]int32, len(v.texts))
	for i := range scores {
		scores[i], kinds[i] = -float32(i), int32(v.kinds[i])
	}
	return []pair{
		{"general.architecture", "llama"}, {"general.name", "script"}, {"general.alignment", uint32(alignment)}, {"general.file_type", uint32(0)},
		{"llama.block_count", uint32(1)}, {"llama.context_length", uint32(contextLength)}, {"llama.embedding_length", uint32(d)},
		{"llama.feed_forward_length", uint32(feedForward)}, {"llama.attention.head_count", uint32(d / headSize)}, {"llama.attention.head_count_kv", uint32(1)},
		{"llama.attention.layer_norm_rms_epsilon", float32(1e-5)}, {"llama.rope.dimension_count", uint32(headSize)}, {"llama.vocab_size", uint32(d)},
		{"llama.pooling_type", uint32(1)}, // mean
		{"tokenizer.ggml.model", "llama"}, {"tokenizer.ggml.tokens", v.texts}, {"tokenizer.ggml.scores", scores}, {"tokenizer.ggml.token_type", kinds},
		{"tokenizer.ggml.bos_token_id", uint32(1)}, {"tokenizer.ggml.eos_token_id", uint32(v.end)}, {"tokenizer.ggml.unknown_token_id", uint32(0)},
		{"tokenizer.ggml.add_bos_token", false}, {"tokenizer.ggml.add_space_prefix", false}, {"tokenizer.chat_template", chatTemplate},
	}
}
