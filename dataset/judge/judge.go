// Package judge is the queue in which people judge: they write or correct answers, or rank several
// of them, under guidelines that are versions; what they come to becomes samples.
//
// A task has items. An item is made of samples, or comes from a file, and is judged by as many people
// as the task's overlap says, each on their own: who judges sees neither which model wrote what nor what
// others said, and everybody sees the answers in another order. Some items are gold: what is right about
// them is known, and what a person says of them shows how they judge. Where judges disagree an
// adjudicator decides. Finishing a task makes samples of the origin judged, which belong to everybody
// whose words they have, to the documents and versions of the samples they come from, and to their
// licences. Erasing any of these reaches items and judgements in the same transaction
// (trace.ForgetSamples, Erase). A stranger would break the blindness first: what goes to somebody who judges is made
// in one place (view) and holds no more than that.
package judge

import (
	"log/slog"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The kinds of tasks.
const (
	Answer = "answer" // an answer is written, or corrected
	Rank   = "rank"   // several answers are ordered; ties are allowed
)

// Guidelines is the kind of the versions that say how to judge.
const Guidelines = "guidelines"

// The states of a task.
const (
	Open     = "open"
	Finished = "finished"
)

// Config is what a Queue is made of.
type Config struct {
	Store *store.Store
	Sets  *dataset.Sets
	Log   *slog.Logger // nil: slog.Default()
}

// A Queue holds the tasks of a house. Methods may be called from many goroutines.
type Queue struct{ Config }

// New makes it ready.
func New(c Config) *Queue {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Queue{c}
}

// A Task is what people are asked to judge.
type Task struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`       // answer or rank
	Guidelines string  `json:"guidelines"` // hash of the version that holds now
	Overlap    int     `json:"overlap"`    // people who judge an item, 1 to 9
	Blind      bool    `json:"blind"`      // who judges sees neither models nor what others said
	Gold       float64 `json:"gold"`       // share of gold items among what a person is given, 0 to 0.2
	Least      float64 `json:"least"`      // share of gold items that a person has to have right, 0 to 1
	Seed       int64   `json:"seed"`
	State      string  `json:"state"`
	Created    int64   `json:"created"` // UTC microseconds, as everywhere here
	Finished   int64   `json:"finished,omitempty"`
	space      string
}

// An Order says which task is made.
type Order struct {
	Name       string   `json:"name"`              // lower-case letters, digits, - and _; 1 to 64
	Kind       string   `json:"kind"`              // answer or rank
	Guidelines string   `json:"guidelines"`        // how to judge; 1 to 20,000 bytes
	Overlap    int      `json:"overlap,omitempty"` // 1 to 9; 0: 1
	Open       bool     `json:"open,omitempty"`    // who judges sees models and what others said
	Gold       *float64 `json:"gold,omitempty"`    // 0 to 0.2; nil: 0.1
	Least      *float64 `json:"least,omitempty"`   // 0 to 1; nil: 0.7
	Seed       int64    `json:"seed,omitempty"`    // of the orders
	Judges     []string `json:"judges,omitempty"`  // names of people who may ask in the space; who may review judges anyway
	From       *Source  `json:"from,omitempty"`    // nil: no items yet
}

// A Source says which samples of the space become items.
type Source struct {
	Filter      dataset.Filter `json:"filter"`
	Disliked    bool           `json:"disliked,omitempty"`    // only answers that somebody disliked
	Unsupported bool           `json:"unsupported,omitempty"` // only answers with sentences that no passage supports
	Dataset     string         `json:"dataset,omitempty"`     // rows of this set in the place of the filter: its name, name@label, or a hash
	Split       string         `json:"split,omitempty"`       // of the set; "": all
	Most        int            `json:"most,omitempty"`        // items; 0: 1,000
}

// An Added says what became of a source.
type Added struct {
	Added  int            `json:"added"`
	Known  int            `json:"known"`  // that were there before
	Passed map[string]int `json:"passed"` // samples over: hidden, one (answer only, of a ranking), many (more than 8), kind, erased
}

// A Change is what is changed of a task; nil leaves it.
type Change struct {
	Guidelines *string  `json:"guidelines,omitempty"` // a new text is a new version
	Overlap    *int     `json:"overlap,omitempty"`
	Gold       *float64 `json:"gold,omitempty"`
	Least      *float64 `json:"least,omitempty"`
	Add        []string `json:"add,omitempty"`  // people who judge from now on
	Drop       []string `json:"drop,omitempty"` // who judge no more; what they said stays
	Reopen     bool     `json:"reopen,omitempty"`
}

// A Candidate is an answer of an item.
type Candidate struct {
	ID    string `json:"id"` // the first 8 hexadecimal digits of the SHA-256 of its text: it says nothing of where it comes from
	Text  string `json:"text"`
	Model string `json:"model,omitempty"` // that wrote it; never where the task is blind
}

// A Passage is an original that an answer of an item rests on.
type Passage struct {
	Document string `json:"document"`
	Revision string `json:"revision,omitempty"`
	Source   string `json:"source"`
	Title    string `json:"title,omitempty"`
	Start    int    `json:"start"` // code points of the extracted text
	End      int    `json:"end"`
	Page     *int   `json:"page,omitempty"`
	Text     string `json:"text"`
}

// An Item is one thing to judge.
type Item struct {
	ID       string         `json:"id"`
	Number   int            `json:"number"`             // from 1
	Messages []form.Message `json:"messages"`           // what was asked, with what was said before
	Answers  []Candidate    `json:"answers,omitempty"`  // to rank, 2 to 8; or the one to correct
	Passages []Passage      `json:"passages,omitempty"` // that the answers rest on
	Licence  string         `json:"licence,omitempty"`  // an SPDX expression where the samples have several
	Teacher  string         `json:"teacher,omitempty"`  // of an imported item, who wrote its answers
}

// A Given is what somebody says of an item.
type Given struct {
	Answer string     `json:"answer,omitempty"` // the right answer
	Order  [][]string `json:"order,omitempty"`  // ids of the answers, the best first; those in a group are ties
	Note   string     `json:"note,omitempty"`
	Skip   string     `json:"skip,omitempty"` // why nothing is said; nothing else is given then
	Took   int64      `json:"took_us,omitempty"`
}

// A Work is an item as it is given to somebody to judge.
type Work struct {
	Task       Task   `json:"task"`
	Guidelines string `json:"text"` // of the guidelines
	Item       Item   `json:"item"` // the answers in this person's order
	Draft      *Given `json:"draft,omitempty"`
	Said       *Given `json:"said,omitempty"`   // what this person has said before
	Others     []Told `json:"others,omitempty"` // what others said; to adjudicators, and where the task is not blind
	Done       int    `json:"done"`             // items that this person has judged
	Of         int    `json:"of"`               // of so many, as things stand
	Until      int64  `json:"until"`            // the item is held for this person
}

// A Told is what one person said of an item.
type Told struct {
	Person  string `json:"person"` // id; of an imported judgement import: and who the file names
	Given   Given  `json:"given"`
	Decides bool   `json:"decides,omitempty"`
	Created int64  `json:"created"`
	Under   string `json:"guidelines,omitempty"` // hash of the guidelines
}

// A Standing is a task with how far it is.
type Standing struct {
	Task
	Text      string   `json:"text,omitempty"` // of the guidelines; in a report alone
	Items     int      `json:"items"`          // without gold and without what was erased
	GoldItems int      `json:"gold_items"`
	Erased    int      `json:"erased"`
	Judged    int      `json:"judged"`          // items with as many judgements as the overlap says
	Open      int      `json:"open"`            // others
	Disputed  int      `json:"disputed"`        // judged items that wait for an adjudicator
	Decided   int      `json:"decided"`         // by one
	Samples   int      `json:"samples"`         // that were made
	Mine      int      `json:"mine"`            // judged by who asks
	Waiting   int      `json:"waiting"`         // items that who asks may be given
	Alpha     *float64 `json:"alpha,omitempty"` // Krippendorff's; nil where nothing can be compared
	Compared  int      `json:"compared"`        // items with two judgements or more that alpha rests on
	Judges    []Judge  `json:"judges,omitempty"`
	Manages   bool     `json:"manages"` // who asks may change the task
	Decides   bool     `json:"decides"` // who asks may adjudicate
}

// A Judge is a person of a task.
type Judge struct {
	Person    string         `json:"person"` // id, as in Told
	Name      string         `json:"name,omitempty"`
	Named     bool           `json:"named"`
	Aside     bool           `json:"aside"` // what they said counts for nothing
	Note      string         `json:"note,omitempty"`
	Judged    int            `json:"judged"`
	Skipped   int            `json:"skipped"`
	Reasons   map[string]int `json:"reasons,omitempty"` // of skipping
	Gold      int            `json:"gold"`              // gold items that they judged
	GoldRight int            `json:"gold_right"`
	Fails     bool           `json:"fails"` // fewer gold items right than the task asks for, of 3 or more
	Right     float64        `json:"right"` // how likely a judgement of theirs is right, as estimated; 0: not known
	Median    int64          `json:"median_us"`
}

// A Done says what finishing made.
type Done struct {
	Samples  int            `json:"samples"` // new ones
	Known    int            `json:"known"`   // that were there before
	Items    int            `json:"items"`   // they come from
	Left     map[string]int `json:"left"`    // items that became nothing: open, disputed, equal (all answers tied), same (the answer stayed), skipped, gold
	Finished bool           `json:"finished"`
}

// Bounds.
const (
	MaxAnswers = 8      // of an item to rank
	MaxItems   = 10_000 // of a task
	MaxOverlap = 9
	maxText    = 20_000  // bytes of guidelines
	maxGiven   = 200_000 // bytes of a judgement
	maxNote    = 2_000   // characters of a note
	maxBody    = 1 << 20 // bytes of an item
)

func mayManage(sc scope.Scope) bool { return sc.May(scope.Edit) || sc.May(scope.Own) }

func denied(message string) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: message, Hint: "ask an owner of the space for this role"}
}

// manage says whether a scope may make and change tasks.
func manage(sc scope.Scope) error {
	if mayManage(sc) {
		return nil
	}
	return denied("only an editor or an owner of the space makes tasks for judges")
}

func bad(message, hint string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
}
