package similar

import (
	"context"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/gateway/manner"
)

// Compare learns from the answer that was kept and the one that a model gave to the question that m
// was found for. It learns nothing where the two neither say the same nor contradict each other.
func (x *Index) Compare(ctx context.Context, space string, m Match, kept, fresh string) error {
	right, sure := Same(kept, fresh)
	if !sure {
		return nil
	}
	return x.Learn(ctx, space, m, right)
}

// most of an answer that is compared: what comes after rarely turns it round.
const mostCompared = 40 // sentences

// Same says whether two answers say the same: each sentence of the one is carried by the other, and
// the other way round. They do not where a sentence contradicts the other answer. sure is false where
// neither can be said.
func Same(a, b string) (same, sure bool) {
	if a == b {
		return a != "", a != ""
	}
	ab, aClaims := carried(a, b)
	ba, bClaims := carried(b, a)
	switch {
	case ab == wenyuan.Unsupported || ba == wenyuan.Unsupported:
		return false, true
	case ab == wenyuan.Supported && ba == wenyuan.Supported && aClaims && bClaims:
		return true, true
	}
	return false, false
}

// carried says how the sentences of one answer stand to another: the worst verdict among them, and
// whether any claims something.
func carried(answer, by string) (worst wenyuan.Verdict, claims bool) {
	p := check.Prepare([]check.Evidence{{N: 1, Text: by}})
	worst = wenyuan.Supported
	left := mostCompared
	for _, f := range p.Each(answer) {
		switch f.Verdict {
		case wenyuan.Unsupported:
			return wenyuan.Unsupported, true
		case wenyuan.Unverified:
			worst, claims = wenyuan.Unverified, true
		case wenyuan.Supported:
			claims = true
		}
		if left--; left == 0 {
			break
		}
	}
	return worst, claims
}

// Like is what a request is told of a match that was given.
func (m Match) Like() *manner.Like {
	return &manner.Like{Question: m.Question, Similarity: m.Similarity, Why: m.Why, Near: m.Near, Measure: m.Measure, Distance: m.Distance}
}
