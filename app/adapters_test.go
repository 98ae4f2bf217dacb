package app_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/dataset"
	"wenyuan/gateway"
	"wenyuan/gateway/engine"
	"wenyuan/internal/testenv"
	"wenyuan/train"
	trainer "wenyuan/train/engine"
	"wenyuan/version"
)

// TestAdapterIsServed: an adapter that a run made is laid on the disk, held against the weights that are
// served, and answers at hand in a real llama.cpp; it comes into no use without a pass of the gate.
func TestAdapterIsServed(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	right, wrong := filepath.Join(data, "right.gguf"), filepath.Join(data, "wrong.gguf")
	for path, seed := range map[string]uint64{right: 1, wrong: 2} {
		if err := trainer.ExportMerged(path, trainer.TinyBase(seed), nil); err != nil {
			t.Fatal(err)
		}
	}
	a, sc := reopened(t, app.Config{Data: filepath.Join(data, "house"), Program: "test", Env: os.Getenv, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Models: []gateway.Spec{{Name: "tiny", Engine: &engine.Spec{Command: testenv.LlamaCommand(t, right)}}, {Name: "other", Engine: &engine.Spec{Command: testenv.LlamaCommand(t, wrong)}}}})
	s := school{a, t, sc}
	s.set("me", []string{chatRow("Who?", "It is me.")}, dataset.Split{Train: 1})
	run := s.teach(train.Recipe{Name: "who", Base: train.TinyName, Data: "me", Spec: trainer.Spec{Method: trainer.SFT, Rank: 8, Steps: 60, SeqLen: 64, LR: 2e-2, Seed: 1}})

	offer := func(on, hash string) (string, error) {
		return a.Models.Offer(t.Context(), sc, gateway.Spec{Name: "someone", Adapter: &gateway.Adapter{On: on, Hash: hash}})
	}
	if _, err := offer("other", run.Made); wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), "was made for the weights") {
		t.Errorf("on other weights: %v", err)
	}
	if _, err := offer("tiny", strings.Repeat("a", 64)); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("an adapter that is not there: %v", err)
	}
	hash, err := offer("tiny", run.Made)
	if err == nil {
		err = a.Models.AwaitReady(t.Context(), wenyuan.DefaultSpace, "someone", hash)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, ok := a.Models.At(wenyuan.DefaultSpace, "someone", hash)
	if !ok {
		t.Fatal("it is not at hand")
	}
	var said strings.Builder
	zero := 0.0
	for c, err := range m.Stream(t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Who?"}}, Temperature: &zero, MaxTokens: 40}) {
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(c.Text)
	}
	if said.String() != "It is me." {
		t.Errorf("it says %q", said.String())
	}
	err = a.Models.Split(t.Context(), sc, "someone", []version.Share{{Hash: hash, Share: version.Whole}})
	if err == nil || wenyuan.CodeOf(err) == wenyuan.Internal {
		t.Errorf("it is in use without a pass: %v", err)
	}
	t.Log(err)
}
