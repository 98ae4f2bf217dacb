package dataset

import (
	"context"
	"iter"

	"wenyuan/dataset/risk"
)

// ByRisk is the Screen that dataset/risk makes: what scores so high that it should not be learned from
// unseen is set aside, with what was found.
func ByRisk(o risk.Options) Screen {
	return func(ctx context.Context, rows iter.Seq2[Candidate, error]) (all []Verdict, err error) {
		samples := func(yield func(risk.Sample) bool) {
			for c, failed := range rows {
				if err != nil || failed != nil {
					if err == nil {
						err = failed
					}
					return
				}
				if !yield(risk.Sample{ID: c.Sample, Person: c.Principal, Row: c.Row}) {
					return
				}
			}
		}
		for x, found := range risk.All(samples, o) {
			v := Verdict{Sample: x.ID}
			for _, f := range found {
				if f.Score >= risk.Threshold {
					v.Why = append(v.Why, Reason{Kind: f.Kind, Score: f.Score, Note: f.Reason})
				}
			}
			if len(v.Why) > 0 {
				all = append(all, v)
			}
		}
		return all, err
	}
}
