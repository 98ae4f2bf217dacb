package web

import "wenyuan"

// A Frame is what every page has around its content.
type Frame struct {
	Lang      Lang     // "" is English
	Theme     string   // "light" or "dark"; "" follows the system
	KeysOff   bool     // single keys are turned off
	Path      string   // this page's address with its query, to come back to after a choice
	Documents int      // documents that may be read, beside Library in the rail
	Recent    []Recent // the newest conversations

	Who       *Viewer  // who is signed in; nil for the one person of a house without users
	Hidden    []string // places that this person cannot use
	Audits    bool     // may see the record of who did what
	Reviews   bool     // may see what the guards met, and say what is to be made of it
	Judges    bool     // is named as a judge of an open task
	Waits     int      // incidents that wait for this person; up to a hundred
	Space     string   // that is looked into; "" where there is one only
	Spaces    []string // to choose from
	ReadsOnly bool     // may change no document, corpus or assistant
	ViewAs    string   // whose view is shown in place of one's own; "" for one's own
}

// A Recent is a conversation, in the rail.
type Recent struct{ ID, Title string }

// A Problem is an error as a reader meets it.
type Problem struct {
	Code    string
	Message string
	Hint    string
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
	Removed                bool     // a document was just removed
	Held                   []Holder // what learned from it
	Closed                 bool     // nothing of it may leave the house
	Declared               bool     // the settings file closes it, so that it is opened there
	Notice                 string
	Readers                *CorpusReaders // nil where who looks may not know
	Done                   string
}

// A Holder is a data set or an adapter that has rows of something which is gone.
type Holder struct {
	Set        bool // else an adapter
	Name, Hash string
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
	Held                bool // some rows of a table, which who looks may not change
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
	Hidden   map[string]int // places where text is kept from readers, by how
	Readers  *Readers       // nil where who looks may not know
	Aside    *AsideNote     // passages that the guards set aside; nil for none
	Done     string
	Problem  *Problem
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
	Unread          bool // it was found and not read, as what is set aside
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
