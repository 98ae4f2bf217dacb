// Package guardtest rewrites texts as those do who want to get past a guard, for tests and
// measurement.
//
// The kinds are those of PromptBench (Zhu et al., "PromptBench: Towards Evaluating the
// Robustness of Large Language Models on Adversarial Prompts", 2023): characters as
// TextBugger and DeepWordBug change them, words replaced by others of the same meaning, and
// sentences added as CheckList and StressTest add them. To these come codes, likenesses of
// letters, and what is done to Chinese. PromptBench looks for the changes that hurt a model
// most; these are made by chance, from a seed, so that they are the same everywhere.
package guardtest

import (
	"hash/fnv"
	"math/rand/v2"
	"unicode"
)

// A Level says what a kind changes.
type Level string

// The levels.
const (
	Characters Level = "characters"
	Words      Level = "words"
	Sentences  Level = "sentences"
	Letters    Level = "letters" // other shapes of the same letters
	Codes      Level = "codes"   // another way of writing the whole text
)

// A Kind is one way to rewrite a text.
type Kind struct {
	Name  string
	Level Level
	// Understood says whether a person who reads the result knows what it says without
	// decoding anything. Capable models decode the others.
	Understood bool
	English    bool // changes English texts
	Chinese    bool // changes Chinese texts

	rewrite func(rng *rand.Rand, text string) string
}

// Kinds are all kinds, in the order of their levels.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

var kinds = []Kind{
	{"swap", Characters, true, true, false, swapLetters},
	{"delete", Characters, true, true, false, deleteLetters},
	{"insert", Characters, true, true, false, insertLetters},
	{"substitute", Characters, true, true, false, substituteLetters},
	{"textbugger", Characters, true, true, false, textBugger},
	{"repeat", Characters, true, true, false, repeatLetters},
	{"han swap", Characters, true, false, true, swapHan},
	{"han delete", Characters, true, false, true, deleteHan},
	{"homophones", Characters, true, false, true, homophones},

	{"synonyms", Words, true, true, true, synonyms},
	{"fillers", Words, true, true, true, fillers},

	{"checklist", Sentences, true, true, true, checkList},
	{"stresstest", Sentences, true, true, true, stressTest},
	{"politeness", Sentences, true, true, true, politeness},
	{"noise", Sentences, true, true, true, noise},

	{"homoglyphs", Letters, true, true, false, homoglyphs},
	{"leet", Letters, true, true, false, leet},
	{"case", Letters, true, true, false, randomCase},
	{"full width", Letters, true, true, false, fullWidth},
	{"mathematical", Letters, true, true, false, mathematical},
	{"small capitals", Letters, true, true, false, smallCapitals},
	{"enclosed", Letters, true, true, false, enclosed},
	{"accents", Letters, true, true, false, accents},
	{"marks", Letters, true, true, true, marks},
	{"zero width", Letters, true, true, true, zeroWidth},
	{"spaced", Letters, true, true, true, spaced},
	{"dotted", Letters, true, true, true, dotted},
	{"joined", Letters, true, true, false, joined},
	{"markup", Letters, true, true, true, markup},
	{"traditional", Letters, true, false, true, traditional},
	{"radicals", Letters, true, false, true, radicals},

	{"base64", Codes, false, true, true, toBase64},
	{"hex", Codes, false, true, true, toHex},
	{"binary", Codes, false, true, true, toBinary},
	{"rot13", Codes, false, true, false, rot13},
	{"caesar", Codes, false, true, false, caesar},
	{"reversed", Codes, false, true, true, reversed},
	{"reversed words", Codes, false, true, false, reversedWords},
	{"url", Codes, false, true, true, toURL},
	{"html", Codes, false, true, true, toHTML},
	{"js", Codes, false, true, true, toJS},
	{"tags", Codes, false, true, false, toTags},
	{"morse", Codes, false, true, false, toMorse},
	{"nested", Codes, false, true, true, nested},
}

// Transform rewrites a text in one kind. The same seed gives the same result; a text that
// the kind has nothing to change in comes back as it is, as it does for a kind that is
// none.
func Transform(kind string, seed uint64, text string) string {
	for _, k := range kinds {
		if k.Name == kind {
			h := fnv.New64a()
			h.Write([]byte(kind + "\x00" + text))
			return k.rewrite(rand.New(rand.NewPCG(seed, h.Sum64())), text)
		}
	}
	return text
}

// For are the kinds that change a text of this language: "zh", or anything else for
// English.
func For(lang string) []Kind {
	var out []Kind
	for _, k := range kinds {
		if lang == "zh" && k.Chinese || lang != "zh" && k.English {
			out = append(out, k)
		}
	}
	return out
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// isLatin says whether a character is a letter of ASCII.
func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
