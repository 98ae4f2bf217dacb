package guard

// A State is what people made of an incident.
type State string

// The states.
const (
	Opened    State = "open"
	Waiting   State = "waiting" // for a person, before the text goes on
	Confirmed State = "confirmed"
	Dismissed State = "dismissed"
	Released  State = "released"
)

// An Incident is something that a guard did more with than allow.
type Incident struct {
	ID          string    `json:"id"`
	Space       string    `json:"space"`
	Policy      string    `json:"policy"`
	PolicyHash  string    `json:"policy_hash"`
	Place       Place     `json:"place"`
	Action      Action    `json:"action"`
	Checks      []string  `json:"checks"` // the strictest first
	Kind        string    `json:"kind"`   // of the strictest finding
	Score       float64   `json:"score"`  // of the strictest finding, 0 to 1
	Principal   string    `json:"principal,omitempty"`
	Assistant   string    `json:"assistant,omitempty"`
	Trace       string    `json:"trace,omitempty"`
	Document    string    `json:"document,omitempty"`
	Revision    string    `json:"revision,omitempty"`
	Passage     string    `json:"passage,omitempty"`
	Source      string    `json:"source,omitempty"`
	Question    string    `json:"question,omitempty"` // for which it was retrieved
	Text        string    `json:"text,omitempty"`     // empty where the space records no texts, or where it was withdrawn
	Fingerprint string    `json:"fingerprint"`        // SHA-256 of the folded text and of what is encoded in it
	Findings    []Finding `json:"findings"`
	Times       int64     `json:"times"`
	State       State     `json:"state"`
	Reviewer    string    `json:"reviewer,omitempty"`
	Note        string    `json:"note,omitempty"`
	Created     int64     `json:"created"`            // UTC microseconds
	Seen        int64     `json:"seen"`               // last
	Reviewed    int64     `json:"reviewed,omitempty"` // 0: not yet
	Expires     int64     `json:"expires,omitempty"`  // until when a release holds; 0: for good

	sketch string // of what was found
}

// An IncidentFilter says which incidents Incidents shows. What is empty filters nothing.
type IncidentFilter struct {
	State    State
	Place    Place
	Check    string
	Query    string // words of the text, the source or the findings
	Document string // id: only what is about this document
	Before   string // only incidents before this id: the last of the page before
	Limit    int    // 1 to MaxIncidents; 0 for 50
}

// MaxIncidents is the most that one page shows.
const MaxIncidents = 200

// An IncidentPage is a page of incidents, the newest first.
type IncidentPage struct {
	Incidents []Incident    `json:"incidents"`
	Counts    map[State]int `json:"counts"`         // of all that may be seen, by state, whatever the filter's state
	Next      string        `json:"next,omitempty"` // Before of the next page; empty on the last
}
