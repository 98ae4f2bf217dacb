package dataset

import (
	"wenyuan"
	"wenyuan/dataset/form"
)

// InstructJob is the kind of the job in which a model writes rows from seeds; its key is the id of the run.
const InstructJob = "instruct"

// A Teacher is a model that writes rows.
type Teacher struct {
	wenyuan.Version // of its declaration
	wenyuan.Model
}

// An InstructOrder says what a model is to write. Seeds are the rows of a set, or are brought along.
type InstructOrder struct {
	Name     string     `json:"name" doc:"of the rows: samples are found again by it as their source; 1 to 200 characters"`
	From     string     `json:"from,omitempty" doc:"a data set whose training rows are the seeds: name, name@label, or the beginning of a hash"`
	Seeds    []form.Row `json:"seeds,omitempty" doc:"seeds that are brought along, in the place of a data set; up to 5000"`
	Model    string     `json:"model" doc:"the model that writes"`
	Rows     int        `json:"rows" doc:"how many are wanted, up to 100000"`
	Licence  string     `json:"licence" doc:"of what is written"`
	Language string     `json:"language,omitempty" enum:"en,zh" doc:"without it that of most seeds"`
	Tokens   int64      `json:"tokens,omitempty" doc:"the most that it may take, asked and written together; 1000000 where it is left out"`
	Parallel int        `json:"parallel,omitempty" doc:"calls under way at once, up to 16" default:"2"`
	Seed     int64      `json:"seed,omitempty" doc:"of what is drawn"`
	Without  []string   `json:"without,omitempty" doc:"words that no instruction may have; up to 200"`
}

// An Instructed is a run in which a model writes rows from seeds, and what came of it.
type Instructed struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Principal string          `json:"principal" doc:"id of who began it"`
	Teacher   wenyuan.Version `json:"teacher"`
	From      string          `json:"from,omitempty" doc:"hash of the data set of the seeds"`
	Licence   string          `json:"licence"`
	Language  string          `json:"language"`
	Rows      int             `json:"rows" doc:"that are wanted"`
	Made      int             `json:"made" doc:"that were kept"`
	Seeds     int             `json:"seeds"`
	SeedsLeft map[string]int  `json:"seeds_left,omitempty" doc:"rows that are no seeds, by why"`
	Licences  map[string]int  `json:"licences,omitempty" doc:"of the seeds"`
	Rounds    int             `json:"rounds" doc:"calls that were answered"`
	Left      map[string]int  `json:"left,omitempty" doc:"what was written and left out, by why"`
	TokensIn  int64           `json:"tokens_in"`
	TokensOut int64           `json:"tokens_out"`
	Budget    int64           `json:"budget" doc:"tokens that it may take"`
	Money     float64         `json:"money,omitempty"`
	Currency  string          `json:"currency,omitempty"`
	State     string          `json:"state" enum:"queued,running,done,stopped,failed"`
	Error     string          `json:"error,omitempty" doc:"why it ended before all rows were made"`
	Created   int64           `json:"created" doc:"UTC microseconds"`
	Finished  int64           `json:"finished,omitempty"`
}
