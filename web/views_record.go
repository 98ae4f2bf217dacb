package web

import "wenyuan"

// TracesPage is `/records`, newest first. Next is the address's `before` for the
// following page, "" on the last one.
type TracesPage struct {
	Frame
	Traces   []TraceRow
	Next     string
	Before   string
	Document *Document // when only the answers that used it are listed
	Corpus   string    // that Document is in
	Feedback string    // "up" or "down" when only the answers that were found so are listed
}

// A TraceRow is one recorded answer.
type TraceRow struct {
	Trace, Question, Corpus            string
	Channel                            string // the door it came through; "" the house's own
	Created, Took                      int64
	Refused                            bool
	Supported, Unsupported, Unverified int
	Read                               int
	Feedback                           []Feedback
}

// TracePage is `/records/{trace}`.
type TracePage struct {
	Frame
	Turn      Turn
	Assistant string
	Channel   string // the door it came through; "" the house's own
	Created   int64
	Steps     []Step
	First     int64             // when the model's first words came, microseconds after the question; 0 where not known
	Released  []int64           // when each sentence was given out, likewise
	Kept      []wenyuan.Passage // read, best first
	Dropped   []Drop
	Missing   bool  // the record of what was retrieved is not there
	Private   bool  // what was told of somebody else's conversation is left out
	Plan      *Plan // nil where no model was asked
	Attempts  int   // calls of the model
	Again     []Held
	Withheld  []Held
	Judge     *Judged
	Feedback  []Feedback
	Guards    []Guarding // what the guards found, in its order
}

// A Step is a part of the work. Start and Took are microseconds, Start from the question on.
type Step struct {
	Name        string
	Summary     string // as the room gave it; the console says it in its own words where it can
	Text        string // what the question became
	Also        []string
	Start, Took int64
	Found, Read int    // passages, of a search
	Aside       int    // passages that the guards set aside in it
	Did         string // what the guards did
	Routed      Routed // who of the experts was chosen, of a step of theirs
}

// A Held is a sentence that was not given out as the model first wrote it.
type Held struct{ Text, Reason string }

// Judged are the second opinions on an answer.
type Judged struct {
	Judge    string
	Trusted  bool    // its agreement with people was measured and is good enough
	Kappa    float64 // 0 where it was not measured
	N        int     // sentences that it was measured on
	Opinions []SecondOpinion
}

// A SecondOpinion is what a judge thinks of one sentence.
type SecondOpinion struct {
	Text                   string
	Before, After          wenyuan.Verdict
	Entailed, Contradicted float64
	Failed                 bool
	Took                   int64
}
