package app_test

import (
	"log/slog"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/prompt"
)

// Settings that cannot be used change nothing, whichever of them is wrong.
func TestReloadAllOrNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	srv := gatewaytest.New(t, gatewaytest.Say("x"))
	spec := func(name, tokenizer string) []gateway.Spec {
		return []gateway.Spec{{Name: name, Tokenizer: tokenizer, Replicas: []gateway.Replica{{URL: srv.URL}}}}
	}
	c := app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler), Models: spec("first", "")}
	a, err := app.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Library.Create(ctx, sc, "docs"); err != nil {
		t.Fatal(err)
	}
	now := func() (model, prompt string, closed bool) {
		as, err := a.Answerer.Assistant(ctx, sc, "docs")
		if err != nil {
			t.Fatal(err)
		}
		x, err := a.Library.Corpus(ctx, sc, "docs")
		if err != nil {
			t.Fatal(err)
		}
		return as.Model, as.Prompt, x.Closed
	}
	_, before, _ := now()
	good := app.Config{Models: spec("second", ""), Closed: []string{"docs"}, Prompt: prompt.BuiltIn + "\n"}
	badModel, badPrompt := good, good
	badModel.Models, badPrompt.Prompt = spec("second", "nosuch"), "{{"
	for _, bad := range []app.Config{badModel, badPrompt} {
		if err := a.Reload(ctx, bad); err == nil {
			t.Error("settings that cannot be used are taken over")
		}
		if model, p, closed := now(); model != "first" || p != before || closed {
			t.Errorf("after wrong settings: the model %s, another prompt %v, closed %v", model, p != before, closed)
		}
	}
	if err := a.Reload(ctx, good); err != nil {
		t.Fatal(err)
	}
	if model, p, closed := now(); model != "second" || p == before || !closed {
		t.Errorf("after new settings: the model %s, another prompt %v, closed %v", model, p != before, closed)
	}
	if err := a.Reload(ctx, c); err != nil {
		t.Fatal(err)
	}
	if model, p, closed := now(); model != "first" || p != before || closed {
		t.Errorf("after the first settings again: the model %s, another prompt %v, closed %v", model, p != before, closed)
	}
}
