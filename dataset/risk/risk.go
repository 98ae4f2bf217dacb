// Package risk says what is wrong with a sample before somebody learns from it.
//
// Some of it shows in one text (Text): characters that were tampered with, noise that was
// appended, words that were replaced, instructions to the model. Some shows only among many
// samples (Screen): near-equal samples of one person, phrases that go with one label, samples
// that contradict each other. It never drops anything and never changes a sample: it reports,
// with kind, score, place and evidence, and whoever called sets aside. Thresholds and models
// are data of this package, made by dataset/risk/learn.
package risk

import (
	"wenyuan/dataset/form"
	"wenyuan/guard/reading"
)

// The kinds of what is found.
const (
	Characters    = "characters"    // misspelled on purpose, homoglyphs, zero width, leet, look-alikes
	Noise         = "noise"         // random strings and empty repetitions that were appended
	Words         = "words"         // words replaced by rarer ones; a hint that never reaches Threshold
	Injection     = "injection"     // instructions to the model
	Burst         = "burst"         // near-equal samples of one person
	Trigger       = "trigger"       // a phrase that goes with one label
	Contradiction = "contradiction" // equal samples with opposite labels
)

// Threshold is the score from which on a sample should be set aside. What scores less is for
// somebody who looks.
const Threshold = 0.5

// A Finding is one thing that is wrong with a sample.
type Finding struct {
	Kind     string
	Score    float64  // 0 to 1
	Part     string   // "messages/0", "chosen/0", "rejected/0"; empty where it is about the whole
	Start    int      // bytes of the part's content; Start and End are 0 where it is about the whole
	End      int      // behind the last byte
	Evidence string   // what was read, 200 bytes at most
	Reason   string   // a sentence in English
	With     []string // ids of other samples that it is about, a hundred at most
}

// A Sample is a row with what is known of it.
type Sample struct {
	ID     string
	Person string // whose it is; bursts are not looked for where it is empty
	Label  string // what is learned; where empty, that of the row: see Screen
	Row    form.Row
}

// Options say how a Screen works. The zero value of a number means the one named.
type Options struct {
	// Injected finds instructions to the model in a text that a person wrote; nil is what
	// guard/inject finds, where Threshold is the score from which on the guards refuse.
	Injected func(t *reading.Text) []reading.Hit

	Burst      int     // near-equal samples of one person from which on they are a burst; 5
	Near       float64 // resemblance (Jaccard, of shingles) of near-equal samples; 0.7
	Remembered int     // samples whose sketches are kept, the newest; 200,000
	Phrases    int     // phrases that are counted; 2,000,000
	Chance     float64 // of reporting any phrase at all where none goes with a label; 0.01
}
