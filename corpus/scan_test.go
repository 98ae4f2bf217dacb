package corpus_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/corpus/cut"
	"wenyuan/guard"
	"wenyuan/job"
	"wenyuan/store"
)

// openGuarded opens a library whose documents are looked at by guards.
func openGuarded(t *testing.T, cfg store.Config) *house {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	q := job.New(st)
	q.Log = quiet
	directory := auth.Open(auth.Config{Store: st, Log: quiet})
	lib := corpus.New(corpus.Config{Store: st, Auth: directory, Queue: q, Dir: filepath.Join(cfg.Dir, "index"), Cut: cut.Default, Log: quiet, Guards: guard.Open(guard.Config{Store: st, Log: quiet})})
	if err := lib.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := q.Start(ctx); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Library: lib, t: t, auth: directory, store: st, queue: q, sc: sc, cfg: cfg}
	t.Cleanup(h.close)
	return h
}
