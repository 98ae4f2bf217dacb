package auth

// The roles that a member of a space may have. Everybody but an owner sees only the documents
// whose readers include them.
const (
	Viewer   = "viewer"   // Read
	Asker    = "asker"    // Read and Ask
	Editor   = "editor"   // as an asker, and Edit
	Reviewer = "reviewer" // as an asker, and Review
	Owner    = "owner"    // all of these, and Own: sees every document
)

// A Space is a team with its corpora, assistants, prompts and conversations.
type Space struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Settings Settings `json:"settings"`
	Rights   []string `json:"rights"`  // what who asks may do there
	Created  int64    `json:"created"` // UTC microseconds
}

// Settings of a space.
type Settings struct {
	Record        string `json:"record"`         // RecordAll ("" too), RecordMetadata or RecordNone
	RetentionDays int    `json:"retention_days"` // how long traces and conversations are kept; 0: for good

	Learn      bool  `json:"learn,omitempty"`       // models may learn from the answers and from what is said of them
	LearnSince int64 `json:"learn_since,omitempty"` // when that was allowed, UTC microseconds; nothing older is learned from
	LearnDrop  bool  `json:"learn_drop,omitempty"`  // what was made to learn from goes with the record that it is made from

	Gate string `json:"gate,omitempty"` // GateRequired: a version of an assistant has to be admitted before it is in use
}

// GateRequired says that only what the gate has passed, or two people have let pass, may be in use.
const GateRequired = "required"

// What is recorded of questions and answers.
const (
	RecordAll      = "all"
	RecordMetadata = "metadata" // no words of a question, an answer or a passage
	RecordNone     = "none"
)

// SpaceChange is what is changed of a space; what is nil stays.
type SpaceChange struct {
	Name          *string `json:"name"`
	Record        *string `json:"record"`
	RetentionDays *int    `json:"retention_days"`
	Learn         *bool   `json:"learn,omitempty"`
	LearnDrop     *bool   `json:"learn_drop,omitempty"`
	Gate          *string `json:"gate,omitempty"` // GateRequired, or empty
}

// A Member has a role in a space, or several.
type Member struct {
	Subject string   `json:"subject"` // person:NAME, service:NAME or group:NAME
	Roles   []string `json:"roles"`
}

// A Share lets somebody ask an assistant of a space that they are no member of.
type Share struct {
	Assistant string `json:"assistant"`
	Subject   string `json:"subject"`
}
