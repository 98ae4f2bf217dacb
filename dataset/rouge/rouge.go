// Package rouge measures how much texts overlap by their longest common subsequence of
// words, and finds which of many texts are alike.
//
// The measure is ROUGE-L's F (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries",
// 2004) with equal weight of precision and recall, over words in lower case and single
// Chinese characters. A Pool answers without comparing everything with everything and
// misses nothing: what it passes over cannot reach the bound asked for. It knows nothing
// of what the texts are for.
package rouge

// A Near is a text of a pool with how much it overlaps with the one asked for.
type Near struct {
	ID string
	F  float64 // 0 to 1
}
