package similar

import (
	"log/slog"
	"sync"
	"time"
)

// A rest leaves an embedder alone that did not answer, longer each time, and then lets one question try
// it while the others go on by their words.
type rest struct {
	mu     sync.Mutex
	failed int       // times, one after the other
	last   time.Time // that it failed
	until  time.Time
}

const (
	leastRest = 2 * time.Second // doubled with each failure
	mostRest  = 2 * time.Minute
)

// ready says whether the embedder is to be asked.
func (r *rest) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == 0 {
		return true
	}
	now := time.Now()
	if now.Before(r.until) {
		return false
	}
	r.until = now.Add(embedTime + leastRest) // while this one tries it
	return true
}

// came notes what came of asking it since a moment. The log is told when that is another thing than before.
func (r *rest) came(begun time.Time, err error, log *slog.Logger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	switch {
	case err == nil && r.failed > 0:
		log.Info("questions are compared by their meaning again: the embedder answers")
		r.failed = 0
	case err == nil, r.failed > 0 && !begun.After(r.last): // with others of which the first one has told
	default:
		if r.failed == 0 {
			log.Warn("questions are compared by their words alone for a while: the embedder did not answer", "reason", err)
		}
		r.last, r.until = now, now.Add(min(mostRest, leastRest<<min(r.failed, 10)))
		r.failed++
	}
}
