package app_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/gateway"
	"wenyuan/internal/testenv"
)

// TestRealInferenceServer lets llama.cpp's server write the answers, with a model that says
// just what it is made to say: one true sentence, one with an altered number.
func TestRealInferenceServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ document, question, reply, right, wrong string }{
		"english": {
			document: "# Pump\n\nThe pump runs at 1450 revolutions per minute. It is greased every 90 days.\n",
			question: "How fast does the pump run and how often is it greased?",
			reply:    "The pump runs at 1450 revolutions per minute [1]. It is greased every 30 days.[1]",
			right:    "The pump runs at 1450 revolutions per minute.", wrong: "It is greased every 30 days.",
		},
		"chinese": {
			document: "# 水泵\n\n水泵的转速是每分钟 1450 转。每 90 天加一次润滑脂。\n",
			question: "水泵的转速是多少，多久加一次润滑脂？",
			reply:    "水泵的转速是每分钟 1450 转[1]。每 30 天加一次润滑脂。[1]",
			right:    "水泵的转速是每分钟 1450 转。", wrong: "每 30 天加一次润滑脂。",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			url := testenv.ScriptedServer(t, c.reply)
			a, err := app.Open(ctx, app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
				Models: []gateway.Spec{{Name: "small", Replicas: []gateway.Replica{{URL: url}}}}})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
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
			if _, err := a.Library.Add(ctx, sc, "docs", []corpus.Upload{{Source: "pump.md", Body: strings.NewReader(c.document)}}); err != nil {
				t.Fatal(err)
			}
			got, err := a.Answerer.Ask(ctx, sc, auth.Single, answer.Question{Corpus: "docs", Text: c.question}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Sentences) != 2 || got.Notice != "" {
				t.Fatalf("%d sentences, notice %q: %s", len(got.Sentences), got.Notice, got.Answer)
			}
			if s := got.Sentences[0]; s.Text != c.right || s.Verdict != wenyuan.Supported {
				t.Errorf("%+v", s)
			}
			if s := got.Sentences[1]; s.Text != c.wrong || s.Verdict != wenyuan.Unsupported || s.Reason == "" {
				t.Errorf("%+v", s)
			}
		})
	}
}
