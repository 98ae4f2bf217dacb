package gate

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/shipped"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// A Gate makes reports, with the workers of runs.
type Gate struct {
	store *store.Store
	runs  *run.Runs
	log   *slog.Logger
}

// jobs is the kind of the work.
const jobs = "gate"

// Open makes the room; before the runs are started.
func Open(st *store.Store, runs *run.Runs, log *slog.Logger) *Gate {
	g := &Gate{st, runs, cmp.Or(log, slog.New(slog.DiscardHandler))}
	runs.Handle(jobs, g.work)
	return g
}

// Wanted is a report as somebody asks for it. Subjects are named as for run.Subjects.
type Wanted struct {
	Subject string
	Against string // "" is what is in production under the subject's name, where that is another version; for an adapter, else its base
	Base    string // whose knowledge should not be forgotten; "" is the base of an adapter, else Against
	Policy  string // "" is Default
	Seed    uint64 // of what is made and drawn; 0 takes one by chance
}

// Run begins a report, or goes on with the one that somebody asked for in the same way and that is
// not done. It is for editors of the space.
func (g *Gate) Run(ctx context.Context, sc scope.Scope, id auth.Identity, w Wanted) (Report, error) {
	if err := run.May(sc); err != nil {
		return Report{}, err
	}
	policy, err := FindPolicy(ctx, g.store, sc, w.Policy)
	if err != nil {
		return Report{}, err
	}
	r := Report{Space: sc.Space(), Principal: id.Principal.ID, Policy: policy.Name, Hash: policy.Hash, Seed: w.Seed}
	if r.Asker, err = json.Marshal(id); err != nil {
		return r, fmt.Errorf("gate: %w", err)
	}
	if err := g.resolve(ctx, sc, w, &r); err != nil {
		return r, err
	}
	err = g.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := version.Put(ctx, tx, sc.Space(), Kind, policy.Name, policy.Policy); err != nil {
			return err
		}
		if r.ID, err = g.put(ctx, tx, r); err != nil {
			return err
		}
		if err := g.runs.Enqueue(ctx, tx, sc.Space(), jobs, r.ID); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "gate.run", Object: r.Subject.Kind + ":" + r.Subject.Name, Version: r.Subject.Hash, Detail: map[string]any{"report": r.ID, "policy": policy.Name}}); err != nil {
			return err
		}
		r, err = get(ctx, tx, r.ID)
		return err
	})
	return r, err
}

// resolve finds out who is meant.
func (g *Gate) resolve(ctx context.Context, sc scope.Scope, w Wanted, r *Report) (err error) {
	if r.Subject, err = g.runs.Subjects.Resolve(ctx, sc, w.Subject); err != nil {
		return err
	}
	beside, base, err := g.runs.Subjects.Beside(ctx, sc, r.Subject)
	if err != nil {
		return err
	}
	if w.Against != "" {
		v, err := g.runs.Subjects.Resolve(ctx, sc, w.Against)
		switch {
		case err != nil:
			return err
		case same(&v, &r.Subject):
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a version cannot be compared with itself", Hint: "give another version with --against"}
		}
		beside = &v
	}
	if beside != nil && !same(beside, &r.Subject) {
		r.Against = beside
	}
	if r.Base = cmp.Or(base, r.Against); w.Base != "" {
		b, err := g.runs.Subjects.Resolve(ctx, sc, w.Base)
		if err != nil {
			return err
		}
		r.Base = &b
	}
	return nil
}

// put keeps a report, or finds the one like it that is not done.
func (g *Gate) put(ctx context.Context, tx *store.Tx, r Report) (string, error) {
	rows, err := tx.Query(ctx, `SELECT `+reportColumns+` FROM gate_report WHERE space = $1 AND principal = $2 AND subject_kind = $3 AND subject_hash = $4 AND policy = $5 AND state <> 'done' ORDER BY created DESC`,
		r.Space, r.Principal, r.Subject.Kind, r.Subject.Hash, r.Hash)
	if err != nil {
		return "", fmt.Errorf("gate: %w", err)
	}
	defer rows.Close()
	found := ""
	for rows.Next() && found == "" {
		o, err := scan(rows)
		if err != nil {
			return "", fmt.Errorf("gate: %w", err)
		}
		if same(o.Against, r.Against) && same(o.Base, r.Base) && (r.Seed == 0 || r.Seed == o.Seed) {
			found = o.ID
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", fmt.Errorf("gate: %w", err)
	}
	if found != "" {
		return found, move(ctx, tx, found, record.Queued, "")
	}
	if r.Seed == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return "", fmt.Errorf("gate: %w", err)
		}
		r.Seed = binary.LittleEndian.Uint64(b[:]) >> 12 // a number that JSON carries whole
	}
	return insert(ctx, tx, r)
}

func same(a, b *wenyuan.Version) bool {
	return a == b || a != nil && b != nil && a.Hash == b.Hash && a.Kind == b.Kind
}

// Stop ends the work on a report; Run with the same words goes on with it.
func (g *Gate) Stop(ctx context.Context, sc scope.Scope, id auth.Identity, report string) (r Report, err error) {
	if err := run.May(sc); err != nil {
		return r, err
	}
	err = g.store.Write(ctx, func(tx *store.Tx) error {
		if r, err = get(ctx, tx, report); err != nil || r.Space != sc.Space() {
			return cmp.Or(err, unknown(report))
		}
		if r.Principal != id.Principal.ID && !sc.May(scope.Own) {
			return &wenyuan.Error{Code: wenyuan.Denied, Message: "this report was asked for by somebody else", Hint: "an owner of the space can stop it"}
		}
		if err := move(ctx, tx, report, record.Stopped, ""); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "gate.stop", Object: report, Version: r.Subject.Hash}); err != nil {
			return err
		}
		r, err = get(ctx, tx, report)
		return err
	})
	if err == nil {
		g.runs.Halt(report)
	}
	return r, err
}

// work asks what was not asked yet, and judges. What cannot be asked fails the report; what was
// answered stays.
func (g *Gate) work(ctx context.Context, id string) error {
	var r Report
	err := g.store.Write(ctx, func(tx *store.Tx) (err error) {
		if r, err = get(ctx, tx, id); err != nil || r.State == record.Done || r.State == record.Stopped {
			return err
		}
		return move(ctx, tx, id, record.Running, "")
	})
	if err != nil || r.State == record.Done || r.State == record.Stopped {
		return err
	}
	err = g.runs.As(ctx, r.Space, r.Asker, func(ctx context.Context, sc scope.Scope, who auth.Identity) error {
		return g.report(ctx, sc, who, &r)
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return g.store.Write(ctx, func(tx *store.Tx) error {
		if err != nil {
			return move(ctx, tx, id, record.Failed, run.Told(err))
		}
		if err := finish(ctx, tx, r); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: r.Space, Action: "gate.report", Object: r.Subject.Kind + ":" + r.Subject.Name, Version: r.Subject.Hash, Detail: map[string]any{"report": id, "verdict": r.Verdict}})
	})
}

// report asks all parts and judges them.
func (g *Gate) report(ctx context.Context, sc scope.Scope, who auth.Identity, r *Report) error {
	policy, err := g.policy(ctx, sc, *r)
	if err != nil {
		return err
	}
	r.Parts = nil
	clean, before := map[string]record.Answered{}, map[string]record.Answered{}
	for _, t := range attackedLast(policy.Parts) {
		if t.Set == "" {
			r.Parts = append(r.Parts, leftOut(t))
			continue
		}
		o := record.Options{Seed: r.Seed, Parallel: cmp.Or(policy.Parallel, run.DefaultParallel), MaxTokens: cmp.Or(policy.MaxTokens, run.DefaultMaxTokens), Sample: t.Items}
		items, err := g.runs.Sets(ctx, sc, who.Principal, t.Set, o)
		if err != nil {
			return err
		}
		j := &judging{Policy: policy, part: t, clean: clean, cleanBefore: before}
		for _, side := range []struct {
			v    *wenyuan.Version
			into **result
		}{{&r.Subject, &j.subject}, {r.Against, &j.against}, {r.Base, &j.base}} {
			switch {
			case side.v == nil || side.v == r.Base && t.Forget == 0 && side.into == &j.base:
			case side.into == &j.base && same(r.Base, r.Against):
				j.base = j.against
			default:
				if *side.into, err = g.asked(ctx, who, r, *side.v, t.Set, items, o); err != nil {
					return err
				}
			}
		}
		out := j.judge()
		if out.SetHash, err = item.Hash(run.Drawn(items, o)); err != nil {
			return err
		}
		r.Parts = append(r.Parts, out)
		keep(clean, j.subject)
		keep(before, j.against)
	}
	r.Verdict = overall(r.Parts)
	return nil
}

// attackedLast puts the parts that ask under attack behind those that ask without, whose answers they
// are held beside.
func attackedLast(parts []Part) []Part {
	out := slices.Clone(parts)
	slices.SortStableFunc(out, func(a, b Part) int {
		return cmp.Compare(bit(a.Set == shipped.Adversarial), bit(b.Set == shipped.Adversarial))
	})
	return out
}

func keep(into map[string]record.Answered, r *result) {
	if r == nil {
		return
	}
	for id, a := range r.byID {
		into[id] = a
	}
}

// policy is the one that the report was asked for with, whatever holds by now.
func (g *Gate) policy(ctx context.Context, sc scope.Scope, r Report) (p Policy, err error) {
	err = g.store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, sc.Space(), Kind, r.Hash, &p)
		return err
	})
	return p.withDefaults(), err
}

// asked asks a version a set, as a run of the report, and gives how it did.
func (g *Gate) asked(ctx context.Context, who auth.Identity, r *Report, v wenyuan.Version, set string, items []item.Item, o record.Options) (*result, error) {
	plan, err := g.runs.Plan(r.Space, who, v, set, r.ID, items, o)
	if err != nil {
		return nil, err
	}
	var is record.Run
	err = g.store.Write(ctx, func(tx *store.Tx) error {
		all, err := record.Of(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x record.Run) bool {
			return x.Subject.Hash == v.Hash && x.Subject.Kind == v.Kind && x.SetHash == plan.SetHash
		})
		if i >= 0 && all[i].State == record.Done {
			is = all[i]
			return nil
		}
		id, err := g.runs.Put(ctx, tx, plan, run.Drawn(items, o))
		if err == nil {
			is, err = record.Get(ctx, tx, id)
		}
		return err
	})
	if err == nil && is.State != record.Done {
		err = g.runs.Work(ctx, is.ID)
	}
	if err != nil {
		return nil, err
	}
	var answers []record.Answered
	err = g.store.Read(ctx, func(tx *store.Tx) error {
		answers, err = record.Answers(ctx, tx, is.ID)
		return err
	})
	return resultOf(is.ID, answers), err
}
