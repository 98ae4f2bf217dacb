package web

// SamplesPage is `/learning/samples`: what there is to learn from, as far as this person sees it.
type SamplesPage struct {
	Frame
	Rows    []SampleRow // oldest first
	Next    string      // the id to go on behind; "" at the end
	Filter  SampleFilter
	Reviews bool // may set aside and put back
	Did     string
	Problem *Problem
}

// A SampleFilter says which samples are shown; "" is any.
type SampleFilter struct{ Origin, Kind, State, Source, Language string }

// A SampleRow is a sample with where it comes from. Its number and split are not used.
type SampleRow struct {
	SetLine
	ID      string
	Origin  string
	Source  string
	Licence string
	Teacher string
	Trace   string // the answer that it was made from; "" none
	State   string // "ready" or "aside"
	Why     []SampleWhy
	Quality int // in hundredths; 0 where nothing says
}

// A SampleWhy is why a sample is set aside, or was put back.
type SampleWhy struct{ Kind, Note string }

// MiningPage is `/learning/mining`: pairs of a better and a worse answer from what people did with answers.
type MiningPage struct {
	Frame
	Stand   []MinedStand // what there is now, as this person sees it
	More    bool         // there are more samples than were counted
	Runs    []MineRow    // what they ordered, newest first
	Dry     bool         // of the form
	Problem *Problem
}

// A MinedStand is how many pairs there are from one kind of act.
type MinedStand struct {
	From         string
	Ready, Aside int
	Most         int // of all that stand here, the longest
}

// A MineRow is an order in the list.
type MineRow struct {
	ID       string
	Dry      bool
	State    string // "queued", "running", "done", "stopped" or "failed"
	Answers  int
	New      int
	Aside    int
	Created  int64
	Finished int64
}

// MinePage is `/learning/mining/ID`: how far an order is, and what came of it.
type MinePage struct {
	Frame
	Run     MineRow
	Why     string // it failed, as a message
	Stage   string
	Done    int // of the stage
	Of      int // 0 where that is not known
	Report  *MineReport
	Problem *Problem
}

// A MineReport is what came of an order.
type MineReport struct {
	Answers, New, Known, Aside int
	Scored, Gone               int
	Pairs, Left                []Bar
	People, Capped             int
	Busiest                    float64 // share of the weight, 0 to 1
	Before, After              float64 // correlation of length with preference, -1 to 1
	RatioBefore, RatioAfter    float64 // length of the better to that of the worse answer
	Arms                       []MineArm
	Cut                        bool
}

// A Bar is one amount: how many, of the longest beside it.
type Bar struct {
	Key  string // of its words; "" the name is shown
	Name string
	N    int
	Most int
	Ink  string // "" or "aside"
}

// A MineArm is a version that stood beside another one, with its mean score of 0 to 1.
type MineArm struct {
	Name  string
	Score float64
}

// WrittenPage is `/learning/written`: rows that a model writes from seeds.
type WrittenPage struct {
	Frame
	Runs    []WriteRow
	Makes   bool // may order
	Order   WriteOrder
	Sets    []string // names that seeds may be taken from
	Models  []string // that can write
	Problem *Problem
}

// A WriteRow is an order in the list.
type WriteRow struct {
	ID, Name   string
	Model      string
	State      string // as that of a MineRow
	Made, Rows int
	Licence    string
	Created    int64
}

// A WriteOrder is the form as it was filled in.
type WriteOrder struct {
	Name, From, Model, Licence, Language string
	Rows, Tokens, Parallel               string
	Without                              string // words apart by lines or commas
}

// WritePage is `/learning/written/ID`: how far an order is, and what was kept and left out.
type WritePage struct {
	Frame
	Run       WriteRow
	Why       string // it ended before all rows were made, as a message
	Hash      string // of the model's settings
	From      string // hash of the set of the seeds; "" they were brought along
	Language  string
	Calls     int
	Tokens    int64
	Budget    int64
	Money     string // with its currency; "" nothing is known
	Seeds     int
	Kept      []Bar // what was written: kept, and left out by why
	SeedsLeft []Bar
	Licences  []Bar
	Stops     bool // may stop it, or have it go on
	Again     bool // it can go on
	More      string
	Allowed   string
	Problem   *Problem
}
