package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/train/engine/tokens"
	"wenyuan/train/engine/weights"
)

// maxHashed is the size in bytes of weights that are read to hold them against those of an adapter.
const maxHashed = 1 << 30

// Fits says why an adapter, as GGUF, cannot be used beside the weights that a server reads: another
// tokenizer or chat template than it was trained with, shapes that it was not made for, or other weights.
// The weights themselves are held against each other where they stand in 32-bit floats, up to a gibibyte:
// other forms round them. What cannot be read here, such as an architecture that is not known, is not
// refused: its server looks for itself.
func Fits(ctx context.Context, path, adapter string, made Made, base string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() && !holds(path) {
		return nil // the server sees another file system
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	tok, shapes, err := headOf(path, info.IsDir())
	if err != nil {
		return nil //nolint:nilerr // it cannot be read here
	}
	b := &Base{tok: tok}
	if err := b.same(made, "the adapter"); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if info.IsDir() {
		return nil
	}
	if err := shaped(shapes, adapter); err != nil {
		return err
	}
	if base == "" || info.Size() > maxHashed || !exact(shapes) {
		return nil
	}
	full, err := OpenBase(path)
	if err != nil || full.Hash() == base {
		return nil //nolint:nilerr // its server looks for itself
	}
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the adapter was made for the weights %.12s, the server has %.12s in %s", base, full.Hash(), filepath.Base(path)),
		Hint: "serve the base that the adapter was trained on, or train it on this one"}
}

// holds says whether a folder has a tokenizer.
func holds(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "tokenizer.json"))
	return err == nil
}

// headOf reads the tokenizer of weights, and of a GGUF file its tensors.
func headOf(path string, folder bool) (*tokens.Tokenizer, []weights.Info, error) {
	if folder {
		tok, err := tokens.FromFolder(path)
		return tok, nil, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	tok, err := tokens.FromGGUF(f.Meta)
	return tok, f.Tensors, err
}

// exact says whether all numbers stand in 32-bit floats.
func exact(all []weights.Info) bool {
	return !slices.ContainsFunc(all, func(t weights.Info) bool { return t.Type != weights.F32 })
}

// shaped refuses an adapter whose matrices do not fit beside those of the weights.
func shaped(all []weights.Info, adapter string) error {
	f, err := weights.Open(adapter)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	defer f.Close()
	for _, t := range f.Tensors {
		name, down := strings.CutSuffix(t.Name, ".lora_a")
		if !down {
			name, _ = strings.CutSuffix(t.Name, ".lora_b")
		}
		i := slices.IndexFunc(all, func(w weights.Info) bool { return w.Name == name })
		if i < 0 {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the adapter was made for another base: the server's has no " + name, Hint: "serve the base that it was trained on"}
		}
		w := all[i].Shape
		if len(w) != 2 || len(t.Shape) != 2 {
			continue
		}
		side, has := t.Shape[0], w[0] // of lora_b: what comes out
		if down {
			side, has = t.Shape[1], w[1] // what goes in
		}
		if name == "token_embd.weight" { // which is looked up, and not multiplied by
			continue
		}
		if side != has {
			return unfitting(name, side, has)
		}
	}
	return nil
}

func unfitting(name string, side, has int) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the adapter was made for another base: its %s has a side of %d, the server's %d", name, side, has), Hint: "serve the base that it was trained on"}
}
