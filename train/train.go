// Package train makes models learn: a recipe, a data set and a base become a run, and a run
// becomes an adapter, or new weights.
//
// A run is a job that survives its process: it goes on from its last checkpoint, and ends with
// the same bits as if nothing had happened. One run is at work at a time in a house; others wait.
// What comes out is a version with its lineage: the sets it learned from, the base it stands on.
// The room serves nothing and judges nothing: a run that went well by its own figures may have
// spoiled the model, which only the answers show. A stranger would break the lineage first:
// whatever a run reads of people or documents must be a parent of what it makes, or erasing
// them would not find it.
package train

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"

	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/store"
)

// The kinds of versions that runs make and are made from.
const (
	RecipeKind  = "recipe"  // what was to be done
	AdapterKind = "adapter" // what LoRA learned beside a base
	BaseKind    = "base"    // weights that a run moved as a whole
)

// jobKind is the kind of the one job that works through the runs.
const jobKind = "train"

// Config is what Runs are made of.
type Config struct {
	Store   *store.Store
	Queue   *job.Queue
	Sets    *dataset.Sets
	Dir     string                                                       // of the bases and of what is in work; in the data folder
	Bases   map[string]string                                            // by name: a folder or a .gguf file, beside those in Dir
	Scope   func(ctx context.Context, space string) (scope.Scope, error) // in which a run reads its sets; who started it saw them all
	Workers int                                                          // goroutines of a run; 0: half of the processors
	Log     *slog.Logger                                                 // nil: slog.Default()
}

// Runs are the training runs of a house. Methods may be called from many goroutines.
type Runs struct {
	Config
	mu   sync.Mutex
	stop map[string]context.CancelCauseFunc // of runs that are at work here
	talk talk
}

// Open makes them ready and takes the jobs of the queue. It starts nothing.
func Open(c Config) *Runs {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	r := &Runs{Config: c, stop: map[string]context.CancelCauseFunc{}}
	r.talk.life, r.talk.end = context.WithCancel(context.Background())
	c.Queue.Handle(jobKind, r.work)
	return r
}

// Close lets go of what is held in memory to be asked. Runs end with their queue.
func (r *Runs) Close() { r.talk.close() }

// dirOf is where a run keeps its tokens and checkpoints while it lasts.
func (r *Runs) dirOf(run string) string { return filepath.Join(r.Dir, "runs", run) }
