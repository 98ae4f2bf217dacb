package train

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/train/engine"
	"wenyuan/version"
)

// A State is where a run stands.
type State string

// The states of a run.
const (
	Queued   State = "queued"   // waits for those before it
	Running  State = "running"  //
	Stopping State = "stopping" // somebody stopped it; it writes its checkpoint
	Stopped  State = "stopped"  // can be resumed
	Done     State = "done"     //
	Failed   State = "failed"   // Why says of what; can be resumed where there is a checkpoint
)

// A Run is one run of a recipe.
type Run struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Recipe   Recipe    `json:"recipe"`
	Version  string    `json:"recipe_hash"`
	Dataset  string    `json:"dataset"`           // hash
	General  string    `json:"general,omitempty"` // hash of the set of the mix
	State    State     `json:"state"`
	Step     int       `json:"step"`
	Steps    int       `json:"steps,omitempty"`
	Prepared *Prepared `json:"prepared,omitempty"`
	Why      string    `json:"why,omitempty"`
	Kind     string    `json:"made_kind,omitempty"` // adapter or base
	Made     string    `json:"made,omitempty"`      // hash of the version
	By       string    `json:"by,omitempty"`
	Advice   []string  `json:"advice,omitempty"`
	Created  int64     `json:"created"` // UTC microseconds, as the two below
	Began    int64     `json:"began,omitempty"`
	Ended    int64     `json:"ended,omitempty"`

	space string
}

// mayTrain says whether a scope may look at runs: who edits or owns the space.
func mayTrain(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Own) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or an owner of the space may train", Hint: "ask an owner of the space for one of these roles"}
}

// Start has a recipe run, as soon as those before it are through. Who starts it has to see every row
// of the sets: what a model learns, it may tell anybody. Needs Edit or Own.
func (r *Runs) Start(ctx context.Context, sc scope.Scope, who wenyuan.Principal, c Recipe) (Run, error) {
	if err := mayTrain(sc); err != nil {
		return Run{}, err
	}
	c, err := c.Normal()
	if err != nil {
		return Run{}, err
	}
	run := Run{ID: store.NewID("run"), Name: c.Name, Recipe: c, State: Queued, By: who.ID, Advice: c.Advice(), space: sc.Space()}
	if run.Dataset, err = r.seen(ctx, sc, who, c.Data); err == nil && c.Mix != nil {
		run.General, err = r.seen(ctx, sc, who, c.Mix.Data)
	}
	if err == nil {
		_, _, err = r.base(ctx, sc.Space(), c.Base)
	}
	if err != nil {
		return Run{}, err
	}
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		v, err := version.Put(ctx, tx, sc.Space(), RecipeKind, c.Name, c)
		if err != nil {
			return err
		}
		run.Version, run.Created = v.Hash, tx.Now
		if _, err := tx.Exec(ctx, `INSERT INTO train_run (id, space, name, recipe, dataset, general, state, principal, created) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8)`,
			run.ID, sc.Space(), run.Name, run.Version, run.Dataset, run.General, run.By, tx.Now); err != nil {
			return fmt.Errorf("train: start: %w", err)
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "train.start", Object: run.ID, Version: run.Version, Detail: map[string]any{"name": run.Name, "dataset": run.Dataset}}); err != nil {
			return err
		}
		return r.wake(ctx, tx)
	})
	return run, err
}

// wake has the job of the runs look for one.
func (r *Runs) wake(ctx context.Context, tx *store.Tx) error {
	_, err := r.Queue.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: "runs", Space: wenyuan.DefaultSpace, Payload: json.RawMessage("null")})
	return err
}

// seen finds the version of a set, of which the asker sees every row that is left.
func (r *Runs) seen(ctx context.Context, sc scope.Scope, who wenyuan.Principal, which string) (string, error) {
	f, err := r.Sets.Get(ctx, sc, which)
	if err != nil {
		return "", err
	}
	n := 0
	for _, err := range r.Sets.Rows(ctx, sc, who, f.Hash, "") {
		if err != nil {
			return "", err
		}
		n++
	}
	if hidden := f.Set.Rows - f.Erased - n; hidden > 0 {
		return "", &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("%d rows of the data set %s are not for you to see, and a model tells what it learned", hidden, f.Name), Hint: "build a set of what you see, or have somebody train who sees all of it"}
	}
	return f.Hash, nil
}

const columns = `id, space, name, recipe, dataset, general, state, step, steps, prepared, why, made_kind, made, principal, created, began, ended`

// scan reads one run without its recipe.
func scan(row store.Row) (run Run, err error) {
	var prepared string
	err = row.Scan(&run.ID, &run.space, &run.Name, &run.Version, &run.Dataset, &run.General, &run.State, &run.Step, &run.Steps, &prepared, &run.Why, &run.Kind, &run.Made, &run.By, &run.Created, &run.Began, &run.Ended)
	if err == nil && prepared != "" {
		err = json.Unmarshal([]byte(prepared), &run.Prepared)
	}
	return run, err
}

// Get finds a run. Needs Edit or Own.
func (r *Runs) Get(ctx context.Context, sc scope.Scope, id string) (run Run, err error) {
	if err := mayTrain(sc); err != nil {
		return run, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		run, err = get(ctx, tx, sc.Space(), id)
		return err
	})
	return run, err
}

func get(ctx context.Context, tx *store.Tx, space, id string) (Run, error) {
	run, err := scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM train_run WHERE space = $1 AND id = $2`, space, id))
	if errors.Is(err, sql.ErrNoRows) {
		return run, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no run %q", id), Hint: "wenyuan train list shows the runs"}
	}
	if err != nil {
		return run, fmt.Errorf("train: run %s: %w", id, err)
	}
	_, err = version.Get(ctx, tx, space, RecipeKind, run.Version, &run.Recipe)
	run.Advice = run.Recipe.Advice()
	return run, err
}

// MaxList is the most runs that one List shows.
const MaxList = 500

// List shows the newest runs of the space; limit is 50 where it is 0. Needs Edit or Own.
func (r *Runs) List(ctx context.Context, sc scope.Scope, limit int) (all []Run, err error) {
	return r.list(ctx, sc, limit, "")
}

// From shows the runs that learned from a set, by its whole hash, as List does.
func (r *Runs) From(ctx context.Context, sc scope.Scope, set string, limit int) (all []Run, err error) {
	return r.list(ctx, sc, limit, `AND (dataset = $2 OR general = $2)`, set)
}

func (r *Runs) list(ctx context.Context, sc scope.Scope, limit int, where string, args ...any) (all []Run, err error) {
	if err := mayTrain(sc); err != nil {
		return nil, err
	}
	limit = max(1, min(cmp.Or(limit, 50), MaxList))
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		if all, err = store.List(ctx, tx, scan, fmt.Sprintf(`SELECT %s FROM train_run WHERE space = $1 %s ORDER BY id DESC LIMIT %d`, columns, where, limit), append([]any{sc.Space()}, args...)...); err != nil {
			return fmt.Errorf("train: list: %w", err)
		}
		for i := range all {
			if _, err := version.Get(ctx, tx, sc.Space(), RecipeKind, all[i].Version, &all[i].Recipe); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// Curve is how a run went, by step, from a step on: the steps, and the looks at what was held out.
// Long runs are thinned to about a thousand steps. Needs Edit or Own.
func (r *Runs) Curve(ctx context.Context, sc scope.Scope, id string, from int) (all []engine.Metrics, err error) {
	if _, err := r.Get(ctx, sc, id); err != nil {
		return nil, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.List(ctx, tx, func(r store.Row) (m engine.Metrics, err error) {
			var text string
			if err := r.Scan(&text); err != nil {
				return m, err
			}
			err = json.Unmarshal([]byte(text), &m)
			return m, err
		}, `SELECT data FROM train_metric WHERE run = $1 AND step >= $2 ORDER BY step, held`, id, from)
		if err != nil {
			return fmt.Errorf("train: curve: %w", err)
		}
		return nil
	})
	return all, err
}

// Stop ends a run that waits or is at work; it can be resumed from its checkpoint. Needs Edit or Own.
func (r *Runs) Stop(ctx context.Context, sc scope.Scope, id string) (Run, error) {
	return r.turn(ctx, sc, id, "train.stop", func(run Run) (State, error) {
		switch run.State {
		case Queued:
			return Stopped, nil
		case Running, Stopping:
			return Stopping, nil
		}
		return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the run %s is %s", run.Name, run.State), Hint: "only a run that waits or is at work can be stopped"}
	})
}

// Resume has a run go on that was stopped or failed, from its last checkpoint; without one, from the
// beginning. Needs Edit or Own.
func (r *Runs) Resume(ctx context.Context, sc scope.Scope, id string) (Run, error) {
	return r.turn(ctx, sc, id, "train.resume", func(run Run) (State, error) {
		if run.State == Stopped || run.State == Failed {
			return Queued, nil
		}
		return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the run %s is %s", run.Name, run.State), Hint: "only a run that was stopped or failed can be resumed"}
	})
}

// turn gives a run another state.
func (r *Runs) turn(ctx context.Context, sc scope.Scope, id, act string, next func(Run) (State, error)) (run Run, err error) {
	if err := mayTrain(sc); err != nil {
		return run, err
	}
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		if run, err = get(ctx, tx, sc.Space(), id); err != nil {
			return err
		}
		if run.State, err = next(run); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE train_run SET state = $1, why = CASE WHEN $1 = 'queued' THEN '' ELSE why END WHERE id = $2`, run.State, id); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: act, Object: id, Detail: map[string]any{"name": run.Name}}); err != nil {
			return err
		}
		if run.State == Queued {
			return r.wake(ctx, tx)
		}
		tx.After(func() { r.end(id) })
		return nil
	})
	return run, err
}

// errStopped is why the context of a run ends that somebody stopped.
var errStopped = errors.New("train: stopped")

// end ends a run that is at work in this process; another process looks at the state each second.
func (r *Runs) end(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stop := r.stop[id]; stop != nil {
		stop(errStopped)
	}
}

// Remove forgets a run that is not at work, with its checkpoints. What it made stays. Needs Edit or Own.
func (r *Runs) Remove(ctx context.Context, sc scope.Scope, id string) error {
	if err := mayTrain(sc); err != nil {
		return err
	}
	err := r.Store.Write(ctx, func(tx *store.Tx) error {
		run, err := get(ctx, tx, sc.Space(), id)
		if err != nil {
			return err
		}
		if run.State == Running || run.State == Stopping {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the run %s is at work", run.Name), Hint: "stop it first: wenyuan train stop"}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM train_metric WHERE run = $1`, id); err != nil {
			return fmt.Errorf("train: remove: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM train_run WHERE id = $1`, id); err != nil {
			return fmt.Errorf("train: remove: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "train.remove", Object: id, Detail: map[string]any{"name": run.Name}})
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(r.dirOf(id))
}

// Version finds what a run made, of the kind adapter or base, by its hash or its name, which means its
// newest version. Needs Edit or Own.
func (r *Runs) Version(ctx context.Context, sc scope.Scope, kind, which string) (v wenyuan.Version, m Made, err error) {
	if err := mayTrain(sc); err != nil {
		return v, m, err
	}
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		if v, err = r.named(ctx, tx, sc.Space(), kind, which); err == nil {
			_, err = version.Get(ctx, tx, sc.Space(), kind, v.Hash, &m)
		}
		return err
	})
	return v, m, err
}

// parents are the sets and the base that what a run makes stands on.
func (run Run) parents(base wenyuan.Version) (all []wenyuan.Version) {
	all = append(all, wenyuan.Version{Kind: dataset.Kind, Hash: run.Dataset}, wenyuan.Version{Kind: RecipeKind, Hash: run.Version})
	if run.General != "" {
		all = append(all, wenyuan.Version{Kind: dataset.Kind, Hash: run.General})
	}
	if run.Recipe.From != "" {
		all = append(all, wenyuan.Version{Kind: AdapterKind, Hash: run.Recipe.From})
	}
	if base.Hash != "" {
		all = append(all, base)
	}
	return all
}
