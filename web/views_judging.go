package web

// JudgingPage is `/learning/judging`: what this person judges or manages.
type JudgingPage struct {
	Frame
	Tasks   []JudgeTask
	Makes   bool // may make tasks
	Learns  bool // may look at the place Learning itself
	Draft   JudgeDraft
	Problem *Problem
}

// A JudgeTask is a task in the list.
type JudgeTask struct {
	Name     string
	Kind     string // "answer" or "rank"
	State    string // "open" or "finished"
	Judged   int
	Items    int
	Waiting  int // for this person
	Disputed int
	Overlap  int
	Created  int64 // UTC microseconds
}

// Ink is the mark of a state.
func (t JudgeTask) Ink() string {
	if t.State == "finished" {
		return "ok"
	}
	return "now"
}

// Percent is how far it is.
func (t JudgeTask) Percent() int {
	if t.Items == 0 {
		return 0
	}
	return 100 * t.Judged / t.Items
}

// A JudgeDraft is what was typed for a new task.
type JudgeDraft struct {
	Name, Kind, Guidelines, From, Dataset string
	Overlap                               int
	Judges                                string
}

// JudgeTaskPage is `/learning/judging/TASK`.
type JudgeTaskPage struct {
	Frame
	Task       JudgeTask
	Learns     bool
	Guidelines string
	Hash       string // of the guidelines
	Blind      bool
	Mine       int
	Manages    bool
	Decides    bool
	Reports    bool // figures of agreement and judges are shown
	Alpha      *float64
	Compared   int
	Decided    int
	GoldItems  int
	Gold       float64
	Least      float64
	Erased     int
	Samples    int
	Judges     []JudgeRow
	Done       string
	Problem    *Problem
}

// A JudgeRow is a person of a task.
type JudgeRow struct {
	ID, Name        string
	Named           bool
	Aside           bool
	Fails           bool
	Note            string
	Judged, Skipped int
	Reasons         []string // of skipping
	Gold, GoldRight int
	Right           float64 // 0: not known
	Median          int64   // microseconds; 0: not known
}

// WorkPage is `/learning/judging/TASK/work`, and `/decide` for who decides where judges do not agree.
type WorkPage struct {
	Frame
	Task       string
	Kind       string
	Decides    bool
	Blind      bool
	Item       string // id; "" where nothing waits
	Before     []WorkTurn
	Question   string
	Answers    []WorkAnswer
	Passages   []WorkPassage
	Others     []WorkSaid
	Guidelines string
	Hash       string
	Done, Of   int    // this item is Done+1 of Of
	Left       int    // of disputes
	Answer     string // as far as it is written
	Note       string
	Skip       string
	Drafted    bool   // there was a draft
	Again      bool   // it was judged before
	Kept       string // the item that was just judged
	Gold       bool   // it is said what is known to be right, by who makes the task
	IsGold     bool   // it is known already
	Problem    *Problem
}

// At is the number of this item among those of this person.
func (p WorkPage) At() int { return min(p.Done+1, max(p.Of, 1)) }

// Places are the numbers that an answer may have.
func (p WorkPage) Places() (all []int) {
	for i := range p.Answers {
		all = append(all, i+1)
	}
	return all
}

// Address is where the form goes.
func (p WorkPage) Address() string {
	if p.Gold {
		return "items/" + p.Item
	}
	if p.Decides {
		return "decide"
	}
	return "work"
}

// A WorkTurn is what was said before the question.
type WorkTurn struct {
	Mine bool // of the person who asked
	Text string
}

// A WorkAnswer is an answer to judge.
type WorkAnswer struct {
	N     int // as this person sees it, from 1
	ID    string
	Text  string
	Model string // "" where the task is blind
	Place int    // 0: none yet
}

// A WorkPassage is an original that the answers rest on.
type WorkPassage struct {
	N             int
	Title, Source string
	Text          string
	Link          string
	Page          int // from 1; 0: none
}

// A WorkSaid is what somebody else said.
type WorkSaid struct {
	N      int
	Person string // "" where it is not told
	Order  string // as numbers of the answers: 2 > 1 = 3
	Answer string
	Note   string
}

// JudgeItemsPage is `/learning/judging/TASK/items`.
type JudgeItemsPage struct {
	Frame
	Task  string
	Kind  string
	Items []JudgeItem
	Next  int // the number to go on behind; 0 at the end
	Done  string
}

// A JudgeItem is an item in the list.
type JudgeItem struct {
	ID       string
	Number   int
	Question string
	Answers  int
	Said     int
	Skipped  int
	Gold     bool
	Disputed bool
}
