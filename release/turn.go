package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/train"
	"wenyuan/version"
)

// maxReason is how many code points a reason may have.
const maxReason = 2000

// Back takes a release back, also one that is live, as long as nothing else took its place: from now on
// the model answers as it did before. What was asked already is still answered. For an owner of the
// space.
func (r *Releases) Back(ctx context.Context, sc scope.Scope, id auth.Identity, release, reason string) (Release, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n > maxReason || strings.Contains(reason, "\x00") {
		return Release{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a reason has up to %d characters", maxReason), Hint: "say it in fewer words"}
	}
	if err := r.atHand(ctx, sc, release); err != nil {
		return Release{}, err
	}
	return r.turn(ctx, sc, release, func(tx *store.Tx, one *Release) error {
		if !one.State.Open() && one.State != Live {
			return not(*one, "only one that is under way or live can be taken back")
		}
		one.BackBy = id.Principal.ID
		return r.back(ctx, tx, one, reason)
	})
}

// atHand has what was in use before a release that has been live for long ready again, so that no request
// fails when it is.
func (r *Releases) atHand(ctx context.Context, sc scope.Scope, id string) error {
	if err := mayMove(sc); err != nil {
		return err
	}
	one, err := r.Get(ctx, sc, id)
	if err != nil || one.State != Live || one.Kept > 0 {
		return err
	}
	if err := r.Models.Beside(ctx, sc, one.Model, gateway.Previous, one.Before); err != nil {
		return err
	}
	return r.Models.AwaitReady(ctx, sc.Space(), one.Model, one.Before)
}

// Pause keeps the share of a release as it is. It is watched all the same. For an owner of the space.
func (r *Releases) Pause(ctx context.Context, sc scope.Scope, _ auth.Identity, release string) (Release, error) {
	return r.turn(ctx, sc, release, func(tx *store.Tx, one *Release) error {
		if one.State != Running {
			return not(*one, "only one that serves a share of those who ask can be held")
		}
		one.State = Paused
		return one.save(ctx, tx, "release.pause", nil)
	})
}

// Go has a release go on that was held. For an owner of the space.
func (r *Releases) Go(ctx context.Context, sc scope.Scope, _ auth.Identity, release string) (Release, error) {
	return r.turn(ctx, sc, release, func(tx *store.Tx, one *Release) error {
		if one.State != Paused {
			return not(*one, "only one that is held can go on")
		}
		one.State = Running
		return one.save(ctx, tx, "release.go", nil)
	})
}

// Move gives a release a share of those who ask, of 10000, whatever the step waits for; all of it makes
// it live. It goes on with the steps that are larger. For an owner of the space.
func (r *Releases) Move(ctx context.Context, sc scope.Scope, _ auth.Identity, release string, share int) (Release, error) {
	if share < 1 || share > version.Whole {
		return Release{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a share is over 0 and up to 100 %", Hint: "take the release back to give it nothing: wenyuan release back"}
	}
	return r.turn(ctx, sc, release, func(tx *store.Tx, one *Release) error {
		if one.State != Running && one.State != Paused {
			return not(*one, "only one that serves a share of those who ask can be given another")
		}
		for one.Step = 0; one.Terms.Steps[one.Step] < share; {
			one.Step++
		}
		return r.give(ctx, tx, one, share)
	})
}

func not(one Release, what string) error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the release %s is %s", one.ID, one.State), Hint: what}
}

// turn changes a release for somebody, and has the gateway follow at once.
func (r *Releases) turn(ctx context.Context, sc scope.Scope, id string, f func(tx *store.Tx, one *Release) error) (one Release, err error) {
	if err := mayMove(sc); err != nil {
		return one, err
	}
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		if one, err = get(ctx, tx, sc.Space(), id); err != nil {
			return err
		}
		if err := f(tx, &one); err != nil {
			return err
		}
		return r.wake(ctx, tx)
	})
	if err == nil {
		err = r.agree(ctx, sc, id)
	}
	if err != nil {
		return Release{}, err
	}
	return r.Get(ctx, sc, id)
}

// back writes down that a release is taken back.
func (r *Releases) back(ctx context.Context, tx *store.Tx, one *Release, why string) error {
	if one.State == Live && one.settled {
		now, err := version.SharesOf(ctx, tx, one.space, gateway.Kind, one.Model, version.Production)
		if err != nil {
			return err
		}
		if !one.holds(now) {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the model %q answers with another version by now", one.Model), Hint: "wenyuan release list shows what took its place"}
		}
	}
	if one.State == Live {
		if err := one.adapterLabel(ctx, tx, one.earlier); err != nil {
			return err
		}
	}
	one.Why, one.Ended, one.Kept = why, tx.Now, 0
	one.State, one.Share = Back, 0
	return one.save(ctx, tx, "release.back", nil)
}

// holds says whether the model answers with the release: wholly, or for the moment until the gateway has
// followed its last step beside what was in use before.
func (one Release) holds(now []version.Share) (has bool) {
	for _, s := range now {
		if s.Hash != one.Candidate && s.Hash != one.Before {
			return false
		}
		has = has || s.Hash == one.Candidate
	}
	return has
}

// adapterLabel points the label production of the adapter's own name; "" takes it away.
func (one Release) adapterLabel(ctx context.Context, tx *store.Tx, hash string) error {
	if hash == "" {
		return version.Unlabel(ctx, tx, one.space, train.AdapterKind, one.Adapter, version.Production)
	}
	return version.Label(ctx, tx, one.space, train.AdapterKind, one.Adapter, version.Production, hash)
}

// give writes down what share a release has; all makes it live.
func (r *Releases) give(ctx context.Context, tx *store.Tx, one *Release, share int) error {
	one.Share, one.Stepped = share, tx.Now
	one.watch.Step = 0
	if share < version.Whole {
		return one.save(ctx, tx, "release.move", map[string]any{"share": float64(share) * 100 / version.Whole})
	}
	before, err := version.Resolve(ctx, tx, one.space, train.AdapterKind, one.Adapter, version.Production)
	if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	one.earlier = before.Hash
	one.State, one.Ended, one.Kept = Live, tx.Now, tx.Now+r.Keep.Microseconds()
	if err := one.adapterLabel(ctx, tx, one.Hash); err != nil {
		return err
	}
	return one.save(ctx, tx, "release.live", nil)
}

// agree makes the gateway's labels what the database says of a release. What another server does at the
// same time is noticed: a label is moved only while the release says still what it said when it was read.
func (r *Releases) agree(ctx context.Context, sc scope.Scope, id string) error {
	r.moving.Lock()
	defer r.moving.Unlock()
	for {
		one, now, err := r.stands(ctx, sc, id)
		if err != nil || one.settled || one.State == Checking {
			return err
		}
		if err = r.follow(ctx, sc, one, now); err == nil {
			err = r.Store.Write(ctx, func(tx *store.Tx) error { return one.settle(ctx, tx, 1) })
		}
		if !errors.Is(err, errChanged) {
			return err
		}
	}
}

// stands reads a release, and where the label of its model points.
func (r *Releases) stands(ctx context.Context, sc scope.Scope, id string) (one Release, now []version.Share, err error) {
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		if one, err = get(ctx, tx, sc.Space(), id); err == nil {
			now, err = version.SharesOf(ctx, tx, one.space, gateway.Kind, one.Model, version.Production)
		}
		return err
	})
	return one, now, err
}

// follow moves the labels of a model to what its release says.
func (r *Releases) follow(ctx context.Context, sc scope.Scope, one Release, now []version.Share) error {
	if one.Candidate == "" {
		return nil // it was never there
	}
	still := one.unchanged(ctx)
	switch one.State {
	case Running, Paused:
		return r.split(ctx, sc, one, now, one.Share)
	case Live:
		if one.Kept == 0 {
			return nil
		}
		if err := r.Models.Beside(ctx, sc, one.Model, gateway.Previous, one.Before, still); err != nil {
			return err
		}
		if err := r.split(ctx, sc, one, now, version.Whole); err != nil {
			return err
		}
		return r.Models.Beside(ctx, sc, one.Model, gateway.Candidate, "", still)
	case Back, Refused:
		if err := r.split(ctx, sc, one, now, 0); err != nil {
			return err
		}
		err := r.unkeep(ctx, sc, one)
		if err == nil {
			err = r.Models.Beside(ctx, sc, one.Model, gateway.Candidate, "", still)
		}
		if code := wenyuan.CodeOf(err); code == wenyuan.NotFound || code == wenyuan.Conflict {
			return nil // the model is gone, and with it the label
		}
		return err
	}
	return nil
}

// split gives the new version a share, unless it has it already, or the model was moved to something
// else by hand.
func (r *Releases) split(ctx context.Context, sc scope.Scope, one Release, now []version.Share, share int) error {
	has, all := 0, 0
	for _, s := range now {
		switch s.Hash {
		case one.Candidate:
			has, all = s.Share, all+s.Share
		case one.Before:
			all += s.Share
		}
	}
	if has == share || all < version.Whole {
		return nil
	}
	shares := slices.DeleteFunc([]version.Share{{Hash: one.Candidate, Share: share}, {Hash: one.Before, Share: version.Whole - share}}, func(s version.Share) bool { return s.Share == 0 })
	return r.Models.Split(ctx, sc, one.Model, shares, one.unchanged(ctx))
}

// unkeep takes the label previous away, where it is what a release keeps and not what a later one does.
func (r *Releases) unkeep(ctx context.Context, sc scope.Scope, one Release) error {
	kept := ""
	err := r.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := version.Resolve(ctx, tx, one.space, gateway.Kind, one.Model, gateway.Previous)
		if kept = v.Hash; wenyuan.CodeOf(err) == wenyuan.NotFound {
			return nil
		}
		return err
	})
	if err != nil || kept != one.Before {
		return err
	}
	return r.Models.Beside(ctx, sc, one.Model, gateway.Previous, "")
}

// save writes a release down, and what was done into the audit.
func (one *Release) save(ctx context.Context, tx *store.Tx, action string, more map[string]any) error {
	checked, err := json.Marshal(one.Checked)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	watch, err := json.Marshal(one.watch)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE release SET candidate = $2, before = $3, earlier = $4, state = $5, step = $6, share = $7, why = $8, checked = $9, signals = $10, stepped = $11, ended = $12, kept = $13, taker = $14 WHERE id = $1`,
		one.ID, one.Candidate, one.Before, one.earlier, one.State, one.Step, one.Share, one.Why, string(checked), string(watch), one.Stepped, one.Ended, one.Kept, one.BackBy)
	if err != nil {
		return fmt.Errorf("release: %s: %w", one.ID, err)
	}
	if action == "" {
		return nil
	}
	if err := one.settle(ctx, tx, 0); err != nil {
		return err
	}
	return one.act(ctx, tx, action, more)
}

// settle notes whether the labels of the model are as the state says, if it says the same still.
func (one Release) settle(ctx context.Context, tx *store.Tx, settled int) error {
	changed, err := tx.Exec(ctx, `UPDATE release SET settled = $2 WHERE id = $1 AND state = $3 AND share = $4`, one.ID, settled, one.State, one.Share)
	if err != nil {
		return fmt.Errorf("release: %s: %w", one.ID, err)
	}
	if changed == 0 {
		return errChanged
	}
	return nil
}

// unchanged says whether a release is still as it was read, when a label is moved for it.
func (one Release) unchanged(ctx context.Context) gateway.Still {
	return func(tx *store.Tx) error {
		var is bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM release WHERE id = $1 AND state = $2 AND share = $3)`, one.ID, one.State, one.Share).Scan(&is)
		if err != nil {
			return fmt.Errorf("release: %s: %w", one.ID, err)
		}
		if !is {
			return errChanged
		}
		return nil
	}
}

// errChanged is why labels are moved once more: somebody changed the release meanwhile.
var errChanged = errors.New("release: it was changed meanwhile")
