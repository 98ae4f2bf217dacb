package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/store"
)

// Work asks what was not asked yet. Where the subject cannot be asked the run is failed, what was
// answered stays, and the error says why.
func (r *Runs) Work(ctx context.Context, id string) error {
	var run record.Run
	var todo []record.Numbered
	err := r.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if run, err = record.Get(ctx, tx, id); err != nil || run.State == record.Done || run.State == record.Stopped {
			return err
		}
		if todo, err = record.Unanswered(ctx, tx, id); err != nil {
			return err
		}
		return record.Move(ctx, tx, id, record.Running, "")
	})
	if err != nil || run.State == record.Done || run.State == record.Stopped {
		return err
	}
	err = r.As(ctx, run.Space, run.Asker, func(ctx context.Context, sc scope.Scope, who auth.Identity) error {
		return r.all(ctx, sc, who, run, todo)
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // it goes on at the next start, or was stopped
	}
	to, why := record.Done, ""
	if err != nil {
		to, why = record.Failed, Told(err)
	}
	if kept := r.Store.Write(ctx, func(tx *store.Tx) error { return record.Move(ctx, tx, id, to, why) }); kept != nil {
		return kept
	}
	if err != nil {
		return &failure{err}
	}
	return nil
}

// A failure is why a run could not be asked; the run says so.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// As does something for somebody, from what was kept of how they came: as far as they may now, and only
// as long as they may.
func (r *Runs) As(ctx context.Context, space string, asker json.RawMessage, do func(context.Context, scope.Scope, auth.Identity) error) error {
	var id auth.Identity
	if len(asker) == 0 || json.Unmarshal(asker, &id) != nil {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "who began this is no longer known here", Hint: "begin it anew"}
	}
	sc, err := r.Auth.Scope(ctx, id, space)
	if err != nil {
		return err
	}
	if err := May(sc); err != nil {
		return err
	}
	ctx, watch := r.Auth.Watch(ctx, id, sc)
	defer watch.End()
	err = do(limit.For(id.By(ctx, ""), claim(sc, id)), sc, id)
	if err != nil && ctx.Err() != nil && wenyuan.CodeOf(context.Cause(ctx)) == wenyuan.Denied {
		return context.Cause(ctx)
	}
	return err
}

// A work is one run under way.
type work struct {
	r     *Runs
	scope scope.Scope
	who   auth.Identity
	run   record.Run
	judge Judge // of its options

	mu       sync.Mutex
	answered bool                 // the subject has given an answer, now or before
	failed   map[int]func() error // items that failed before it did, by number; to be kept once it has
	last     error
}

// all asks several items at once. The first that cannot be asked ends it; what is under way then is
// still waited for and kept.
func (r *Runs) all(ctx context.Context, sc scope.Scope, who auth.Identity, run record.Run, todo []record.Numbered) error {
	w := &work{r: r, scope: sc, who: who, run: run, answered: run.Done > 0, failed: map[int]func() error{}}
	var err error
	if w.judge, err = r.judge(ctx, sc, run.Options.Judge); err != nil {
		return err
	}
	if w.judge.Hash != run.Options.JudgeHash && run.Options.Judge != "" {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the judge %q was declared anew since this began", run.Options.Judge), Hint: "begin it anew: two judges are not compared with each other"}
	}
	over, end := context.WithCancelCause(ctx)
	defer end(nil)
	next := make(chan record.Numbered)
	var wait sync.WaitGroup
	for range min(max(1, cmp.Or(r.Subjects.Together(run.Subject), run.Options.Parallel)), len(todo)) {
		wait.Go(func() {
			for n := range next {
				if err := w.one(ctx, n); err != nil {
					end(err)
				}
			}
		})
	}
	for _, n := range todo {
		if over.Err() != nil {
			break
		}
		select {
		case next <- n:
		case <-over.Done():
		}
	}
	close(next)
	wait.Wait()
	if over.Err() != nil {
		return context.Cause(over)
	}
	if len(w.failed) > 0 {
		return w.last // no answer at all: that is about the subject
	}
	return nil
}

// one asks one item and keeps the answer.
func (w *work) one(ctx context.Context, n record.Numbered) error {
	begun := time.Now()
	within, end := context.WithTimeout(ctx, longest)
	said, err := w.ask(within, n.Item)
	late := within.Err() != nil && ctx.Err() == nil
	end()
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && late:
		said = item.Said{Failed: fmt.Sprintf("no answer within %v", longest)}
	case err != nil && ends(err):
		return err
	case err != nil: // of this item alone
		said = item.Said{Failed: Told(err)}
	}
	if n.Scorer == item.Judge && err == nil && item.Broken(said) == "" {
		if said.Judged, err = w.compare(ctx, n.Item, said.Text); err != nil {
			return err // of the judge: what was answered is asked again, and never counted for it
		}
	}
	out, took := item.Score(n.Item, said), time.Since(begun).Microseconds()
	ctx = context.WithoutCancel(ctx) // what was answered is kept
	return w.keep(n.Number, err, func() error {
		return w.r.Store.Write(ctx, func(tx *store.Tx) error { return record.Keep(ctx, tx, w.run.ID, n.Number, said, out, took) })
	})
}

// compare asks the judge of the run, and again for a while where it cannot be reached.
func (w *work) compare(ctx context.Context, i item.Item, answer string) (string, error) {
	if w.judge.Compare == nil {
		return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the item %q is for a judge, and none is named", i.ID), Hint: "name a model that can judge, with --judge"}
	}
	until := time.Now().Add(w.r.Patience)
	for pause := firstPause; ; pause *= 2 {
		within, end := context.WithTimeout(ctx, longest)
		said, err := w.judge.Compare(within, i, answer)
		end()
		code := wenyuan.CodeOf(err)
		if err == nil || ctx.Err() != nil || code != wenyuan.Unavailable && code != wenyuan.Limited || time.Now().Add(pause).After(until) {
			return said, err
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// firstPause is how long it takes until a subject that cannot be reached is asked again; each pause is
// twice the one before.
const firstPause = 200 * time.Millisecond

// ask asks, and asks again for a while where the subject cannot be reached or has no room.
func (w *work) ask(ctx context.Context, i item.Item) (item.Said, error) {
	until := time.Now().Add(w.r.Patience)
	for pause := firstPause; ; pause *= 2 {
		said, err := w.r.Subjects.Ask(ctx, w.scope, w.who.Principal, w.run.Subject, i, w.run.Options)
		code := wenyuan.CodeOf(err)
		if err == nil || code != wenyuan.Unavailable && code != wenyuan.Limited || time.Now().Add(pause).After(until) {
			return said, err
		}
		select {
		case <-ctx.Done():
			return item.Said{}, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// keep keeps an answer. One that failed is kept when the subject has answered anything.
func (w *work) keep(number int, failed error, write func() error) error {
	w.mu.Lock()
	if failed != nil && !w.answered {
		w.failed[number], w.last = write, failed
		w.mu.Unlock()
		return nil
	}
	all := w.failed
	w.answered, w.failed = true, nil
	w.mu.Unlock()
	for _, f := range all {
		if err := f(); err != nil {
			return err
		}
	}
	return write()
}

// ends says whether an error is about the subject and not about the item: then asking on makes no
// sense, and no item is counted for it. What a model's server refuses of one text, or finds too long,
// is about the item.
func ends(err error) bool {
	code := wenyuan.CodeOf(err)
	return code != wenyuan.Invalid && code != wenyuan.TooLarge
}

// Told is an error as it is kept and shown: its message, where it has one for people.
func Told(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
