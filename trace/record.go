package trace

import (
	"slices"
	"sync"
	"time"

	"wenyuan"
)

// A Recorder collects the steps of one question while they happen. It may be used
// from many goroutines.
type Recorder struct {
	mu    sync.Mutex
	trace Trace
	begun time.Time
}

// Start begins a trace: it gives it an ID and a time. The caller fills in Space,
// Corpus, Assistant, Principal and Question.
func Start(t Trace) *Recorder {
	now := time.Now()
	t.ID, t.Created, t.Steps = NewID(), now.UnixMicro(), []Step{}
	return &Recorder{trace: t, begun: now}
}

// ID is the trace's identifier.
func (r *Recorder) ID() string { return r.trace.ID }

// Elapsed is how long ago the question came, in microseconds.
func (r *Recorder) Elapsed() int64 { return time.Since(r.begun).Microseconds() }

// Step begins a step. What it gives back ends it and is called once: summary is one
// line for people, detail is kept as JSON, nil for none. The step is given back.
func (r *Recorder) Step(name string) func(summary string, detail any) Step {
	begun := time.Now()
	return func(summary string, detail any) Step {
		s := Step{Name: name, Start: begun.Sub(r.begun).Microseconds(), Took: time.Since(begun).Microseconds(), Summary: summary, Detail: detail}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.trace.Steps = append(r.trace.Steps, s)
		return s
	}
}

// End is the whole trace with its answer, ready to be saved.
func (r *Recorder) End(answer wenyuan.Answer) Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.trace
	t.Took = time.Since(r.begun).Microseconds()
	t.Answer, t.Refused = answer, answer.Refused
	t.Steps = slices.Clone(t.Steps)
	return t
}
