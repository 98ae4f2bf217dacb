package answer_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/store"
	"wenyuan/trace"
)

// works is a house with documents of two fields and a model for each, beside a general one.
type works struct {
	*house
	models map[string]*gatewaytest.Server
}

var fieldsOf = map[string]string{
	"pads.md":  "# Brake pads\n\nBrake pads are replaced every 40000 km.\n",
	"discs.md": "# Brake discs\n\nBrake discs are replaced every 80000 km.\n",
	"刹车.md":    "# 刹车\n\n刹车油每 2 年更换一次。\n",
}

var leaveOf = map[string]string{
	"leave.md": "# Leave\n\nEvery employee has 25 days of paid leave a year.\n",
	"病假.md":    "# 病假\n\n病假每年 10 天。\n",
}

// newWorks declares models that say what is asked for, in one gateway.
func newWorks(t *testing.T, broken string, embed func(string) []float32) works {
	t.Helper()
	w := works{newHouse(t, fieldsOf, nil), map[string]*gatewaytest.Server{}}
	if _, err := w.library.Create(ctx, w.sc, "staff"); err != nil {
		t.Fatal(err)
	}
	for source, text := range leaveOf {
		w.add(t, "staff", source, text)
	}
	c := gateway.Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Idle: -1}
	for _, name := range []string{"general", "garage", "office"} {
		reply := gatewaytest.Reply(say("The model " + name + " says so [1]."))
		if name == broken {
			reply = gatewaytest.Fail(http.StatusInternalServerError, "{}")
		}
		w.models[name] = gatewaytest.New(t, reply)
		c.Declared = append(c.Declared, gateway.Spec{Name: name, Replicas: []gateway.Replica{{URL: w.models[name].URL}}})
	}
	if embed != nil {
		c.Embedder = &gateway.Spec{Name: "near", Can: []string{gateway.Embeddings}, Replicas: []gateway.Replica{{URL: gatewaytest.New(t, gatewaytest.Vectors(embed)).URL}}}
	}
	m, err := gateway.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	chat := func(m *gateway.Model, ok bool) (answer.Chat, bool) {
		if !ok {
			return answer.Chat{}, false
		}
		return answer.Chat{Name: m.Name(), Model: m, Settings: m.Spec()}, true
	}
	w.Models = func(space, name string) (answer.Chat, bool) { return chat(m.Get(space, name)) }
	w.ModelFor = func(ctx context.Context, space, name string, which answer.Which) (answer.Chat, bool) {
		return chat(m.Choose(ctx, space, name, which.Sticky, which.Hash, which.Strict))
	}
	if e, ok := m.Embedder(); ok {
		w.Retriever = retrieve.New(w.library, e)
	}
	return w
}

// expert saves the assistant with its experts.
func (w works) expert(t *testing.T, experts ...answer.Expert) answer.Assistant {
	t.Helper()
	as, err := w.SaveAssistant(ctx, w.sc, answer.Assistant{Name: "desk", Corpora: []string{"docs", "staff"}, Model: "general", Experts: experts, Recall: answer.Recall{Judge: answer.Off}})
	if err != nil {
		t.Fatal(err)
	}
	return as
}

// why is what the trace of an answer says of who wrote it.
func (h *house) why(t *testing.T, a wenyuan.Answer) (summary string) {
	t.Helper()
	err := h.store.Read(ctx, func(tx *store.Tx) error {
		is, err := trace.Get(ctx, tx, h.sc, auth.Single, a.Trace)
		for _, s := range is.Steps {
			if s.Name == "expert" {
				summary += s.Summary + ";"
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func (w works) asks(t *testing.T, q answer.Question) wenyuan.Answer {
	t.Helper()
	q.Assistant = "desk"
	a, err := w.Ask(ctx, w.sc, auth.Single, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.sound(t, a)
	return a
}

// TestExpertsByCorpora: what was found says who writes, and the answer, its versions and its trace say who did.
func TestExpertsByCorpora(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "", nil)
	w.expert(t, answer.Expert{Name: "garage", Model: "garage", Corpora: []string{"docs"}}, answer.Expert{Name: "office", Model: "office", About: []string{"leave of employees", "员工的病假和年假"}})
	for _, c := range []struct{ question, expert, model, why string }{
		{"How often are brake pads replaced?", "garage", "garage", "garage: corpora;"},
		{"刹车油多久更换一次？", "garage", "garage", "garage: corpora;"},
		{"How many days of paid leave does an employee have?", "office", "office", "office: alike;"},
		{"员工的病假有多少天？", "office", "office", "office: alike;"},
	} {
		a := w.asks(t, answer.Question{Text: c.question})
		model := slices.ContainsFunc(a.Versions, func(v wenyuan.Version) bool { return v.Kind == "model" && v.Name == c.model })
		if a.Expert != c.expert || !strings.Contains(a.Answer, c.model) || !model || w.why(t, a) != c.why || a.Degraded != "" {
			t.Errorf("%q is answered by %q: %s %q, %+v", c.question, a.Expert, w.why(t, a), a.Answer, a.Versions)
		}
	}
}

// TestExpertsByWords: below the bound the assistant's own model writes; a bound of its own moves it.
func TestExpertsByWords(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "", nil)
	garage := answer.Expert{Name: "garage", Model: "garage", About: []string{"brakes, brake discs and brake fluid", "刹车片和刹车油的更换"}}
	as := w.expert(t, garage)
	for question, expert := range map[string]string{
		"How often are brake discs replaced?":        "garage",
		"刹车油多久更换一次？":                                 "garage",
		"How many days of paid leave are in a year?": "",
		"病假每年有多少天？":                                  "",
	} {
		if a := w.asks(t, answer.Question{Text: question}); a.Expert != expert {
			t.Errorf("%q is answered by %q: %s", question, a.Expert, w.why(t, a))
		}
	}
	as.ExpertFloor = 1
	if _, err := w.SaveAssistant(ctx, w.sc, as); err != nil {
		t.Fatal(err)
	}
	if a := w.asks(t, answer.Question{Text: "How often are brake pads replaced by us here?"}); a.Expert != "" {
		t.Errorf("the bound is not kept: %s", w.why(t, a))
	}
}

// TestExpertsByVectors: the embedder of the house says what a question is like, in any language.
func TestExpertsByVectors(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "", func(text string) []float32 {
		if strings.Contains(text, "rake") || strings.Contains(text, "刹车") {
			return []float32{1, 0.1}
		}
		return []float32{0.1, 1}
	})
	w.expert(t, answer.Expert{Name: "garage", Model: "garage", About: []string{"anything about a brake"}})
	for question, expert := range map[string]string{"刹车油多久更换一次？": "garage", "病假每年有多少天？": ""} {
		if a := w.asks(t, answer.Question{Text: question}); a.Expert != expert {
			t.Errorf("%q is answered by %q: %s", question, a.Expert, w.why(t, a))
		}
	}
}

// TestExpertsStay: a short question that goes on with a conversation stays with who wrote before, one that stands
// alone may go elsewhere.
func TestExpertsStay(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "", nil)
	w.expert(t, answer.Expert{Name: "garage", Model: "garage", Corpora: []string{"docs"}}, answer.Expert{Name: "office", Model: "office", Corpora: []string{"staff"}})
	a := w.asks(t, answer.Question{Text: "How often are brake pads replaced?", Conversation: "new"})
	for _, c := range []struct{ question, expert, why string }{
		{"And brake discs?", "garage", "garage: conversation;"},
		{"And paid leave?", "garage", "garage: conversation;"},
		{"How many days of paid leave does every employee have?", "office", "office: corpora;"},
	} {
		if a = w.asks(t, answer.Question{Text: c.question, Conversation: a.Conversation}); a.Expert != c.expert || w.why(t, a) != c.why {
			t.Errorf("%q is answered by %q: %s", c.question, a.Expert, w.why(t, a))
		}
	}
}

// TestExpertFails: the assistant's own model answers where an expert does not, and the answer says so.
func TestExpertFails(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "garage", nil)
	w.expert(t, answer.Expert{Name: "garage", Model: "garage", Corpora: []string{"docs"}})
	a := w.asks(t, answer.Question{Text: "How often are brake pads replaced?"})
	if a.Expert != "" || a.Degraded != "model:general" || !strings.Contains(a.Answer, "general") || !strings.Contains(a.Notice, "The expert garage did not answer") {
		t.Errorf("%+v", a)
	}
	if a = w.asks(t, answer.Question{Text: "刹车油多久更换一次？"}); !strings.Contains(a.Notice, "专家 garage 没有作答") {
		t.Errorf("%q", a.Notice)
	}
}

// TestExpertsAreChecked: what an expert names has to be there, and is shown to nobody who does not see it.
func TestExpertsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorks(t, "", nil)
	good := answer.Expert{Name: "garage", Model: "garage", Corpora: []string{"docs"}}
	for name, e := range map[string]answer.Expert{
		"no field": {Name: "a", Model: "garage"}, "no model": {Name: "a", About: []string{"x"}}, "the general model": {Name: "a", Model: "general", About: []string{"x"}},
		"no such model": {Name: "a", Model: "none", About: []string{"x"}}, "another corpus": {Name: "a", Model: "garage", Corpora: []string{"other"}},
		"an empty line": {Name: "a", Model: "garage", About: []string{" "}}, "a long line": {Name: "a", Model: "garage", About: []string{strings.Repeat("x", 501)}},
		"the same name": {Name: "garage", Model: "office", About: []string{"x"}},
	} {
		_, err := w.SaveAssistant(ctx, w.sc, answer.Assistant{Name: "desk", Corpora: []string{"docs"}, Model: "general", Experts: []answer.Expert{good, e}})
		if wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.expert(t, good)
	if as, err := w.Assistant(ctx, w.sc.Within(scope.Read|scope.Ask), "desk"); err != nil || as.Experts != nil {
		t.Errorf("who may ask sees how it is set: %+v, %v", as.Experts, err)
	}
}
