package gateway_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/watch"
	"wenyuan/internal/fnv"
)

// byWords puts a text where its words are; small ones count little.
func byWords(text string) []float32 {
	v := make([]float32, 512)
	for _, w := range strings.Fields(strings.ToLower(strings.TrimRight(text, "?？"))) {
		n := float32(1)
		if w == "their" || w == "really" {
			n = .05
		}
		v[fnv.Runes([]rune(w))%512] += n
	}
	return v
}

// TestAlikeBeside: the embedder that compares a question with those before is no part of the call that it
// is asked for: it is neither told as who answered, nor a step on the road of the call.
func TestAlikeBeside(t *testing.T) {
	t.Parallel()
	chat, vectors := New(t, Say("From ", "plants.")), New(t, Vectors(byWords))
	embedder := at("vectors", vectors.URL)
	embedder.Can = []string{gateway.Embeddings}
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("chat", chat.URL)}, Embedder: &embedder})
	model := get(t, m, "chat")
	ask := func(request, question string) (told manner.Told) {
		t.Helper()
		how := manner.Manner{Request: request, Share: true, Keep: time.Hour, Alike: &manner.Alike{Question: question}, Told: &told}
		if _, _, err := toldOf(model, manner.With(asLi(t.Context()), how), question); err != nil {
			t.Fatal(err)
		}
		return told
	}
	ask("one", "How do vegans get protein?")
	asked := len(vectors.Requests())
	told := ask("two", "How do vegans really get their protein?")
	if len(vectors.Requests()) == asked {
		t.Fatal("the embedder was not asked, so nothing is shown")
	}
	if told.Level == manner.Origin && (told.Tries != 1 || told.Model != "chat" || told.Replica != chat.URL) || told.Level == manner.Alikes && told.Tries != 0 {
		t.Errorf("told %+v", told)
	}
	for _, r := range m.Watch().Find(10, func(r *watch.Record) bool { return r.Request != "" }) {
		if slices.ContainsFunc(r.Steps, func(s watch.Step) bool { return strings.Contains(s.Where, vectors.URL) }) {
			t.Errorf("the embedder is a step of %s: %+v", r.Request, r.Steps)
		}
	}
}

// toldOf asks a question.
func toldOf(m wenyuan.Model, ctx context.Context, question string) (string, wenyuan.Chunk, error) {
	return told(m, ctx, wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: question}}})
}
