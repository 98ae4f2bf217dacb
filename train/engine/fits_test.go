package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/train/engine/weights"
)

// TestFits: what an adapter cannot be used with is refused with the difference, and what cannot be read is
// left to its server.
func TestFits(t *testing.T) {
	t.Parallel()
	dir, b := t.TempDir(), TinyBase(1)
	base, other, lora, wide, gone := filepath.Join(dir, "base.gguf"), filepath.Join(dir, "other.gguf"), filepath.Join(dir, "lora.gguf"), filepath.Join(dir, "wide.gguf"), filepath.Join(dir, "gone.gguf")
	a := quick(t, b)
	for _, err := range []error{ExportMerged(base, b, nil), ExportMerged(other, TinyBase(2), nil), ExportGGUF(lora, b, a),
		weights.WriteGGUF(wide, nil, []weights.Tensor{{Name: "blk.0.attn_q.weight.lora_a", Shape: []int{4, 64}, Data: make([]float32, 256)}}),
		os.WriteFile(filepath.Join(dir, "odd.gguf"), []byte("GGUF?"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	made := b.Made()
	for _, c := range []struct {
		name, path, adapter string
		made                Made
		base, says          string
	}{
		{"its base", base, lora, made, b.Hash(), ""},
		{"no hash is known", other, lora, made, "", ""},
		{"other weights", other, lora, made, b.Hash(), "the adapter was made for the weights"},
		{"another tokenizer", base, lora, Made{Tokenizer: "x", Template: made.Template}, b.Hash(), "tokenizer x"},
		{"another template", base, lora, Made{Tokenizer: made.Tokenizer, Template: "y"}, b.Hash(), "chat template y"},
		{"other shapes", base, wide, made, b.Hash(), "a side of 64, the server's 128"},
		{"not on this machine", gone, lora, made, b.Hash(), ""},
		{"not to be read", filepath.Join(dir, "odd.gguf"), lora, made, b.Hash(), ""},
		{"a folder of another machine", dir, lora, made, b.Hash(), ""},
	} {
		err := Fits(t.Context(), c.path, c.adapter, c.made, c.base)
		if c.says == "" && err != nil || c.says != "" && (wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// quick is an adapter that learned next to nothing.
func quick(t *testing.T, b *Base) *Adapter {
	t.Helper()
	row := chat(t, b, known[0], "x")
	return do(t, Run{Spec: Spec{Method: SFT, Rank: 2, Steps: 1, SeqLen: 64}, Base: b, Sets: Sets{Train: Rows{row}, Made: b.Made()}}).Adapter
}
