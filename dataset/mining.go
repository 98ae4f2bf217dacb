package dataset

// Mined says what was made of what people did with answers.
type Mined struct {
	Answers int                `json:"answers"` // that say something: rated, corrected, or asked for more than once
	Samples int                `json:"samples"` // that are new
	Known   int                `json:"known"`   // that were there before
	Aside   int                `json:"aside"`   // of all, those that are set aside so that length or one person do not decide
	Scored  int                `json:"scored"`  // samples of answers whose quality is another now
	Gone    int                `json:"gone"`    // samples that no longer follow from what people say, and were erased
	Pairs   map[string]int     `json:"pairs"`   // by where they come from: correction, votes, checks, again, arms
	Left    map[string]int     `json:"left"`    // by why they are none
	Lengths Lengths            `json:"lengths"`
	People  int                `json:"people"`
	Busiest float64            `json:"busiest"`        // share of the weight of the busiest person, as found
	Capped  int                `json:"capped"`         // people who are held down
	Arms    map[string]float64 `json:"arms,omitempty"` // mean score of each arm of a trial
	Cut     bool               `json:"cut,omitempty"`  // there are older answers, that nobody looked at
	Dry     bool               `json:"dry_run,omitempty"`
}

// Lengths say how far the length of answers explains which is the better one: correlation of the logarithm of
// their ratio with the preference, -1 to 1, and the geometric mean of the ratio.
type Lengths struct {
	Before      float64 `json:"before"`
	After       float64 `json:"after"`
	RatioBefore float64 `json:"ratio_before"`
	RatioAfter  float64 `json:"ratio_after"`
}
