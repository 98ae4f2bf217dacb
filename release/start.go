package release

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/eval/gate"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/train"
	"wenyuan/version"
)

// Start begins a release; it goes on in the background. It is refused where the adapter learned from
// documents that not everybody of the space may see, unless the order accepts that, which stands in the
// audit; where the gate has not admitted the adapter, nor two people; where the name is a model of the
// settings file, or its versions are asked beside one another already; and Conflict where another
// release of the name is under way. For an owner of the space.
func (r *Releases) Start(ctx context.Context, sc scope.Scope, id auth.Identity, o Order) (out Release, err error) {
	if err := mayMove(sc); err != nil {
		return out, err
	}
	terms, err := o.Terms.normal()
	if err != nil {
		return out, err
	}
	name, ref, _ := strings.Cut(o.Adapter, "@")
	v, err := r.Training.Find(ctx, sc, train.AdapterKind, name, ref)
	if err != nil {
		return out, err
	}
	on, err := r.standsOn(ctx, sc, o)
	if err != nil {
		return out, err
	}
	narrow, err := r.Sets.Narrow(ctx, sc, v.Hash)
	if err != nil {
		return out, err
	}
	if narrow > 0 && !o.Accept {
		return out, &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("the adapter learned from %d documents that not everybody who may ask this model may see, and a model tells what it learned", narrow), Hint: "train one on what everybody of the space may see; an owner may accept it with --accept, which stands in the audit"}
	}
	chosen, err := r.choose(ctx, sc, id.Principal, v)
	if err != nil {
		return out, err
	}
	out = Release{ID: store.NewID("rel"), Model: o.Model, On: on, Adapter: v.Name, Hash: v.Hash, Terms: terms, State: Checking, Checked: &chosen, By: id.Principal.ID, space: sc.Space()}
	err = r.Store.Write(ctx, func(tx *store.Tx) error { return r.begin(ctx, tx, &out, narrow) })
	return out.told(sc, r.Store.Now()), err
}

// standsOn finds the model that an order's name is to stand on, and looks whether the name can be
// released to.
func (r *Releases) standsOn(ctx context.Context, sc scope.Scope, o Order) (on string, err error) {
	if m, ok := r.Models.Get(sc.Space(), o.Model); ok {
		if m.Space() == "" {
			return "", &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the model %q stands in the settings file", o.Model), Hint: "release the adapter under a name of its own, on that model: --on " + o.Model}
		}
		if a := m.Spec().Adapter; a != nil {
			on = a.On
		}
	}
	on = cmp.Or(o.On, on)
	if on == "" {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("it is not said on which model %q is to stand", o.Model), Hint: "name the model of the settings file whose weights the adapter was trained for: --on MODEL"}
	}
	if m, ok := r.Models.Get(sc.Space(), on); !ok || m.Space() != "" {
		return "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the settings file has no model %q", on), Hint: "wenyuan model list shows what is in use"}
	}
	return on, nil
}

// begin writes a release down.
func (r *Releases) begin(ctx context.Context, tx *store.Tx, one *Release, narrow int) error {
	v := wenyuan.Version{Kind: train.AdapterKind, Name: one.Adapter, Hash: one.Hash}
	a, err := gate.Admitted(ctx, tx, one.space, v)
	if err != nil {
		return err
	}
	if !a.Admitted {
		return gate.NotAdmitted(v, a)
	}
	open, err := some(ctx, tx, `space = $1 AND model = $2 AND state IN ('checking', 'running', 'paused')`, one.space, one.Model)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("a release of the model %q is under way: %s", one.Model, open[0].ID), Hint: "wait until it is live, or take it back: wenyuan release back"}
	}
	if err := r.whole(ctx, tx, *one); err != nil {
		return err
	}
	one.Created = tx.Now
	if err := insert(ctx, tx, *one); err != nil {
		return err
	}
	if narrow > 0 {
		if err := one.act(ctx, tx, "release.accept", map[string]any{"documents": narrow}); err != nil {
			return err
		}
	}
	if err := one.act(ctx, tx, "release.start", map[string]any{"adapter": one.Adapter, "by": cmp.Or(a.Report, a.Waiver)}); err != nil {
		return err
	}
	return r.wake(ctx, tx)
}

// whole refuses a name whose versions are asked beside one another, and one that has the adapter.
func (r *Releases) whole(ctx context.Context, tx *store.Tx, one Release) error {
	shares, err := version.SharesOf(ctx, tx, one.space, gateway.Kind, one.Model, version.Production)
	if err != nil || len(shares) == 0 {
		return err
	}
	if len(shares) > 1 {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the model %q is split between %d versions", one.Model, len(shares)), Hint: "give one of them all who ask first: wenyuan model split"}
	}
	var now gateway.Spec
	if _, err := version.Get(ctx, tx, one.space, gateway.Kind, shares[0].Hash, &now); err != nil {
		return err
	}
	if now.Adapter != nil && now.Adapter.Hash == one.Hash && now.Adapter.On == one.On {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the model %q answers with this adapter already", one.Model), Hint: "wenyuan model list shows what is in use"}
	}
	return nil
}

func insert(ctx context.Context, tx *store.Tx, one Release) error {
	terms, err := json.Marshal(one.Terms)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	checked, err := json.Marshal(one.Checked)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO release (id, space, model, base, adapter, hash, terms, state, checked, principal, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		one.ID, one.space, one.Model, one.On, one.Adapter, one.Hash, string(terms), one.State, string(checked), one.By, one.Created)
	if err != nil {
		return fmt.Errorf("release: start: %w", err)
	}
	return nil
}

// act puts what is done with a release into the audit.
func (one Release) act(ctx context.Context, tx *store.Tx, action string, more map[string]any) error {
	detail := map[string]any{"release": one.ID}
	for k, v := range more {
		detail[k] = v
	}
	return audit.Append(ctx, tx, audit.Act{Space: one.space, Action: action, Object: one.Model, Version: one.Hash, Detail: detail})
}

// wake has the job of the releases look for what is to be done.
func (r *Releases) wake(ctx context.Context, tx *store.Tx) error {
	_, err := r.Queue.Enqueue(ctx, tx, job.Job{Kind: JobKind, Key: "releases", Space: wenyuan.DefaultSpace, Payload: json.RawMessage("null")})
	if err == nil {
		tx.After(r.ring)
	}
	return err
}

// ring has the work of this process look at once.
func (r *Releases) ring() {
	select {
	case r.bell <- struct{}{}:
	default: // it will
	}
}
