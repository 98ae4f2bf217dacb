package answer

import (
	"wenyuan"
	"wenyuan/answer/extract"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/version"
)

// An Assistant is what answers: corpora, how they are searched, who writes and from what
// prompt, what is checked. It is a version: equal settings have an equal hash.
type Assistant struct {
	Name        string           `json:"name"`
	Title       string           `json:"title,omitempty"`       // for people; empty: the name
	Description string           `json:"description,omitempty"` // what it is good for
	Corpus      string           `json:"corpus"`                // the first of Corpora
	Corpora     []string         `json:"corpora"`               // 1 to MaxCorpora
	Model       string           `json:"model"`                 // "" answers with the documents' own sentences
	Extractive  bool             `json:"extractive"`            // whether those may take the place of a model that fails
	Ladder      []string         `json:"ladder,omitempty"`      // what takes the place of a model that cannot answer in time, in order: "model:NAME", RungStale, RungExtractive
	Prompt      string           `json:"prompt"`                // hash of the template, when it is saved also its name; "" without a model
	Engine      prompt.Settings  `json:"engine"`
	Filters     retrieve.Filters `json:"filters"`
	Extract     extract.Settings `json:"extract"`
	Unsupported string           `json:"unsupported"`        // what happens to an unsupported sentence: Mark, Withhold or Regenerate
	Judge       string           `json:"judge,omitempty"`    // who gives a second opinion on unverified sentences; "" nobody
	Reranker    string           `json:"reranker,omitempty"` // who orders what was found; "" the built-in features
	Guard       string           `json:"guard,omitempty"`    // name of the policy of the guards; "" the space's own
	Recall      Recall           `json:"recall"`
	Tools       []wenyuan.Tool   `json:"tools,omitempty"`        // of which the prompt engine chooses
	Examples    []prompt.Example `json:"examples,omitempty"`     // of which the prompt engine chooses
	Library     string           `json:"library,omitempty"`      // further examples: of this library, NAME@HASH once it is saved; of those nearest to the question the prompt engine chooses
	Smalltalk   bool             `json:"smalltalk"`              // whether a greeting is answered without looking into the documents
	Notice      string           `json:"notice,omitempty"`       // what channels show beside its answers; "" the house's own words
	Cache       Caching          `json:"cache,omitzero"`         // whether what the model answers is given again
	Consistency string           `json:"consistency,omitempty"`  // Strong, Session or Eventual; "" is Session
	Experts     []Expert         `json:"experts,omitempty"`      // who writes in place of Model, by what is asked
	ExpertFloor float64          `json:"expert_floor,omitempty"` // how like what it is about a question has to be for an expert to write, 0 to 1; 0: 0.6 by the embedder, 0.3 by words
	Gate        string           `json:"gate,omitempty"`         // Required: a version has to be admitted before it is in use; "" as the space says
	Hash        string           `json:"hash,omitempty"`
	Waits       []version.Waited `json:"waits,omitempty"`   // just saved, and Strong: servers that have not loaded it; until then the version before holds
	Partial     bool             `json:"partial,omitempty"` // the settings are left out: they are for who edits or reviews in the space

	modelHash map[string]string // of a strong assistant: by name, the versions of its models that hold with it
}

// What happens to a sentence that the originals stand against.
const (
	Mark       = "mark"       // shown, and marked
	Withhold   = "withhold"   // not shown; the answer says how many and why
	Regenerate = "regenerate" // the model is asked once more, and what is still unsupported is marked
)

// Who does a step of the recall loop.
const (
	Off     = "off"
	ByRules = "rules" // without a model: it costs microseconds
	ByModel = "model" // with the assistant's own model, within Recall.Tokens
)

// Recall says how hard an assistant looks for evidence. A zero field takes its default.
type Recall struct {
	Rewrite string `json:"rewrite,omitempty"` // whether a question that leans on the conversation is made to stand alone; default "rules"
	Decide  string `json:"decide,omitempty"`  // whether it is asked if the documents are needed at all; default "rules"
	Judge   string `json:"judge,omitempty"`   // whether it is asked if what was found suffices; default "rules"
	Rounds  int    `json:"rounds,omitempty"`  // further searches at most, 1 to 3; default 1; negative: none
	Tokens  int    `json:"tokens,omitempty"`  // tokens of all calls of a model for these steps, 100 to 20000; default 2000
}

// MaxCorpora is how many corpora one assistant may have.
const MaxCorpora = 16
