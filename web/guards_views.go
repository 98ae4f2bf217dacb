package web

import "slices"

// IncidentsPage is `/guards`: what the guards met, newest first. Next is the address's `before` for
// the following page, "" on the last one.
type IncidentsPage struct {
	Frame
	Incidents           []Incident
	Counts              map[string]int // by state, of what the other filters leave
	State, Place, Check string
	Query               string
	Document            *Document // when only what is about it is listed
	Before, Next        string
	Checks              []string   // to choose from
	Days                []GuardDay // the last ones, oldest first; nil where nothing was met
}

// A GuardDay counts what was met on one day.
type GuardDay struct {
	At     int64          // its beginning, UTC microseconds
	Counts map[string]int // by the check that asked for most
}

// An Incident is something that the guards did more with than allow. Times are UTC microseconds.
type Incident struct {
	ID, State, Place, Action string
	Checks                   []string
	Kind                     string // of what weighs most
	Reason                   string
	Text, Question, Source   string
	Asker, Assistant, Trace  string
	Document, Title          string // "" where it is about none
	Open                     string // address of the passage, "" where it is gone
	Policy, Hash             string
	Times                    int64
	Created, Seen            int64
	Reviewer, Note           string
	Reviewed, Expires        int64
	Findings                 []GuardFinding
}

// A GuardFinding is one thing that a check found. Start and End are code points of the text, 0 where
// it is about the whole.
type GuardFinding struct {
	Check, Layer, Kind, Severity string
	Score, From                  float64 // From is the score from which on it counts; 0 where that is not known
	Action                       string
	Start, End                   int
	Ways                         []string // the codes it was written in, outermost first
	Evidence, Reason             string
}

// IncidentPage is `/guards/incidents/{id}`.
type IncidentPage struct {
	Frame
	Incident Incident
	Note     string // that was typed, after a problem
	Case     string // id of the case that it became; "" for none
	Expect   string // what that case expects
	Problem  *Problem
	Done     string // the verdict that was just given
}

// PlaygroundPage is `/guards/playground`.
type PlaygroundPage struct {
	Frame
	Text, Question, Place string
	Places                []string
	Policies              []Option // a name, or a name and a hash behind an @
	Tried                 *Tried
	Reviews               bool // may make a case of the text
	Problem               *Problem
}

// A Tried is what a policy does with a text.
type Tried struct {
	Text, Action string
	Goes         string // the text as it goes on
	Findings     []GuardFinding
	Views        []GuardView // what was read beside the text itself
	Folded       string
	Cut          bool // more was encoded than is read
	Took         int64
	Policy, Hash string
}

// A GuardView is what a part of a text says when it is decoded.
type GuardView struct {
	Ways       []string
	Text       string
	Start, End int // code points
}

// PoliciesPage is `/guards/policies`.
type PoliciesPage struct {
	Frame
	Policies []PolicyRow
	Owns     bool
	Name     string // that was typed, after a problem
	Problem  *Problem
	Done     string
}

// A PolicyRow is a policy with what is known of its versions.
type PolicyRow struct {
	Name, Title  string
	BuiltIn      bool
	Holds, Draft string // hashes; "" where there is none
	Moved        int64
	Checks, Sets int
	Assistants   []string // that name it
}

// Waits says that the newest version is not the one that holds.
func (p PolicyRow) Waits() bool { return p.Draft != "" && p.Draft != p.Holds }

// PolicyPage is `/guards/policies/{name}`: the draft beside what holds.
type PolicyPage struct {
	Frame
	Policy  PolicyRow
	Base    string // hash of the version that the draft was made from
	Form    Form
	Lines   []PolicyLine
	Gone    []PolicyCheck // lines that hold and that the draft has no more
	Faults  []string      // that stand at no line
	Add     []string      // checks to add
	Live    string        // hash of what holds; "" where nothing does
	Sets    []RuleSetRow
	Owns    bool
	Saved   string // hash of the version that was just saved
	Same    bool   // what was to be saved is there already
	Stale   bool   // somebody else saved while this draft was made
	Done    string
	Run     *CaseRun // after a release that cases stood in the way of
	Try     string
	Place   string
	Tried   *Tried // by the draft
	Held    *Tried // by what holds
	Problem *Problem
}

// Changes is how many lines and settings are not as they hold.
func (p PolicyPage) Changes() int {
	n := p.Form.Changes() + len(p.Gone)
	for _, l := range p.Lines {
		if l.Changed() && p.Live != "" {
			n++
		}
	}
	for _, s := range p.Sets {
		if s.Changed {
			n++
		}
	}
	return n
}

// Faulty is how many things are wrong with the draft.
func (p PolicyPage) Faulty() int {
	n := p.Form.Faults() + len(p.Faults)
	for _, l := range p.Lines {
		n += len(l.Faults)
	}
	return n
}

// A PolicyCheck is what a line of a policy says.
type PolicyCheck struct {
	Check                     string
	Places, Kinds             []string
	Severity, At, Action      string
	How, Fail, Model, Timeout string // "" where the check has no use for it
}

// Is says that two lines say the same.
func (c PolicyCheck) Is(o PolicyCheck) bool {
	return slices.Equal(c.Places, o.Places) && slices.Equal(c.Kinds, o.Kinds) && c.Check == o.Check && c.Severity == o.Severity && c.At == o.At && c.Action == o.Action && c.How == o.How && c.Fail == o.Fail && c.Model == o.Model && c.Timeout == o.Timeout
}

// A PolicyLine is one check of the form. What a check has no use for is nil.
type PolicyLine struct {
	N       int          // from 0, as its controls are named
	Was     *PolicyCheck // as it holds; nil for a new line
	Now     PolicyCheck  // as it is drafted
	At      string       // as it was typed
	AtUsual string       // what an empty one means
	Places  []Option
	Kinds   []Option // that the check knows; nil where any may be typed
	Typed   string   // kinds, where any may be
	Levels  []Option // severities
	Actions []Option
	Hows    []Option
	Fails   []Option
	Models  []Option
	Faults  []string // sentences of the room, in English
}

// Changed says that the line is not as it holds.
func (l PolicyLine) Changed() bool { return l.Was == nil || !l.Was.Is(l.Now) }

// Chosen is how many kinds are named.
func (l PolicyLine) Chosen() int { return len(l.Now.Kinds) }

// A RuleSetRow is a set of rules of a policy.
type RuleSetRow struct {
	Name    string
	Rules   int
	Faults  int
	Changed bool // is not as it holds
}

// RulesPage is `/guards/policies/{name}/rules/{set}`.
type RulesPage struct {
	Frame
	Policy  string
	Set     string
	New     bool
	Text    string
	Base    string
	Rules   int
	Faults  []LineFault
	Owns    bool
	Saved   string
	Checked bool // it was looked at and holds
	Try     string
	Tried   *Tried
	Diff    []DiffLine // to what holds
	Problem *Problem
}

// A LineFault is something wrong in a set of rules.
type LineFault struct {
	Line    int // from 1; 0 where it is about the whole
	Text    string
	Message string
}

// PolicyVersionsPage is `/guards/policies/{name}/versions`.
type PolicyVersionsPage struct {
	Frame
	Policy   PolicyRow
	Versions []VersionRow // newest first
	From, To string
	Diff     []DiffLine
	Compared bool
	Owns     bool
	Done     string
	Problem  *Problem
}

// Many says that there are two versions to compare.
func (p PolicyVersionsPage) Many() bool { return len(p.Versions) > 1 }

// CasesPage is `/guards/cases`.
type CasesPage struct {
	Frame
	Cases    []GuardCase // newest first; after a run those that failed first
	Draft    GuardCase   // what was typed, after a problem
	Places   []string
	Policies []Option
	Run      *CaseRun
	Done     string
	Problem  *Problem
}

// A GuardCase is a text that a policy has to allow or to catch.
type GuardCase struct {
	ID, Place, Text, Question string
	Expect                    string // "allow" or "catch"
	Incident, Author, Note    string
	Created                   int64
	Ran, Passed               bool
	Action, Reason            string // of the run
}

// A CaseRun is what a policy did with all cases.
type CaseRun struct {
	Policy, Hash   string
	Passed, Failed int
	Cases          []GuardCase // those that failed
}

// An AsideNote says of a document that passages of it are set aside.
type AsideNote struct {
	Passages int
	Reviews  bool // may see the incidents
}

// A Guarding is a decision of the guards, of a trace.
type Guarding struct {
	Place, Action string
	Incident      string
	Findings      []GuardFinding
}
