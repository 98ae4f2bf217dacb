package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/train/engine"
	"wenyuan/version"
)

// A Laid is an adapter as its files lie on this machine, for servers of models to read.
type Laid struct {
	Made Made
	GGUF string // path of the file in llama.cpp's form
	PEFT string // path of the folder in PEFT's form
}

// Lay lays the files of an adapter of a space on this machine. It takes no scope: it is for the way on which
// models are served, and what it gives is paths.
func (r *Runs) Lay(ctx context.Context, space, hash string) (l Laid, err error) {
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, space, AdapterKind, hash, &l.Made)
		return err
	})
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return l, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no adapter %.12s in this space", hash), Hint: "wenyuan train list shows what runs have made"}
	}
	if err != nil {
		return l, err
	}
	if l.GGUF, err = r.Path(ctx, l.Made, GGUF); err == nil {
		l.PEFT, err = r.folder(l.Made)
	}
	if errors.Is(err, fs.ErrNotExist) || wenyuan.CodeOf(err) == wenyuan.NotFound {
		return l, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the files of the adapter %s (%.12s) are gone", l.Made.Name, hash), Hint: "train it again, or release another one", Err: err}
	}
	return l, err
}

// folder lays an adapter in PEFT's form.
func (r *Runs) folder(m Made) (string, error) {
	dir := filepath.Join(r.Dir, "files", m.Files[PEFTWeights].Hash[:min(16, len(m.Files[PEFTWeights].Hash))])
	for _, name := range []string{PEFTConfig, PEFTWeights} {
		f, ok := m.Files[name]
		if !ok {
			return "", m.lacks(name)
		}
		path := filepath.Join(dir, name)
		if at, err := os.Stat(path); err == nil && at.Size() == f.Size {
			continue
		}
		if err := r.lay(f.Hash, path); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// Fits says why the adapter cannot be used beside the weights at a path, a GGUF file or a folder of
// safetensors: see [engine.Fits].
func (l Laid) Fits(ctx context.Context, path string) error {
	return engine.Fits(ctx, path, l.GGUF, l.Made.Tokens, l.Made.On)
}
