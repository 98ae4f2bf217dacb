package rule

// A variant is a way to write a word otherwise.
type variant uint8

const (
	separators variant = 1 << iota
	homophones
	pinyin
	initials
	split
	digits
	asked // the rule itself named its variants: homophones of two characters count too
)

// A word is one alternative of a term: folded text, or a pattern.
type word struct {
	text string // folded; of a pattern its fixed run
	glob *glob  // nil for a plain word
}

// A term is what one part of a rule may be: any of its words.
type term []word

// options are what a section or a rule says behind semicolons.
type options struct {
	severity, action string
	within           int32 // characters; 0 where nothing is said
	variants         variant
	except, unless   term
}

// A rule is one line of a file. It has several terms where it is a combination.
type rule struct {
	line     int32
	ordered  bool
	category string
	text     string // as it stands in the file
	terms    []term
	options
}

// Scores by severity: a rule either holds or not, so its weight is what its author says.
var scores = map[string]float64{"low": 0.5, "medium": 0.75, "high": 1}

const (
	defaultSeverity = "medium"
	defaultWithin   = 40
)
