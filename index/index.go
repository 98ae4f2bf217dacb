// Package index finds passages by words and by vectors.
//
// It is derived: the database is the source of truth, and an index that is missing,
// damaged or of another format opens empty and says why, so that its owner feeds it
// again. It knows passages, documents, sections and pages, and nothing of what they
// mean; it never reads the database and never stores a text.
//
// The invariant a stranger would break: nothing outside the Scope is among the hits or
// among the best scores that others are measured by. How many sections have a term, how
// long texts are and what was learned are counted over the whole index.
package index

// Options say where an index lies and what its vectors are.
type Options struct {
	Dir       string // a folder of its own; made when missing
	Space     string // documents belong to this space
	Embedding string // version of the given vectors; "" when there are none
	Dim       int    // length of the given vectors; 0 when there are none
}

// An Entry is one passage.
type Entry struct {
	Passage  string // id, unique in the index
	Document string // id; the entries of a document come together, in reading order
	Group    string // page: documents that are read together; "" means Document
	Section  int    // neighbouring entries of a document with one number are one section
	Title    string // title and headings; searched once a section, taken from its first entry
	Text     string // the passage, with what must travel with it (a table's header), without headings
	Vector   []float32
}

// A Batch is one step. All entries of a document are in one batch.
type Batch struct {
	Change int64    // number of the change this step brings the index to; must grow
	Remove []string // documents that go
	Add    []Entry  // passages that come; a document that is there already is replaced
}

// An Arm says which parts of the index answer.
type Arm int

const (
	Fused   Arm = iota // words and vectors together
	Words              // words alone
	Vectors            // vectors alone: the given ones where there are any, else the learned ones
)

// A Query asks for the best passages.
type Query struct {
	Text   string
	Vector []float32 // of the question, of the index's embedding; nil leaves given vectors out
	K      int       // hits wanted, 1 to MaxK; 0 means 10
	Arm    Arm
	Single bool // only the best passage of each document
}

// MaxK is the most hits one query may want.
const MaxK = 10_000

// A Hit is one passage found. Scores compare within one query only.
type Hit struct {
	Passage  string
	Document string
	Score    float64
	Parts    Parts
}

// Parts are the components of a score before weights: lexical ones are divided by the
// best of the query and so lie in 0 to 1; vector ones are 1 at the best and 0 at the mean.
type Parts struct {
	Words   float64 // BM25 of the section
	Passage float64 // BM25 of the passage itself
	Page    float64 // BM25 of the best sections of the page
	Letters float64 // BM25 of character 4-grams of Latin words
	Learned float64 // cosine in the learned space
	Given   float64 // cosine of the given vectors
}

// Stats says what is in an index.
type Stats struct {
	Passages, Sections, Documents int
	Segments                      int
	Bytes                         int64  // of all files
	Learned                       string // version of the learned vectors, "" before the first
}
