package eval

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Depth is how far a ranking is looked at.
const Depth = 100

// Report is how well a collection was searched: means over the questions, 0 to 1.
type Report struct {
	NDCG10    float64 `json:"ndcg@10"`
	Recall1   float64 `json:"recall@1"`
	Recall5   float64 `json:"recall@5"`
	Recall10  float64 `json:"recall@10"`
	Recall100 float64 `json:"recall@100"`
	MRR10     float64 `json:"mrr@10"`
	Queries   int     `json:"queries"`
	Documents int     `json:"documents"`
	P50       float64 `json:"p50_ms"` // time of one search
	P99       float64 `json:"p99_ms"`
}

// A ranking is the documents found for one question, best first, and how long that took.
type ranking struct {
	docs []string
	took time.Duration
}

// report scores the rankings, one for each question.
func report(questions []Question, rankings []ranking, documents int) Report {
	r := Report{Queries: len(questions), Documents: documents}
	times := make([]time.Duration, len(rankings))
	for i, q := range questions {
		r.add(q.Rel, rankings[i].docs)
		times[i] = rankings[i].took
	}
	n := float64(max(1, len(questions)))
	for _, f := range []*float64{&r.NDCG10, &r.Recall1, &r.Recall5, &r.Recall10, &r.Recall100, &r.MRR10} {
		*f /= n
	}
	slices.Sort(times)
	r.P50, r.P99 = percentile(times, 0.50), percentile(times, 0.99)
	return r
}

// add adds one question's figures to the sums. The gain of a document is its score
// (linear, as in trec_eval), its discount log2(rank+1).
func (r *Report) add(rel map[string]float64, docs []string) {
	var dcg, found float64
	first := 0
	recall := map[int]*float64{1: &r.Recall1, 5: &r.Recall5, 10: &r.Recall10, 100: &r.Recall100}
	for i := range Depth {
		if i < len(docs) && rel[docs[i]] > 0 {
			found++
			if i < 10 {
				dcg += rel[docs[i]] / math.Log2(float64(i+2))
			}
			if first == 0 {
				first = i + 1
			}
		}
		if sum, ok := recall[i+1]; ok {
			*sum += found / float64(len(rel))
		}
	}
	r.NDCG10 += dcg / idealDCG(rel)
	if first > 0 && first <= 10 {
		r.MRR10 += 1 / float64(first)
	}
}

// idealDCG is the DCG at 10 of the best possible ranking.
func idealDCG(rel map[string]float64) (sum float64) {
	gains := make([]float64, 0, len(rel))
	for _, g := range rel {
		gains = append(gains, g)
	}
	slices.SortFunc(gains, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, g := range gains[:min(10, len(gains))] {
		sum += g / math.Log2(float64(i+2))
	}
	return sum
}

// percentile is the nearest-rank percentile in milliseconds of times in ascending order.
func percentile(times []time.Duration, p float64) float64 {
	if len(times) == 0 {
		return 0
	}
	i := int(math.Ceil(p*float64(len(times)))) - 1
	return float64(times[max(0, i)].Microseconds()) / 1000
}
