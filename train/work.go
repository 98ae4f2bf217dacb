package train

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"wenyuan"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/train/engine"
	"wenyuan/version"
)

// work is the one job of training: it takes the run that waits longest, until none is left. A run
// that a dead process left goes on first.
func (r *Runs) work(ctx context.Context, j job.Job, report func(any)) error {
	for ctx.Err() == nil {
		run, ok, err := r.next(ctx)
		if err != nil || !ok {
			return err
		}
		if err := r.one(ctx, run, report); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// next takes a run.
func (r *Runs) next(ctx context.Context) (run Run, ok bool, err error) {
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		run, err = scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM train_run WHERE state IN ('running', 'stopping', 'queued') ORDER BY CASE state WHEN 'queued' THEN 1 ELSE 0 END, id LIMIT 1`))
		if ok = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = version.Get(ctx, tx, run.space, RecipeKind, run.Version, &run.Recipe)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE train_run SET state = CASE state WHEN 'queued' THEN 'running' ELSE state END, began = CASE began WHEN 0 THEN CAST($1 AS BIGINT) ELSE began END WHERE id = $2`, tx.Now, run.ID)
		}
		if err != nil {
			return fmt.Errorf("train: next: %w", err)
		}
		return nil
	})
	return run, ok, err
}

// one carries a run out and writes down how it ended. Only what concerns this process is an error:
// its end, and a database that cannot be written to.
func (r *Runs) one(ctx context.Context, run Run, report func(any)) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.mu.Lock()
	r.stop[run.ID] = stop
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.stop, run.ID)
		r.mu.Unlock()
	}()
	if run.State == Stopping {
		stop(errStopped)
	}
	made, err := r.carryOut(work, run, report, stop)
	switch {
	case err == nil:
		return r.finish(ctx, run, made)
	case errors.Is(context.Cause(work), errStopped):
		return r.settle(ctx, run, Stopped, "")
	case ctx.Err() != nil:
		return ctx.Err() // the run stays as it is; who comes next goes on with it
	}
	r.Log.Warn("a training run failed", "run", run.ID, "name", run.Name, "error", err)
	return r.settle(ctx, run, Failed, reason(err))
}

// reason is what somebody is told of an error, with what to do.
func reason(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		if e.Hint != "" {
			return e.Message + ": " + e.Hint
		}
		return e.Message
	}
	return err.Error()
}

// settle writes down that a run ended without a result.
func (r *Runs) settle(ctx context.Context, run Run, s State, why string) error {
	return r.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE train_run SET state = $1, why = $2, ended = $3 WHERE id = $4`, s, why, tx.Now, run.ID)
		return err
	})
}

// A result is what a run made, with its files on the disk.
type result struct {
	kind string
	made Made
	base wenyuan.Version // that it stands on, where a run made that
}

// carryOut prepares, trains and exports.
func (r *Runs) carryOut(ctx context.Context, run Run, report func(any), stop context.CancelCauseFunc) (result, error) {
	if err := ctx.Err(); err != nil {
		return result{}, err
	}
	sc, err := r.Scope(ctx, run.space)
	if err != nil {
		return result{}, err
	}
	base, on, err := r.base(ctx, run.space, run.Recipe.Base)
	if err != nil {
		return result{}, err
	}
	from, err := r.from(ctx, run)
	if err != nil {
		return result{}, err
	}
	p, err := r.prepare(ctx, sc, run, base)
	if err != nil {
		return result{}, err
	}
	if err := r.notePrepared(ctx, run, p); err != nil {
		return result{}, err
	}
	sets, done, err := r.sets(run, p, base)
	if err != nil {
		return result{}, err
	}
	defer done()
	curve := r.curve(ctx, run, report, stop)
	res, err := engine.Run{Spec: run.Recipe.Spec, Base: base, From: from, Sets: sets, Dir: filepath.Join(r.dirOf(run.ID), "checkpoint"),
		Workers: r.workers(), Sink: curve.take}.Do(ctx)
	if err := errors.Join(err, curve.flush(context.WithoutCancel(ctx))); err != nil {
		return result{}, err
	}
	return r.export(ctx, run, base, on, res)
}

// workers are the goroutines of a run: half of the processors, so that the other half answers.
func (r *Runs) workers() int {
	if r.Config.Workers > 0 {
		return r.Config.Workers
	}
	return max(1, runtime.GOMAXPROCS(0)/2)
}

// from opens the adapter that a recipe goes on from; nil where it names none.
func (r *Runs) from(ctx context.Context, run Run) (*engine.Adapter, error) {
	if run.Recipe.From == "" {
		return nil, nil
	}
	var m Made
	err := r.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, run.space, AdapterKind, run.Recipe.From, &m)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.Adapter(m)
}

// Adapter opens what a run made.
func (r *Runs) Adapter(m Made) (*engine.Adapter, error) {
	dir, err := r.folder(m)
	if err != nil {
		return nil, err
	}
	return engine.OpenAdapter(dir)
}

// sets opens what prepare wrote.
func (r *Runs) sets(run Run, p Prepared, base *engine.Base) (s engine.Sets, done func(), err error) {
	s.Made = base.Made()
	train, err := openTokens(filepath.Join(r.dirOf(run.ID), "train"), p.Train.Digest)
	if err != nil {
		return s, nil, err
	}
	s.Train = train
	if p.Held.Samples == 0 {
		return s, func() { train.Close() }, nil
	}
	held, err := openTokens(filepath.Join(r.dirOf(run.ID), "held"), p.Held.Digest)
	if err != nil {
		return s, nil, errors.Join(err, train.Close())
	}
	s.Held = held
	return s, func() { train.Close(); held.Close() }, nil
}

func (r *Runs) notePrepared(ctx context.Context, run Run, p Prepared) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return r.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE train_run SET prepared = $1 WHERE id = $2`, string(raw), run.ID)
		return err
	})
}

// export writes what was learned in the forms that others read, and keeps the files as blobs.
func (r *Runs) export(ctx context.Context, run Run, base *engine.Base, on wenyuan.Version, res *engine.Result) (result, error) {
	dir := filepath.Join(r.dirOf(run.ID), "made")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return result{}, fmt.Errorf("train: %w", err)
	}
	out := result{kind: AdapterKind, base: on, made: Made{Name: run.Name, Run: run.ID, Recipe: run.Version, Method: run.Recipe.Method, Base: run.Recipe.Base, On: base.Hash(),
		Tokens: base.Made(), Steps: res.Steps, End: res.End, Last: timeless(res.Last), Held: timeless(res.Held), Files: map[string]File{}}}
	var names []string
	if res.Adapter != nil {
		names = []string{PEFTConfig, PEFTWeights, GGUF}
		if err := errors.Join(engine.ExportPEFT(dir, base, res.Adapter), engine.ExportGGUF(filepath.Join(dir, GGUF), base, res.Adapter)); err != nil {
			return result{}, err
		}
	}
	trained, adapter := base, res.Adapter
	if res.Base != nil {
		out.kind, trained, adapter = BaseKind, res.Base, nil
	}
	if out.kind == BaseKind || run.Recipe.Merged {
		names = append(names, Merged)
		if err := engine.ExportMerged(filepath.Join(dir, Merged), trained, adapter); err != nil {
			return result{}, err
		}
	}
	for _, name := range names {
		f, err := r.keep(ctx, filepath.Join(dir, name))
		if err != nil {
			return result{}, err
		}
		out.made.Files[name] = f
	}
	return out, nil
}

// timeless leaves out what differs each time, so that equal runs make equal versions.
func timeless(m engine.Metrics) engine.Metrics {
	m.Elapsed, m.Rate = 0, 0
	return m
}

func (r *Runs) keep(ctx context.Context, path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("train: %w", err)
	}
	defer f.Close()
	hash, size, err := r.Store.Blobs().Put(ctx, f)
	return File{Hash: hash, Size: size}, err
}

// finish makes the version of what a run made, with its lineage, and ends the run.
func (r *Runs) finish(ctx context.Context, run Run, out result) error {
	err := r.Store.Write(ctx, func(tx *store.Tx) error {
		v, err := version.Put(ctx, tx, run.space, out.kind, run.Name, out.made)
		if err != nil {
			return err
		}
		for _, p := range run.parents(out.base) {
			if err := version.Edge(ctx, tx, run.space, p, v); err != nil {
				return err
			}
		}
		if err := version.Label(ctx, tx, run.space, out.kind, run.Name, latest, v.Hash); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE train_run SET state = 'done', why = '', step = $1, made_kind = $2, made = $3, ended = $4 WHERE id = $5`, out.made.Steps, out.kind, v.Hash, tx.Now, run.ID)
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(r.dirOf(run.ID)) // tokens and checkpoints have words of people in them, and nobody needs them now
}

// latest is the label of the newest version of what a run made.
const latest = "latest"

// pause is how long metrics are collected before they are written.
const pause = time.Second
