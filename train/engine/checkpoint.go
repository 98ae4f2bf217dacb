package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/train/engine/llama"
	"wenyuan/train/engine/weights"
)

// checkpointFile is the one file of a run's folder: weights, moments and progress, put there whole
// or not at all.
const checkpointFile = "checkpoint.safetensors"

const (
	noteRun      = "run"
	noteProgress = "progress"
)

// identity names everything that decides the weights of a run, so that it is gone on from by
// itself alone. Budgets and the number of workers decide nothing.
func (t *trainer) identity() (string, error) {
	if t.id != "" {
		return t.id, nil
	}
	s := t.spec
	s.Budget, s.Checkpoint = Budget{}, 0
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n", text, t.Base.Hash(), t.Sets.Train.Hash())
	if t.Sets.Held != nil {
		fmt.Fprintln(h, t.Sets.Held.Hash())
	}
	if t.From != nil {
		for _, p := range t.From.lora.Params() {
			fmt.Fprintln(h, p.Name)
			h.Write(raw(p.W))
		}
	}
	t.id = hex.EncodeToString(h.Sum(nil))
	return t.id, nil
}

// save writes a checkpoint.
func (t *trainer) save() error {
	if t.Dir == "" {
		return nil
	}
	id, err := t.identity()
	if err != nil {
		return err
	}
	p := t.progress
	p.Elapsed = t.elapsed()
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	var all []weights.Tensor
	put := func(kind string, p *llama.Param[float32], data []float32) {
		all = append(all, weights.Tensor{Name: kind + p.Name, Shape: []int{p.Rows, p.Cols}, Data: data})
	}
	for i, p := range t.params {
		put("w ", p, p.W)
		put("m ", p, t.weights[i].M)
		put("v ", p, t.weights[i].V)
		if t.best != nil {
			put("best ", p, t.best[i])
		}
	}
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return unwritten("the checkpoint", err)
	}
	return unwritten("the checkpoint", weights.WriteSafetensors(filepath.Join(t.Dir, checkpointFile), map[string]string{noteRun: id, noteProgress: string(text)}, all))
}

// resume goes on from a checkpoint, where there is one.
func (t *trainer) resume() error {
	if t.Dir == "" {
		return nil
	}
	f, err := weights.Open(filepath.Join(t.Dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return broken(err)
	}
	defer f.Close()
	id, err := t.identity()
	if err != nil {
		return err
	}
	if f.Notes[noteRun] != id {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the folder holds the checkpoint of another run", Hint: "take another folder, or the same training file, base and data as before"}
	}
	if err := json.Unmarshal([]byte(f.Notes[noteProgress]), &t.progress); err != nil {
		return broken(err)
	}
	_, best := f.Find("best " + t.params[0].Name)
	if best {
		t.keepBest()
	}
	for i, p := range t.params {
		for kind, to := range map[string][]float32{"w ": p.W, "m ": t.weights[i].M, "v ": t.weights[i].V} {
			if err := load(f, kind+p.Name, to); err != nil {
				return err
			}
		}
		if best {
			if err := load(f, "best "+p.Name, t.best[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func load(f *weights.File, name string, to []float32) error {
	w, err := f.Read(name)
	if err == nil && len(w) != len(to) {
		err = fmt.Errorf("%s has %d numbers, not %d", name, len(w), len(to))
	}
	if err != nil {
		return broken(err)
	}
	copy(to, w)
	return nil
}

func broken(err error) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the checkpoint cannot be read", Hint: "move it away and begin the run anew", Err: err}
}
