package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train/engine"
	"wenyuan/version"
)

// TinyName is the base of 0.4 million random parameters that the program can make itself.
const TinyName = "tiny"

// tinySeed makes its weights: the same everywhere.
const tinySeed = 1

// A Listed is a base that runs can stand on.
type Listed struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // tiny, file or run
	Hash    string `json:"hash,omitempty" doc:"of one that a run made"`
	Created int64  `json:"created,omitempty"`
}

// Bases lists what can be taught in a space. Needs Edit or Own.
func (r *Runs) Bases(ctx context.Context, sc scope.Scope) ([]Listed, error) {
	if err := mayTrain(sc); err != nil {
		return nil, err
	}
	all := []Listed{{Name: TinyName, Kind: TinyName}}
	for _, name := range slices.Sorted(maps.Keys(r.files())) {
		all = append(all, Listed{Name: name, Kind: "file"})
	}
	err := r.Store.Read(ctx, func(tx *store.Tx) error {
		made, err := version.Labels(ctx, tx, sc.Space(), BaseKind, "")
		for _, l := range made {
			all = append(all, Listed{Name: l.Name, Kind: "run", Hash: l.Hash, Created: l.Moved})
		}
		return err
	})
	return all, err
}

// files are the bases that lie on this machine, by name: those of the settings, and what is in the
// folder bases.
func (r *Runs) files() map[string]string {
	all := map[string]string{}
	dir := filepath.Join(r.Dir, "bases")
	entries, _ := os.ReadDir(dir) // most houses have none
	for _, e := range entries {
		name, gguf := strings.CutSuffix(e.Name(), ".gguf")
		if (e.IsDir() || gguf) && recipeName.MatchString(name) {
			all[name] = filepath.Join(dir, e.Name())
		}
	}
	maps.Copy(all, r.Config.Bases)
	return all
}

// base opens what a recipe stands on. A base that a run made is named by its version.
func (r *Runs) base(ctx context.Context, space, name string) (*engine.Base, wenyuan.Version, error) {
	if name == TinyName {
		return engine.TinyBase(tinySeed), wenyuan.Version{}, nil
	}
	if path, ok := r.files()[name]; ok {
		b, err := engine.OpenBase(path)
		return b, wenyuan.Version{}, err
	}
	var made Made
	var v wenyuan.Version
	err := r.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if v, err = r.named(ctx, tx, space, BaseKind, name); err == nil {
			_, err = version.Get(ctx, tx, space, BaseKind, v.Hash, &made)
		}
		return err
	})
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return nil, v, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no base %q", name), Hint: "wenyuan train bases lists what can be taught"}
	}
	if err != nil {
		return nil, v, err
	}
	path, err := r.Path(ctx, made, Merged)
	if err != nil {
		return nil, v, err
	}
	b, err := engine.OpenBase(path)
	return b, v, err
}

// named finds a version by its name or hash.
func (r *Runs) named(ctx context.Context, tx *store.Tx, space, kind, name string) (wenyuan.Version, error) {
	kept, err := version.History(ctx, tx, space, kind, name)
	if err != nil {
		return wenyuan.Version{}, err
	}
	if len(kept) > 0 {
		return wenyuan.Version{Kind: kind, Name: kept[0].Name, Hash: kept[0].Hash}, nil
	}
	v, err := version.Get(ctx, tx, space, kind, name, nil)
	if kind == AdapterKind && wenyuan.CodeOf(err) == wenyuan.NotFound {
		err = &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no adapter %q", name), Hint: "wenyuan train list shows what runs have made"}
	}
	return v, err
}

// The files of what a run made.
const (
	PEFTConfig  = "adapter_config.json"
	PEFTWeights = "adapter_model.safetensors"
	GGUF        = "adapter.gguf"
	Merged      = "merged.gguf"
)

// A Made is what a version of the kinds adapter and base holds. The files lie among the blobs.
type Made struct {
	Name   string          `json:"name"`
	Run    string          `json:"run"`
	Recipe string          `json:"recipe"` // hash
	Method engine.Method   `json:"method"`
	Base   string          `json:"base"`      // name
	On     string          `json:"base_hash"` // hash of the base's architecture and weights
	Tokens engine.Made     `json:"tokens"`    // tokenizer and chat template that it was trained with
	Steps  int             `json:"steps"`
	End    engine.End      `json:"end"`
	Last   engine.Metrics  `json:"last"`
	Held   engine.Metrics  `json:"held"`
	Files  map[string]File `json:"files"`
}

// A File is one of them.
type File struct {
	Hash string `json:"sha256"`
	Size int64  `json:"size"`
}

// File opens a file of what a run made, by the hash or name of the version. Needs Edit or Own.
func (r *Runs) File(ctx context.Context, sc scope.Scope, kind, which, name string) (io.ReadSeekCloser, error) {
	_, m, err := r.Version(ctx, sc, kind, which)
	if err != nil {
		return nil, err
	}
	f, ok := m.Files[name]
	if !ok {
		return nil, m.lacks(name)
	}
	return r.Store.Blobs().Open(f.Hash)
}

func (m Made) lacks(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s has no file %s", m.Name, name), Hint: "merged.gguf is there only where the recipe says merged"}
}

// Path gives a file of what a run made a place in the file system, under the name of its content, so
// that an engine can open it. It is written once.
func (r *Runs) Path(ctx context.Context, m Made, name string) (string, error) {
	f, ok := m.Files[name]
	if !ok {
		return "", m.lacks(name)
	}
	path := filepath.Join(r.Dir, "files", f.Hash[:16]+"-"+name)
	if at, err := os.Stat(path); err == nil && at.Size() == f.Size {
		return path, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("train: %w", err)
	}
	return path, r.lay(f.Hash, path)
}

// lay copies a blob to a path; whole or not at all.
func (r *Runs) lay(hash, path string) (err error) {
	from, err := r.Store.Blobs().Open(hash)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	defer from.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	to, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	defer os.Remove(to.Name()) // where it was not renamed
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Sync(), to.Close()); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return os.Rename(to.Name(), path)
}
