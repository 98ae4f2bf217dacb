package release

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A State is where a release stands.
type State string

// The states of a release.
const (
	Checking State = "checking" // the engine loads the adapter, and it is asked; nobody else asks it
	Running  State = "running"  // a share of those who ask has it
	Paused   State = "paused"   // the same, and the share does not grow
	Live     State = "live"     // all have it, for the gateway has followed
	Back     State = "back"     // nobody has it any more; Why says of what
	Refused  State = "refused"  // nobody was served; Why says of what
)

// Open says whether a release is under way.
func (s State) Open() bool { return s == Checking || s == Running || s == Paused }

// A Release is an adapter on its way.
type Release struct {
	ID        string   `json:"id"`
	Model     string   `json:"model"`
	On        string   `json:"on"`
	Adapter   string   `json:"adapter"`
	Hash      string   `json:"hash" doc:"of the adapter"`
	Candidate string   `json:"candidate,omitempty" doc:"hash of the model's new version"`
	Before    string   `json:"before,omitempty" doc:"hash of the version of the model that was in use"`
	Terms     Terms    `json:"terms"`
	State     State    `json:"state" enum:"checking,running,paused,live,back,refused"`
	Step      int      `json:"step" doc:"of the steps, from 0"`
	Share     int      `json:"share" doc:"of those who ask, of 10000"`
	Why       string   `json:"why,omitempty"`
	Waits     string   `json:"waits,omitempty" doc:"for what the step waits"`
	Checked   *Check   `json:"checked,omitempty"`
	Signals   []Signal `json:"signals" doc:"what is watched"`
	By        string   `json:"by,omitempty" doc:"id of who began it"`
	BackBy    string   `json:"back_by,omitempty" doc:"id of who took it back by hand, and said why"`
	Created   int64    `json:"created"` // UTC microseconds, as those below
	Stepped   int64    `json:"stepped,omitempty"`
	Ended     int64    `json:"ended,omitempty"`
	Kept      int64    `json:"kept,omitempty" doc:"until when what was in use before is at hand"`

	space   string
	earlier string // adapter that was in production before
	settled bool   // the labels of the model are as the state says
	watch   signals
}

const columns = `id, space, model, base, adapter, hash, candidate, before, earlier, terms, state, step, share, why, checked, signals, principal, taker, created, stepped, ended, kept, settled`

func scan(row store.Row) (r Release, err error) {
	var terms, checked, watch string
	if err = row.Scan(&r.ID, &r.space, &r.Model, &r.On, &r.Adapter, &r.Hash, &r.Candidate, &r.Before, &r.earlier, &terms, &r.State, &r.Step, &r.Share, &r.Why, &checked, &watch, &r.By, &r.BackBy, &r.Created, &r.Stepped, &r.Ended, &r.Kept, &r.settled); err != nil {
		return r, err
	}
	if err = json.Unmarshal([]byte(terms), &r.Terms); err == nil && checked != "" {
		err = json.Unmarshal([]byte(checked), &r.Checked)
	}
	if err == nil && watch != "" {
		err = json.Unmarshal([]byte(watch), &r.watch)
	}
	return r, err
}

// mayLook says whether a scope may look at releases: who edits, reviews or owns.
func mayLook(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Review) || sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "releases are for editors, reviewers and owners of the space", Hint: "ask an owner of the space for one of these roles"}
}

// mayMove says whether a scope may move them: who owns the space, as its models are the owners'.
func mayMove(sc scope.Scope) error {
	if sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may release an adapter", Hint: "ask an owner of the space"}
}

// get finds a release of a space; of any space where it is "".
func get(ctx context.Context, tx *store.Tx, space, id string) (Release, error) {
	r, err := scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM release WHERE id = $1 AND ($2 = '' OR space = $2)`, id, space))
	if errors.Is(err, sql.ErrNoRows) {
		return r, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no release %q", id), Hint: "wenyuan release list shows them"}
	}
	if err != nil {
		return r, fmt.Errorf("release: %s: %w", id, err)
	}
	return r, nil
}

// Get finds a release. Needs Edit, Review or Own.
func (r *Releases) Get(ctx context.Context, sc scope.Scope, id string) (out Release, err error) {
	if err := mayLook(sc); err != nil {
		return out, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		out, err = get(ctx, tx, sc.Space(), id)
		return err
	})
	return out.told(sc, r.Store.Now()), err
}

// MaxList is the most releases that one List shows.
const MaxList = 500

// List shows the newest releases of the space. Needs Edit, Review or Own.
func (r *Releases) List(ctx context.Context, sc scope.Scope, limit int) (all []Release, err error) {
	if err := mayLook(sc); err != nil {
		return nil, err
	}
	limit = max(1, min(cmp.Or(limit, 50), MaxList))
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = some(ctx, tx, fmt.Sprintf(`space = $1 ORDER BY id DESC LIMIT %d`, limit), sc.Space())
		return err
	})
	for i := range all {
		all[i] = all[i].told(sc, r.Store.Now())
	}
	return all, err
}

func some(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Release, error) {
	all, err := store.List(ctx, tx, scan, `SELECT `+columns+` FROM release WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return all, nil
}

// A Point is how a signal stood at one time.
type Point struct {
	Signal   string  `json:"signal"`
	At       int64   `json:"at"` // UTC microseconds
	Share    int     `json:"share" doc:"of those who asked, of 10000"`
	New      Count   `json:"new"`
	Old      Count   `json:"old"`
	Evidence float64 `json:"evidence" doc:"that the new version is worse; at 1 it is taken back"`
	Bound    float64 `json:"bound" doc:"share of the new version at which it would have been taken back then, about; 0 where too few were known"`
}

// Curve is how a release went, by time. Needs Edit, Review or Own.
func (r *Releases) Curve(ctx context.Context, sc scope.Scope, id string) (all []Point, err error) {
	one, err := r.Get(ctx, sc, id)
	if err != nil {
		return nil, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		all = []Point{}
		err := tx.Each(ctx, func(r store.Row) error {
			var p Point
			var millionths int64
			if err := r.Scan(&p.Signal, &p.At, &p.Share, &p.New.Good, &p.New.Of, &p.Old.Good, &p.Old.Of, &millionths); err != nil {
				return err
			}
			p.Evidence = float64(millionths) / 1e6
			if w := one.watch.Watches[p.Signal]; w != nil {
				p.Bound = w.Bound(p.New.Of, p.Old)
			}
			all = append(all, p)
			return nil
		}, `SELECT signal, at, share, new_good, new_all, old_good, old_all, evidence FROM release_point WHERE release = $1 ORDER BY at, signal`, id)
		if err != nil {
			return fmt.Errorf("release: curve: %w", err)
		}
		return nil
	})
	return all, err
}
