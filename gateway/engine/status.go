package engine

import (
	"errors"
	"slices"
	"time"

	"wenyuan"
)

// A Status is how an engine is, as an operator sees it.
type Status struct {
	Model     string           `json:"model"`
	State     State            `json:"state" doc:"stopped, starting, ready, draining or failed"`
	Why       string           `json:"why,omitempty" doc:"what its last failure was"`
	Held      bool             `json:"held,omitempty" doc:"an operator stopped it: nothing is started until one starts it"`
	Min       int              `json:"min"`
	Max       int              `json:"max"`
	Wanted    int              `json:"wanted" doc:"instances that there should be"`
	Waiting   int              `json:"waiting" doc:"requests that wait for a place"`
	Failures  int              `json:"failures,omitempty" doc:"starts in a row that failed"`
	Restarts  int              `json:"restarts,omitempty" doc:"instances that ended without being asked to"`
	Retry     int64            `json:"retry_us,omitempty" doc:"microseconds until the next start is tried"`
	ColdStart int64            `json:"cold_start_us,omitempty" doc:"microseconds that the last start took"`
	Instances []InstanceStatus `json:"instances"`
}

// An InstanceStatus is how one process is.
type InstanceStatus struct {
	ID    string `json:"id"`
	State State  `json:"state" doc:"starting, ready or draining"`
	URL   string `json:"url,omitempty"`
	PID   int    `json:"pid,omitempty"`
	Since int64  `json:"since" doc:"when it was started, in UTC microseconds"`
	Busy  int    `json:"busy" doc:"requests under way"`
	Line  string `json:"line,omitempty" doc:"what it wrote last"`
}

// Status shows the engine and its instances.
func (e *Engine) Status() Status {
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := Status{Model: e.c.Name, Held: e.held, Min: e.spec.Min, Max: e.spec.Max, Wanted: e.target, Waiting: e.waiting, Failures: e.failures,
		Restarts: e.restarts, ColdStart: e.coldStart.Microseconds(), Instances: []InstanceStatus{}}
	if e.why != nil {
		s.Why = e.why.Error()
		if said, ok := errors.AsType[*wenyuan.Error](e.why); ok {
			s.Why = said.Message
		}
	}
	if now.Before(e.notBefore) {
		s.Retry = e.notBefore.Sub(now).Microseconds()
	}
	for _, i := range e.all {
		s.Instances = append(s.Instances, InstanceStatus{ID: i.ID, State: i.shown(), URL: i.URL, PID: i.pid, Since: i.began.UnixMicro(), Busy: i.flight, Line: i.out.tail(1)})
	}
	s.State = e.state(s.Instances)
	return s
}

// shown is the state of an instance; one that is being ended drains. The caller holds the engine's lock.
func (i *Instance) shown() State {
	if i.stopping {
		return Draining
	}
	return i.state
}

// state is that of the best instance. The caller holds mu.
func (e *Engine) state(all []InstanceStatus) State {
	for _, s := range []State{Ready, Starting} {
		if slices.ContainsFunc(all, func(i InstanceStatus) bool { return i.State == s }) {
			return s
		}
	}
	switch {
	case e.failed != nil:
		return Failed
	case len(all) > 0:
		return Draining
	case e.target > 0:
		return Starting // after a pause
	}
	return Stopped
}
