package release

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
	"wenyuan/train"
	"wenyuan/version"
)

// A house is one server with releases, and a model "pupil" of two versions at scripted servers. A
// release works the same whatever a version stands on; that it is an adapter matters before its first
// share alone, which is tested where there is a real engine.
type house struct {
	*Releases
	t        *testing.T
	sc       scope.Scope
	old, new string
}

// opened is a server on a database; the first one makes the model.
func opened(t *testing.T, c store.Config, replies ...gatewaytest.Reply) *house {
	t.Helper()
	st := storetest.Open(t, c)
	q := job.New(st)
	q.Log, q.Lease = slog.New(slog.DiscardHandler), 2*time.Second
	m, err := gateway.Open(t.Context(), gateway.Config{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, sc: scopeOf(t), Releases: Open(Config{Store: st, Queue: q, Models: m, Every: 10 * time.Millisecond, Keep: time.Hour, Log: slog.New(slog.DiscardHandler),
		Scope: func(ctx context.Context, space string) (scope.Scope, error) {
			return auth.Scope(ctx, auth.Single, space)
		}})}
	for _, reply := range replies {
		if err := m.Put(t.Context(), h.sc, gateway.Spec{Name: "pupil", Location: gateway.Inside, Replicas: []gateway.Replica{{URL: gatewaytest.New(t, reply).URL}}}); err != nil {
			t.Fatal(err)
		}
		now, _ := m.Get(wenyuan.DefaultSpace, "pupil")
		h.old, h.new = h.new, now.Hash()
	}
	if h.old != "" {
		if err := m.Split(t.Context(), h.sc, "pupil", []version.Share{{Hash: h.old, Share: version.Whole}}); err != nil {
			t.Fatal(err)
		}
	}
	h.Watch(t.Context())
	if err := q.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close(context.WithoutCancel(t.Context()))
		q.Stop()
		m.Close()
	})
	return h
}

func scopeOf(t *testing.T) scope.Scope {
	t.Helper()
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// begins writes down a release that was checked, and gives it its first share.
func (h *house) begins(terms Terms) string {
	h.t.Helper()
	terms, err := terms.normal()
	if err != nil {
		h.t.Fatal(err)
	}
	one := Release{ID: store.NewID("rel"), Model: "pupil", On: "base", Adapter: "style", Terms: terms, State: Running, Candidate: h.new, Before: h.old, space: wenyuan.DefaultSpace}
	storetest.Write(h.t, h.Store, func(tx *store.Tx) error {
		ctx := h.t.Context()
		v, err := version.Put(ctx, tx, one.space, train.AdapterKind, "style", map[string]string{"name": "style"})
		if one.Hash = v.Hash; err != nil {
			return err
		}
		one.Created, one.watch = tx.Now, newSignals(terms, tx.Now)
		if err := insert(ctx, tx, one); err != nil {
			return err
		}
		if err := h.give(ctx, tx, &one, terms.Steps[0]); err != nil {
			return err
		}
		return h.wake(ctx, tx)
	})
	h.await(one.ID, func(one Release) bool { return len(h.shares()) == 2 })
	return one.ID
}

func (h *house) await(id string, is func(one Release) bool) (one Release) {
	h.t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(3 * time.Millisecond) {
		var err error
		if one, err = h.Get(h.t.Context(), h.sc, id); err != nil {
			h.t.Fatal(err)
		}
		if is(one) {
			return one
		}
		if time.Now().After(end) {
			h.t.Fatalf("it does not come: %+v, %v", one, h.shares())
		}
	}
}

func (h *house) shares() (all []version.Share) {
	h.t.Helper()
	storetest.Read(h.t, h.Store, func(tx *store.Tx) (err error) {
		all, err = version.SharesOf(h.t.Context(), tx, wenyuan.DefaultSpace, gateway.Kind, "pupil", version.Production)
		return err
	})
	return all
}

// ask has people ask, each once, until something is so, and says how many failed.
func (h *house) ask(until func() bool) (failed int) {
	h.t.Helper()
	end := time.Now().Add(40 * time.Second)
	for n := 0; !until(); n++ {
		m, ok := h.Models.Pick(wenyuan.DefaultSpace, "pupil", fmt.Sprint(n))
		if !ok || time.Now().After(end) {
			h.t.Fatalf("it does not come: %v", h.shares())
		}
		for _, err := range m.Stream(h.t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "?"}}}) {
			if err != nil {
				failed++
			}
		}
	}
	return failed
}

// is says whether a release is in a state.
func (h *house) is(id string, s State) func() bool {
	return func() bool {
		one, err := h.Get(h.t.Context(), h.sc, id)
		return err != nil || one.State == s
	}
}

// TestStepByStep: a release grows while people ask, is held, moved by hand, goes live, keeps what was
// before at hand, and is taken back; no request fails.
func TestStepByStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := opened(t, c, gatewaytest.Say("old"), gatewaytest.Say("new"))
		id := h.begins(Terms{Steps: []int{3000, 6000, version.Whole}, LeastAnswers: 5, LeastTime: 1})
		act := func(f func() (Release, error), want State) {
			t.Helper()
			if one, err := f(); err != nil || one.State != want {
				t.Fatalf("%+v, %v", one, err)
			}
		}
		ctx, me := t.Context(), auth.Machine()
		act(func() (Release, error) { return h.Pause(ctx, h.sc, me, id) }, Paused)
		if _, err := h.Pause(ctx, h.sc, me, id); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("held twice: %v", err)
		}
		if _, err := h.Move(ctx, h.sc, me, id, 0); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("a share of nothing: %v", err)
		}
		act(func() (Release, error) { return h.Move(ctx, h.sc, me, id, 4000) }, Paused)
		if one, err := h.Get(ctx, h.sc, id); err != nil || one.Share != 4000 || one.Step != 1 || len(h.shares()) != 2 {
			t.Errorf("%+v, %v", one, err)
		}
		act(func() (Release, error) { return h.Go(ctx, h.sc, me, id) }, Running)
		if failed := h.ask(h.is(id, Live)); failed > 0 {
			t.Errorf("%d failed", failed)
		}
		if s := h.shares(); len(s) != 1 || s[0].Hash != h.new {
			t.Errorf("it is live beside %v", s)
		}
		if m, ok := h.Models.At(wenyuan.DefaultSpace, "pupil", h.old); !ok {
			t.Errorf("what was before is not at hand: %v", m)
		}
		act(func() (Release, error) {
			return h.Back(ctx, h.sc, auth.Identity{Principal: wenyuan.Principal{ID: "ann"}}, id, " enough ")
		}, Back)
		if one, err := h.Get(ctx, h.sc, id); err != nil || one.Why != "enough" || one.BackBy != "ann" {
			t.Errorf("%+v, %v", one, err)
		}
		if s := h.shares(); len(s) != 1 || s[0].Hash != h.old {
			t.Errorf("%v", s)
		}
		curve, err := h.Curve(ctx, h.sc, id)
		if err != nil || len(curve) == 0 {
			t.Errorf("%v, %v", curve, err)
		}
	})
}

// TestStateIsTrue: a release is told to be live, or back, when the gateway has followed and not when that was
// decided.
func TestStateIsTrue(t *testing.T) {
	t.Parallel()
	h := opened(t, store.Config{Dir: t.TempDir()}, gatewaytest.Say("old"), gatewaytest.Say("new"))
	id := h.begins(Terms{Steps: []int{5000, version.Whole}})
	ctx, me := t.Context(), auth.Machine()
	for _, c := range []struct {
		act   func() (Release, error)
		waits string
		want  State
		has   string
	}{
		{func() (Release, error) { return h.Move(ctx, h.sc, me, id, version.Whole) }, "the last step", Live, h.new},
		{func() (Release, error) { return h.Back(ctx, h.sc, me, id, "enough") }, "taken back", Back, h.old},
	} {
		before := h.shares()
		ended := make(chan error, 1)
		h.moving.Lock() // nobody tells the gateway
		go func() { ended <- second(c.act()) }()
		one := h.await(id, func(one Release) bool { return strings.Contains(one.Waits, c.waits) })
		if s := h.shares(); one.State != Running || one.Ended != 0 || !slices.Equal(s, before) {
			t.Errorf("%+v, %v", one, s)
		}
		h.moving.Unlock()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if one, err := h.Get(ctx, h.sc, id); err != nil || one.State != c.want || one.Waits != "" || one.Ended == 0 {
			t.Errorf("%+v, %v", one, err)
		}
		if s := h.shares(); len(s) != 1 || s[0].Hash != c.has {
			t.Errorf("%v", s)
		}
	}
}

// TestTakenBackByItself: a version that fails is taken back while people ask, without anybody's doing.
func TestTakenBackByItself(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := opened(t, c, gatewaytest.Say("old"), gatewaytest.BreakOff("ne"))
		id := h.begins(Terms{Steps: []int{5000, version.Whole}, LeastAnswers: 1000})
		h.ask(h.is(id, Back))
		one, err := h.Get(t.Context(), h.sc, id)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(one.Why, "requests worked") || h.shares()[0].Hash != h.old {
			t.Errorf("%q, %v", one.Why, h.shares())
		}
	})
}

// TestAnswersAreRead: what assistants answered by either version, and what people said of it, is counted
// once, without what a cache gave or another model wrote.
func TestAnswersAreRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := opened(t, c, gatewaytest.Say("old"), gatewaytest.Say("new"))
		id := h.begins(Terms{Steps: []int{5000, version.Whole}})
		answer := func(hash string, verdict wenyuan.Verdict, refused bool, change func(*trace.Trace)) string {
			one := trace.Trace{ID: trace.NewID(), Space: wenyuan.DefaultSpace, Principal: "ann", Question: "?", Created: h.Store.Now(), Took: 1, Refused: refused,
				Answer: wenyuan.Answer{Refused: refused, Sentences: []wenyuan.Sentence{{Verdict: wenyuan.Supported}, {Verdict: verdict}, {Verdict: wenyuan.None}}, Versions: []wenyuan.Version{{Kind: "model", Name: "pupil", Hash: hash}}}}
			if change != nil {
				change(&one)
			}
			storetest.Write(t, h.Store, func(tx *store.Tx) error { return trace.Save(t.Context(), tx, one) })
			return one.ID
		}
		good := answer(h.new, wenyuan.Supported, false, nil)
		answer(h.new, wenyuan.Unsupported, false, nil)
		answer(h.new, wenyuan.None, true, nil)
		answer(h.old, wenyuan.Supported, false, nil)
		answer(h.new, wenyuan.Supported, false, func(x *trace.Trace) { x.Answer.Degraded = "extractive" })
		answer(h.new, wenyuan.Supported, false, func(x *trace.Trace) {
			x.Steps = []trace.Step{{Name: "generate", Detail: map[string]any{"cached": map[string]string{"level": "exact"}}}}
		})
		answer("another", wenyuan.Supported, false, nil)
		storetest.Write(t, h.Store, func(tx *store.Tx) error {
			_, err := trace.SaveFeedback(t.Context(), tx, h.sc, wenyuan.Principal{ID: "ann"}, trace.Feedback{Trace: good, Rating: trace.Up})
			return err
		})
		signal := func(one Release, name string) Signal {
			for _, s := range one.Signals {
				if s.Name == name {
					return s
				}
			}
			return Signal{}
		}
		one := h.await(id, func(one Release) bool { return signal(one, Liked).New.Of > 0 && signal(one, Supported).Old.Of > 0 })
		for name, want := range map[string][2]Count{Supported: {{Good: 1, Of: 2}, {Good: 1, Of: 1}}, Answered: {{Good: 2, Of: 3}, {Good: 1, Of: 1}}, Liked: {{Good: 1, Of: 1}, {}}} {
			if s := signal(one, name); s.New != want[0] || s.Old != want[1] {
				t.Errorf("%s: %+v and %+v", name, s.New, s.Old)
			}
		}
	})
}

// TestTwoServers: people ask one server while the work is done by whichever holds the job; when its
// process ends in the middle, the other one goes on.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		if c.URL == "" {
			t.Skip("a data folder has one server")
		}
		one := opened(t, c, gatewaytest.Say("old"), gatewaytest.Say("new"))
		c.Dir = t.TempDir()
		other := opened(t, c)
		id := one.begins(Terms{Steps: []int{5000, version.Whole}, LeastAnswers: 5, LeastTime: 1})
		one.Queue.Stop() // at whatever it was
		if failed := other.ask(other.is(id, Live)); failed > 0 {
			t.Errorf("%d failed", failed)
		}
		if _, err := one.Back(t.Context(), one.sc, auth.Machine(), id, ""); err != nil {
			t.Fatal(err)
		}
		if s := other.shares(); len(s) != 1 || s[0].Hash != one.old {
			t.Errorf("%v", s)
		}
	})
}

// TestLateServer: who read a release before somebody took it back moves no label after that, however late
// it comes.
func TestLateServer(t *testing.T) {
	t.Parallel()
	h := opened(t, store.Config{Dir: t.TempDir()}, gatewaytest.Say("old"), gatewaytest.Say("new"))
	id := h.begins(Terms{Steps: []int{5000, version.Whole}})
	ctx := t.Context()
	read := h.await(id, func(one Release) bool { return one.Share == 5000 && len(h.shares()) == 2 })
	if _, err := h.Back(ctx, h.sc, auth.Machine(), id, ""); err != nil {
		t.Fatal(err)
	}
	for _, late := range []Release{{State: Running, Share: 5000, Kept: 0}, {State: Live, Share: version.Whole, Kept: 1}} {
		one := read
		one.State, one.Share, one.Kept = late.State, late.Share, late.Kept
		if err := h.follow(ctx, h.sc, one, h.shares()); !errors.Is(err, errChanged) {
			t.Errorf("%s: %v", late.State, err)
		}
		if s := h.shares(); len(s) != 1 || s[0].Hash != h.old {
			t.Errorf("%s: %v", late.State, s)
		}
	}
}

// TestKeptForATime: what was in use before is let go when its time is over, and is there again for who
// takes the release back later. A model that somebody moves by hand ends its release.
func TestKeptForATime(t *testing.T) {
	t.Parallel()
	h := opened(t, store.Config{Dir: t.TempDir()}, gatewaytest.Say("old"), gatewaytest.Say("new"))
	h.Keep = time.Millisecond
	id := h.begins(Terms{Steps: []int{5000, version.Whole}})
	if _, err := h.Move(t.Context(), h.sc, auth.Machine(), id, version.Whole); err != nil {
		t.Fatal(err)
	}
	h.await(id, func(one Release) bool { return one.Kept == 0 })
	if _, ok := h.Models.At(wenyuan.DefaultSpace, "pupil", h.old); ok {
		t.Error("what was before is still at hand")
	}
	if _, err := h.Back(t.Context(), h.sc, auth.Machine(), id, ""); err != nil {
		t.Fatal(err)
	}
	if s := h.shares(); len(s) != 1 || s[0].Hash != h.old {
		t.Errorf("%v", s)
	}

	id = h.begins(Terms{Steps: []int{5000, version.Whole}})
	if err := h.Models.Put(t.Context(), h.sc, gateway.Spec{Name: "pupil", Location: gateway.Inside, Replicas: []gateway.Replica{{URL: gatewaytest.New(t, gatewaytest.Say("third")).URL}}}); err != nil {
		t.Fatal(err)
	}
	third := h.shares()
	one := h.await(id, func(one Release) bool { return one.State == Back })
	if s := h.shares(); !strings.Contains(one.Why, "by hand") || len(s) != 1 || s[0] != third[0] {
		t.Errorf("%q, %v", one.Why, s)
	}
}

// TestWhoMay: who edits or reviews looks, who owns moves, and nobody of another space sees anything.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	h := opened(t, store.Config{Dir: t.TempDir()}, gatewaytest.Say("old"), gatewaytest.Say("new"))
	id := h.begins(Terms{})
	ctx, asker, editor := t.Context(), h.sc.Within(scope.Read|scope.Ask), h.sc.Within(scope.Edit)
	if _, err := h.Get(ctx, editor, id); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"an asker looks":    second(h.Get(ctx, asker, id)),
		"an asker lists":    second(h.List(ctx, asker, 0)),
		"an asker's curve":  second(h.Curve(ctx, asker, id)),
		"an editor's back":  second(h.Back(ctx, editor, auth.Machine(), id, "")),
		"an editor's hold":  second(h.Pause(ctx, editor, auth.Machine(), id)),
		"an editor's go":    second(h.Go(ctx, editor, auth.Machine(), id)),
		"an editor's share": second(h.Move(ctx, editor, auth.Machine(), id, 1)),
	} {
		if wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	elsewhere, err := auth.Scope(ctx, auth.Single, "other")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Back(ctx, elsewhere, auth.Machine(), id, ""); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("from another space: %v", err)
	}
	if all, err := h.List(ctx, elsewhere, 0); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func second[T any](_ T, err error) error { return err }
