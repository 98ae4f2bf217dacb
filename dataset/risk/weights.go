package risk

import (
	"encoding/json"
	"math"
	"slices"
	"sync"
)

// A Scorer weighs the signs of one kind of text by logistic regression. Its score is 0.5 where
// a hundredth of the plain texts that it was set by score more.
type Scorer struct {
	Names   []string  `json:"names"`
	Weights []float64 `json:"weights"`
	Bias    float64   `json:"bias"`
}

// Score is how likely a text with these signs was tampered with, 0 to 1.
func (s Scorer) Score(x []float64) float64 {
	z := s.Bias
	for i, w := range s.Weights {
		z += w * x[i]
	}
	return 1 / (1 + math.Exp(-z))
}

// Weights are the scorers of the package, by the sets of signs.
type Weights struct {
	Scorers map[string]Scorer `json:"scorers"`
	Odds    Odds              `json:"odds"` // of words of English
	Sources []Source          `json:"sources"`
}

// The sets of signs.
const (
	SetEnglish      = "english characters"
	SetChinese      = "chinese characters"
	SetEnglishWords = "english words"
	SetChineseWords = "chinese words"
)

// shipped are the weights that ship with the program. Weights of other signs than these are a
// fault of the program.
var shipped = sync.OnceValue(func() *Weights {
	w := &Weights{}
	if err := json.Unmarshal(weightsFile, w); err != nil {
		panic("dataset/risk: weights.json: " + err.Error())
	}
	for set, names := range map[string][]string{SetEnglish: englishSigns, SetChinese: chineseSigns, SetEnglishWords: wordSigns, SetChineseWords: wordSigns} {
		if s := w.Scorers[set]; !slices.Equal(s.Names, names) || len(s.Weights) != len(names) {
			panic("dataset/risk: weights.json has weights of other signs: make it again with dataset/risk/learn")
		}
	}
	return w
})

// Signs measures a text for dataset/risk/learn: the signs of damaged characters and of replaced
// words, each with the set that they are of.
func Signs(text string, odds Odds) map[string][]float64 {
	if chinese(text) {
		return map[string][]float64{SetChinese: hanSigns(text).x, SetChineseWords: hanRareness(text)}
	}
	return map[string][]float64{SetEnglish: latinSigns(text, odds).x, SetEnglishWords: latinRareness(text)}
}

// Names are the names of the signs of a set.
func Names(set string) []string {
	switch set {
	case SetEnglish:
		return englishSigns
	case SetChinese:
		return chineseSigns
	}
	return wordSigns
}

// chinese says whether a text is read as Chinese: a fifth of its letters are.
func chinese(text string) bool {
	han, other := 0, 0
	for _, r := range text {
		switch {
		case isHan(r):
			han++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0xbf:
			other++
		}
	}
	return han > 0 && han*5 > han+other
}
