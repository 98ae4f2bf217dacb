package retrieve

import (
	"cmp"
	"slices"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve/question"
)

// weigh asks the indexes how much the terms of a text tell apart. Several indexes are
// weighed as the one they would be together: the sections and those that have a term are
// added up before the weight is taken, so that a term means the same in each of them.
func weigh(shelves []shelf, sc scope.Scope, text string) question.Weights {
	w := question.Weights{}
	sections := 0
	terms := map[string]index.Term{}
	for _, s := range shelves {
		sections += s.index.Stats().Sections
		for _, t := range s.index.Weigh(sc, text) {
			known := terms[t.Text]
			t.Sections, t.Present = t.Sections+known.Sections, t.Present || known.Present
			terms[t.Text] = t
		}
	}
	for text, t := range terms {
		w[text] = question.Weigh(index.Rarity(t.Sections, sections), t.Present, sections)
	}
	return w
}

// anchoring is how many of the best of a corpus say what the corpus is worth.
const anchoring = 10

// level makes the scores of one corpus comparable with those of others. Within an index
// a score is a share of the best one's; what the best one is worth is the largest share
// of the question that one of the best passages holds, which is measured alike
// everywhere. A corpus that holds little of the question so stands below one that holds
// all of it, however sure its index is of its order.
func level(asked *question.Question, found []wenyuan.Passage) {
	if len(found) == 0 || found[0].Score <= 0 {
		return
	}
	worth := 0.0
	for _, p := range found[:min(anchoring, len(found))] {
		worth = max(worth, asked.Share(asked.In(headings(p), p.Text)))
	}
	top := found[0].Score
	for i := range found {
		found[i].Score *= worth / top
	}
}

// merge puts what several corpora gave into one list, best first.
func merge(asked *question.Question, lists [][]wenyuan.Passage) []wenyuan.Passage {
	if len(lists) == 1 {
		return lists[0]
	}
	var out []wenyuan.Passage
	for _, l := range lists {
		level(asked, l)
		out = append(out, l...)
	}
	slices.SortStableFunc(out, func(a, b wenyuan.Passage) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

// smoothing is k of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
const smoothing = 60

// fuse puts what several wordings found into one list: a passage scores the sum of
// 1/(k+rank) over the lists it is in. One list keeps the scores it has.
func fuse(lists [][]wenyuan.Passage) []wenyuan.Passage {
	if len(lists) == 1 {
		return lists[0]
	}
	var out []wenyuan.Passage
	at := map[string]int{}
	for _, l := range lists {
		for rank, p := range l {
			i, known := at[p.ID]
			if !known {
				i = len(out)
				at[p.ID] = i
				p.Score = 0
				out = append(out, p)
			}
			out[i].Score += 1 / float64(smoothing+rank+1)
		}
	}
	slices.SortStableFunc(out, func(a, b wenyuan.Passage) int { return cmp.Compare(b.Score, a.Score) })
	return out
}
