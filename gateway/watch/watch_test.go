package watch_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/watch"
	"wenyuan/internal/zh"
)

var all = func(*watch.Record) bool { return true }

func TestCallIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch.New(watch.Config{})
		s := w.Series(watch.Place{Model: "m"})
		o := w.Begin(context.Background(), s, watch.Begun{Request: "req_1", Space: "sp", Person: "p", Class: "people", Tokens: 40})
		if got := w.Find(10, all); len(got) != 1 || !got[0].Live {
			t.Fatalf("under way: %+v", got)
		}
		if watch.Of(o) != o || watch.Of(context.WithValue(o, "k", 1)) != o || watch.Of(context.Background()) != nil { //nolint:staticcheck // any key will do
			t.Error("the call is not found by its context")
		}
		time.Sleep(5 * time.Millisecond)
		n := o.Step(watch.Step{Kind: watch.Replica, Where: "gpu-a", Why: "prefix", Warm: 3104, Load: 5, Limit: 9})
		time.Sleep(20 * time.Millisecond)
		o.First("gpu-a")
		o.Change(n, func(s *watch.Step, now int64) { s.Took, s.Result = now-s.At, watch.Good })
		o.End(watch.End{Level: "model", Replica: "gpu-a", First: o.Since(), In: 30, Out: 10, Finish: "stop"})
		o.End(watch.End{Code: "internal"})
		if o.Step(watch.Step{Kind: watch.Queue}) != -1 {
			t.Error("a call that has ended took a step")
		}
		got := w.Find(10, all)
		if len(got) != 1 || got[0].Live || got[0].Code != "" || got[0].Took != 25000 || len(got[0].Steps) != 1 {
			t.Fatalf("ended: %+v", got)
		}
		if step := got[0].Steps[0]; step.At != 5000 || step.First != 20000 || step.Because() != "its prefix is warm there (3104 tokens); load 5 of 9 is within bounds" {
			t.Errorf("%+v: %s", step, step.Because())
		}
		time.Sleep(time.Second)
		seconds, _ := s.Seconds(3)
		var sum watch.Sum
		for _, o := range seconds {
			sum.Add(o)
		}
		if sum.Offered != 1 || sum.Answered != 1 || sum.Levels[5] != 1 || sum.First(.5) < .02 || sum.First(.5) > .04 {
			t.Errorf("%+v, first %v", sum, sum.First(.5))
		}
		if tot := s.Totals(); tot.Answered != 1 || tot.In.Sum != 30 || tot.First.Counts[4] != 1 {
			t.Errorf("%+v", tot)
		}
	})
}

// TestEndSettlesSteps: nothing of a call that has ended is at work.
func TestEndSettlesSteps(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		end        watch.End
		slow, fast string // what came of the replica that was slow, and of the one that spoke
	}{
		{watch.End{Level: "model", Replica: "fast", Finish: "stop"}, watch.Left, watch.Good},
		{watch.End{Level: "model", Replica: "fast", Gone: true}, watch.Left, watch.Left},
		{watch.End{Code: "unavailable"}, watch.Left, watch.Left},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := watch.New(watch.Config{})
			o := w.Begin(t.Context(), w.Series(watch.Place{Model: "m"}), watch.Begun{})
			failed := o.Step(watch.Step{Kind: watch.Replica, Where: "fast"})
			o.Came(failed, "fast", watch.Failed, 500, "")
			slow := o.Step(watch.Step{Kind: watch.Replica, Where: "slow"})
			time.Sleep(10 * time.Millisecond)
			o.Step(watch.Step{Kind: watch.Replica, Where: "fast", Why: "hedge"})
			o.Step(watch.Step{Kind: watch.Replica, Where: "third", Why: "late"})
			time.Sleep(20 * time.Millisecond)
			o.First("fast")
			time.Sleep(30 * time.Millisecond)
			o.End(one.end)
			o.Came(slow, "slow", watch.Good, 0, "") // too late to be told
			steps := w.Find(1, all)[0].Steps
			if steps[0].Result != watch.Failed || steps[1].Result != one.slow || steps[2].Result != one.fast || steps[3].Result != watch.Left {
				t.Errorf("%+v: %+v", one.end, steps)
			}
			if steps[1].First != 0 || steps[2].First != 20000 || steps[2].Took != 50000 || steps[1].Took != 60000 {
				t.Errorf("%+v: %+v", one.end, steps)
			}
		})
	}
}

// TestBounds: what failed is found long after what did not, and nothing grows without end.
func TestBounds(t *testing.T) {
	t.Parallel()
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	for i := range 3 * watch.Recent {
		o := w.Begin(context.Background(), s, watch.Begun{Request: fmt.Sprint(i)})
		for range 2 * watch.MaxSteps {
			o.Step(watch.Step{Kind: watch.Cache})
		}
		e := watch.End{Level: "memory"}
		if i == 7 {
			e = watch.End{Code: "unavailable"}
		}
		o.End(e)
	}
	if n := len(w.Find(1<<20, all)); n != watch.Recent+1 {
		t.Errorf("%d calls are kept", n)
	}
	got := w.Find(10, func(r *watch.Record) bool { return r.Request == "7" })
	if len(got) != 1 || got[0].Code != "unavailable" || got[0].More != watch.MaxSteps {
		t.Errorf("%+v", got)
	}
	for i := range 3000 {
		w.Series(watch.Place{Model: fmt.Sprint(i)})
	}
}

// TestSecondsOfManyModels: the last minutes of all models together are bounded.
func TestSecondsOfManyModels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch.New(watch.Config{})
		var all []*watch.Series
		for i := range 20 {
			all = append(all, w.Series(watch.Place{Model: fmt.Sprint(i)}))
		}
		for range 20 {
			for _, s := range all {
				w.Begin(context.Background(), s, watch.Begun{}).End(watch.End{Level: "memory"})
			}
			time.Sleep(time.Minute)
		}
		for _, s := range all {
			seconds, _ := s.Seconds(900)
			var sum watch.Sum
			for _, o := range seconds {
				sum.Add(o)
			}
			if sum.Offered < 2 || sum.Offered > 6 {
				t.Errorf("%d minutes are kept of a model", sum.Offered)
			}
		}
	})
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	var run sync.WaitGroup
	for g := range 8 {
		run.Go(func() {
			for i := range 300 {
				o := w.Begin(context.Background(), s, watch.Begun{Request: fmt.Sprint(g, i)})
				var late sync.WaitGroup
				late.Go(func() { o.Step(watch.Step{Kind: watch.Replica, Where: fmt.Sprint(g, i)}) })
				o.End(watch.End{Level: "model"})
				late.Wait()
				if i%50 == 0 {
					w.Find(50, all)
					s.Totals()
				}
			}
		})
	}
	run.Wait()
	for _, r := range w.Find(1<<20, all) {
		for _, step := range r.Steps {
			if step.Where != r.Request {
				t.Fatalf("a step of %s stands at %s", step.Where, r.Request)
			}
		}
	}
	if n := s.Totals().Answered; n != 2400 {
		t.Errorf("%d calls were counted", n)
	}
}

func BenchmarkHit(b *testing.B) {
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		o := w.Begin(ctx, s, watch.Begun{Request: "req_1", Space: "sp", Person: "p", Class: "people"})
		o.Step(watch.Step{Kind: watch.Cache, Where: "memory", Result: watch.Hit})
		o.End(watch.End{Level: "memory", First: o.Since()})
	}
}

func BenchmarkCall(b *testing.B) {
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		o := w.Begin(ctx, s, watch.Begun{Request: "req_1", Space: "sp", Person: "p", Class: "people"})
		o.Step(watch.Step{Kind: watch.Cache, Where: "memory", Result: watch.Miss})
		n := o.Step(watch.Step{Kind: watch.Replica, Where: "gpu-a", Why: "least"})
		o.First("gpu-a")
		o.Change(n, func(s *watch.Step, now int64) { s.Took, s.Result = now-s.At, watch.Good })
		o.End(watch.End{Level: "model", First: o.Since(), In: 10, Out: 10})
	}
}

// TestForgetsAPerson: who was erased is named in no call, under way or over; what was counted stays.
func TestForgetsAPerson(t *testing.T) {
	t.Parallel()
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	begin := func(person string) *watch.One {
		return w.Begin(context.Background(), s, watch.Begun{Request: "req_" + person, Person: person, Key: "key_" + person})
	}
	begin("li").End(watch.End{Code: "internal"})
	open := begin("li")
	begin("chen").End(watch.End{Level: "model"})
	w.Forget("li")
	w.Forget("")
	found := w.Find(10, all)
	if len(found) != 3 {
		t.Fatalf("%+v", found)
	}
	for _, r := range found {
		if chen := r.Request == "req_chen"; chen != (r.Person == "chen") || chen != (r.Key == "key_chen") {
			t.Errorf("%+v", r)
		}
	}
	open.End(watch.End{Level: "model"})
	for _, r := range w.Find(10, all) {
		if r.Person == "li" || r.Key == "key_li" {
			t.Errorf("%+v", r)
		}
	}
}

// TestEventsOfReplicas: what happens to replicas is counted, of so many as are told apart.
func TestEventsOfReplicas(t *testing.T) {
	t.Parallel()
	w := watch.New(watch.Config{})
	s := w.Series(watch.Place{Model: "m"})
	for i := range 2000 {
		s.Happened(fmt.Sprint("gpu-", i), "ejected")
		s.Happened("gpu-0", "returned")
	}
	events := s.Totals().Events
	sum := uint64(0)
	for _, n := range events {
		sum += n
	}
	if len(events) > 600 || sum != 4000 || events[watch.Tried{Replica: "gpu-0", Result: "returned"}] != 2000 || events[watch.Tried{Replica: "gpu-1", Result: "ejected"}] != 1 {
		t.Errorf("%d kinds, %d in all", len(events), sum)
	}
}

// TestForgottenSeriesCounts: a model that nothing was asked of for long is forgotten where there are
// very many, and counted again when it is asked.
func TestForgottenSeriesCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch.New(watch.Config{})
		s := w.Series(watch.Place{Model: "old"})
		ask := func() { w.Begin(context.Background(), s, watch.Begun{}).End(watch.End{Level: "model"}) }
		ask()
		time.Sleep(time.Hour)
		for i := range 3000 {
			w.Series(watch.Place{Model: fmt.Sprint("m", i)})
		}
		for range 200 {
			ask()
			time.Sleep(time.Minute)
		}
		if seconds, _ := s.Seconds(15 * 60); len(seconds) != 900 || w.Series(watch.Place{Model: "old"}) != s {
			t.Error("the series is not found again")
		}
		sum := watch.Sum{}
		seconds, _ := s.Seconds(15 * 60)
		for _, o := range seconds {
			sum.Add(o)
		}
		if sum.Answered < 14 || sum.Answered > 15 {
			t.Errorf("%d in the last minutes", sum.Answered)
		}
	})
}

// TestHowItFailed: what is known of a failure is told, in both languages.
func TestHowItFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s       watch.Step
		en, cmn string
	}{
		{watch.Step{Result: watch.Failed, Status: 500, Said: "the model m failed"}, "it failed with status 500", "它失败了，状态码 500"},
		{watch.Step{Result: watch.Failed, Said: "the model m failed"}, "it failed: the model m failed", "它失败了：模型 m 出错了"},
		{watch.Step{Result: watch.Failed}, "it failed", "它失败了"},
		{watch.Step{Result: watch.Crowded, Status: 429}, "it refused for its load, with status 429", "它因负载而拒绝，状态码 429"},
		{watch.Step{Result: watch.Faulted, Status: 400}, "it found the request wrong, with status 400", "它认为请求有误，状态码 400"},
	} {
		c.s.Kind = watch.Replica
		got := c.s.Came()
		if cmn, _ := zh.Sentence(got); got != c.en || cmn != c.cmn {
			t.Errorf("%q, %q", got, cmn)
		}
	}
}
