// Package reading reads a text the way a person or a model may understand it: folded to
// plain letters, and decoded where something is written in another code.
//
// Fold is the cheap form for every text: one pass, about 2 µs for a KiB. Of also looks for
// codes: what was encoded (base64, hexadecimal, escapes), moved (shifted and reversed letters),
// disguised (leet, letters apart, markup inside words) or hidden (tags, variation selectors).
// Each gives a view, and views are read for codes again.
//
// It judges nothing: it says what was read, where it stands in the text as it was written,
// and which signs of disguise were met. What it does is bounded in time and size whatever
// the text is.
package reading

// A Hit is something that was found in a text. The leaves of guard all report in this form.
type Hit struct {
	Kind     string  // category
	Layer    string  // what found it
	Severity string  // "low", "medium", "high"; empty where categories have none
	Score    float64 // 0 to 1
	Start    int     // bytes of the raw text; Start and End are 0 where it is about the whole
	End      int
	Evidence string // what was read
	Reason   string // a sentence in English
}
