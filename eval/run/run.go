// Package run asks subjects whole sets, in the background and for as long as it takes: a run that was
// ended by whatever goes on where it was, and nothing is asked twice.
//
// A run asks for the person who began it, as what they may ask and see at the time, and ends when they
// may no longer. It judges the subject by what was written (eval/item); where a model cannot be reached
// that is no answer, and the run waits or fails instead of counting one. A stranger would break that
// first: what fails for want of a server must never lower a score.
package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/limit"
	"wenyuan/store"
)

// Subjects are whom one can ask: the models and assistants of a house.
type Subjects interface {
	// Resolve finds a version by how a person names it: NAME, NAME@HASH or NAME@LABEL, with model: or
	// assistant: before it where both have the name, and adapter: or base: before what training made and
	// nothing serves.
	Resolve(ctx context.Context, sc scope.Scope, name string) (wenyuan.Version, error)
	// Ask asks a version. That it cannot be asked is an error; an answer that is none is no error.
	Ask(ctx context.Context, sc scope.Scope, who wenyuan.Principal, v wenyuan.Version, i item.Item, o record.Options) (item.Said, error)
	// Beside says what a version is compared with where nobody says it, which may be the version itself, and whose
	// knowledge it should not have forgotten; nil where there is none.
	Beside(ctx context.Context, sc scope.Scope, v wenyuan.Version) (against, base *wenyuan.Version, err error)
	// Together is how many items at once suit a version, whatever was asked for; 0: as many as were.
	Together(v wenyuan.Version) int
}

// Config is what Runs are made of.
type Config struct {
	Store    *store.Store
	Auth     *auth.Directory
	Subjects Subjects
	Sets     func(ctx context.Context, sc scope.Scope, who wenyuan.Principal, name string, o record.Options) ([]item.Item, error) // a set by its name
	Judges   func(ctx context.Context, sc scope.Scope, name string) (Judge, error)                                                // a model that compares answers; nil: there are none
	Patience time.Duration                                                                                                        // for which a subject that cannot be reached is asked again; 1 minute by default
	Log      *slog.Logger                                                                                                         // nil: nothing is logged
}

// A Judge says of an answer to an item how it is beside the reference: as eval/pairwise does.
type Judge struct {
	Hash    string        // version of its declaration
	Trust   *record.Trust // nil: it was not measured
	Compare func(ctx context.Context, i item.Item, answer string) (string, error)
}

// judge finds the judge of a run; one without needs none.
func (r *Runs) judge(ctx context.Context, sc scope.Scope, name string) (Judge, error) {
	if name == "" {
		return Judge{}, nil
	}
	if r.Judges == nil {
		return Judge{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no judge named %q", name), Hint: "wenyuan model list shows which models can judge"}
	}
	return r.Judges(ctx, sc, name)
}

// forJudge has a judge compare what no exact check is for. Where an item asks for a judge and nobody named one, that
// is an error.
func forJudge(items []item.Item, judge string) ([]item.Item, error) {
	items = slices.Clone(items)
	for k, i := range items {
		switch {
		case judge != "" && i.Scorer == item.Reference:
			items[k].Scorer = item.Judge
		case judge == "" && i.Scorer == item.Judge:
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the item %q is for a judge, and none is named", i.ID), Hint: "name a model that can judge, with --judge"}
		}
	}
	return items, nil
}

// Told fills in how well the judge of a run agrees with people.
func (r *Runs) Told(ctx context.Context, sc scope.Scope, run *record.Run) {
	if j, err := r.judge(ctx, sc, run.Options.Judge); err == nil && j.Hash == run.Options.JudgeHash {
		run.Trust = j.Trust
	}
}

// Bounds and defaults of a run.
const (
	MaxParallel      = 64
	DefaultParallel  = 4
	DefaultMaxTokens = 512
	MaxMaxTokens     = 32_768
	workers          = 2               // runs at once
	longest          = 5 * time.Minute // for one answer
	kind             = "eval"          // of the jobs
)

// Runs asks. Its methods may be called from many goroutines.
type Runs struct {
	Config
	queue *job.Queue

	mu    sync.Mutex
	going map[string]context.CancelCauseFunc // by id, what is under way here
}

// Open makes the room. Nothing is asked before Start.
func Open(c Config) *Runs {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	r := &Runs{Config: c, queue: job.New(c.Store), going: map[string]context.CancelCauseFunc{}}
	r.queue.Workers, r.queue.Log = workers, c.Log
	r.Patience = cmp.Or(c.Patience, time.Minute)
	r.Handle(kind, func(ctx context.Context, id string) error {
		err := r.Work(ctx, id)
		if f, ok := errors.AsType[*failure](err); ok { // it is kept with the run, and the person goes on with it
			r.Log.Warn("an evaluation failed", "run", id, "error", f.err)
			return nil
		}
		return err
	})
	return r
}

// Handle has another kind of work done by the same workers, which the payload {"id"} names; before Start.
func (r *Runs) Handle(kind string, do func(ctx context.Context, id string) error) {
	r.queue.Handle(kind, func(ctx context.Context, j job.Job, _ func(any)) error {
		var p payload
		if err := json.Unmarshal(j.Payload, &p); err != nil {
			return fmt.Errorf("run: %w", err)
		}
		ctx, end := context.WithCancelCause(ctx)
		defer end(nil)
		r.mu.Lock()
		r.going[p.ID] = end
		r.mu.Unlock()
		defer func() {
			r.mu.Lock()
			delete(r.going, p.ID)
			r.mu.Unlock()
		}()
		if err := do(ctx, p.ID); !errors.Is(context.Cause(ctx), errStopped) {
			return err
		}
		return nil
	})
}

type payload struct {
	ID string `json:"id"`
}

// errStopped is why work ends that somebody stopped.
var errStopped = errors.New("run: stopped")

// Start begins to work, until Stop; what a process that died had begun is gone on with.
func (r *Runs) Start(ctx context.Context) error { return r.queue.Start(ctx) }

// Stop ends the work, which goes on at the next Start. It may be called twice.
func (r *Runs) Stop() { r.queue.Stop() }

// Enqueue has work of a kind done, once tx is committed.
func (r *Runs) Enqueue(ctx context.Context, tx *store.Tx, space, kind, id string) error {
	b, err := json.Marshal(payload{id})
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	_, err = r.queue.Enqueue(ctx, tx, job.Job{Space: space, Kind: kind, Key: id, Payload: b})
	return err
}

// Halt ends work that is under way in this process.
func (r *Runs) Halt(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end := r.going[id]; end != nil {
		end(errStopped)
	}
}

// Wanted is a run as somebody asks for it.
type Wanted struct {
	Subject string
	Set     string
	Items   []item.Item // of a set that is brought along; else Set names one
	Options record.Options
}

// May refuses who may not evaluate in a space: that is for its editors.
func May(sc scope.Scope) error {
	if sc.May(scope.Edit) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may run evaluations", Hint: "ask an owner of the space for the role of an editor"}
}

// Begin begins a run, or goes on with the one that somebody began in the same way and that is not done.
func (r *Runs) Begin(ctx context.Context, sc scope.Scope, id auth.Identity, w Wanted) (record.Run, error) {
	if err := May(sc); err != nil {
		return record.Run{}, err
	}
	o, err := checked(w.Options)
	if err != nil {
		return record.Run{}, err
	}
	v, err := r.Subjects.Resolve(ctx, sc, w.Subject)
	if err != nil {
		return record.Run{}, err
	}
	items := w.Items
	if items == nil {
		if items, err = r.Sets(ctx, sc, id.Principal, w.Set, o); err != nil {
			return record.Run{}, err
		}
	}
	judge, err := r.judge(ctx, sc, o.Judge)
	if err != nil {
		return record.Run{}, err
	}
	if o.JudgeHash = judge.Hash; o.Judge == "" {
		o.JudgeHash = ""
	}
	if items, err = forJudge(items, o.Judge); err != nil {
		return record.Run{}, err
	}
	run, err := r.Plan(sc.Space(), id, v, w.Set, "", items, o)
	if err != nil {
		return record.Run{}, err
	}
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		run.ID, err = r.Put(ctx, tx, run, Drawn(items, o))
		if err != nil {
			return err
		}
		if err := r.Enqueue(ctx, tx, sc.Space(), kind, run.ID); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "eval.run", Object: run.ID, Version: v.Hash, Detail: map[string]any{"subject": v.Kind + ":" + v.Name, "set": w.Set}}); err != nil {
			return err
		}
		run, err = record.Get(ctx, tx, run.ID)
		return err
	})
	run.Trust = judge.Trust
	return run, err
}

// checked fills in what is left out.
func checked(o record.Options) (record.Options, error) {
	o.Parallel, o.MaxTokens = cmp.Or(o.Parallel, DefaultParallel), cmp.Or(o.MaxTokens, DefaultMaxTokens)
	switch {
	case o.Parallel < 1 || o.Parallel > MaxParallel:
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d items cannot be asked at once", o.Parallel), Hint: fmt.Sprintf("give 1 to %d", MaxParallel)}
	case o.Sample < 0:
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a sample of %d items cannot be drawn", o.Sample), Hint: "give how many items are to be asked; 0 is all"}
	case o.MaxTokens < 1 || o.MaxTokens > MaxMaxTokens:
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("an answer of %d tokens cannot be asked for", o.MaxTokens), Hint: fmt.Sprintf("give 1 to %d", MaxMaxTokens)}
	}
	return o, nil
}

// Plan is a run as it would be kept. asker says who asks; no secret is in it.
func (r *Runs) Plan(space string, id auth.Identity, v wenyuan.Version, set, report string, items []item.Item, o record.Options) (record.Run, error) {
	asker, err := json.Marshal(id)
	if err != nil {
		return record.Run{}, fmt.Errorf("run: %w", err)
	}
	hash, err := item.Hash(Drawn(items, o))
	return record.Run{Space: space, Principal: id.Principal.ID, Asker: asker, Subject: v, Set: set, SetHash: hash, Report: report, Options: o}, err
}

// Put keeps a run, or finds the one like it that is not done.
func (r *Runs) Put(ctx context.Context, tx *store.Tx, run record.Run, items []item.Item) (string, error) {
	id, ok, err := record.Open(ctx, tx, run)
	if err != nil || ok {
		if err == nil {
			err = record.Move(ctx, tx, id, record.Queued, "")
		}
		return id, err
	}
	return record.Begin(ctx, tx, run, items)
}

// Drawn are the items that a run asks: all, or a sample that is spread evenly over the set and begins
// where the seed says.
func Drawn(items []item.Item, o record.Options) []item.Item {
	if o.Sample == 0 || o.Sample >= len(items) {
		return items
	}
	out, step := make([]item.Item, 0, o.Sample), float64(len(items))/float64(o.Sample)
	begin := float64(o.Seed%1009) / 1009 * step
	for k := range o.Sample {
		out = append(out, items[min(len(items)-1, int(begin+float64(k)*step))])
	}
	return out
}

// End stops a run; it may be gone on with by Again.
func (r *Runs) End(ctx context.Context, sc scope.Scope, id auth.Identity, run string) (record.Run, error) {
	return r.move(ctx, sc, id, run, "eval.stop", func(tx *store.Tx, _ record.Run) error { return record.Move(ctx, tx, run, record.Stopped, "") })
}

// Again goes on with a run that was stopped or failed, for who began it.
func (r *Runs) Again(ctx context.Context, sc scope.Scope, id auth.Identity, run string) (record.Run, error) {
	return r.move(ctx, sc, id, run, "eval.run", func(tx *store.Tx, is record.Run) error {
		if is.Report != "" {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "this evaluation is part of a report of the gate", Hint: "go on with the report: wenyuan gate run with the same words"}
		}
		if err := record.Move(ctx, tx, run, record.Queued, ""); err != nil {
			return err
		}
		return r.Enqueue(ctx, tx, sc.Space(), kind, run)
	})
}

// move changes a run of somebody's own, or as an owner of the space.
func (r *Runs) move(ctx context.Context, sc scope.Scope, id auth.Identity, run, act string, do func(*store.Tx, record.Run) error) (is record.Run, err error) {
	if err := May(sc); err != nil {
		return is, err
	}
	err = r.Store.Write(ctx, func(tx *store.Tx) error {
		if is, err = record.Find(ctx, tx, sc, run); err != nil {
			return err
		}
		if is.Principal != id.Principal.ID && (act == "eval.run" || !sc.May(scope.Own)) {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "this evaluation is somebody else's", Hint: "begin one of your own: wenyuan eval run"}
		}
		if is.State == record.Done {
			return nil
		}
		if err := do(tx, is); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: act, Object: run, Version: is.Subject.Hash}); err != nil {
			return err
		}
		is, err = record.Get(ctx, tx, run)
		return err
	})
	if err == nil && act == "eval.stop" {
		r.Halt(run)
	}
	return is, err
}

// claim is what a run's calls are counted on.
func claim(sc scope.Scope, id auth.Identity) limit.Claim {
	return limit.Claim{Space: sc.Space(), Person: id.Principal.ID, Key: id.Key}
}
