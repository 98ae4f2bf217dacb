package web

// AssistantsPage is `/assistants`.
type AssistantsPage struct {
	Frame
	Assistants []AssistantRow
	Partial    bool // without their settings: name, title and description alone
}

// An AssistantRow is one assistant as it answers now.
type AssistantRow struct {
	Name, Title string
	Description string // what it is good for
	Corpora     []string
	Model       string // "" answers with the documents' own sentences
	Prompt      string // hash of its prompt; "" without a model
	Unsupported string // what happens to an unsupported sentence: "mark", "withhold" or "regenerate"
	Hash        string
	Moved       int64 // when its label moved, UTC microseconds; 0 for one that nobody has saved
}

// AssistantPage is `/assistants/{name}`, and `/assistants/new` where New is set.
type AssistantPage struct {
	Frame
	Assistant AssistantRow
	New       bool
	Form      Form
	Saved     string // hash of the version that was just saved; "" for none
	Before    string // the version that answered until then, to take it back; "" for none
	Same      bool   // what was to be saved is what answers already
	Moved     bool   // somebody else saved while this draft was made: it stands against their version now
}

// A Form compares a draft with what holds now, a row for each setting.
type Form struct {
	Live    string // hash of what holds now; "" where there is nothing yet
	Groups  []Group
	Problem *Problem // of the whole; one of a single setting stands under its field
}

// A Group is a part of a form with a head of its own. Its name chooses the words.
type Group struct {
	Name   string
	Fields []Field
}

// A Field is one setting: what holds now and the draft, both as they stand in the control.
// Its name is that of the control and chooses the words.
type Field struct {
	Name    string
	Kind    string // "number", "text", "choice", "flag", "many" or "long"
	Live    string
	Draft   string
	Default string   // what an empty value means
	Options []Option // of a choice and of many
	Rows    int      // lines of a long text's box
	Fault   *Fault   // why the draft cannot be
	Diff    []DiffLine
	Note    *Remark     // what is known about this setting as it is now
	Experts []ExpertRow // of the experts, which have controls in the place of a box
}

// An ExpertRow is one expert of an assistant in the form. Its controls are named experts.N.name and so on.
type ExpertRow struct {
	N       int
	Name    string
	About   string // lines
	Models  []Option
	Corpora []Option // of the assistant's
	New     bool     // an empty one, to add
	Open    bool     // and asked for
	Many    bool     // there are several, which have places
}

// Place is where it stands among the others, from 1.
func (e ExpertRow) Place() int { return e.N + 1 }

// An Option is a value that can be chosen. Word is the key of its text; without one the value
// is shown as it is.
type Option struct {
	Value  string
	Word   string
	Live   bool
	Chosen bool
}

// A Remark is a sentence of the console: the key of its words and what fills them.
type Remark struct {
	Key  string
	Args []any
}

// A Fault says why a value cannot be: a key of the words below "fault." with what fills them,
// or what a room said.
type Fault struct {
	Key     string
	Args    []any
	Problem *Problem
}

// A DiffLine is a line of two versions of a text. Old and New are its numbers from 1, 0 where
// the version does not have it.
type DiffLine struct {
	Kind     string // "" in both, "d" only in the old, "a" only in the new, "gap" where lines were left out
	Old, New int
	Parts    []DiffPart
}

// A DiffPart is a run of a line; Changed says that the other version has not these words.
type DiffPart struct {
	Text    string
	Changed bool
}

// VersionsPage is `/assistants/{name}/versions`.
type VersionsPage struct {
	Frame
	Assistant AssistantRow
	Versions  []VersionRow // newest first
	From, To  string       // hashes that are compared; "" where nothing is
	Compared  *Form        // Live is From, the draft is To; only what differs
	Moved     string       // the version that the label was just moved to
	Before    string       // and the one that it was moved from
	Problem   *Problem
}

// A VersionRow is a version in the history of an assistant.
type VersionRow struct {
	Hash    string
	Created int64
	By      string   // who saved it; "" where that is not known
	Labels  []string // that point at it
	Changes []string // names of the settings in which it differs from the one before it
	First   bool
}

// EnginePage is `/assistants/{name}/engine`: what a model is sent for one question.
type EnginePage struct {
	Frame
	Assistant AssistantRow
	Version   string // that is rendered with, where it is not the one that answers
	Question  string
	Trace     string // that the page shows; "" when it was rendered now
	Corpus    string // of the passages, so that they can be opened
	Plan      *Plan  // nil until something was rendered
	Quoted    bool   // no model was asked for the answer of Trace
	Problem   *Problem
}

// A Plan is what selecting, ordering and formatting did. Numbers count tokens.
type Plan struct {
	Model   string
	Exact   bool // counted by the model's own tokenizer
	Budget  int  // of the whole prompt
	Reserve int  // kept for the answer, beside the budget
	Order   string
	Format  string
	Parts   []Part   // in the order of the bar: system, session, examples, tools, knowledge, question
	Items   []Memory // kept ones in the order of the prompt, then those left out
	Sent    []Sent   // messages, in order
	Tools   []Sent   // declared to the model, Content being the JSON of their parameters
}

// A Part is a share of the budget. Most is 0 where it has no bound of its own.
type Part struct {
	Name       string
	Used, Most int
}

// A Memory is a piece of one of the four memories.
type Memory struct {
	Kind     string // "knowledge", "tools", "examples" or "session"
	Title    string
	Document string
	Score    float64 // 0 where the kind has none
	Tokens   int
	Kept     bool
	Place    int
	Code     string // why it was left out, as a word
	Why      string // the same as a sentence
}

// A Sent is a message as the model gets it.
type Sent struct {
	Role    string
	Content string
}

// GatewayPage is `/gateway`.
type GatewayPage struct {
	Frame
	Models  []Model
	Figures []Figure
	Looked  bool    // somebody has just looked for local servers
	Found   []Model // what they found and nobody has added yet
	Default string  // the model that answers where an assistant names none
	Notice  string  // what was just done: "added", "changed" or "removed"
	Changed string  // the model that it was done to
	Problem *Problem
}

// A Figure is a number of the gateway since the program was started.
type Figure struct {
	Name  string // chooses the words
	Value string
	Unit  string
}

// A Model is one that is configured, or was found.
type Model struct {
	Name      string
	Inside    bool
	Replicas  []Replica
	Context   int // tokens; 0 where unknown
	Tokenizer string
	Can       []string
	Price     string // as it is said: "0.40 / 1.20 USD"
	Declared  string // the file that declares it, which alone can change it; "" for one added here
	Hash      string
	On        string // what it stands on, with the adapter; "" where it stands by itself
	Beside    []ModelBeside
	Fault     string // why it cannot be used; "" where it can
	Test      *ModelTest

	Requests, Errors int64
	In, Out          int64 // tokens
	Cost             string
	First            int64 // mean time to the first token, microseconds; 0 where nothing was asked
}

// A ModelBeside is a version that is at hand beside those in use.
type ModelBeside struct {
	Labels []string // "candidate", "previous"
	Hash   string
	On     string
	Fault  string
}

// A Replica is a server that runs a model.
type Replica struct {
	URL, Dialect, RemoteName string
	KeyEnv                   string // the variable that holds its key; "" for none
	KeySet                   bool
	Weight, Priority         string // as they are written in the form; "" where nothing is said
	Region, Cost             string
}

// A ModelTest is how the last test went.
type ModelTest struct {
	At     int64
	Checks []ModelCheck // by server
}

// A ModelCheck is one thing that was tried on one server.
type ModelCheck struct {
	What       string // "key", "tokenizer", or what the model is declared for
	URL        string
	Took       int64 // microseconds
	First      int64 // to the first token; 0 where there is none
	Dimensions int   // of a vector; 0 where there is none
	Problem    *Problem
}

// ModelPage is `/gateway/new` and `/gateway/models/{model}`.
type ModelPage struct {
	Frame
	Model    Model
	New      bool
	Form     Form
	Replicas []ReplicaDraft
}

// A ReplicaDraft is a server in the form, with the faults of its fields by their names.
type ReplicaDraft struct {
	Replica
	Live  *Replica // as it stands now; nil for a new one
	Fault map[string]*Fault
}
