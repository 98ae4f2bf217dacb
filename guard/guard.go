// Package guard looks at what comes in, what was retrieved, what tools bring and what goes
// out, and says what is to be done with it.
//
// A policy lists checks with thresholds and actions. It is a version, and its label
// `production` says which one holds. Each text that is looked at gets a decision with its
// evidence; what is more than allowed is kept as an incident, which people confirm or
// dismiss. The packages below know texts and nothing else: reading folds and decodes, rule
// matches words and patterns, linear scores, inject and indirect find instructions, content
// unsafe questions, pii personal data and secrets. This one holds the policies, puts the
// checks in order, and keeps incidents.
//
// It never asks anything outside unless the policy names it, never keeps personal data or a
// secret as evidence in the clear, and never lets a text through because a check failed,
// unless the policy says so.
package guard

import (
	"slices"

	"wenyuan"
)

// A Place is where a text was met.
type Place string

// The places.
const (
	Input     Place = "input"     // what somebody asks
	Retrieved Place = "retrieved" // a passage of a document, with its title, source and headings
	Tool      Place = "tool"      // what a tool gave back
	Output    Place = "output"    // what a model wrote
	Log       Place = "log"       // what is about to be recorded
	Data      Place = "data"      // a row of a data set
)

// Places are all of them, in the order of the road.
func Places() []Place { return []Place{Input, Retrieved, Tool, Output, Log, Data} }

// An Action is what is done with a text.
type Action string

// The actions, from the mildest to the strictest.
const (
	Allow  Action = "allow"
	Flag   Action = "flag"   // goes on, and is kept as an incident
	Mask   Action = "mask"   // what was found is taken out or covered; the rest goes on
	Ask    Action = "ask"    // waits until a person with the right to review lets it through
	Refuse Action = "refuse" // does not go on; a passage is set aside
)

var actions = []Action{Allow, Flag, Mask, Ask, Refuse}

// Actions are all of them, the mildest first.
func Actions() []Action { return slices.Clone(actions) }

// Stricter is the stricter of two actions. What is none counts as Refuse.
func Stricter(a, b Action) Action { return actions[max(a.rank(), b.rank())] }

func (a Action) rank() int {
	if i := slices.Index(actions, a); i >= 0 {
		return i
	}
	return len(actions) - 1
}

// A Finding is one thing that a check found in a text.
type Finding struct {
	Check    string  `json:"check"`              // of the policy: "injection", "content", "pii" ...
	Layer    string  `json:"layer"`              // what found it: "rules", "model", "memory", "encoding", "hidden", "judge", "checksum" ...
	Kind     string  `json:"kind"`               // category within the check: "override", "pornography", "CN_ID_CARD"
	Severity string  `json:"severity,omitempty"` // "low", "medium" or "high", where categories have one
	Score    float64 `json:"score"`              // 0 to 1
	Action   Action  `json:"action"`
	Start    int     `json:"start"` // code points of the text; Start and End are 0 where it is about the whole
	End      int     `json:"end"`
	Evidence string  `json:"evidence,omitempty"` // what was read, decoded and clipped; of personal data and secrets only the ends
	Reason   string  `json:"reason"`             // for people, in English; shown through the table of languages

	name string // what a passage is called, where it stands there and not in the passage
}

// A Decision is what is to be done with one text, and why.
type Decision struct {
	Place    Place           `json:"place"`
	Action   Action          `json:"action"`
	Findings []Finding       `json:"findings"` // of every action, the strictest first
	Text     string          `json:"-"`        // the text as it may go on; the same as given where nothing was masked
	Policy   wenyuan.Version `json:"policy"`
	Incident string          `json:"incident,omitempty"` // id, where one was kept
	Took     int64           `json:"took_us"`            // microseconds
}
