package web

import "wenyuan"

// A Frame is what every page has around its content.
type Frame struct {
	Lang      Lang   // "" is English
	Theme     string // "light" or "dark"; "" follows the system
	KeysOff   bool   // single keys are turned off
	Path      string // this page's address with its query, to come back to after a choice
	Documents int    // documents that may be read, beside Library in the rail
	Recent    []Recent
}

// A Recent is a question asked before, in the rail.
type Recent struct{ Trace, Question string }

// A Problem is an error as a reader meets it.
type Problem struct {
	Code    string
	Message string
	Hint    string
}

// AskPage is `/ask` (Turn is nil) and `/ask/{trace}`.
type AskPage struct {
	Frame
	Corpora  []Choice
	Question string // stands in the box, after a problem or from the address
	Turn     *Turn
	Problem  *Problem
}

// A Choice is a corpus that can be asked. Questions are examples it can answer.
type Choice struct {
	Name      string
	Documents int
	Chosen    bool
	Manual    bool // Wenyuan's own manual, whose examples the console knows
}

// A Turn is one question with its finished answer. Times are in microseconds.
type Turn struct {
	Trace    string
	Corpus   string
	Question string
	Answer   wenyuan.Answer
	Took     int64
	Found    int     // passages that the search found
	Model    string  // that wrote the answer; "" when it was quoted
	Nearest  float64 // of a refusal: how near the closest passage came
	Floor    float64 // and how near it had to come; 0 where that is not known

	away bool // shown on another page than its originals
}

// LibraryPage is `/library`.
type LibraryPage struct {
	Frame
	Corpora []Corpus
	Name    string // what was typed for a new corpus, after a problem
	Problem *Problem
}

// A Corpus is a row of the library.
type Corpus struct {
	Name                   string
	Description            string
	Ready, Failed, Skipped int
	Passages               int
	Manual                 bool
	Closed                 bool // nothing of it may leave the house
}

// CorpusPage is `/library/{corpus}`. Offset and Limit say which rows of Total are in
// Documents; State and Query are the filter they passed.
type CorpusPage struct {
	Frame
	Name                   string
	Description            string
	Ready, Failed, Skipped int
	Passages               int
	State                  string // "", "ready", "failed" or "skipped"
	Query                  string
	Offset, Limit, Total   int
	Documents              []Document
	Problem                *Problem
	Removed                bool // a document was just removed
	Closed                 bool // nothing of it may leave the house
	Declared               bool // the settings file closes it, so that it is opened there
	Notice                 string
}

// A Document is a row of a corpus. Times are UTC microseconds.
type Document struct {
	ID, Source, Title   string
	State, Reason, Hint string
	Revision, Type      string
	Size                int64
	Chars, Pages        int
	Passages            int
	Updated             int64
}

// DocumentPage is `/library/{corpus}/{document}`. Text is the extracted text of the
// shown revision; every position counts code points in it.
type DocumentPage struct {
	Frame
	Corpus   string
	Document Document
	Revision string // that is shown
	Text     string
	Blocks   []Block
	Passages []PassageUse
	Lit      wenyuan.Span // the words a citation points to; empty for none
	Part     int          // of a long text, from 1; 0 chooses the part that Lit is in
	LitBy    *LitBy
	Used     []Use
	UsedAll  int            // answers that used the document, of which Used is the newest
	Counted  int            // the newest answers that Passages counts
	Removed  map[string]int // what cleaning took out, in code points by reason
}

// A Block is a structural piece of the extracted text: "heading" (Level from 1),
// "paragraph", "list", "table", "code" or "figure". Page is 0 where there are none.
type Block struct {
	Kind       string
	Level      int
	Start, End int
	Page       int
	Header     string // of a table: its header row as it stands in the text
	Lang       string // of code
}

// A PassageUse says how many answers used a passage.
type PassageUse struct {
	Start, End int
	Answers    int
}

// LitBy is the sentence whose citation opened the document.
type LitBy struct {
	Trace    string
	Number   int // of the sentence, from 1; 0 where none is named
	Sentence string
}

// A Use is an answer that used a document. Sentences counts those that cite it.
type Use struct {
	Trace, Question string
	Created         int64
	Sentences       int
	Refused         bool
}

// TracesPage is `/records`, newest first. Next is the address's `before` for the
// following page, "" on the last one.
type TracesPage struct {
	Frame
	Traces   []TraceRow
	Next     string
	Before   string
	Document *Document // when only the answers that used it are listed
	Corpus   string    // that Document is in
}

// A TraceRow is one recorded answer.
type TraceRow struct {
	Trace, Question, Corpus            string
	Created, Took                      int64
	Refused                            bool
	Supported, Unsupported, Unverified int
	Read                               int
}

// TracePage is `/records/{trace}`.
type TracePage struct {
	Frame
	Turn      Turn
	Assistant string
	Created   int64
	Steps     []Step
	Kept      []wenyuan.Passage // read, best first
	Dropped   []Drop
	Missing   bool // the record of what was retrieved is not there
}

// A Step is a part of the work with its time in microseconds.
type Step struct {
	Name    string
	Summary string // as the room gave it; the console says it in its own words where it can
	Took    int64
	In, Out int // tokens, of a model
}

// A Drop is a passage that was found and not read.
type Drop struct {
	Passage wenyuan.Passage
	Stage   string
	Code    string // the reason as a word
	Why     string // the reason as a sentence; stands where the console knows no text for Code
}

// ErrorPage is shown in place of any page that cannot be.
type ErrorPage struct {
	Frame
	Status  int
	Problem Problem
}
