// Package prompt decides what a model is told: of its four external memories (knowledge,
// tools, examples, session) it selects what serves the question, orders it, formats it, and
// keeps it within one budget of tokens.
//
// It never retrieves, never asks a model, and never leaves anything out without saying what
// and why. A stranger would break the frame first: what stands in a memory is data, and
// nothing in it may look like the words around it.
package prompt

import "wenyuan"

// The kinds of external memory.
const (
	Knowledge = "knowledge"
	Tools     = "tools"
	Examples  = "examples"
	Session   = "session"
)

// Settings say how a prompt is built. A zero field takes its default.
type Settings struct {
	Budget    int            `json:"budget,omitempty"`    // tokens of the whole prompt; default what the model's context leaves beside Reserve, at most 8192 less Reserve
	Reserve   int            `json:"reserve,omitempty"`   // tokens kept for the answer; default 1500, at most a quarter of the context
	Knowledge int            `json:"knowledge,omitempty"` // tokens of passages at most; default what is free
	Tools     int            `json:"tools,omitempty"`     // tokens of tools at most; default 600
	Examples  int            `json:"examples,omitempty"`  // tokens of examples at most; default 900
	Session   int            `json:"session,omitempty"`   // tokens of what was said before; default 800
	Diversity float64        `json:"diversity,omitempty"` // weight of relevance against novelty, above 0 to 1; default 0.85
	Most      int            `json:"most,omitempty"`      // examples at most, up to 8; default 2
	Floor     float64        `json:"floor,omitempty"`     // least relevance of a tool, 0 to 1; default 0.1; negative: no floor
	Order     string         `json:"order,omitempty"`     // "edges" (default), "best_first", "best_last"
	Format    string         `json:"format,omitempty"`    // "auto" (default: by the model's family), or the name of a format
	Values    map[string]any `json:"values,omitempty"`    // of the template's variables; one that is missing takes its default
}

// An Example is a question with the answer it should get.
type Example struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// A Turn is a question that was asked before, with its answer.
type Turn struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// A Past is what is known of the conversation. Turns are oldest first.
type Past struct {
	Remembered []string `json:"remembered,omitempty"` // what the person asked to be remembered
	Summary    string   `json:"summary,omitempty"`    // of turns before those in Turns
	Summarised int      `json:"summarised,omitempty"` // how many turns stand in Summary
	Turns      []Turn   `json:"turns,omitempty"`
}

// An Input is everything that may be put in front of a model for one question.
type Input struct {
	Question  string
	Knowledge []wenyuan.Passage // best first; Score says how good
	Tools     []wenyuan.Tool
	Examples  []Example
	Away      []Example // further examples, whose words are kept elsewhere, where they can be erased: what is recorded names them by their IDs and holds none of their words
	Past      Past
	Template  *Template // nil: the built-in one
	Settings  Settings
	Model     string            // its name, from which its family is known
	Context   int               // tokens the model can take; 0 where unknown
	Count     wenyuan.Tokenizer // nil: an estimate
	Canary    string            // a word behind the rules, by which they are known where somebody gets them out; "" none
}

// A Built is what is sent, and how it came to be. The passage numbered n in the prompt is
// Passages[n-1]; nothing else may be cited.
type Built struct {
	Messages []wenyuan.Message `json:"messages"`
	Tools    []wenyuan.Tool    `json:"tools,omitempty"`
	Passages []wenyuan.Passage `json:"passages"` // as they were sent: one that was cut has the Text, Start and End of what is left
	Plan     Plan              `json:"plan"`
	Recorded []wenyuan.Message `json:"-"` // Messages as they may be recorded, with the examples that are away named and not written; nil where there is none
	Rules    string            `json:"-"` // the system part without any memory and without the canary: what an answer has no cause to repeat
}

// A Plan says what selecting, ordering and formatting did.
type Plan struct {
	Model   string         `json:"model"`
	Budget  int            `json:"budget"`            // tokens
	Reserve int            `json:"reserve"`           // tokens kept for the answer, not part of Budget
	Exact   bool           `json:"exact"`             // whether tokens were counted by the model's own tokenizer
	Used    map[string]int `json:"used"`              // tokens by part: "system", "question" and the kinds
	Limits  map[string]int `json:"limits"`            // tokens at most, by kind
	Counted string         `json:"counted,omitempty"` // why the count is no exact one although there is a tokenizer
	Order   string         `json:"order"`
	Format  string         `json:"format"`
	Items   []Item         `json:"items"` // kept ones in the order of the prompt, then those left out
}

// An Item is a piece of a memory.
type Item struct {
	Kind     string  `json:"kind"`
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Document string  `json:"document,omitempty"` // of knowledge
	Score    float64 `json:"score"`
	Tokens   int     `json:"tokens"`
	Kept     bool    `json:"kept"`
	Place    int     `json:"place,omitempty"` // from 1, within the prompt; 0 where left out
	Code     string  `json:"code,omitempty"`  // why it was left out or shortened, as a word
	Why      string  `json:"why,omitempty"`   // the same as a sentence
}

// The codes of items that were left out, or kept shortened.
const (
	OverBudget = "over_budget" // no room within the budget or the kind's limit
	LessNew    = "less_new"    // says what a better one says
	AtMost     = "at_most"     // as many as the settings allow are there
	BelowFloor = "below_floor" // not relevant enough
	Summarised = "summarised"  // stands in the summary
	NotShown   = "not_shown"   // the template has no place for its kind
	Shortened  = "shortened"   // kept, and cut at a sentence's end to fit
)

// NoAnswer is what a model writes when the originals do not hold the answer. It is a word
// that no document contains by chance.
const NoAnswer = "NO_ANSWER_IN_ORIGINALS"
