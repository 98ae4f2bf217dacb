package trace

import (
	"context"
	"encoding/json"
	"fmt"

	"wenyuan"
	"wenyuan/store"
)

// A Record says how much is kept of a question.
type Record string

// From most to least.
const (
	Everything Record = "all"      // the question, the answer, and how it came to be
	Metadata   Record = "metadata" // who asked when, the steps and their times, and which documents had a part; no word of question or answer
	Nothing    Record = "none"
)

// And is the lesser of two; "" stands for Everything. What is no Record keeps nothing.
func (r Record) And(o Record) Record {
	return []Record{Everything, Metadata, Nothing}[max(r.rank(), o.rank())]
}

func (r Record) rank() int {
	switch r {
	case Everything, "":
		return 0
	case Metadata:
		return 1
	}
	return 2
}

// A Policy says what a space keeps of questions, and for how long.
type Policy struct {
	Record Record `json:"record,omitempty"`         // "" is Everything
	Days   int    `json:"retention_days,omitempty"` // after which traces and conversations are dropped; 0: never

	Learn      bool  `json:"learn,omitempty"`       // models may learn from the answers and from what is said of them
	LearnSince int64 `json:"learn_since,omitempty"` // since when, UTC microseconds: nothing older is learned from
	LearnDrop  bool  `json:"learn_drop,omitempty"`  // what was made to learn from goes with the trace that it is made from
}

// PolicyOf is the policy of a space. One that is not there keeps everything, as it keeps nothing
// for anybody.
func PolicyOf(ctx context.Context, tx *store.Tx, space string) (Policy, error) {
	var p Policy
	var settings []string
	settings, err := column(ctx, tx, `SELECT settings FROM space WHERE id = $1`, space)
	if err != nil {
		return p, fmt.Errorf("trace: policy of %s: %w", space, err)
	}
	for _, s := range settings {
		if err := json.Unmarshal([]byte(s), &p); err != nil {
			return p, fmt.Errorf("trace: policy of %s: %w", space, err)
		}
	}
	p.Record = p.Record.And(Everything)
	return p, nil
}

// bare leaves out every word that somebody or a model wrote, and what documents say. Which
// documents had a part stands beside.
func (t Trace) bare() Trace {
	a := t.Answer
	t.Question, t.Conversation = "", ""
	t.Answer = wenyuan.Answer{Sentences: []wenyuan.Sentence{}, Citations: []wenyuan.Citation{}, Passages: []wenyuan.Passage{}, Refused: a.Refused, Trace: a.Trace, Versions: a.Versions, Usage: a.Usage}
	steps := make([]Step, len(t.Steps))
	for i, s := range t.Steps {
		steps[i] = Step{Name: s.Name, Start: s.Start, Took: s.Took}
	}
	t.Steps = steps
	return t
}
