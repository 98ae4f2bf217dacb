package web

// SetPage is `/learning/sets/HASH`: a version of a data set, with its counts, where it comes from, what
// was left out and why, and its rows.
type SetPage struct {
	Frame
	Set           SetRow
	Labels        []string
	Consent       string
	Versions      []SetVersion // of its name, newest first
	Before        string       // hash of the version before it, where there is one
	Added         int          // rows since then
	Removed       int
	Counts        []SetCount
	Left          []SetLeft
	Gates         []SetGate
	Sources       []SetSource
	Documents     []SetDocument // that this person sees, those with most rows first
	Hidden        int           // others
	Conversations int
	Runs          []RunRow // that learned from it
	Rows          []SetLine
	Split         string // of the rows that are shown; "" all
	Next          int    // number from which they go on; 0: these are the last
}

// A SetVersion is one of the versions of a set.
type SetVersion struct {
	Hash    string
	Created int64
}

// A SetCount is how many rows there are of each, such as of each split.
type SetCount struct {
	Of    string // "split", "kind", "language", "origin" or "licence"
	Parts []SetPart
}

// A SetPart is one of them.
type SetPart struct {
	Name string // as it is called in the data; "" is none
	Rows int
	Of   int // all rows
}

// A SetLeft is what was left out.
type SetLeft struct {
	Why   string // duplicate, near, screened, contradiction, licence, synthetic, contaminated or hidden
	Count int
	Note  string
}

// A SetGate is how much of the set of a gate was found among the samples.
type SetGate struct {
	Name           string
	Items, Reached int // of the gate; found
	Rows           int // that were left out
}

// A SetSource is where rows come from.
type SetSource struct {
	Origin, Source, Licence, Teacher string
	Rows                             int
}

// A SetDocument is a document that rows have words of.
type SetDocument struct {
	ID, Corpus, Source string
	Rows               int
}

// A SetLine is a row.
type SetLine struct {
	Number int
	Split  string
	Kind   string
	Good   string // "yes" or "no" of a label, else ""
	Said   []SetSaid
}

// A SetSaid is one message of a row. Role is system, user, assistant, tool, chosen or rejected.
type SetSaid struct{ Role, Text string }
