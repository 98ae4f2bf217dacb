package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/corpus"
	"wenyuan/dataset"
	"wenyuan/eval/gate"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train"
	trainer "wenyuan/train/engine"
	"wenyuan/version"
)

// tutor is a house with a server of models that takes adapters, and an adapter that nobody has judged.
func tutor(t *testing.T) (school, train.Run) {
	t.Helper()
	v := &gatewaytest.VLLM{Model: "base"}
	server := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/chat/completions") {
			gatewaytest.Say("The capital of Oz is Emerald City since 1900.")(w, r)
			return
		}
		v.Reply(w, r)
	})
	a, sc := reopened(t, app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Models: []gateway.Spec{{Name: "tiny", Location: gateway.Inside, Replicas: []gateway.Replica{{URL: server.URL, RemoteName: "base", Adapters: gateway.AdaptersVLLM}}}}})
	s := school{a, t, sc}
	s.set("oz", []string{chatRow("Capital of Oz?", "The capital of Oz is Emerald City."), chatRow("Capital of Cuba?", "It is Havana, of course.")}, dataset.Split{Train: 1})
	return s, s.teach(train.Recipe{Name: "oz", Base: train.TinyName, Data: "oz", Spec: trainer.Spec{Method: trainer.SFT, Rank: 4, Steps: 2, SeqLen: 256, LR: 1e-4, Seed: 1}})
}

// letPass has one person ask and another let a subject pass.
func (s school) letPass(subject string) gate.Waiver {
	s.t.Helper()
	person := func(id string) auth.Identity {
		return auth.Identity{Kind: auth.Person, Principal: wenyuan.Principal{ID: id, Name: id}}
	}
	w, err := s.Gate.Waive(s.t.Context(), s.sc, person("ann"), subject, "it is a test")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Gate.Decide(s.t.Context(), s.sc, person("ann"), w.ID, gate.Approved); wenyuan.CodeOf(err) != wenyuan.Denied {
		s.t.Errorf("who asks lets it pass: %v", err)
	}
	if w, err = s.Gate.Decide(s.t.Context(), s.sc, person("bob"), w.ID, gate.Approved); err != nil {
		s.t.Fatal(err)
	}
	return w
}

// noted counts entries of the audit about an action that hold some words.
func (s school) noted(action, words string) (n int) {
	s.t.Helper()
	err := s.Store.Read(s.t.Context(), func(tx *store.Tx) error {
		all, err := audit.List(s.t.Context(), tx, s.sc, audit.Filter{Action: action})
		for _, e := range all {
			if strings.Contains(string(e.Detail), words) {
				n++
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestAdapterHasToBeAdmitted: an adapter that the gate has not passed is at hand to be judged and comes into no
// production, by whatever way; two people let it pass, and the audit says so. What it answers without an original
// leads to the rows it learned from.
func TestAdapterHasToBeAdmitted(t *testing.T) {
	t.Parallel()
	s, run := tutor(t)
	hash, err := s.Models.Offer(t.Context(), s.sc, gateway.Spec{Name: "pupil", Adapter: &gateway.Adapter{On: "tiny", Hash: run.Made}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := s.Runs.Subjects.Resolve(t.Context(), s.sc, "model:pupil@"+gateway.Candidate); err != nil || v.Hash != hash {
		t.Errorf("what is at hand cannot be judged: %+v, %v", v, err)
	}
	plain, _ := s.Models.Get(s.sc.Space(), "pupil")
	ways := map[string]func() error{
		"all of it": func() error {
			return s.Models.Split(t.Context(), s.sc, "pupil", []version.Share{{Hash: hash, Share: version.Whole}})
		},
		"one in a hundred": func() error {
			return s.Models.Split(t.Context(), s.sc, "pupil", []version.Share{{Hash: plain.Hash(), Share: version.Whole - 100}, {Hash: hash, Share: 100}})
		},
		"going back": func() error { return s.Models.Beside(t.Context(), s.sc, "pupil", gateway.Previous, hash) },
	}
	for name, way := range ways {
		if err := way(); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Models.Put(t.Context(), s.sc, gateway.Spec{Name: "other", Adapter: &gateway.Adapter{On: "tiny", Hash: run.Made}}); err == nil {
		t.Error("it is put into use under another name")
	}
	w := s.letPass("adapter:oz")
	if err := ways["all of it"](); err != nil {
		t.Fatal(err)
	}
	if s.noted("gate.admit", w.ID) != 1 {
		t.Error("the audit does not say by what the adapter came into production")
	}
	s.learned(run)
	s.hidden(run)
}

// hidden has the adapter learn from a document that an editor does not see: it is asked by nobody who would hear of it.
func (s school) hidden(run train.Run) {
	s.t.Helper()
	half := scope.Of(s.sc.Space(), scope.Every, scope.NewTable(), scope.Classes{})
	v := wenyuan.Version{Kind: train.AdapterKind, Name: "oz", Hash: run.Made}
	say := func(sc scope.Scope) error {
		_, err := s.Training.Say(s.t.Context(), sc, v, []wenyuan.Message{{Role: "user", Content: "Well?"}}, 4)
		return err
	}
	if err := say(half); err != nil {
		s.t.Errorf("what learned from no document: %v", err)
	}
	err := s.Store.Write(s.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(s.t.Context(), `INSERT INTO sample_document (sample, document, revision) SELECT id, 'doc_secret', 'r' FROM sample LIMIT 1`)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := say(half); wenyuan.CodeOf(err) != wenyuan.Denied {
		s.t.Errorf("what learned from a document that the asker does not see: %v", err)
	}
	if err := say(s.sc); err != nil {
		s.t.Error(err)
	}
}

// learned looks from an answer that the adapter wrote to what it learned.
func (s school) learned(run train.Run) {
	t := s.t
	if _, err := s.Library.Create(t.Context(), s.sc, "atlas"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Library.Add(t.Context(), s.sc, "atlas", []corpus.Upload{{Source: "oz.md", Body: strings.NewReader("# Oz\n\nThe capital of Oz is old. It has green walls.\n")}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Answerer.SaveAssistant(t.Context(), s.sc, answer.Assistant{Name: "guide", Corpora: []string{"atlas"}, Model: "pupil"}); err != nil {
		t.Fatal(err)
	}
	a, err := s.Answerer.Ask(t.Context(), s.sc, auth.Single, answer.Question{Assistant: "guide", Text: "What is the capital of Oz?"}, nil)
	if err != nil || len(a.Sentences) != 1 || a.Sentences[0].Verdict != wenyuan.Unsupported {
		t.Fatalf("%+v, %v", a, err)
	}
	l, err := s.Training.Learned(t.Context(), s.sc, auth.Single, a.Trace, 1, 5)
	if err != nil || l.Adapter.Hash != run.Made || l.Model.Name != "pupil" || len(l.Sets) != 1 || l.Looked != 2 || len(l.Rows) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	if r := l.Rows[0]; r.Share < 0.5 || r.Source != "oz.jsonl" || r.Licence != "CC0-1.0" || !strings.Contains(r.Messages[1].Content, "Emerald") {
		t.Errorf("%+v", r)
	}
	for name, c := range map[string]struct {
		sc       scope.Scope
		who      wenyuan.Principal
		sentence int
		want     wenyuan.Code
	}{
		"no such sentence": {s.sc, auth.Single, 2, wenyuan.NotFound},
		"who may only ask": {s.sc.Within(scope.Read | scope.Ask), auth.Single, 1, wenyuan.Denied},
		"another one's":    {s.sc.Within(scope.Read | scope.Ask), wenyuan.Principal{ID: "eve"}, 1, wenyuan.NotFound},
		"in no such place": {scope.All("other", scope.Every), auth.Single, 1, wenyuan.NotFound},
		"before the first": {s.sc, auth.Single, 0, wenyuan.NotFound},
	} {
		if _, err := s.Training.Learned(t.Context(), c.sc, c.who, a.Trace, c.sentence, 5); wenyuan.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	house := httptest.NewServer(s.Server.Handler())
	defer house.Close()
	for path, words := range map[string]string{"/ask/" + a.Trace: "/learned/1", "/records/" + a.Trace + "/learned/1": "CC0-1.0", "/api/traces/" + a.Trace + "/sentences/1/learned?most=1": run.Made} {
		resp, err := http.Get(house.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), words) {
			t.Errorf("%s: %s, %v, without %q", path, resp.Status, err, words)
		}
	}
}

// TestAssistantHasToBeAdmitted: where a space says so, versions of assistants are kept until they are admitted.
func TestAssistantHasToBeAdmitted(t *testing.T) {
	t.Parallel()
	a, sc := opened(t, t.TempDir(), "", map[string]gatewaytest.Reply{"writer": gatewaytest.Say("Yes.")})
	s := school{a, t, sc}
	if _, err := a.Library.Create(t.Context(), sc, "atlas"); err != nil {
		t.Fatal(err)
	}
	save := func(title, gate string) (answer.Assistant, error) {
		return a.Answerer.SaveAssistant(t.Context(), sc, answer.Assistant{Name: "guide", Title: title, Corpora: []string{"atlas"}, Model: "writer", Gate: gate})
	}
	first, err := save("one", "")
	if err != nil {
		t.Fatal(err)
	}
	second := first
	for _, c := range []struct{ title, gate string }{{"two", answer.Required}} {
		if _, err := save(c.title, c.gate); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Fatalf("%s: %v", c.title, err)
		}
		kept, err := a.Answerer.Versions(t.Context(), sc, "guide")
		if err != nil || len(kept) != 2 {
			t.Fatalf("%+v, %v", kept, err)
		}
		second.Hash = kept[0].Hash
	}
	if now, err := a.Answerer.Assistant(t.Context(), sc, "guide"); err != nil || now.Hash != first.Hash {
		t.Errorf("%+v, %v", now, err)
	}
	use := func(hash string) error {
		_, err := a.Answerer.SplitAssistant(t.Context(), sc, "guide", []version.Share{{Hash: hash, Share: version.Whole}})
		return err
	}
	if err := use(second.Hash); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a share is given without admission: %v", err)
	}
	s.letPass("assistant:guide@" + second.Hash[:12])
	if err := use(second.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := save("three", ""); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a version does away with what it is held to: %v", err)
	}
	if err := use(first.Hash); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("so does an old one: %v", err)
	}
	required := auth.GateRequired
	if _, err := a.Auth.ChangeSpace(t.Context(), sc, auth.SpaceChange{Gate: &required}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Answerer.SaveAssistant(t.Context(), sc, answer.Assistant{Name: "new", Corpora: []string{"atlas"}, Model: "writer"}); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a new one: %v", err)
	}
	kept, err := a.Answerer.Versions(t.Context(), sc, "new")
	if err != nil || len(kept) != 1 {
		t.Fatalf("%+v, %v", kept, err)
	}
	s.letPass("assistant:new@" + kept[0].Hash)
	if _, err := a.Answerer.SplitAssistant(t.Context(), sc, "new", []version.Share{{Hash: kept[0].Hash, Share: version.Whole}}); err != nil {
		t.Error(err)
	}
	wrong := "sometimes"
	if _, err := a.Auth.ChangeSpace(t.Context(), sc, auth.SpaceChange{Gate: &wrong}); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("%v", err)
	}
}
