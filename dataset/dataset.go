// Package dataset keeps what models may learn from: samples with their origin, and sets of them
// as immutable versions.
//
// A sample is one row (dataset/form) with where it came from: the trace, the conversation, the
// documents that it may have words of, the versions that made it, the people whose words it has.
// Who may see it is decided as for a trace: one's own, with Review those of others, each only where
// all its documents are seen. Erasing a person, a conversation or a document empties the samples
// made from them in the same transaction, and says which sets and adapters hold them. A set is a
// version of the kind dataset whose rows name samples: it never changes, and what was erased is
// missing from it. The package trains nothing and asks no model. A stranger would break the erasure
// first: whoever keeps words of a sample elsewhere must be reached by Erase and Withdraw.
package dataset

import (
	"context"
	"iter"
	"log/slog"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// The kinds of versions: a set, and what was trained on sets.
const (
	Kind    = "dataset"
	Adapter = "adapter"
)

// The labels of a set: its newest version, and, of a set that a gate asks, that no other set may
// hold what it asks.
const (
	Latest = "latest"
	Gate   = "gate"
)

// Where a sample comes from.
const (
	Trace    = "trace"    // a question and its answer
	Feedback = "feedback" // what somebody said of an answer
	Judged   = "judged"   // what people judged on purpose
	Import   = "import"   // a file
	Instruct = "instruct" // written by a model from seeds
)

// What a sample is.
const (
	Ready  = "ready"
	Aside  = "aside" // risk control took it out; Why says for what
	Erased = "erased"
)

// The splits of a set.
const (
	Train = "train"
	Valid = "valid"
	Test  = "test"
)

// Splits are all of them.
func Splits() []string { return []string{Train, Valid, Test} }

// Config is what Sets are made of.
type Config struct {
	Store  *store.Store
	Screen Screen                                                                         // nil: nothing is set aside
	Later  func(ctx context.Context, space string) error                                  // has Capture run soon; nil: only on demand
	Probe  func(ctx context.Context, sc scope.Scope, name string) ([]string, bool, error) // the texts of a gate's set that is no data set; nil: there are none

	// Of what is done for somebody in the background; nil: nobody can order it.
	Auth          *auth.Directory
	Teachers      func(ctx context.Context, sc scope.Scope, name string) (Teacher, error)      // a model that writes
	Asking        func(ctx context.Context, sc scope.Scope, own bool) (context.Context, error) // in what a teacher is asked; own: it is shown what was said in the space
	MineLater     func(ctx context.Context, tx *store.Tx, space, id string) error              // has MineWork run, once tx is committed
	InstructLater func(ctx context.Context, tx *store.Tx, space, id string) error              // has InstructWork run, once tx is committed

	Log *slog.Logger // nil: slog.Default()
}

// Sets are the samples and data sets of a house. Methods may be called from many goroutines.
type Sets struct {
	Config
	stop    context.CancelFunc
	stopped chan struct{}
	making  chan struct{}          // held by who makes an index of a set
	diffs   known[[3]string, Diff] // by space and both hashes
	origins known[string, origins] // by space, sets, and how many of their rows were erased
}

// Open makes them ready. It starts nothing.
func Open(c Config) *Sets {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Sets{Config: c, making: make(chan struct{}, 1)}
}

// A Sample is one thing that a model may learn from.
type Sample struct {
	ID           string            `json:"id"`
	Space        string            `json:"space"`
	Origin       string            `json:"origin"`
	Row          form.Row          `json:"row"`
	Hash         string            `json:"hash"`                   // of the row
	Trace        string            `json:"trace,omitempty"`        // the answer that it was made from
	Conversation string            `json:"conversation,omitempty"` // samples of one stay in one split; of a ranking: its id
	Principal    string            `json:"principal,omitempty"`    // who asked, said it or brought it
	People       []string          `json:"people,omitempty"`       // others whose words it has
	Assistant    string            `json:"assistant,omitempty"`
	Source       string            `json:"source,omitempty"` // name of an import or a run; of feedback who gave it
	Line         int               `json:"line,omitempty"`   // in the source, from 1
	Licence      string            `json:"licence,omitempty"`
	Teacher      string            `json:"teacher,omitempty"`  // the model that wrote it; "" for people and for traces
	Language     string            `json:"language,omitempty"` // en, zh or ""
	Quality      float64           `json:"quality,omitempty"`  // 0 to 1; 0: not known
	State        string            `json:"state"`
	Why          []Reason          `json:"why,omitempty"` // it is aside, or was put back
	Created      int64             `json:"created"`       // UTC microseconds
	Documents    []Document        `json:"documents,omitempty"`
	Versions     []wenyuan.Version `json:"versions,omitempty"` // model, prompt and assistant that made it
}

// A Document is one that a sample may have words of.
type Document struct {
	ID       string `json:"document"`
	Revision string `json:"revision,omitempty"`
}

// A Reason is why a sample was set aside.
type Reason struct {
	Kind  string  `json:"kind"`            // what was found, as risk control names it
	Score float64 `json:"score,omitempty"` // 0 to 1
	Note  string  `json:"note,omitempty"`
}

// A Candidate is a sample as it is screened before a set is made.
type Candidate struct {
	Sample    string
	Row       form.Row
	Principal string // who asked or said it; "" for what came from a file or a model
	Source    string
	Created   int64 // UTC microseconds
}

// A Verdict says that a sample is to be set aside.
type Verdict struct {
	Sample string
	Why    []Reason
}

// A Screen looks at the samples of a set before it is made, and says which are to be set aside. The
// samples may be gone through several times; they come in the order of their ids.
type Screen func(ctx context.Context, rows iter.Seq2[Candidate, error]) ([]Verdict, error)

// A Row is one row of a set.
type Row struct {
	Number int    `json:"number"` // place in the set, from 0; with what was erased it has gaps
	Split  string `json:"split"`
	Sample string `json:"sample"`
	Hash   string `json:"hash"` // of the row
	form.Row
}
