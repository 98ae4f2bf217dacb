package release

import (
	"context"
	"fmt"
	"time"

	"wenyuan/eval/stat"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// late is how long after its end an answer is looked for at the latest: it is written down a moment
// after its time, and another server's clock may be a little behind.
const late = 2 * time.Second

// look reads what happened since the last time, and moves on: back where the new version is worse, to the
// next step where this one has lasted and shown enough.
func (r *Releases) look(ctx context.Context, sc scope.Scope, id string) error {
	return r.Store.Write(ctx, func(tx *store.Tx) error {
		one, err := get(ctx, tx, sc.Space(), id)
		if err != nil || one.State != Running && one.State != Paused {
			return err
		}
		if moved, err := one.moved(ctx, tx); err != nil || moved {
			if moved {
				err = r.back(ctx, tx, &one, "the model was changed by hand")
			}
			return err
		}
		if err := one.read(ctx, tx, sc); err != nil {
			return err
		}
		if err := one.draw(ctx, tx, r.Every); err != nil {
			return err
		}
		if name, ok := one.watch.alarm(); ok {
			return r.back(ctx, tx, &one, worse(name, one.watch.Watches[name]))
		}
		if one.State == Paused || one.waits(tx.Now) != "" {
			return one.save(ctx, tx, "", nil)
		}
		one.Step++
		return r.give(ctx, tx, &one, one.Terms.Steps[one.Step])
	})
}

// moved says whether somebody gave the model to another version since. Where the label has not followed
// the release yet, it has not.
func (one Release) moved(ctx context.Context, tx *store.Tx) (bool, error) {
	shares, err := version.SharesOf(ctx, tx, one.space, gateway.Kind, one.Model, version.Production)
	for _, s := range shares {
		if s.Hash != one.Before && s.Hash != one.Candidate {
			return true, err
		}
	}
	return false, err
}

// read takes in what servers counted, answers, and what was said of them.
func (one *Release) read(ctx context.Context, tx *store.Tx, sc scope.Scope) error {
	all, err := tallies(ctx, tx, one.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		one.watch.take(t)
	}
	until := tx.Now - late.Microseconds()
	if until <= one.watch.Traces {
		return nil
	}
	outcomes, err := trace.Outcomes(ctx, tx, sc, one.Model, one.watch.Traces, until)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if isNew, ok := one.arm(o.Hash); ok {
			one.watch.answer(isNew, o)
		}
	}
	said, err := trace.Opinions(ctx, tx, sc, one.Model, one.watch.Feedback, until)
	if err != nil {
		return err
	}
	for _, s := range said {
		if isNew, ok := one.arm(s.Hash); ok {
			one.watch.one(Liked, isNew, s.Liked)
		}
	}
	one.watch.Traces, one.watch.Feedback = until, until
	return nil
}

// arm says which version a hash is.
func (one Release) arm(hash string) (isNew, ok bool) {
	return hash == one.Candidate, hash == one.Candidate || hash == one.Before
}

// answer counts how an answer turned out.
func (s *signals) answer(isNew bool, o trace.Outcome) {
	s.one(Answered, isNew, !o.Refused)
	if !o.Refused && o.Claims > 0 {
		s.one(Supported, isNew, o.Carried == o.Claims)
	}
}

// draw keeps a point of the curve of each signal where something was counted, about two hundred at most
// in a step.
func (one *Release) draw(ctx context.Context, tx *store.Tx, every time.Duration) error {
	if tx.Now-one.watch.Drawn < max(every.Microseconds(), (tx.Now-one.Stepped)/200) {
		return nil
	}
	all := 0
	for _, w := range one.watch.Watches {
		all += w.New.Of + w.Old.Of
	}
	if all == one.watch.Points {
		return nil
	}
	one.watch.Drawn, one.watch.Points = tx.Now, all
	for _, name := range Names {
		w := one.watch.Watches[name]
		if w == nil || w.New.Of+w.Old.Of == 0 {
			continue
		}
		_, err := tx.Exec(ctx, `INSERT INTO release_point (release, signal, at, share, new_good, new_all, old_good, old_all, evidence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
			one.ID, name, tx.Now, one.Share, w.New.Good, w.New.Of, w.Old.Good, w.Old.Of, int64(1e6*w.Near()))
		if err != nil {
			return fmt.Errorf("release: curve: %w", err)
		}
	}
	return nil
}

// told fills in what is told of a release beside what is kept. What is decided is told when the gateway has
// followed: until then some of those who ask still have the other version.
func (one Release) told(sc scope.Scope, now int64) Release {
	if c := one.Checked; c != nil && c.Engine != "" && !sc.May(scope.Operate) {
		without := *c
		without.Engine, one.Checked = "", &without
	}
	one.Signals = one.watch.shown()
	switch {
	case one.settled, one.State == Checking, one.State == Refused:
		if one.State == Running || one.State == Paused {
			one.Waits = one.waits(now)
		}
	case one.State == Live:
		one.State, one.Ended, one.Kept = Running, 0, 0
		one.Waits = "the gateway has not followed the last step yet"
	case one.State == Back:
		one.State, one.Ended = Running, 0
		one.Waits = "it is being taken back: the gateway has not followed yet"
	default:
		one.Waits = "the gateway has not followed this step yet"
	}
	return one
}

// waits says for what a step waits; "" for nothing.
func (one Release) waits(now int64) (reason string) {
	left := one.Terms.LeastAnswers - one.watch.Step
	rest := time.Duration(one.Stepped+one.Terms.LeastTime*1000-now) * time.Microsecond
	switch {
	case left > 0 && one.watch.Step == 0:
		return "nobody has asked the new version at this step yet"
	case left > 0:
		return fmt.Sprintf("%d more answers of the new version are waited for", left)
	case rest > 0:
		return fmt.Sprintf("the step takes %s more", rest.Round(time.Second))
	}
	return ""
}

// worse says by what the new version is worse.
func worse(name string, w *stat.Watch) (reason string) {
	is, was := points(w.New), points(w.Old)
	switch name {
	case Supported:
		return fmt.Sprintf("the originals carry %s %% of its %d answers, and %s %% of those of the version before", is, w.New.Of, was)
	case Answered:
		return fmt.Sprintf("it answers %s %% of %d questions, and the version before %s %%: it refuses more", is, w.New.Of, was)
	case Liked:
		return fmt.Sprintf("%s %% of %d ratings are thumbs up, and %s %% of those of the version before", is, w.New.Of, was)
	case Worked:
		return fmt.Sprintf("%s %% of its %d requests worked, and %s %% of those of the version before", is, w.New.Of, was)
	case Median:
		return fmt.Sprintf("it is slower: %s %% of its %d answers begin within one and a half times the median of the version before, of whose own %s %% begin within the median", is, w.New.Of, was)
	}
	return fmt.Sprintf("it is slow too often: %s %% of its %d answers begin within one and a half times what 95 of 100 answers of the version before took, of whose own %s %% begin within that", is, w.New.Of, was)
}

func points(c Count) string { return fmt.Sprintf("%.1f", 100*c.Share()) }
