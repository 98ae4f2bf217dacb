package web

// KeysPage is `/access/keys`. Which says whose keys are listed: "mine", "services" or "all".
type KeysPage struct {
	Frame
	Which    string
	Keys     []Key
	Draft    KeyDraft
	Whose    []string // services and people that a key can be made for
	Spaces   []string
	Rights   []string
	Looks    bool // may list those of services
	Operates bool // may list all
	Alone    bool // nobody is a person here yet, so there is nobody to give a key to
	Made     *Key
	Done     string
	Problem  *Problem
}

// A Key is what somebody comes in with. Secret is shown once.
type Key struct {
	ID, Name, Person string
	Linked           bool // who looks may see the page of the person
	Service          bool
	Can              []string // rights it is held to; none for all of its person's
	Space            string   // the only one that it opens; "" for any
	Created          int64
	Expires          int64 // 0 for never
	Used             int64 // to the hour; 0 for never
	Revoked          int64
	Past             bool // has run out
	Yours            bool // may be revoked by who looks
	Secret           string
}

// Live says that the key still opens something.
func (k Key) Live() bool { return k.Revoked == 0 && !k.Past }

// A KeyDraft is a key in its form.
type KeyDraft struct {
	For, Name, Space string
	Days             string
	Can              map[string]bool
}

// WhyPage is `/access/why`: may somebody read a document, and why.
type WhyPage struct {
	Frame
	Self             bool   // may ask about nobody else
	Person, Document string // what was typed, or who and what was chosen
	People           []Person
	Documents        []WhyDocument
	Who              *Person
	What             *WhyDocument
	Decision         *Decision
	Problem          *Problem
}

// A WhyDocument is a document to choose.
type WhyDocument struct{ ID, Title, Source, Corpus string }

// A Decision says whether somebody may read a document and why, with what was looked at.
type Decision struct {
	Allowed bool
	Because string
	Layers  []Layer
}

// A Layer is a place where the readers of a document can be written, strongest first.
type Layer struct {
	Name    string // "hand", "glob", "front", "column", "file" or "default"
	Origin  string // where it is written
	Readers []Reader
	Said    bool // something is written there
	Holds   bool // it is what decides
	Problem string
}

// Readers of a document, as its page shows them.
type Readers struct {
	Layer
	Layers []Layer  // all that were looked at
	Hand   bool     // something is set on the document by hand
	Typed  string   // as a form has them
	Asked  bool     // who can read it is shown
	People []string // who among people can
	Count  int      // of all of them, of which People is the beginning
	Edits  bool     // may be set by who looks
	Owns   bool     // may see who can read
}

// Rest is how many more people can read it than are listed.
func (r Readers) Rest() int { return r.Count - len(r.People) }

// An AccessFile is a `.access` file that a corpus took over.
type AccessFile struct {
	Folder string // "" for the top
	Lines  []AccessLine
}

// Path is the file's path in the corpus.
func (f AccessFile) Path() string {
	if f.Folder == "" {
		return ".access"
	}
	return f.Folder + "/.access"
}

// Broken counts the lines that could not be read.
func (f AccessFile) Broken() (n int) {
	for _, l := range f.Lines {
		if l.Problem != "" {
			n++
		}
	}
	return n
}

// An AccessLine is one line with why it could not be read.
type AccessLine struct {
	Number  int
	Text    string
	Problem string
}

// A CorpusReaders is what decides who reads the documents of a corpus that say nothing.
type CorpusReaders struct {
	Default []Reader
	Typed   string // as a form has them
	Globs   []AccessGlob
	Files   []AccessFile
	Owns    bool // who looks may set the default, and what is set for paths
}

// Broken counts the lines of all files that could not be read.
func (r CorpusReaders) Broken() (n int) {
	for _, f := range r.Files {
		n += f.Broken()
	}
	return n
}

// An AccessGlob is a rule by hand for all documents of a corpus whose path fits.
type AccessGlob struct {
	Glob    string
	Readers []Reader
}

// AuditPage is `/records/audit`, newest first.
type AuditPage struct {
	Frame
	Entries  []AuditEntry
	Actor    string
	Action   string
	Object   string
	From, To string // days, as 2026-11-21
	Before   string
	Next     string
	Export   string // address of the same entries as JSON lines
	Chain    *Chain // nil for who may not verify
	Problem  *Problem
}

// An AuditEntry is one act.
type AuditEntry struct {
	Number         int64
	At             int64
	Actor, ActorID string
	Action         string
	Object         string
	Version        string // hash
	Space          string
	Address        string
	Key            string
	Behind         string // the service that acted for the actor
	ViewAs         string
	Machine        bool // was done on the machine of the house, by nobody who has a name here
	Erased         bool
	Digest         string
}

// A Chain says how far the digests hold.
type Chain struct {
	First, Last int64 // numbers of the entries that were verified; 0 for none
	Dropped     int64 // entries up to here were dropped as they were too old; 0 for none
	Head        string
	At          int64  // when it was verified; 0 for not yet
	Problem     string // the first thing that does not hold
}

// AuditEntryPage is `/records/audit/{number}`.
type AuditEntryPage struct {
	Frame
	Entry AuditEntry
	Text  string // what was recorded beside, as indented JSON; "" for nothing
}

// LimitsPage is `/gateway/limits`.
type LimitsPage struct {
	Frame
	Rules    []Limit
	Draft    LimitDraft
	Edits    bool
	Operates bool // may limit the whole house
	Done     string
	Problem  *Problem
}

// A Limit is a rule with how much of it is used. Amounts are whole numbers; money counts
// millionths of its currency.
type Limit struct {
	ID         string
	Within     string // the space within which use counts; "" for the whole house
	Edits      bool   // may be changed by who looks
	Kind       string // "house", "space", "person", "key" or "model"
	Subject    string // a name; "" for each one of its kind
	Resource   string // "requests", "tokens_in", "tokens_out", "concurrency" or "money"
	Span       string // "minute", "day", "month"; "" for concurrency
	Soft, Hard int64  // 0 for none
	Currency   string
	Uses       []LimitUse // one for a rule with a subject; of each the fullest
}

// A LimitUse is how much somebody has used up in the present span.
type LimitUse struct {
	Subject string
	Used    int64 // used, or reserved
	Leased  int64 // held ready by servers
	Resets  int64 // UTC microseconds; 0 for concurrency
}

// A LimitDraft is a rule in its form.
type LimitDraft struct{ Kind, Subject, Within, Resource, Span, Soft, Hard, Currency string }
