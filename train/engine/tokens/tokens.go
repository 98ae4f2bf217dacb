// Package tokens turns text into a model's tokens and back, exactly as the model was made
// with: byte-level BPE (GPT-2, Llama 3, Qwen), SentencePiece's BPE and unigram with byte fallback
// (Llama 2), and plain bytes for tiny models. It also renders a model's own chat template. A
// tokenizer or template whose rules are not known is refused by name, never approximated: wrong
// tokens train silently and serve badly.
package tokens

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A Message is one turn of a conversation.
type Message struct {
	Role    string // system, user, assistant
	Content string
}

// The ways of cutting words into tokens.
const (
	byteLevel = "byte-level BPE" // of bytes, by rank of merges
	pieceRank = "piece BPE"      // of characters, by rank of merges, bytes as a last resort
	pieceBest = "scored BPE"     // of characters, by score of what is merged: SentencePiece's BPE in GGUF
	unigram   = "unigram"        // the most likely cut
)

// The kinds of tokens, as GGUF numbers them.
const (
	kindNormal  = 1
	kindUnknown = 2
	kindControl = 3
	kindUser    = 4 // found in text before anything else, and part of it
	kindUnused  = 5
	kindByte    = 6
)

// A Tokenizer is the vocabulary, the rules and the chat template of a model; safe for
// concurrent use.
type Tokenizer struct {
	way      string
	split    string // of byteLevel: how text is cut into words
	texts    []string
	kinds    []int32
	scores   []float32 // of pieceBest and unigram
	merges   []string  // "left right", first is best
	bos, eos int32     // -1: none
	unk      int32
	addBOS   bool // before every text that is no chat
	prefix   bool // a blank before the text
	whole    bool // a word that is a token is not cut
	nfc      bool // Unicode's canonical composition first
	chat     string

	ids      map[string]int32
	ranks    map[pair]int32
	special  []int32 // found in marked text, longest first
	raw      [256]int32
	longest  int     // bytes of a token
	worst    float32 // score
	template *template
	hash     string
}

// A pair is two neighbours that may be merged.
type pair struct{ left, right string }

// finish builds what is looked up, and says what cannot be.
func (t *Tokenizer) finish() error {
	if len(t.texts) == 0 || len(t.kinds) != len(t.texts) {
		return fmt.Errorf("tokens: %d tokens with %d kinds", len(t.texts), len(t.kinds))
	}
	if (t.way == pieceBest || t.way == unigram) && len(t.scores) != len(t.texts) {
		return fmt.Errorf("tokens: %d tokens with %d scores", len(t.texts), len(t.scores))
	}
	for _, id := range []int32{t.bos, t.eos, t.unk} {
		if id < -1 || int(id) >= len(t.texts) {
			return fmt.Errorf("tokens: a mark is token %d of %d", id, len(t.texts))
		}
	}
	t.ids = make(map[string]int32, len(t.texts))
	for i := range t.raw {
		t.raw[i] = -1
	}
	for i, s := range t.texts {
		t.longest = max(t.longest, len(s))
		if t.way == unigram {
			t.worst = min(t.worst, t.scores[i])
		}
		if _, ok := t.ids[s]; !ok {
			t.ids[s] = int32(i)
		}
		if k := t.kinds[i]; (k == kindControl || k == kindUser) && s != "" {
			t.special = append(t.special, int32(i))
		}
	}
	sort.SliceStable(t.special, func(i, j int) bool { return len(t.texts[t.special[i]]) > len(t.texts[t.special[j]]) })
	if err := t.finishBytes(); err != nil {
		return err
	}
	if err := t.finishMerges(); err != nil {
		return err
	}
	if t.chat != "" {
		var err error
		if t.template, err = newTemplate(t.chat); err != nil {
			return err
		}
	}
	t.hash = t.digest()
	return nil
}

// finishBytes finds the tokens of single bytes.
func (t *Tokenizer) finishBytes() error {
	for b := range 256 {
		name := fmt.Sprintf("<0x%02X>", b)
		if t.way == byteLevel {
			name = string(letterOf[b])
		}
		if id, ok := t.ids[name]; ok {
			t.raw[b] = id
			if t.way != byteLevel {
				t.kinds[id] = kindByte
			}
		} else if t.way == byteLevel {
			return fmt.Errorf("tokens: no token for the byte %d", b)
		}
	}
	return nil
}

// finishMerges numbers the merges.
func (t *Tokenizer) finishMerges() error {
	t.ranks = make(map[pair]int32, len(t.merges))
	for i, m := range t.merges {
		left, right, ok := strings.Cut(m, " ")
		if !ok || left == "" || right == "" {
			return fmt.Errorf("tokens: the merge %q has no two parts", m)
		}
		if _, ok := t.ranks[pair{left, right}]; !ok {
			t.ranks[pair{left, right}] = int32(i)
		}
	}
	return nil
}

// digest names everything that decides which tokens a text becomes. Unused tokens, with which
// some files fill up, are left out.
func (t *Tokenizer) digest() string {
	h := sha256.New()
	put := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	put(t.way)
	put(t.split)
	put(fmt.Sprint(t.bos, t.eos, t.prefix, t.whole, t.nfc, len(t.merges)))
	for i, s := range t.texts {
		if t.kinds[i] != kindUnused {
			put(fmt.Sprint(i))
			put(s)
		}
	}
	for _, m := range t.merges {
		put(m)
	}
	if t.way == pieceBest || t.way == unigram {
		for _, s := range t.scores {
			put(fmt.Sprint(s))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Hash names the vocabulary and rules.
func (t *Tokenizer) Hash() string { return t.hash }

// TemplateHash names the chat template; it is empty where the model has none.
func (t *Tokenizer) TemplateHash() string {
	if t.chat == "" {
		return ""
	}
	s := sha256.Sum256([]byte(t.chat))
	return hex.EncodeToString(s[:])
}

// Template is the chat template as the model has it.
func (t *Tokenizer) Template() string { return t.chat }

// Vocab is how many tokens there are.
func (t *Tokenizer) Vocab() int { return len(t.texts) }

// BOS and EOS are the marks of a text's beginning and end; -1 where there is none.
func (t *Tokenizer) BOS() int32 { return t.bos }

// EOS is the mark of a text's end; -1 where there is none.
func (t *Tokenizer) EOS() int32 { return t.eos }

// endings are the texts of marks that end an answer beside EOS, as chat templates use them.
var endings = []string{"<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "</s>", "<end_of_turn>"}

// Ends are the tokens that end an answer.
func (t *Tokenizer) Ends() []int32 {
	var out []int32
	if t.eos >= 0 {
		out = append(out, t.eos)
	}
	for _, s := range endings {
		if id, ok := t.ids[s]; ok && t.kinds[id] == kindControl && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// Text is one token as the vocabulary has it.
func (t *Tokenizer) Text(id int32) string {
	if id < 0 || int(id) >= len(t.texts) {
		return ""
	}
	return t.texts[id]
}

// Encode gives the tokens of plain text; marks such as <|im_end|> in it are text.
func (t *Tokenizer) Encode(text string) []int32 { return t.encode(nil, text, true) }

// EncodeMarked gives the tokens of text in which marks stand for their tokens, as in what a chat
// template makes.
func (t *Tokenizer) EncodeMarked(text string) []int32 { return t.encodeMarked(text, true) }

// encodeMarked encodes what stands at the beginning or after a mark (first), where SentencePiece
// puts a blank, or after other text.
func (t *Tokenizer) encodeMarked(text string, first bool) (out []int32) {
	for text != "" {
		at, id := t.mark(text)
		if at > 0 {
			out = t.encode(out, text[:at], first)
		}
		if id < 0 {
			return out
		}
		out = append(out, id)
		text, first = text[at+len(t.texts[id]):], true
	}
	return out
}

// mark finds the first mark in a text, the longest at its place; its place is the end where there is none.
func (t *Tokenizer) mark(text string) (at int, id int32) {
	at, id = len(text), -1
	for _, s := range t.special {
		if i := strings.Index(text[:min(len(text), at+len(t.texts[s]))], t.texts[s]); i >= 0 && i < at {
			at, id = i, s
		}
	}
	return at, id
}

// marked says whether plain text holds what would be read as a mark.
func (t *Tokenizer) marked(text string) (string, bool) {
	for _, s := range t.special {
		if t.kinds[s] == kindControl && strings.Contains(text, t.texts[s]) {
			return t.texts[s], true
		}
	}
	return "", false
}

func (t *Tokenizer) encode(out []int32, text string, first bool) []int32 {
	if t.nfc {
		text = norm.NFC.String(text)
	}
	if text == "" {
		return out
	}
	if t.way != byteLevel {
		if t.prefix && first && !(t.way == unigram && strings.HasPrefix(text, " ")) {
			text = " " + text
		}
		text = strings.ReplaceAll(text, " ", blank)
		if t.way == unigram {
			return t.likeliest(out, text)
		}
		return t.merge(out, text)
	}
	for word := range words(t.split, text) {
		out = t.merge(out, lettered(word))
	}
	return out
}

// blank stands for a space in SentencePiece's vocabularies.
const blank = "\u2581"

// Decode gives the text of tokens, without marks. Bytes that are no UTF-8 stay as they are.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id < 0 || int(id) >= len(t.texts) || t.kinds[id] == kindControl || t.kinds[id] == kindUnused {
			continue
		}
		s := t.texts[id]
		switch {
		case t.kinds[id] == kindByte:
			var c byte
			fmt.Sscanf(s, "<0x%02X>", &c)
			b.WriteByte(c)
		case t.kinds[id] == kindUser:
			b.WriteString(s)
		case t.way == byteLevel:
			for _, r := range s {
				if c, ok := byteOf[r]; ok {
					b.WriteByte(c)
				} else {
					b.WriteRune(r)
				}
			}
		default:
			b.WriteString(strings.ReplaceAll(s, blank, " "))
		}
	}
	if t.prefix && t.way != byteLevel {
		return strings.TrimPrefix(b.String(), " ")
	}
	return b.String()
}
