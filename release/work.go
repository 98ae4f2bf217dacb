package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/version"
)

// work is the one job of releases: it goes on with all that are open, until none is.
func (r *Releases) work(ctx context.Context, j job.Job, report func(any)) error {
	w := &worker{Releases: r, begun: map[string]bool{}}
	defer w.checks.Wait()
	ticks := time.NewTicker(r.Every)
	defer ticks.Stop()
	for {
		open, err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			r.Log.Warn("the releases wait: the database does not answer", "error", err)
		case open == 0:
			return nil
		}
		report(struct {
			Open int `json:"open"`
		}{open})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		case <-r.bell:
		}
	}
}

// A worker is the job while it runs here.
type worker struct {
	*Releases
	checks sync.WaitGroup
	mu     sync.Mutex
	begun  map[string]bool // releases that are being checked here
}

// round looks at every release that somebody has to go on with, and says how many there are.
func (w *worker) round(ctx context.Context) (open int, err error) {
	var all []Release
	err = w.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = some(ctx, tx, `state IN ('checking', 'running', 'paused') OR settled = 0 OR kept > 0 AND kept < $1 ORDER BY id`, tx.Now)
		return err
	})
	for _, one := range all {
		if err := w.on(ctx, one); err != nil && ctx.Err() == nil {
			w.Log.Warn("a release waits", "release", one.ID, "model", one.Model, "error", err)
		}
	}
	return len(all), err
}

// on goes on with one release.
func (w *worker) on(ctx context.Context, one Release) error {
	sc, err := w.Scope(ctx, one.space)
	if err != nil {
		return err
	}
	switch one.State {
	case Checking:
		w.begin(ctx, sc, one)
		return nil
	case Live, Back, Refused:
		if err := w.agreed(ctx, sc, one.ID); err != nil || one.Kept == 0 || one.Kept > w.Store.Now() {
			return err
		}
		return w.letGo(ctx, sc, one)
	}
	if err := w.look(ctx, sc, one.ID); err != nil {
		return err
	}
	return w.agreed(ctx, sc, one.ID)
}

// agreed has the labels follow a release; what cannot be is taken back, such as a version that the gate
// has refused meanwhile.
func (w *worker) agreed(ctx context.Context, sc scope.Scope, id string) error {
	err := w.agree(ctx, sc, id)
	switch wenyuan.CodeOf(err) {
	case wenyuan.Denied, wenyuan.Invalid, wenyuan.NotFound:
		return w.end(ctx, sc, id, Back, because(err))
	}
	return err
}

// letGo lets what was in use before a release go, when its time is over.
func (w *worker) letGo(ctx context.Context, sc scope.Scope, one Release) error {
	if err := w.unkeep(ctx, sc, one); err != nil {
		return err
	}
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE release SET kept = 0 WHERE id = $1`, one.ID)
		return err
	})
}

// begin has a release checked, beside everything else: an engine takes its time.
func (w *worker) begin(ctx context.Context, sc scope.Scope, one Release) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun[one.ID] {
		return
	}
	w.begun[one.ID] = true
	w.checks.Go(func() {
		defer w.ring()
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.begun, one.ID)
		}()
		err := w.prepare(ctx, sc, one)
		if err == nil || ctx.Err() != nil || w.ending() {
			return
		}
		w.Log.Warn("a release ends before anybody is served", "release", one.ID, "model", one.Model, "error", err)
		if err := w.end(ctx, sc, one.ID, Refused, because(err)); err != nil && ctx.Err() == nil {
			w.Log.Warn("a release waits", "release", one.ID, "error", err)
		}
	})
}

// ending says whether the program ends.
func (r *Releases) ending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

// because is what somebody is told of an error.
func because(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message
	}
	return "an error of the program, which stands in its log"
}

// prepare has the adapter loaded and asked, and gives it its first share.
func (w *worker) prepare(ctx context.Context, sc scope.Scope, one Release) error {
	if one.Candidate == "" {
		if err := w.offer(ctx, sc, &one); err != nil {
			return err
		}
	}
	ready, cancel := context.WithTimeoutCause(ctx, w.Ready, failed(fmt.Sprintf("the serving engine has not loaded the adapter within %s", w.Ready), "look at the serving engine: wenyuan gateway engines"))
	defer cancel()
	if err := w.Models.AwaitReady(ready, one.space, one.Model, one.Candidate); err != nil {
		if ready.Err() != nil {
			return context.Cause(ready)
		}
		return w.refused(ctx, one, err)
	}
	c, err := w.check(ctx, sc, one)
	if err := w.checked(ctx, one.ID, c); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if err := w.first(ctx, one); err != nil {
		return err
	}
	return w.agree(ctx, sc, one.ID)
}

// refused keeps what an engine said last apart from why it cannot be asked: it is for operators.
func (w *worker) refused(ctx context.Context, one Release, err error) error {
	e, ok := errors.AsType[*wenyuan.Error](err)
	if !ok {
		return err
	}
	told := *e
	before, words, found := strings.Cut(e.Message, ": ")
	if !found {
		return err
	}
	c := Check{Engine: words}
	if one.Checked != nil {
		c = *one.Checked
		c.Engine = words
	}
	told.Message = before
	return errors.Join(w.checked(ctx, one.ID, c), &told)
}

// offer has the version with the adapter at hand, and notes what is in use beside it.
func (w *worker) offer(ctx context.Context, sc scope.Scope, one *Release) (err error) {
	if one.Candidate, err = w.Models.Offer(ctx, sc, gateway.Spec{Name: one.Model, Adapter: &gateway.Adapter{On: one.On, Hash: one.Hash}}); err != nil {
		return err
	}
	err = w.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := version.Resolve(ctx, tx, one.space, gateway.Kind, one.Model, version.Production)
		if err != nil {
			return err
		}
		one.Before = now.Hash
		_, err = tx.Exec(ctx, `UPDATE release SET candidate = $2, before = $3 WHERE id = $1`, one.ID, one.Candidate, one.Before)
		return err
	})
	if err == nil && one.Before == one.Candidate {
		err = failed("the model answers with this adapter already", "wenyuan model list shows what is in use")
	}
	return err
}

func (w *worker) checked(ctx context.Context, id string, c Check) error {
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		one, err := get(ctx, tx, "", id)
		if err != nil {
			return err
		}
		one.Checked = &c
		return one.save(ctx, tx, "", nil)
	})
}

// first gives a release its first share, unless somebody took it back meanwhile.
func (w *worker) first(ctx context.Context, one Release) error {
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := get(ctx, tx, "", one.ID)
		if err != nil || now.State != Checking {
			return err
		}
		shares, err := version.SharesOf(ctx, tx, now.space, gateway.Kind, now.Model, version.Production)
		if err != nil {
			return err
		}
		if len(shares) != 1 || shares[0].Hash != now.Before {
			return failed("the model was changed while the adapter was checked", "begin again")
		}
		now.State, now.watch = Running, newSignals(now.Terms, tx.Now)
		return w.give(ctx, tx, &now, now.Terms.Steps[0])
	})
}

// end ends a release that is open: it is refused, or taken back.
func (w *worker) end(ctx context.Context, sc scope.Scope, id string, how State, why string) error {
	err := w.Store.Write(ctx, func(tx *store.Tx) error {
		one, err := get(ctx, tx, "", id)
		if err != nil || !one.State.Open() && (one.State != Live || one.settled) {
			return err
		}
		if how == Back {
			return w.back(ctx, tx, &one, why)
		}
		one.State, one.Why, one.Ended = Refused, why, tx.Now
		return one.save(ctx, tx, "release.refuse", nil)
	})
	if err != nil {
		return err
	}
	return w.agree(ctx, sc, id)
}
