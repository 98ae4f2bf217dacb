package engine

import (
	"context"
	"errors"

	"wenyuan/train/engine/tokens"
)

var errUnbuilt = errors.New("engine: in work")

// A Base is a model's weights with its tokenizer and chat template.
type Base struct{}

// OpenBase opens a folder with safetensors, config.json and tokenizer.json, or a .gguf file.
func OpenBase(path string) (*Base, error) { return nil, errUnbuilt }

// TinyBase is a base of 0.4 million random parameters over bytes, for tests and demonstrations:
// width 128, two layers, four heads of which two share each key. The seed makes the weights.
func TinyBase(seed uint64) *Base { return &Base{} }

// Tokenizer gives the tokenizer; safe for concurrent use.
func (b *Base) Tokenizer() *tokens.Tokenizer { return nil }

// Made says what data for this base has to be made with.
func (b *Base) Made() Made { return Made{} }

// Hash names architecture and weights.
func (b *Base) Hash() string { return "" }

// Parameters is how many numbers the base holds.
func (b *Base) Parameters() int64 { return 0 }

// An Adapter is what LoRA learned beside a base.
type Adapter struct{}

// OpenAdapter reads the PEFT form that ExportPEFT writes.
func OpenAdapter(dir string) (*Adapter, error) { return nil, errUnbuilt }

// Sampling says how text is generated.
type Sampling struct {
	Max         int     // tokens at most; 0: 256
	Temperature float64 // 0 takes the most likely token
	Seed        uint64  // prompt i draws from (Seed, i)
	Stop        []int32 // tokens that end an answer and are not part of it; nil: the tokenizer's end marks
}

// Generate continues each prompt. adapter may be nil.
func Generate(ctx context.Context, base *Base, adapter *Adapter, prompts [][]int32, how Sampling) ([][]int32, error) {
	return nil, errUnbuilt
}

// Score gives the natural logarithm of each token's probability after those before it; that
// of the first is 0. adapter may be nil.
func Score(ctx context.Context, base *Base, adapter *Adapter, texts [][]int32) ([][]float32, error) {
	return nil, errUnbuilt
}

// Rewards gives the scalar of an adapter that was trained by Reward, for each text.
func Rewards(ctx context.Context, base *Base, adapter *Adapter, texts [][]int32) ([]float64, error) {
	return nil, errUnbuilt
}

// ExportPEFT writes adapter_config.json and adapter_model.safetensors into dir, which is made.
func ExportPEFT(dir string, base *Base, adapter *Adapter) error { return errUnbuilt }

// ExportGGUF writes the adapter as llama.cpp loads it with --lora.
func ExportGGUF(path string, base *Base, adapter *Adapter) error { return errUnbuilt }

// ExportMerged writes base and adapter as one GGUF model in 32-bit floats; adapter may be nil.
func ExportMerged(path string, base *Base, adapter *Adapter) error { return errUnbuilt }

func (r Run) do(ctx context.Context) (*Result, error) { return nil, errUnbuilt }
