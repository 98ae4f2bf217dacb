// Package drift finds replicas of a model that are not what the others are: another model, build,
// quantisation or chat template, a broken card.
//
// Two things are looked at. What a replica's server says of itself is its [Fingerprint]; a
// difference from the others is named. And of deterministic requests a small sample is asked of a
// second replica as well: see [Watch]. The package asks nobody itself and holds no text longer than
// it is told to. What a stranger would break: one answer proves nothing. Servers batch requests, and
// sums of floating point numbers in another order give another token now and then, so who drifts is
// found by a sequential test and never by a single pair.
package drift

// A Replica is what is known of one replica of a model.
type Replica struct {
	ID          string       `json:"id" doc:"its address, as the pool names it"`
	Fingerprint Fingerprint  `json:"fingerprint" doc:"what its server says of itself"`
	Hash        string       `json:"hash,omitempty" doc:"of the fingerprint; missing while nothing is known"`
	Differs     []Difference `json:"differs,omitempty" doc:"from what most of the replicas say"`
	Changed     bool         `json:"changed,omitempty" doc:"its server says something else now than when it joined"`
	Compared    int64        `json:"compared" doc:"answers that were compared with those of others"`
	Different   int64        `json:"different" doc:"of them, those by which it was found to differ"`
	Undecided   int64        `json:"undecided,omitempty" doc:"of them, those that differed without telling who differs"`
	Score       float64      `json:"score" doc:"evidence that it drifts, from 0"`
	Most        float64      `json:"most" doc:"the score from which it does"`
	State       State        `json:"state" doc:"good, flagged or out"`
	Why         string       `json:"why,omitempty" doc:"why it is flagged or out; several reasons have a line each"`
	Since       int64        `json:"since,omitempty" doc:"UTC microseconds: when it was flagged or taken out"`
}

// A State says what is thought of a replica.
type State string

// The states.
const (
	Good    State = "good"
	Flagged State = "flagged" // differs, and still serves
	Out     State = "out"     // gets no requests
)

// A Case is a request that two replicas answered in different ways.
type Case struct {
	ID      string `json:"id"`
	Space   string `json:"-"` // whose request it was; "" for one of the house's own
	Person  string `json:"-"` // who asked; "" for nobody
	At      int64  `json:"at" doc:"UTC microseconds"`
	Replica string `json:"replica" doc:"that differs from the others, or answered first where nobody can say"`
	Other   string `json:"other"`
	Decided bool   `json:"decided" doc:"whether it is known which of the two differs"`
	Why     string `json:"why,omitempty" doc:"in what they differ; missing where the space keeps no texts"`
	Asked   string `json:"asked,omitempty" doc:"the last message of the request; missing where the space keeps no texts"`
	Text    string `json:"text,omitempty" doc:"what the replica said"`
	Against string `json:"against,omitempty" doc:"what the other said"`
}
