package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/eval/gate"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/stat"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train"
	trainer "wenyuan/train/engine"
)

// exam asks for capitals.
func exam(facts [][2]string) (out []item.Item) {
	for i, c := range facts {
		for k, q := range []string{asks(c), other(c)} {
			out = append(out, item.Item{ID: fmt.Sprint("c", i, "-", k), Slice: "capitals", Scorer: item.Contains, Answer: [][]string{{c[1]}}, Messages: []form.Message{{Role: form.User, Content: q}}})
		}
	}
	return out
}

// asked asks a subject a set and waits for what comes out.
func (s school) asked(subject string, items []item.Item) (is record.Run) {
	s.t.Helper()
	is, err := s.Runs.Begin(s.t.Context(), s.sc, auth.Machine(), run.Wanted{Subject: subject, Set: "capitals", Items: items, Options: record.Options{MaxTokens: 40}})
	if err != nil {
		s.t.Fatal(err)
	}
	until(s.t, func() bool {
		err := s.Store.Read(s.t.Context(), func(tx *store.Tx) (err error) {
			is, err = record.Find(s.t.Context(), tx, s.sc, is.ID)
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
		return is.State == record.Done || is.State == record.Failed
	})
	return is
}

// TestTrainedIsAsked: what training made is evaluated before anything serves it, and the gate compares an
// adapter with its base, whose knowledge it should not have forgotten.
func TestTrainedIsAsked(t *testing.T) {
	t.Parallel()
	a, sc := reopened(t, app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	s := school{a, t, sc}
	var rows, all []string
	for _, c := range known {
		rows = append(rows, chatRow(asks(c), plain(c)), chatRow(other(c), plain(c)))
	}
	all = append(all, rows...)
	for _, c := range newer {
		all = append(all, chatRow(asks(c), plain(c)), chatRow(other(c), plain(c)))
	}
	s.set("world", rows, dataset.Split{Train: 1})
	s.set("more", all, dataset.Split{Train: 1})
	s.set("exam", all, dataset.Split{Train: 1})
	base := s.teach(train.Recipe{Name: "world", Base: train.TinyName, Data: "world", Spec: trainer.Spec{Method: trainer.Pretrain, Steps: 160, SeqLen: 480, LR: 3e-3, Warmup: 10, Seed: 1}})
	lora := train.Recipe{Name: "more", Base: "world", Data: "more", Spec: trainer.Spec{Method: trainer.SFT, Rank: 8, Steps: 80, SeqLen: 480, LR: 3e-3, Warmup: 5, Seed: 2}}
	good := s.teach(lora)
	lora.Name, lora.Spec.LR, lora.Spec.Steps = "spoiled", 0.3, 12
	s.teach(lora)

	for subject, least := range map[string]int{"base:world": 14, "base:" + base.Made: 14, "adapter:more": 14, "adapter:more@" + good.Made[:12]: 14} {
		if is := s.asked(subject, exam(known)); is.State != record.Done || is.Right < least || is.TokensOut == 0 {
			t.Errorf("%s knows %d of %d: %s", subject, is.Right, is.Items, is.Error)
		}
	}
	for subject, is := range map[string]record.Run{"tiny": s.asked("base:tiny", exam(known)), "spoiled": s.asked("adapter:spoiled", exam(known))} {
		if is.State != record.Done || is.Right > 2 {
			t.Errorf("%s knows %d of %d: %s", subject, is.Right, is.Items, is.Error)
		}
	}
	for _, name := range []string{"adapter:none", "base:none", "adapter:more@production", "base:tiny@123456"} {
		if _, err := a.Runs.Subjects.Resolve(t.Context(), sc, name); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}

	policy := gate.Policy{Name: "capitals", Alpha: 0.2, MaxTokens: 40, Parts: []gate.Part{{Name: gate.Own, Set: "dataset:exam", Margin: 0.2, Forget: 0.3, Floor: 0.8}}}
	if _, err := gate.SavePolicy(t.Context(), a.Store, sc, policy); err != nil {
		t.Fatal(err)
	}
	passed := judged(t, a, sc, gate.Wanted{Subject: "adapter:more", Policy: "capitals"})
	if passed.Verdict != stat.Pass || passed.Base == nil || passed.Base.Hash != base.Made || passed.Against == nil || passed.Against.Hash != base.Made {
		t.Errorf("the good adapter: %s, %s beside %+v, base %+v: %+v", passed.Verdict, passed.Error, passed.Against, passed.Base, passed.Parts)
	}
	if !admission(t, a, sc, passed.Subject).Admitted {
		t.Error("what passed is not admitted")
	}
	if r := judged(t, a, sc, gate.Wanted{Subject: "adapter:spoiled", Policy: "capitals"}); r.Verdict != stat.Fail || admission(t, a, sc, r.Subject).Admitted {
		t.Errorf("the spoiled adapter: %s: %s", r.Verdict, r.Error)
	}
	reader := sc.Within(scope.Read | scope.Ask)
	if _, err := a.Runs.Subjects.Resolve(t.Context(), reader, "adapter:more"); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("who may not train finds an adapter: %v", err)
	}
	if _, err := a.Training.Say(t.Context(), reader, passed.Subject, []wenyuan.Message{{Role: "user", Content: asks(newer[0])}}, 40); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("who may not train asks an adapter: %v", err)
	}
	said, err := a.Training.Say(t.Context(), sc, passed.Subject, []wenyuan.Message{{Role: "user", Content: asks(newer[0])}}, 40, " lol")
	if err != nil || said.Cut || said.Text != "its "+newer[0][1] {
		t.Errorf("%+v, %v", said, err)
	}
	for name, want := range map[string]wenyuan.Code{"<|user|>": wenyuan.Invalid, strings.Repeat("a", 3000): wenyuan.TooLarge} {
		if _, err := a.Training.Say(t.Context(), sc, passed.Subject, []wenyuan.Message{{Role: "user", Content: name}}, 40); wenyuan.CodeOf(err) != want {
			t.Errorf("%.20s: %v", name, err)
		}
	}
}
