package gateway

import (
	"time"

	"wenyuan"
	"wenyuan/version"
)

// A tally is one request to a version of a model that was added at run time, while it is counted. A
// nil tally counts nothing.
type tally struct {
	of     *version.Counted
	begun  time.Time
	first  time.Duration
	failed bool
}

// tally begins to count a request, where the model's label may be split.
func (m *Model) tally() *tally {
	if m.counted == nil {
		return nil
	}
	return &tally{of: m.counted, begun: time.Now()}
}

func (t *tally) chunk(c wenyuan.Chunk, err error) {
	if t == nil {
		return
	}
	t.failed = t.failed || err != nil
	if t.first == 0 && (c.Text != "" || len(c.ToolCalls) > 0) {
		t.first = time.Since(t.begun)
	}
}

// end counts the request; err is why nothing of it came.
func (t *tally) end(err error) {
	if t != nil {
		t.of.Add(t.first, t.failed || err != nil)
	}
}

// Counted is what was counted about the versions of models that were added at run time.
func (m *Models) Counted() *version.Counts { return &m.counts }
