package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is how long a tokenizer's file may be.
const maxFile = 1 << 27

// FromFolder reads tokenizer.json, and the marks and chat template beside it, as Hugging Face's
// tokenizers and Transformers write them.
func FromFolder(dir string) (*Tokenizer, error) {
	data, err := readFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, err
	}
	t, err := fromJSON(data)
	if err != nil {
		return nil, err
	}
	if err := t.settings(dir); err != nil {
		return nil, err
	}
	return t, t.finish()
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("tokens: %s is longer than %d bytes", filepath.Base(path), maxFile)
	}
	return data, err
}

// step is a normalizer, pre-tokenizer, decoder or a part of one.
type step struct {
	Type       string `json:"type"`
	Steps      []step `json:"pretokenizers"`
	Norms      []step `json:"normalizers"`
	Regex      *bool  `json:"use_regex"`
	Prefix     *bool  `json:"add_prefix_space"`
	Scheme     string `json:"prepend_scheme"`
	Prepend    string `json:"prepend"`
	Individual bool   `json:"individual_digits"`
	Behavior   string `json:"behavior"`
	Invert     bool   `json:"invert"`
	Content    string `json:"content"`
	Pattern    struct {
		Regex  string `json:"Regex"`
		String string `json:"String"`
	} `json:"pattern"`
	Replacement string `json:"replacement"`
}

// form is tokenizer.json.
type form struct {
	Normalizer *step `json:"normalizer"`
	Pre        *step `json:"pre_tokenizer"`
	Added      []struct {
		ID      int32  `json:"id"`
		Content string `json:"content"`
		Special bool   `json:"special"`
	} `json:"added_tokens"`
	Model struct {
		Type     string          `json:"type"`
		Vocab    json.RawMessage `json:"vocab"`
		Merges   json.RawMessage `json:"merges"`
		Fallback bool            `json:"byte_fallback"`
		Whole    bool            `json:"ignore_merges"`
		Dropout  *float64        `json:"dropout"`
		Unk      json.RawMessage `json:"unk_token"`
		UnkID    *int32          `json:"unk_id"`
		Suffix   string          `json:"end_of_word_suffix"`
		Prefix   string          `json:"continuing_subword_prefix"`
	} `json:"model"`
}

func fromJSON(data []byte) (*Tokenizer, error) {
	var f form
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("tokens: tokenizer.json: %w", err)
	}
	t := &Tokenizer{bos: -1, eos: -1, unk: -1, whole: f.Model.Whole}
	if f.Model.Suffix != "" || f.Model.Prefix != "" || f.Model.Dropout != nil && *f.Model.Dropout > 0 {
		return nil, errors.New("tokens: a tokenizer with marked word parts or dropout is not known here")
	}
	var err error
	switch f.Model.Type {
	case "BPE":
		err = t.bpe(&f)
	case "Unigram":
		err = t.unigram(&f)
	default:
		err = fmt.Errorf("tokens: the tokenizer model %q is not known here: BPE and Unigram are", f.Model.Type)
	}
	if err != nil {
		return nil, err
	}
	return t, t.added(&f)
}

// added puts the added tokens over the vocabulary.
func (t *Tokenizer) added(f *form) error {
	for _, a := range f.Added {
		if a.ID < 0 || int(a.ID) > len(t.texts)+len(f.Added) {
			return fmt.Errorf("tokens: the added token %q has the number %d", a.Content, a.ID)
		}
		t.grow(int(a.ID))
		t.texts[a.ID] = a.Content
		t.kinds[a.ID] = kindUser
		if a.Special {
			t.kinds[a.ID] = kindControl
		}
	}
	var name string
	if json.Unmarshal(f.Model.Unk, &name) == nil {
		if i := slices.Index(t.texts, name); i >= 0 {
			t.unk = int32(i)
		}
	}
	return nil
}

// grow makes room for a token; those between are unused.
func (t *Tokenizer) grow(id int) {
	for len(t.texts) <= id {
		t.texts = append(t.texts, "")
		t.kinds = append(t.kinds, kindUnused)
		if t.way == unigram {
			t.scores = append(t.scores, 0)
		}
	}
}

// bpe reads a vocabulary with merges.
func (t *Tokenizer) bpe(f *form) error {
	var vocab map[string]int32
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return fmt.Errorf("tokens: the vocabulary: %w", err)
	}
	for s, id := range vocab {
		if id < 0 || int(id) > 4*len(vocab) {
			return fmt.Errorf("tokens: the token %q has the number %d", s, id)
		}
		t.grow(int(id))
		t.texts[id], t.kinds[id] = s, kindNormal
	}
	if json.Unmarshal(f.Model.Merges, &t.merges) != nil {
		var pairs [][2]string
		if err := json.Unmarshal(f.Model.Merges, &pairs); err != nil {
			return fmt.Errorf("tokens: the merges: %w", err)
		}
		t.merges = nil
		for _, p := range pairs {
			t.merges = append(t.merges, p[0]+" "+p[1])
		}
	}
	if f.Model.Fallback {
		t.way = pieceRank
		return t.pieces(f)
	}
	t.way = byteLevel
	return t.cutting(f)
}

// unigram reads a vocabulary with scores.
func (t *Tokenizer) unigram(f *form) error {
	t.way = unigram
	var vocab [][2]json.RawMessage
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return fmt.Errorf("tokens: the vocabulary: %w", err)
	}
	for _, v := range vocab {
		var s string
		var score float32
		if err := errors.Join(json.Unmarshal(v[0], &s), json.Unmarshal(v[1], &score)); err != nil {
			return fmt.Errorf("tokens: the vocabulary: %w", err)
		}
		t.texts, t.kinds, t.scores = append(t.texts, s), append(t.kinds, kindNormal), append(t.scores, score)
	}
	if f.Model.UnkID != nil {
		t.unk = *f.Model.UnkID
	}
	return t.pieces(f)
}

// pieces reads how spaces become blanks: by the normalizer of Llama 2, or Metaspace.
func (t *Tokenizer) pieces(f *form) error {
	for _, n := range flat(f.Normalizer) {
		switch {
		case n.Type == "Prepend" && n.Prepend == blank:
			t.prefix = true
		case n.Type == "Replace" && n.Pattern.String == " " && n.Content == blank:
		case n.Type == "NFC":
			t.nfc = true
		default:
			return fmt.Errorf("tokens: the normalizer %q is not known here", n.Type)
		}
	}
	for _, p := range flat(f.Pre) {
		if p.Type != "Metaspace" || p.Replacement != blank {
			return fmt.Errorf("tokens: the pre-tokenizer %q is not known here for pieces", p.Type)
		}
		t.prefix = p.Scheme == "always" || p.Scheme == "first" || p.Scheme == "" && (p.Prefix == nil || *p.Prefix)
	}
	return nil
}

// flat are the parts of a sequence.
func flat(s *step) []step {
	if s == nil {
		return nil
	}
	if s.Type != "Sequence" {
		return []step{*s}
	}
	var out []step
	for i := range s.Steps {
		out = append(out, flat(&s.Steps[i])...)
	}
	for i := range s.Norms {
		out = append(out, flat(&s.Norms[i])...)
	}
	return out
}

// expressions are those that words.go reads.
var expressions = map[string]string{
	`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`:                                          splitGPT2,
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`: splitLlama3,
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`:      splitQwen2,
}

// cutting reads how words are cut before merging bytes.
func (t *Tokenizer) cutting(f *form) error {
	for _, n := range flat(f.Normalizer) {
		if n.Type != "NFC" {
			return fmt.Errorf("tokens: the normalizer %q is not known here", n.Type)
		}
		t.nfc = true
	}
	digits := false
	for _, p := range flat(f.Pre) {
		switch {
		case p.Type == "Digits" && p.Individual && t.split == "":
			digits = true
		case p.Type == "Split" && p.Behavior == "Isolated" && !p.Invert && expressions[p.Pattern.Regex] != "" && t.split == "":
			t.split = expressions[p.Pattern.Regex]
		case p.Type == "ByteLevel" && (p.Prefix == nil || !*p.Prefix):
			if p.Regex == nil || *p.Regex {
				if t.split != "" {
					return errors.New("tokens: a tokenizer that cuts words twice is not known here")
				}
				t.split = splitGPT2
			}
		case p.Type == "Split":
			return fmt.Errorf("tokens: cutting words by %q is not known here", p.Pattern.Regex+p.Pattern.String)
		default:
			return fmt.Errorf("tokens: the pre-tokenizer %q with these settings is not known here", p.Type)
		}
	}
	switch {
	case digits && t.split == splitGPT2:
		t.split = splitSmolLM
	case digits || t.split == "":
		return errors.New("tokens: this way of cutting words is not known here")
	}
	return nil
}

// markText is a mark in tokenizer_config.json: a text, or an object with one.
type markText string

func (m *markText) UnmarshalJSON(data []byte) error {
	var o struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(data, (*string)(m)) == nil {
		return nil
	}
	err := json.Unmarshal(data, &o)
	*m = markText(o.Content)
	return err
}

// settings reads tokenizer_config.json and chat_template.jinja, where they are.
func (t *Tokenizer) settings(dir string) error {
	var c struct {
		BOS      markText        `json:"bos_token"`
		EOS      markText        `json:"eos_token"`
		AddBOS   *bool           `json:"add_bos_token"`
		Template json.RawMessage `json:"chat_template"`
	}
	data, err := readFile(filepath.Join(dir, "tokenizer_config.json"))
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tokens: tokenizer_config.json: %w", err)
	}
	t.bos, t.eos = t.find(string(c.BOS)), t.find(string(c.EOS))
	t.addBOS = c.AddBOS != nil && *c.AddBOS
	if err := t.chatOf(c.Template); err != nil {
		return err
	}
	alone, err := readFile(filepath.Join(dir, "chat_template.jinja"))
	if err == nil {
		t.chat = string(alone)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// chatOf reads the template: a text, or the one named default of several.
func (t *Tokenizer) chatOf(data json.RawMessage) error {
	if len(data) == 0 || string(data) == "null" || json.Unmarshal(data, &t.chat) == nil {
		return nil
	}
	var several []struct{ Name, Template string }
	if err := json.Unmarshal(data, &several); err != nil {
		return fmt.Errorf("tokens: the chat template: %w", err)
	}
	for _, s := range several {
		if strings.EqualFold(s.Name, "default") {
			t.chat = s.Template
		}
	}
	return nil
}

func (t *Tokenizer) find(mark string) int32 {
	if mark == "" {
		return -1
	}
	return int32(slices.Index(t.texts, mark))
}
