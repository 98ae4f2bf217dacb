package answer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
)

var ctx = context.Background()

// An assistant is saved as versions; each is found again, and a corpus has a default one.
func TestAssistantsAreVersions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, say("Every employee has 25 days of paid leave a year [1]."))
	first := h.save(t, "title: One")
	second := h.save(t, "title: Two\nunsupported: withhold")
	if first.Hash == second.Hash || first.Hash == "" {
		t.Fatalf("%q and %q", first.Hash, second.Hash)
	}
	if again := h.save(t, "title: Two\nunsupported: withhold"); again.Hash != second.Hash {
		t.Error("equal settings have two hashes")
	}
	now, err := h.Assistant(ctx, h.sc, "case")
	if err != nil || now.Hash != second.Hash || now.Title != "Two" {
		t.Errorf("%v, %v", now, err)
	}
	old, err := h.AssistantAt(ctx, h.sc, "case", first.Hash)
	if err != nil || old.Title != "One" {
		t.Errorf("%v, %v", old, err)
	}
	kept, err := h.Versions(ctx, h.sc, "case")
	if err != nil || len(kept) != 2 {
		t.Errorf("%v, %v", kept, err)
	}
	list, err := h.Assistants(ctx, h.sc)
	names := []string{}
	for _, a := range list {
		names = append(names, a.Name)
	}
	if err != nil || !slices.Equal(names, []string{"case", "docs"}) {
		t.Errorf("%v, %v", names, err)
	}
	a, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Assistant: "case", Version: first.Hash, Text: leaveQuestion}, nil)
	if err != nil || !slices.Contains(a.Versions, wenyuan.Version{Kind: "assistant", Name: "case", Hash: first.Hash}) {
		t.Errorf("%v, %v", a.Versions, err)
	}
	if err := h.RemoveAssistant(ctx, h.sc, "case"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Assistant(ctx, h.sc, "case"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Error(err)
	}
	if _, err := h.AssistantAt(ctx, h.sc, "case", first.Hash); err != nil {
		t.Error("a version went with its label:", err)
	}
	if err := h.RemoveAssistant(ctx, h.sc, "docs"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Error("the default assistant was removed:", err)
	}
}

// What is saved is what is read: no field is lost on the way.
func TestAssistantSurvivesItsJSON(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, say("x"))
	saved := h.save(t, `
title: Support
description: answers about leave
unsupported: regenerate
recall: {rewrite: model, decide: off, judge: model, rounds: 2, tokens: 900}
engine: {budget: 4000, order: best_last, most: 3}
filters: {floor: 0.3, keep: 5}
tools: [{name: now, description: the time, parameters: {type: object}}]
examples: [{id: a, question: q, answer: a}]
notice: made by AI
smalltalk: true`)
	b, err := json.Marshal(saved)
	if err != nil {
		t.Fatal(err)
	}
	var again answer.Assistant
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	if again, err = h.SaveAssistant(ctx, h.sc, again); err != nil || again.Hash != saved.Hash {
		t.Errorf("%s became %s, %v", saved.Hash, again.Hash, err)
	}
}

func TestAssistantsOutOfBounds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, say("x"))
	good := answer.Assistant{Name: "a", Corpora: []string{"docs"}, Model: "script"}
	for field, change := range map[string]func(*answer.Assistant){
		"name":                func(a *answer.Assistant) { a.Name = "a/b" },
		"title":               func(a *answer.Assistant) { a.Title = strings.Repeat("长", 201) },
		"corpora":             func(a *answer.Assistant) { a.Corpora = []string{"docs", "docs"} },
		"corpus":              func(a *answer.Assistant) { a.Corpus = "other" },
		"unsupported":         func(a *answer.Assistant) { a.Unsupported = "hide" },
		"filters.floor":       func(a *answer.Assistant) { a.Filters.Floor = 2 },
		"recall.rewrite":      func(a *answer.Assistant) { a.Recall.Rewrite = "yes" },
		"recall.rounds":       func(a *answer.Assistant) { a.Recall.Rounds = 9 },
		"recall.tokens":       func(a *answer.Assistant) { a.Recall.Tokens = 1 },
		"engine.order":        func(a *answer.Assistant) { a.Engine.Order = "any" },
		"tools[0].name":       func(a *answer.Assistant) { a.Tools = []wenyuan.Tool{{Name: "a b"}} },
		"tools[0].parameters": func(a *answer.Assistant) { a.Tools = []wenyuan.Tool{{Name: "a", Parameters: []byte("[]")}} },
		"examples[0].answer":  func(a *answer.Assistant) { a.Examples = []prompt.Example{{Question: "q"}} },
		"judge named":         func(a *answer.Assistant) { a.Judge = "nobody" },
		"reranker named":      func(a *answer.Assistant) { a.Reranker = "nobody" },
		"model named":         func(a *answer.Assistant) { a.Model = "nobody" },
		"prompt with":         func(a *answer.Assistant) { a.Prompt = strings.Repeat("0", 64) },
		"corpus named":        func(a *answer.Assistant) { a.Corpora = []string{"nowhere"} },
	} {
		as := good
		change(&as)
		_, err := h.SaveAssistant(ctx, h.sc, as)
		e, ok := errors.AsType[*wenyuan.Error](err)
		if !ok || e.Code != wenyuan.Invalid && e.Code != wenyuan.NotFound || !strings.Contains(e.Message, field) || e.Hint == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := h.SaveAssistant(ctx, h.sc, good); err != nil {
		t.Error(err)
	}
	some := scope.Documents(wenyuan.DefaultSpace, nil)
	if _, err := h.SaveAssistant(ctx, some, good); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Error("who sees nothing saved an assistant:", err)
	}
}

// A conversation keeps the assistant it began with, and its turns reach the model.
func TestConversationKeepsItsVersion(t *testing.T) {
	t.Parallel()
	h := setup{docs: leave, replies: []gatewaytest.Reply{gatewaytest.Say("Every employee has 25 days of paid leave a year [1].")}}.house(t)
	began := h.save(t, "title: One")
	ask := func(q answer.Question) (wenyuan.Answer, error) { return h.Ask(ctx, h.sc, auth.Single, q, nil) }
	first, err := ask(answer.Question{Assistant: "case", Text: leaveQuestion, Conversation: "new"})
	if err != nil || first.Conversation == "" {
		t.Fatal(first.Conversation, err)
	}
	h.save(t, "title: Two")
	if err := h.RemoveAssistant(ctx, h.sc, "case"); err != nil {
		t.Fatal(err)
	}
	second, err := ask(answer.Question{Text: "When do days of paid leave expire?", Conversation: first.Conversation})
	if err != nil || !slices.Contains(second.Versions, wenyuan.Version{Kind: "assistant", Name: "case", Hash: began.Hash}) {
		t.Fatalf("%v, %v", second.Versions, err)
	}
	told := h.model.Requests()[1].Messages
	if len(told) < 4 || !strings.Contains(told[1].Content, leaveQuestion) || !strings.Contains(told[2].Content, "25 days") {
		t.Errorf("the model was told %v", told)
	}
	turns, err := h.Sessions.Turns(ctx, h.sc, auth.Single, first.Conversation, 0, 0)
	if err != nil || len(turns) != 2 || turns[1].Trace != second.Trace {
		t.Errorf("%v, %v", turns, err)
	}
	for name, q := range map[string]answer.Question{
		"another assistant": {Assistant: "docs", Text: "x", Conversation: first.Conversation},
		"nobody's":          {Text: "x", Conversation: "cnv_none"},
		"two pasts":         {Corpus: "docs", Text: "x", Conversation: "new", Past: []prompt.Turn{{Question: "q", Answer: "a"}}},
	} {
		if _, err := ask(q); err == nil {
			t.Errorf("%s is allowed", name)
		}
	}
	stranger := wenyuan.Principal{ID: "stranger"}
	if _, err := h.Ask(ctx, h.sc, stranger, answer.Question{Text: "x", Conversation: first.Conversation}, nil); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Error("a stranger goes on with it:", err)
	}
}

// The house's prompt changes; a conversation goes on with the one it began with.
func TestConversationKeepsItsPrompt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, say("Every employee has 25 days of paid leave a year [1]."))
	first, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Corpus: "docs", Text: leaveQuestion, Conversation: "new"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SetPrompt(strings.Replace(prompt.BuiltIn, "You answer", "Ahoy! You answer", 1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		conversation string
		ahoy         bool
	}{{first.Conversation, false}, {"new", true}} {
		if _, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Corpus: "docs", Text: leaveQuestion, Conversation: c.conversation}, nil); err != nil {
			t.Fatal(err)
		}
		all := h.model.Requests()
		if ahoy := strings.Contains(all[len(all)-1].Body, "Ahoy"); ahoy != c.ahoy {
			t.Errorf("conversation %q: the new prompt %v", c.conversation, ahoy)
		}
	}
}

// A client's own history is told to the model, and nothing of it is kept.
func TestPastOfTheClient(t *testing.T) {
	t.Parallel()
	h := setup{docs: leave, replies: []gatewaytest.Reply{gatewaytest.Say("Days that are not taken expire on 31 March of the next year [1].")}}.house(t)
	a, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Corpus: "docs", Text: "When do days of paid leave expire?",
		Past: []prompt.Turn{{Question: leaveQuestion, Answer: "25 days."}}}, nil)
	if err != nil || a.Conversation != "" {
		t.Fatal(a.Conversation, err)
	}
	if body := h.model.Requests()[0].Body; !strings.Contains(body, leaveQuestion) {
		t.Error("the model was not told the history")
	}
}

// Several corpora are one evidence; the trace names what the model was sent.
func TestSeveralCorporaAndTheTrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, map[string]string{"valve.md": "# Valve V-20\n\nThe valve V-20 is greased every 40 days.\n"}, say("The valve V-20 is greased every 40 days. The pump P-10 is greased every 90 days."))
	if _, err := h.library.Create(ctx, h.sc, "pumps"); err != nil {
		t.Fatal(err)
	}
	h.add(t, "pumps", "pump.md", "# Pump P-10\n\nThe pump P-10 is greased every 90 days.\n")
	h.save(t, "corpora: [docs, pumps]")
	a, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Assistant: "case", Text: "How often are the pump P-10 and the valve V-20 greased?"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sources []string
	for _, c := range a.Citations {
		sources = append(sources, c.Source)
	}
	slices.Sort(sources)
	if !slices.Equal(sources, []string{"pump.md", "valve.md"}) {
		t.Errorf("cites %v: %s", sources, a.Answer)
	}
	for _, s := range h.trace(t, a.Trace).Steps {
		if s.Name != "generate" {
			continue
		}
		b, err := json.Marshal(s.Detail)
		var sent struct {
			Messages []wenyuan.Message `json:"messages"`
			Attempts int               `json:"attempts"`
		}
		if err := errors.Join(err, json.Unmarshal(b, &sent)); err != nil {
			t.Fatal(err)
		}
		got := h.model.Requests()[0].Messages
		if len(sent.Messages) != len(got) || sent.Messages[len(got)-1].Content != got[len(got)-1].Content || sent.Attempts != 1 {
			t.Errorf("the trace keeps %v, sent was %v", sent, got)
		}
	}
}

// Render shows what would be sent, and asks nobody.
func TestRender(t *testing.T) {
	t.Parallel()
	h := newHouse(t, leave, say("never said"))
	b, err := h.Render(ctx, h.sc, auth.Single, answer.Question{Corpus: "docs", Text: leaveQuestion})
	if err != nil || len(b.Messages) < 2 || len(b.Passages) == 0 || h.calls() != 0 {
		t.Fatalf("%d messages, %d passages, %d calls, %v", len(b.Messages), len(b.Passages), h.calls(), err)
	}
	if !strings.Contains(b.Messages[len(b.Messages)-1].Content, "25 days") {
		t.Error("the originals are not in it")
	}
}
