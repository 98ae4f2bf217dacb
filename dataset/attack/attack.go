// Package attack spoils texts as those do who want to mislead a model, for the tests of what
// is learned from and for a gate that compares answers before and under attack.
//
// The ways are those of PromptBench (Zhu et al., "PromptBench: Towards Evaluating the
// Robustness of Large Language Models on Adversarial Prompts", 2023), for English and for
// Chinese: characters (TextBugger, DeepWordBug), words (TextFooler, BertAttack), sentences
// (CheckList, StressTest) and meaning. PromptBench looks for the change that hurts a model
// most; here changes are made by chance, from a seed, so that they are the same everywhere.
// Beside them stand the mistakes of honest people, which must not be taken for attacks. It
// never judges a text. What a way makes of a text is a function of seed, way, text and share:
// whoever breaks that makes two evaluations of one set incomparable.
package attack

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"unicode"
)

// A Level says what a way changes.
type Level string

// The levels of PromptBench.
const (
	Characters Level = "characters"
	Words      Level = "words"
	Sentences  Level = "sentences"
	Meaning    Level = "meaning"
)

// A Way is one way to spoil a text.
type Way struct {
	Name    string
	Level   Level
	English bool // changes English texts
	Chinese bool // changes Chinese texts

	spoil func(t *task) string
}

// A task is one text on its way to being spoiled.
type task struct {
	rng   *rand.Rand
	text  string
	share float64
	han   bool // the text is Chinese
}

// Ways are all ways, in the order of their levels.
func Ways() []Way { return append([]Way(nil), ways...) }

// Named finds a way by its name.
func Named(name string) (Way, bool) {
	for _, w := range ways {
		if w.Name == name {
			return w, true
		}
	}
	return Way{}, false
}

// Spoil gives a text as this way leaves it, and whether it is another than before. Share, 0
// to 1, is how many of the words (of Chinese: of the characters, two of which are taken for a
// word) are changed, one at least; ways of sentences and meaning take no note of it. A text
// that holds nothing which the way could change comes back as it was.
func (w Way) Spoil(seed uint64, text string, share float64) (spoiled string, changed bool) {
	han := Chinese(text)
	if w.spoil == nil || han && !w.Chinese || !han && !w.English {
		return text, false
	}
	spoiled = w.spoil(&task{chance(seed, w.Name, text), text, share, han})
	return spoiled, spoiled != text
}

// Drop is PromptBench's performance drop rate: 1 - accuracy under attack / accuracy clean.
// It is 0 where nothing was right before.
func Drop(clean, attacked float64) float64 {
	if clean <= 0 {
		return 0
	}
	return 1 - attacked/clean
}

// Chinese says whether a text is written in Chinese: a fifth of its letters are Han.
func Chinese(text string) bool {
	han, latin := 0, 0
	for _, r := range text {
		switch {
		case isHan(r):
			han++
		case unicode.IsLetter(r):
			latin++
		}
	}
	return han*5 > han+latin && han > 0
}

// chance is the source of chance of one text.
func chance(seed uint64, way, text string) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, way) // a hash takes everything
	_, _ = io.WriteString(h, "\x00"+text)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9fff || r >= 0x20000 && r <= 0x323af }

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
