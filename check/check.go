// Package check says whether a sentence is carried by the passages it cites.
package check

import "wenyuan"

// Evidence is one cited passage: N is its citation number (from 1), Text what the
// citation quotes, Context what belongs to it but stands elsewhere (headings, a
// table's header row).
type Evidence struct {
	N       int
	Text    string
	Context string
}

// A Finding is what was found about one sentence.
type Finding struct {
	Verdict  wenyuan.Verdict
	Score    float64        // how well the evidence carries it, 0 to 1; for ranking
	Reason   string         // in the sentence's language; empty when supported or none
	Disagree []wenyuan.Span // the words that stand against the evidence, in code points of the sentence
	Best     int            // N of the evidence that supports it best, 0 none
}

// Prepared is evidence made ready. It may be used by several goroutines at once.
type Prepared struct{ ev []Evidence }

// Prepare makes evidence ready, once per answer.
func Prepare(ev []Evidence) *Prepared { return &Prepared{ev: ev} }

// Check says how a sentence stands to the evidence numbered in cited; none given
// means all of it.
func (p *Prepared) Check(sentence string, cited []int) Finding {
	return Finding{Verdict: wenyuan.Unverified}
}
