package web

// LearningPage is `/learning`: from what people ask to what learned from it.
type LearningPage struct {
	Frame
	Samples int            // that are ready, as many as this person sees
	Origins map[string]int // of these
	Aside   int            // that risk control set aside
	More    bool           // there are more samples than were counted
	Reviews bool           // may have pairs made
	Sets    []SetRow
	Runs    []RunRow
	Reports []ReportRow
	Trains  bool // may look at runs
	Tasks   []JudgeTask

	Releases []ReleaseRow
}

// A SetRow is a data set in the list: its newest version.
type SetRow struct {
	Name, Hash string
	Rows       int
	Erased     int
	Written    int // by a model
	Kinds      string
	Licence    string
	Created    int64 // UTC microseconds, as everywhere here
}

// A RunRow is a training run in the list.
type RunRow struct {
	ID, Name    string
	Method      string // sft, dpo, reward or pretrain
	Base        string
	State       string // "queued", "running", "stopping", "stopped", "done" or "failed"
	Step, Steps int
	Why         string
	Created     int64
}

// Hashed says that its base is one that a run made, named by its hash.
func (r RunRow) Hashed() bool { return len(r.Base) == 64 }

// Percent is how far it is.
func (r RunRow) Percent() int {
	if r.Steps == 0 {
		return 0
	}
	return 100 * r.Step / r.Steps
}

// Ink is the mark of a state.
func (r RunRow) Ink() string { return learningInk(r.State) }

func learningInk(state string) string {
	switch state {
	case "done", "pass":
		return "ok"
	case "failed", "fail":
		return "bad"
	case "running", "stopping":
		return "now"
	case "stopped", "too_few":
		return "warn"
	}
	return "off"
}

// A ReportRow is a report of the gate in the list.
type ReportRow struct {
	ID, Subject, Hash string
	Against           string // hash; "" where there was nothing to compare with
	Policy            string
	State             string // "queued", "running", "done", "stopped" or "failed"
	Verdict           string // "pass", "fail" or "too_few", once it is done
	Done, Items       int
	Created           int64
}

// Ink is the mark of a report.
func (r ReportRow) Ink() string {
	if r.Verdict != "" {
		return learningInk(r.Verdict)
	}
	return learningInk(r.State)
}

// Word is what a report is called by: its verdict, or where it stands.
func (r ReportRow) Word() string {
	if r.Verdict != "" {
		return r.Verdict
	}
	return r.State
}

// RunPage is `/learning/runs/ID`.
type RunPage struct {
	Frame
	Run     RunRow
	Hash    string // of the recipe
	Dataset string // hash
	Made    string // hash of what came out
	Facts   []Fact
	Advice  []string // as messages
	Curve   []RunPoint
	Problem *Problem
}

// A Fact is a line of a list: a key of the table, and what it says, or how many.
type Fact struct {
	Key   string
	Value string
	N     int // where Value is empty
}

// A RunPoint is a step of a run, or a look at what was held out.
type RunPoint struct {
	Step int
	Held bool
	Loss float64
}

// GatePage is `/learning/gate/ID`.
type GatePage struct {
	Frame
	Report ReportRow
	Why    string // of failure, as a message
	Parts  []GatePart
	Took   int64 // microseconds
	Seed   string
}

// A GatePart is a set with its verdict.
type GatePart struct {
	Name     string
	Verdict  string
	Why      []string // as messages
	N        int
	Before   float64 // share of right answers, 0 to 1; below 0 where there is nothing to compare with
	Now      float64
	Margin   float64
	Compared bool
	Change   float64 // Now less Before
	Low      float64 // of the interval of the change
	High     float64
}

// Ink is the mark of a verdict.
func (p GatePart) Ink() string { return learningInk(p.Verdict) }
