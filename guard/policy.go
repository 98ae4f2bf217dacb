package guard

// Kind is the kind of a policy's versions.
const Kind = "guard"

// DefaultName is the policy that a space has when it has saved none: the built-in one.
const DefaultName = "default"

// Draft is the label of the newest version of a policy; version.Production is the label of the
// one that holds.
const Draft = "draft"

// The checks that a policy may name.
const (
	Injection  = "injection"  // instructions against the model in what somebody asks
	Indirect   = "indirect"   // instructions in what was retrieved or what a tool gave back
	Content    = "content"    // unsafe questions, by category
	Rules      = "rules"      // the rule sets of the policy, and those that ship
	PII        = "pii"        // personal data
	Secrets    = "secrets"    // keys, tokens and passwords
	CanaryLeak = "canary"     // the system prompt in what a model wrote
	Links      = "links"      // addresses that nobody allowed, in what a model wrote
	Abuse      = "abuse"      // what wears the model out, and loops
	FenceCheck = "fence"      // what is outside the field of the assistant
	Judge      = "judge"      // a chat model that is asked
	Moderation = "moderation" // a service that is asked
)

// A Policy lists checks with their thresholds and actions. Equal settings have one hash, however
// they were written: what is left out is filled in before it is kept.
type Policy struct {
	Name   string    `json:"name" yaml:"name"`
	Title  string    `json:"title,omitempty" yaml:"title"` // for people
	Checks []Check   `json:"checks" yaml:"checks"`
	Rules  []RuleSet `json:"rules,omitempty" yaml:"rules"` // beside those that ship
	Hosts  []string  `json:"hosts,omitempty" yaml:"hosts"` // that an answer may link to and show images from, with what is below them
	Fence  Fence     `json:"fence" yaml:"fence"`
}

// A Check is one line of a policy: what is looked for, where, and what is done when it is found.
// Of the lines that fit a finding those that name its kind come before those that name none,
// and of these the strictest action counts.
type Check struct {
	Check    string   `json:"check" yaml:"check"`
	Kinds    []string `json:"kinds,omitempty" yaml:"kinds"`       // none: all
	Places   []Place  `json:"places" yaml:"places"`               // none: where the check is of use
	Severity string   `json:"severity,omitempty" yaml:"severity"` // "low", "medium", "high": only from here on; of checks whose findings have one
	At       float64  `json:"at" yaml:"at"`                       // 0 to 1: the score from which on; 0: what the check was made for
	Action   Action   `json:"action" yaml:"action"`
	How      string   `json:"how,omitempty" yaml:"how"`               // with the action mask: "mask" (the default), "hash" or "token"
	Fail     string   `json:"fail,omitempty" yaml:"fail"`             // of checks that ask outside: "closed" takes the action when no answer comes, "open" goes on; default: closed on input, open elsewhere
	Model    string   `json:"model,omitempty" yaml:"model"`           // of judge and moderation: who is asked
	Timeout  int      `json:"timeout_ms,omitempty" yaml:"timeout_ms"` // of checks that ask outside: 1 to 30000; 2000 where nothing is said
}

// A RuleSet is a set of rules in the language of the package rule.
type RuleSet struct {
	Name string `json:"name" yaml:"name"`
	Text string `json:"text" yaml:"text"`
}

// The modes of a fence.
const (
	FenceOff    = "off"
	FenceCorpus = "corpus" // by what the corpus speaks of
	FenceModel  = "model"  // a chat model is asked
)

// A Fence says what field an assistant answers within.
type Fence struct {
	Mode  string  `json:"mode" yaml:"mode"`
	About string  `json:"about,omitempty" yaml:"about"`           // the field, in a sentence; said to who asks something else
	At    float64 `json:"at,omitempty" yaml:"at"`                 // 0 to 1: how far from the field a question may be
	Small bool    `json:"small_talk,omitempty" yaml:"small_talk"` // greetings and thanks are let through
	Model string  `json:"model,omitempty" yaml:"model"`           // of the mode model
}

// A Fault is one thing that is wrong with a policy.
type Fault struct {
	Path    string `json:"path"`           // "checks[2].at", "rules[0]"
	Line    int    `json:"line,omitempty"` // of the rule set, from 1
	Message string `json:"message"`        // in English; shown through the table of languages
}
