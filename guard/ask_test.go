package guard_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A service is somebody outside as a script has it.
type service struct {
	say   string             // of a model
	kinds map[string]float64 // of a moderation service
	err   error
	hangs bool // and does not mind that it is told to stop
	asked chan string
	stays chan bool // whether what is said must not leave the house
}

func (s service) Moderate(_ context.Context, text string) (map[string]float64, error) {
	if s.hangs {
		select {}
	}
	return s.kinds, s.err
}

func (s service) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		if s.hangs {
			select {}
		}
		if s.asked != nil {
			s.asked <- r.Messages[1].Content
		}
		if s.stays != nil {
			s.stays <- wenyuan.StaysInside(ctx)
		}
		if s.err != nil {
			yield(wenyuan.Chunk{}, s.err)
			return
		}
		yield(wenyuan.Chunk{Text: s.say, Finish: "stop"}, nil)
	}
}

func asking(t *testing.T, s service) *guard.Guards {
	t.Helper()
	return guard.Open(guard.Config{Store: storetest.Open(t, store.Config{Dir: t.TempDir()}),
		Moderators: func(_, name string) (wenyuan.Moderator, bool) { return s, name == "outside" },
		Judges:     func(_, name string) (wenyuan.Model, bool) { return s, name == "outside" }})
}

func TestAskingOutside(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for name, c := range map[string]struct {
		check string
		place guard.Place
		fail  string
		service
		want  guard.Action
		layer string
	}{
		"a service says it":               {"moderation", guard.Input, "", service{kinds: map[string]float64{"hate": 0.9, "fine": 0.1}}, guard.Refuse, "service"},
		"a service says nothing of it":    {"moderation", guard.Input, "", service{kinds: map[string]float64{"hate": 0.2}}, guard.Allow, ""},
		"a service hangs":                 {"moderation", guard.Input, "", service{hangs: true}, guard.Refuse, "failure"},
		"a service hangs at an answer":    {"moderation", guard.Output, "", service{hangs: true}, guard.Allow, "failure"},
		"it hangs, and that is let go":    {"moderation", guard.Input, "open", service{hangs: true}, guard.Allow, "failure"},
		"it is down, and that is closed":  {"moderation", guard.Output, "closed", service{err: down}, guard.Refuse, "failure"},
		"a judge says it":                 {"judge", guard.Input, "", service{say: `Here: {"score": 0.8, "category": "override"} as asked`}, guard.Refuse, "judge"},
		"a judge says it is fine":         {"judge", guard.Input, "", service{say: `{"score": 0.1, "category": "none"}`}, guard.Allow, ""},
		"a judge chats":                   {"judge", guard.Input, "", service{say: "I think it is fine."}, guard.Refuse, "failure"},
		"a judge is out of bounds":        {"judge", guard.Input, "", service{say: `{"score": 7}`}, guard.Refuse, "failure"},
		"a judge is down":                 {"judge", guard.Input, "", service{err: down}, guard.Refuse, "failure"},
		"a judge hangs before a passage":  {"judge", guard.Retrieved, "", service{hangs: true}, guard.Allow, "failure"},
		"a judge never ends what it says": {"judge", guard.Input, "", service{say: strings.Repeat("x", 100_000)}, guard.Refuse, "failure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := 30_000
			if c.hangs {
				timeout = 100
			}
			g, err := asking(t, c.service).With(t.Context(), space, guard.Policy{Name: "p", Checks: []guard.Check{
				{Check: c.check, Places: []guard.Place{c.place}, Action: guard.Refuse, Model: "outside", Fail: c.fail, Timeout: timeout}}})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			d, err := g.Look(t.Context(), c.place, "a text", guard.About{Dry: true})
			if err != nil || d.Action != c.want || time.Since(began) > 20*time.Second {
				t.Fatalf("%+v %v after %v", d, err, time.Since(began))
			}
			if c.layer != "" && (len(d.Findings) == 0 || d.Findings[0].Layer != c.layer || d.Findings[0].Reason == "") {
				t.Errorf("%+v", d.Findings)
			}
		})
	}
}

// What a judge is shown cannot end where it begins, and what was refused already is shown to nobody.
func TestJudgeIsToldWhatIsData(t *testing.T) {
	t.Parallel()
	s := service{say: `{"score": 0}`, asked: make(chan string, 3)}
	g, err := asking(t, s).With(t.Context(), space, guard.Policy{Name: "p", Checks: []guard.Check{
		{Check: "judge", Action: guard.Refuse, Model: "outside"}, {Check: "injection", Action: guard.Refuse}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Look(t.Context(), guard.Input, "a plain question about leave", guard.About{Dry: true}); err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(<-s.asked, "\n")
	if len(shown) != 3 || shown[0] != shown[2] || len(shown[0]) < 12 || shown[1] != "a plain question about leave" {
		t.Errorf("%q", shown)
	}
	if d, err := g.Look(t.Context(), guard.Input, override, guard.About{Dry: true}); err != nil || d.Action != guard.Refuse || len(s.asked) != 0 {
		t.Errorf("%+v %v", d, err)
	}
}

func TestFence(t *testing.T) {
	t.Parallel()
	near := func(q string) float64 {
		if strings.Contains(q, "leave") {
			return 0.9
		}
		return 0.1
	}
	g := asking(t, service{say: `{"score": 0.9}`})
	corpus := guard.Policy{Name: "p", Fence: guard.Fence{Mode: guard.FenceCorpus, About: "leave", Small: true}}
	flagged := corpus
	flagged.Checks = []guard.Check{{Check: "fence", Action: guard.Flag}}
	model := guard.Policy{Name: "p", Fence: guard.Fence{Mode: guard.FenceModel, About: "leave", Model: "outside"}}
	for _, c := range []struct {
		policy guard.Policy
		text   string
		want   guard.Action
	}{
		{corpus, "How many days of leave?", guard.Allow}, {corpus, "Who won the cup?", guard.Refuse}, {corpus, "Hello!", guard.Allow}, {corpus, "谢谢。", guard.Allow},
		{flagged, "Who won the cup?", guard.Flag}, {model, "Who won the cup?", guard.Refuse},
	} {
		made, err := g.With(t.Context(), space, c.policy)
		if err != nil {
			t.Fatal(err)
		}
		d, err := made.Look(t.Context(), guard.Input, c.text, guard.About{Dry: true, Near: near})
		if err != nil || d.Action != c.want {
			t.Errorf("%s %q: %+v %v", c.policy.Fence.Mode, c.text, d, err)
		}
	}
}

// What the policy covers for models is covered for whom it asks, wherever the text was met.
func TestJudgeIsToldNoSecrets(t *testing.T) {
	t.Parallel()
	const key = "sk-proj-4f9Qm2Zt8Lr1Xw7Bv5Ny3Kc6Hd0Js9Pa"
	s := service{say: `{"score": 0}`, asked: make(chan string, 3)}
	g, err := asking(t, s).With(t.Context(), space, guard.Policy{Name: "p", Checks: []guard.Check{
		{Check: "judge", Places: []guard.Place{guard.Input, guard.Output}, Fail: "closed", Action: guard.Refuse, Model: "outside"}, {Check: "secrets", Places: []guard.Place{guard.Input}, Action: guard.Mask}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []guard.Place{guard.Input, guard.Output} {
		if _, err := g.Look(t.Context(), place, "the key is "+key+" for now", guard.About{Dry: true}); err != nil {
			t.Fatal(err)
		}
		if shown := <-s.asked; strings.Contains(shown, key) || !strings.Contains(shown, "for now") {
			t.Errorf("%s: %q", place, shown)
		}
	}
	stream := g.Stream(t.Context(), guard.Output, guard.About{Dry: true})
	if _, _, err := stream.Write("the key is " + key + " for now"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	if shown := <-s.asked; strings.Contains(shown, key) || !strings.Contains(shown, "for now") {
		t.Errorf("%q", shown)
	}
}

// Of the words of documents a test of a policy tells nobody outside the house, and what no model reads is
// shown to none.
func TestWordsOfDocumentsStayInside(t *testing.T) {
	t.Parallel()
	s := service{say: `{"score": 0}`, stays: make(chan bool, 9)}
	g := asking(t, s)
	owner := scope.Space(space)
	p := guard.Policy{Name: "p", Checks: []guard.Check{{Check: "judge", Places: []guard.Place{guard.Input, guard.Retrieved}, Fail: "open", Action: guard.Refuse, Model: "outside"}}}
	for place, stays := range map[guard.Place]bool{guard.Input: false, guard.Retrieved: true} {
		c, err := g.AddCase(t.Context(), owner, reviewer, guard.Case{Place: place, Text: "a text", Expect: guard.ExpectAllow})
		if err != nil {
			t.Fatal(err)
		}
		if run, err := g.RunCases(t.Context(), owner, p); err != nil || run.Passed != 1 || <-s.stays != stays {
			t.Errorf("%s: %+v %v", place, run, err)
		}
		if err := g.RemoveCase(t.Context(), owner, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	made, err := g.With(t.Context(), space, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := made.Unseen(t.Context(), guard.Unseen{Text: "a remark that nobody sees", Why: "comment"}, guard.About{Dry: true}); err != nil || len(s.stays) != 0 {
		t.Errorf("%v %d", err, len(s.stays))
	}
}
