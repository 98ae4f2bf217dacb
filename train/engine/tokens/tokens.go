// Package tokens turns text into a model's tokens and back, exactly as the model was made
// with: byte-level BPE (GPT-2, Llama 3, Qwen), BPE and unigram pieces with byte fallback
// (Llama 2), and plain bytes for tiny models. A tokenizer whose rules are not known is refused by
// name, never approximated: wrong tokens train silently and serve badly.
package tokens

// A Message is one turn of a conversation.
type Message struct {
	Role    string // system, user, assistant
	Content string
}

// A Tokenizer is the vocabulary, the rules and the chat template of a model; safe for
// concurrent use.
type Tokenizer struct{}

// Encode gives the tokens of plain text; marks such as <|im_end|> in it are text.
func (t *Tokenizer) Encode(text string) []int32 { return nil }

// Decode gives the text of tokens, without marks.
func (t *Tokenizer) Decode(ids []int32) string { return "" }

// Chat gives the tokens of a conversation by the chat template, and which of them are the
// assistant's, its end marks included.
func (t *Tokenizer) Chat(messages []Message) (ids []int32, learn []bool, err error) {
	return nil, nil, nil
}

// Prompt gives the tokens of a conversation up to where the assistant begins to speak.
func (t *Tokenizer) Prompt(messages []Message) ([]int32, error) { return nil, nil }

// Hash names the vocabulary and rules; TemplateHash names the chat template.
func (t *Tokenizer) Hash() string { return "" }

// TemplateHash names the chat template; it is empty where the model has none.
func (t *Tokenizer) TemplateHash() string { return "" }
