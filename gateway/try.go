package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
)

// errHung ends the waiting for a replica that is silent while others answer.
var errHung = errors.New("silent while other replicas answered")

// maxTries is how many replicas one request is sent to at most, however many there are.
const maxTries = 8

// each takes a place at a replica, calls f with its client, and does so with another one where f
// failed in a way that another may not and had not begun. What f gives back once it has begun was
// told to the reader by f itself. No attempt outlives the deadline.
func (m *Model) each(ctx context.Context, a pool.Ask, one *counted, f func(ctx context.Context, t *pool.Turn, client any) (begun bool, err error)) error {
	ctx, done := m.until(ctx)
	defer done()
	var failed error // the last one's
	for tries := 1; ; tries++ {
		t, err := m.place(ctx, a)
		if err != nil {
			if errors.Is(err, errNoneWell) {
				err = failed
			}
			return err
		}
		step := askedOf(ctx, t, len(a.Not) > 0) // here each decision is noted
		begun, v, err := m.turn(ctx, t, a.Patient, f)
		cameBack(ctx, step, t, v.Outcome, err)
		if begun || err == nil {
			return nil
		}
		m.lane.lost(t.ID, err)
		if ctx.Err() != nil || !passing(err) || tries == maxTries || !m.again(ctx, &a, t, v) {
			return err
		}
		m.passOver(t.ID, one, err)
		failed, a.Again = err, true
	}
}

// turn asks one replica and gives the place back, also where the reader panics.
func (m *Model) turn(ctx context.Context, t *pool.Turn, patient bool, f func(ctx context.Context, t *pool.Turn, client any) (bool, error)) (begun bool, v pool.Verdict, err error) {
	defer m.lane.queue.Leave(manner.In(ctx).Class)
	defer t.End(pool.Abandoned) // which does nothing where it has ended
	begun, err = m.attempt(ctx, t, patient, f)
	return begun, t.Done(outcomeOf(ctx, err), wire.WaitOf(err), err), err
}

// shortRest is how long all replicas may ask to be left alone for somebody to wait for it.
const shortRest = time.Second

// resting refuses at once while all replicas ask to be left alone for longer than anybody likes to wait.
func (m *Model) resting() error {
	if err := m.lane.unloaded(); err != nil {
		return err
	}
	rest := m.lane.pool.Rest()
	if rest <= shortRest || m.lane.coming() {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Limited, Message: "the model " + m.spec.Name + " has too much to do", Hint: "try again in " + rest.Round(time.Second).String(),
		Err: &wire.Wait{After: rest, Err: errResting}}
}

// errResting says why nobody is asked.
var errResting = errors.New("all replicas asked to be left alone for a while")

// again says whether a request may be sent once more, and to whom not. Where all have been asked that can be,
// all may be asked again, once: where they were silent this machine may have stood still, and of those that
// failed one may only fail now and then. Where those that serve go on failing, one is waited for that is well.
func (m *Model) again(ctx context.Context, a *pool.Ask, t *pool.Turn, v pool.Verdict) bool {
	not := append(a.Not[:len(a.Not):len(a.Not)], t.ID)
	left := m.lane.pool.Left(slices.Concat(not, a.Never))
	a.Sound = false
	switch {
	case v.Other && left > 0 || m.lane.replaced(ctx, t.ID, left):
		a.Not = not
		return true
	case v.Other && v.Outcome == pool.Hung && !a.Patient:
		a.Not, a.Patient = nil, true
		return true
	case v.Later && v.Vain && !v.Same:
		a.Not, a.Sound = nil, true
		return true
	case v.Other && !a.Patient && m.lane.pool.Anew():
		a.Not, a.Patient = nil, true
		return true
	case v.Later && !v.Same:
		a.Not, a.Sound = nil, true
		return true
	}
	return v.Same
}

// attempt asks one replica. Where there is another one, the waiting ends when this one is found
// silent.
func (m *Model) attempt(ctx context.Context, t *pool.Turn, patient bool, f func(ctx context.Context, t *pool.Turn, client any) (bool, error)) (begun bool, err error) {
	ctx = granting(ctx, t.Data.(*replica))
	if t.Others == 0 && len(t.Not) == 0 && !patient {
		return f(ctx, t, t.Data.(*replica).client)
	}
	trying, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t.Cut(func() { stop(errHung) })
	begun, err = f(trying, t, t.Data.(*replica).client)
	if err != nil && !begun && ctx.Err() == nil && (context.Cause(trying) == errHung || errors.Is(err, errHung)) {
		err = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model " + m.spec.Name + " did not answer in time", Hint: "it may be loading or overloaded: look at its server, or try again", Err: errHung}
	}
	return begun, err
}

// until bounds a context by the deadline of its manner.
func (m *Model) until(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := manner.In(ctx).Deadline
	if deadline.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, deadline, &wenyuan.Error{Code: wenyuan.Unavailable,
		Message: "the model " + m.spec.Name + " did not answer before the deadline", Hint: "give it more time, or ask a model that is quicker"})
}

// outcomeOf says what an error tells about the replica.
func outcomeOf(ctx context.Context, err error) pool.Outcome {
	said := wire.RefusalOf(err)
	switch {
	case err == nil:
		return pool.Good
	case ctx.Err() != nil:
		return pool.Abandoned
	case errors.Is(err, errHung), wire.Paused(err):
		return pool.Hung
	case errors.Is(err, errOutrun):
		return pool.Abandoned
	case wenyuan.CodeOf(err) == wenyuan.Limited:
		return pool.Crowded
	case said != nil && said.Status == http.StatusServiceUnavailable && wire.WaitOf(err) > 0:
		return pool.Crowded
	case wenyuan.CodeOf(err) == wenyuan.Unavailable && (said == nil || !ofTheRequest(said.Status)):
		return pool.Failed
	}
	return pool.Faulted
}

// ofTheRequest says whether a status blames what was asked: another request may be answered.
func ofTheRequest(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}
