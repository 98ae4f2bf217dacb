package check

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"wenyuan"
)

// Weights are what was learned. A verdict has two heads, each a weighted sum of the
// features. Support says how much of the claim the evidence covers; Change says whether
// what it covers was altered. A free paraphrase brings new words as a matter of course,
// in a near copy one new word is the whole point, so that one sum cannot serve both.
type Weights struct {
	Support Features
	Change  Features
	// A claim is supported when both heads reach these.
	SupportFrom, ChangeFrom float64
	// HardFrom is the coverage from which a difference in place stands against a claim.
	HardFrom float64
	// ChangeShare is how much of the change head goes into the score of a near copy.
	ChangeShare float64
}

//go:embed weights.json
var weightsFile []byte

var learned = mustWeights(weightsFile)

func mustWeights(b []byte) *Weights {
	w, err := ParseWeights(b)
	if err != nil {
		panic(err) // embedded
	}
	return w
}

type weightsJSON struct {
	Support     map[string]float64 `json:"support"`
	Change      map[string]float64 `json:"change"`
	SupportFrom float64            `json:"support_from"`
	ChangeFrom  float64            `json:"change_from"`
	HardFrom    float64            `json:"hard_from"`
	ChangeShare float64            `json:"change_share"`
}

// ParseWeights reads a weights file. A feature that is not named weighs nothing; an
// unknown name is an error.
func ParseWeights(b []byte) (*Weights, error) {
	var j weightsJSON
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return nil, fmt.Errorf("check: weights: %w", err)
	}
	w := &Weights{SupportFrom: j.SupportFrom, ChangeFrom: j.ChangeFrom, HardFrom: j.HardFrom, ChangeShare: j.ChangeShare}
	for _, head := range []struct {
		from map[string]float64
		to   *Features
	}{{j.Support, &w.Support}, {j.Change, &w.Change}} {
		n := 0
		for i, name := range FeatureNames {
			if v, ok := head.from[name]; ok {
				head.to[i] = v
				n++
			}
		}
		if n != len(head.from) {
			return nil, fmt.Errorf("check: weights: %d of %d names are no features", len(head.from)-n, len(head.from))
		}
	}
	return w, nil
}

// JSON writes a weights file.
func (w *Weights) JSON() ([]byte, error) {
	j := weightsJSON{map[string]float64{}, map[string]float64{}, round(w.SupportFrom), round(w.ChangeFrom), round(w.HardFrom), round(w.ChangeShare)}
	for i, name := range FeatureNames {
		if w.Support[i] != 0 {
			j.Support[name] = round(w.Support[i])
		}
		if w.Change[i] != 0 {
			j.Change[name] = round(w.Change[i])
		}
	}
	return json.MarshalIndent(j, "", "\t")
}

func round(v float64) float64 { return math.Round(v*1000) / 1000 }

// A near copy goes on from word to word as the evidence does: the change head has no say
// in the score below nearRuns of runCoverage and its full say nearSpan above it.
const (
	nearRuns = .5
	nearSpan = .3
	// nearFrom is the coverage from which single words are worth naming.
	nearFrom = .6
)

// Judge gives the verdict and the score, 0 to 1, of the features of a claim that
// claims something. Conflicts counts the differences that stand against it.
func (w *Weights) Judge(f *Features, conflicts int) (wenyuan.Verdict, float64) {
	support, change := f.Heads(w)
	near := min(1, max(0, (f[runCoverage]-nearRuns)/nearSpan))
	z := support + w.ChangeShare*near*max(-8, min(4, change))
	score := 1 / (1 + math.Exp(-z))
	switch {
	case support >= w.SupportFrom && change >= w.ChangeFrom:
		return wenyuan.Supported, score
	case conflicts > 0:
		return wenyuan.Unsupported, score
	}
	return wenyuan.Unverified, score
}

// Heads are the two weighted sums.
func (f *Features) Heads(w *Weights) (support, change float64) {
	for i, v := range f {
		if v != 0 {
			support += w.Support[i] * v
			change += w.Change[i] * v
		}
	}
	return support, change
}

// against says whether a difference stands against the claim: what is in none of the
// evidence always does, what differs in place does where the place is certain.
func (c *checker) against(d *difference, w *Weights) bool {
	if !hard[d.kind] {
		return false
	}
	if d.novel {
		switch t := c.claimToken(d); {
		case t.class == identifier, t.class == version:
			return true
		case t.class == number:
			if t.dim > 0 || t.val > smallNumber || t.val != math.Trunc(t.val) {
				return true
			}
		case d.kind == nameNew:
			return !c.otherLanguage() && c.f[coverage] >= nameFrom
		}
	}
	if c.otherLanguage() {
		return false
	}
	if d.kind == quantityAdded || d.kind == quantityDropped {
		return c.f[coverage] >= closeFrom
	}
	return c.agreement() >= w.HardFrom
}

// closeFrom is the coverage from which a quantity that came or went stands against a
// claim: who puts a sentence in other words may well leave out "usually".
const closeFrom = .8

// nameFrom is the coverage from which a capitalised word that the evidence has not
// counts as a name of its own rather than as another way to say something.
const nameFrom = .3

func (c *checker) claimToken(d *difference) *token {
	return &c.claim.out[min(int(d.at), len(c.claim.out)-1)]
}

// otherLanguage says whether the claim is in another language than the evidence: then
// words cannot stand against it, only figures and identifiers can. Names of things stand
// in Latin letters in Chinese text too, so that some of them do not make it English.
func (c *checker) otherLanguage() bool {
	if c.claim.hans >= c.claim.latins && c.claim.hans > 1 {
		return 5*c.p.hans < c.p.latins
	}
	return 2*c.p.latins < c.p.hans && c.f[coverage] < nearFrom
}

// agreement is the coverage of what is not disputed: in a short claim the one changed
// name may be half of it.
func (c *checker) agreement() float64 {
	rest := c.total
	for _, d := range c.diffs {
		if hard[d.kind] && !d.dropped {
			rest -= c.claim.out[d.at].w
		}
	}
	if rest <= 0 {
		return 0
	}
	return float64(c.covered / rest)
}
