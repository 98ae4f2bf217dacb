package rule

import (
	"fmt"
	"strings"

	"wenyuan/guard/reading"
)

// Bounds on what a rule set may hold.
const (
	MaxText    = 16 << 20 // bytes of one file
	MaxRules   = 200_000  // rules of one set
	MaxPattern = 256      // bytes of one word, phrase or pattern, folded
	MaxWithin  = 400      // characters between the parts of a combination
	MaxMatches = 4096     // matches that are reported of one text
)

// A Set is a file of rules that was read.
type Set struct {
	Name  string
	rules []rule
	size  int // words in all rules
}

// Rules is how many rules the set has.
func (s *Set) Rules() int { return len(s.rules) }

// A Match is a rule that was met in a text. Its Kind is the section's category, its Layer
// "rules", and its Evidence the words as they were read.
type Match struct {
	reading.Hit
	Set    string // name of the set
	Line   int    // of the rule, from 1
	Rule   string // the rule as it stands in the file
	Action string // what the rule or its section asks for; empty where the policy decides
}

// A Fault is something wrong in a file of rules.
type Fault struct {
	Line    int    // from 1; 0 where it is about the whole
	Message string // a sentence in English
}

// Faults are all that is wrong in one file. Parse returns them inside a wenyuan.Error, where
// errors.As finds them.
type Faults struct {
	Name string
	List []Fault
}

// Error counts them; their text is the message of the error around them.
func (f *Faults) Error() string { return fmt.Sprintf("faults: %d", len(f.List)) }

// lines has one fault a line, each behind its place.
func (f *Faults) lines() string {
	var b strings.Builder
	for i, x := range f.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d: %s", f.Name, x.Line, x.Message)
	}
	return b.String()
}
