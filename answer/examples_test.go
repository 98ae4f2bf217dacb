package answer_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/prompt/library"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// TestExamples: the model is shown examples of the assistant's library, to each asker those alone whose documents they see;
// the record says which, holds no word of them, and is seen by nobody who does not see their documents. What is added takes
// effect when the assistant is saved again, what is taken out or changed at once.
func TestExamples(t *testing.T) {
	t.Parallel()
	h := newHouse(t, map[string]string{"leave.md": leave["leave.md"], "pay.md": "# Pay\n\nThe bonus is 900 euros a year.\n"}, say("Every employee has 25 days of paid leave a year. [1]"))
	ctx := t.Context()
	ids := h.ids(t)
	put := func(asked, answer string, documents ...string) (id string) {
		x := dataset.Sample{Space: wenyuan.DefaultSpace, Origin: dataset.Judged, Principal: "psn_li",
			Row: form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: asked}, {Role: form.Assistant, Content: answer}}}}
		for _, d := range documents {
			x.Documents = append(x.Documents, dataset.Document{ID: d, Revision: h.revision(t, d)})
		}
		storetest.Write(t, h.store, func(tx *store.Tx) (err error) {
			id, _, err = dataset.Put(ctx, tx, x)
			return err
		})
		return id
	}
	shown := put("How many days of unpaid leave does an employee have?", "Exemplary ten days.", ids["leave.md"])
	secret := put("How many days of paid leave does a director have?", "Clandestine forty days.", ids["pay.md"])
	lib := library.New(library.Config{Store: h.store, Sets: dataset.Open(dataset.Config{Store: h.store})})
	add := func(samples ...string) {
		t.Helper()
		if _, err := lib.Add(ctx, h.sc, auth.Single, "desk", library.Order{Samples: samples}); err != nil {
			t.Fatal(err)
		}
	}
	add(shown, secret)
	settings := answer.Assistant{Name: "hr", Corpora: []string{"docs"}, Model: "script", Library: "desk", Recall: answer.Recall{Judge: answer.Off}}
	as, err := h.SaveAssistant(ctx, h.sc, settings)
	if err != nil || !strings.HasPrefix(as.Library, "desk@") {
		t.Fatal(as.Library, err)
	}
	if bare, err := h.SaveAssistant(ctx, h.sc, answer.Assistant{Name: "bare", Corpora: []string{"docs"}, Model: "script"}); err != nil || bare.Hash == as.Hash {
		t.Fatal(err)
	}
	const question = "How many days of paid leave does an employee have?"
	// ask gives the answer, what the model was sent, and the trace as JSON for who sees everything.
	ask := func(sc scope.Scope, q answer.Question) (wenyuan.Answer, string, string) {
		t.Helper()
		a, err := h.Ask(ctx, sc, auth.Single, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := h.model.Requests()
		return a, all[len(all)-1].Messages[0].Content, h.kept(t, a.Trace)
	}
	a, sent, kept := ask(h.sc, answer.Question{Assistant: "hr", Text: question})
	if !strings.Contains(sent, "Exemplary ten") || !strings.Contains(sent, "Clandestine forty") {
		t.Error(sent)
	}
	if strings.Contains(kept, "Exemplary") || strings.Contains(kept, "Clandestine") || strings.Contains(kept, "director") || !strings.Contains(kept, shown) || !strings.Contains(kept, secret) || !strings.Contains(kept, `"name":"examples"`) {
		t.Error(kept)
	}
	if !slices.ContainsFunc(a.Versions, func(v wenyuan.Version) bool { return v.Kind == library.Kind && "desk@"+v.Hash == as.Library }) {
		t.Errorf("%+v", a.Versions)
	}
	some := scope.Documents(wenyuan.DefaultSpace, []string{ids["leave.md"]})
	err = h.store.Read(ctx, func(tx *store.Tx) error {
		_, err := trace.Get(ctx, tx, some, auth.Single, a.Trace)
		return err
	})
	if wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("who does not see the document of an example sees the record: %v", err)
	}
	var held []string
	_, sent, kept = ask(some, answer.Question{Assistant: "hr", Text: question, Hold: func(d ...string) { held = append(held, d...) }})
	if !strings.Contains(sent, "Exemplary ten") || strings.Contains(sent, "Clandestine") || strings.Contains(kept, secret) || slices.Contains(held, ids["pay.md"]) || !slices.Contains(held, ids["leave.md"]) {
		t.Error(sent, kept, held)
	}
	if _, sent, _ = ask(h.sc, answer.Question{Assistant: "bare", Text: question}); strings.Contains(sent, "Exemplary") {
		t.Error(sent)
	}
	// Who measures does not get the very question's answer shown.
	if _, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Assistant: "hr", Text: "How many days of unpaid leave does an employee have?", Apart: true}, nil); err != nil {
		t.Fatal(err)
	}
	if all := h.model.Requests(); strings.Contains(all[len(all)-1].Messages[0].Content, "Exemplary") {
		t.Error("what is asked stands among the examples")
	}

	late := put("How many days of paid leave does an employee take?", "Belated.", ids["leave.md"])
	add(late)
	if _, sent, _ = ask(h.sc, answer.Question{Assistant: "hr", Text: question}); strings.Contains(sent, "Belated") || !strings.Contains(sent, "Exemplary") {
		t.Error("what was added takes effect before the assistant is saved")
	}
	if _, err := lib.Remove(ctx, h.sc, auth.Single, "desk", []string{shown}); err != nil {
		t.Fatal(err)
	}
	h.add(t, "docs", "pay.md", "# Pay\n\nThe bonus is 950 euros a year.\n")
	if _, sent, kept = ask(h.sc, answer.Question{Assistant: "hr", Text: question}); strings.Contains(sent, "Exemplary") || strings.Contains(sent, "Clandestine") || !strings.Contains(kept, "left out: changed, taken_out") {
		t.Error(sent, kept)
	}
	if as, err = h.SaveAssistant(ctx, h.sc, settings); err != nil {
		t.Fatal(err)
	}
	if _, sent, _ = ask(h.sc, answer.Question{Assistant: "hr", Text: question}); !strings.Contains(sent, "Belated") {
		t.Error(sent)
	}
	for _, bad := range []string{"nobody", "desk@" + strings.Repeat("0", 64), "a b", "desk@12"} {
		settings.Library = bad
		if _, err := h.SaveAssistant(ctx, h.sc, settings); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestExamplesInCache: an answer that was made with an example is made from its documents too, and by the library's version, so that
// it is given to nobody who does not see them.
func TestExamplesInCache(t *testing.T) {
	t.Parallel()
	h := newHouse(t, map[string]string{"leave.md": leave["leave.md"], "pay.md": "# Pay\n\nThe bonus is 900 euros a year.\n"}, say("Every employee has 25 days of paid leave a year. [1]"))
	ctx := t.Context()
	ids := h.ids(t)
	var id string
	storetest.Write(t, h.store, func(tx *store.Tx) (err error) {
		id, _, err = dataset.Put(ctx, tx, dataset.Sample{Space: wenyuan.DefaultSpace, Origin: dataset.Judged, Principal: "psn_li", Documents: []dataset.Document{{ID: ids["pay.md"], Revision: h.revision(t, ids["pay.md"])}},
			Row: form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: "How many days of leave?"}, {Role: form.Assistant, Content: "Some."}}}})
		return err
	})
	lib := library.New(library.Config{Store: h.store, Sets: dataset.Open(dataset.Config{Store: h.store})})
	if _, err := lib.Add(ctx, h.sc, auth.Single, "desk", library.Order{Samples: []string{id}}); err != nil {
		t.Fatal(err)
	}
	var how manner.Manner
	find := h.Models
	h.Models = func(space, name string) (answer.Chat, bool) {
		c, ok := find(space, name)
		c.Model = noting{c.Model, &how}
		return c, ok
	}
	as, err := h.SaveAssistant(ctx, h.sc, answer.Assistant{Name: "hr", Corpora: []string{"docs"}, Model: "script", Library: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Ask(ctx, h.sc, auth.Single, answer.Question{Assistant: "hr", Text: "How many days of paid leave does an employee have?"}, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(how.Made, func(m manner.Made) bool { return m.Document == ids["pay.md"] && m.Revision != "" }) ||
		!slices.ContainsFunc(how.Sources, func(v wenyuan.Version) bool { return v.Kind == library.Kind && "desk@"+v.Hash == as.Library }) {
		t.Errorf("%+v", how)
	}
}

// ids are the documents by their sources.
func (h *house) ids(t *testing.T) map[string]string {
	t.Helper()
	all, _, err := h.library.Documents(t.Context(), h.sc, "docs", corpus.DocumentFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range all {
		out[d.Source] = d.ID
	}
	return out
}

func (h *house) revision(t *testing.T, id string) string {
	t.Helper()
	d, err := h.library.Document(t.Context(), h.sc, id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Revision
}

// kept is a trace as JSON, for who sees everything.
func (h *house) kept(t *testing.T, id string) string {
	t.Helper()
	var is trace.Trace
	storetest.Read(t, h.store, func(tx *store.Tx) (err error) {
		is, err = trace.Get(t.Context(), tx, h.sc, auth.Single, id)
		return err
	})
	b, err := json.Marshal(is)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// noting is a model that notes in what manner it is asked.
type noting struct {
	wenyuan.Model
	how *manner.Manner
}

func (n noting) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	*n.how = manner.Of(ctx)
	return n.Model.Stream(ctx, r)
}
