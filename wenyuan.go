// Package wenyuan holds the words that several rooms of the house exchange: who
// asks, what was found, what a model is told and says, what an answer is made
// of, and what an error looks like.
//
// It imports the standard library only and does nothing: no file, no network, no
// database. A word that only one room needs stays in that room.
package wenyuan

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
)

// DefaultSpace is the space of a house that has only one person in it.
const DefaultSpace = "main"

// A Principal is who asks.
type Principal struct {
	ID   string
	Name string
}

// A Passage is a piece of one revision of one document, as it was found.
// Start and End count Unicode code points in the extracted text of the revision,
// and Text is exactly that range.
type Passage struct {
	ID       string   `json:"id"`
	Document string   `json:"document"`
	Revision string   `json:"revision"` // hash of the content, hexadecimal
	Source   string   `json:"source"`   // where it came from: a path, slash-separated, relative to what was added
	Title    string   `json:"title"`
	Heading  []string `json:"heading"` // headings above the passage, outermost first
	Page     *int     `json:"page"`    // from 1; nil where the format has no pages
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Text     string   `json:"text"`
	Context  string   `json:"context"` // what belongs to the passage but stands elsewhere: heading path, a table's header row
	Score    float64  `json:"score"`
}

// A Citation is what a number in an answer points to. Quote is the range
// Start to End, in code points, of the extracted text of the revision.
type Citation struct {
	N        int      `json:"n"` // from 1, in the order of first use
	Document string   `json:"document"`
	Revision string   `json:"revision"`
	Source   string   `json:"source"`
	Title    string   `json:"title"`
	Heading  []string `json:"heading"`
	Page     *int     `json:"page"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Quote    string   `json:"quote"`
}

// A Verdict says how a sentence stands to the passages it cites.
type Verdict string

const (
	Supported   Verdict = "supported"   // the cited words carry it
	Unverified  Verdict = "unverified"  // nothing stands against it, the words do not suffice to say
	Unsupported Verdict = "unsupported" // something hard stands against it, or is in none of the passages
	None        Verdict = "none"        // it claims nothing
)

// A Sentence is one sentence of an answer with what was found about it.
type Sentence struct {
	Text      string  `json:"text"` // without citation markers
	Citations []int   `json:"citations"`
	Verdict   Verdict `json:"verdict"`
	Reason    string  `json:"reason"`             // for the reader, in the language of the sentence; empty when supported
	Disagree  []Span  `json:"disagree,omitempty"` // the words of Text that stand against the evidence
	Quotes    []Quote `json:"quotes,omitempty"`   // the very words that carry this sentence, within its citations
}

// A Quote is a range, in code points of the extracted text, within citation N.
type Quote struct {
	N     int `json:"n"`
	Start int `json:"start"`
	End   int `json:"end"`
}

// A Span is a range of code points.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// A Version names one immutable thing by the hash of its content.
type Version struct {
	Kind string `json:"kind"` // "assistant", "prompt", "revision", "index", "model", "program"
	Name string `json:"name"`
	Hash string `json:"hash"`
}

// An Answer is everything one question led to.
type Answer struct {
	Answer       string         `json:"answer"` // the text, with its [n] markers
	Refused      bool           `json:"refused"`
	Sentences    []Sentence     `json:"sentences"`
	Citations    []Citation     `json:"citations"`
	Passages     []Passage      `json:"passages"` // the originals that were read, cited or not
	Versions     []Version      `json:"versions"`
	Trace        string         `json:"trace"`
	Conversation string         `json:"conversation,omitempty"` // that the question was part of
	Conflicts    []Disagreement `json:"conflicts,omitempty"`    // where originals contradict each other
	Usage        *Usage         `json:"usage,omitempty"`        // of the model, where it was asked and says
	Guard        *Guarded       `json:"guard,omitempty"`        // where a guard did more than allow
	Notice       string         `json:"notice,omitempty"`       // what the reader should know: the model was down and the answer is extractive, say
	Expert       string         `json:"expert,omitempty"`       // of the assistant's, that wrote; none where its own model did
	Degraded     string         `json:"degraded,omitempty"`     // what took the place of the assistant's model, which could not answer: "model:NAME", "stale" or "extractive"
}

// Guarded says what the guards did with a question or its answer.
type Guarded struct {
	Action   string   `json:"action"` // "flag", "mask", "ask" or "refuse"
	Place    string   `json:"place"`  // where it was met: "input", "retrieved", "output"
	Checks   []string `json:"checks"` // which checks found something
	Incident string   `json:"incident,omitempty"`
	SetAside int      `json:"set_aside,omitempty"` // passages that hold instructions and were not read
}

// A Disagreement is a place where two originals contradict each other: both are shown, and
// the answer says so.
type Disagreement struct {
	Passages [2]string `json:"passages"` // ids
	Sides    [2]string `json:"sides"`    // the sentence of each
	About    string    `json:"about"`    // the words that stand against each other, as "16 / 18"
}

// A Message is one turn of what a model is told.
type Message struct {
	Role      string     `json:"role"` // "system", "user", "assistant" or "tool"
	Content   string     `json:"content"`
	Name      string     `json:"name,omitempty"`       // who speaks, where several have one role
	ToolCalls []ToolCall `json:"tool_calls,omitempty"` // of an assistant: what it wants to be done
	ToolCall  string     `json:"tool_call,omitempty"`  // of a tool: the ID of the call that this answers
}

// A Tool is something that a model may ask to be done. Whoever sent the request does it.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"` // JSON Schema of an object
	Strict      bool            `json:"strict,omitempty"`     // the arguments have to fit the schema
}

// A ToolCall is what a model wants a tool to do. In a stream it comes in pieces: those
// with one Index belong together, the first has ID and Name, and Arguments are added up.
type ToolCall struct {
	Index     int    `json:"index"`
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments,omitempty"` // JSON of an object, once it is whole
}

// A Schema is the form that a model's whole answer has to have.
type Schema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema,omitempty"` // JSON Schema; empty asks for any JSON object
	Strict bool            `json:"strict,omitempty"`
}

// A Request is what a chat model is asked. A field that is zero is left to the model.
type Request struct {
	Messages    []Message
	Tools       []Tool
	ToolChoice  string   // "auto", "none", "required", or the name of the one tool to call
	Schema      *Schema  // nil: plain text
	Temperature *float64 // 0 to 2
	TopP        *float64 // 0 to 1
	MaxTokens   int
	Seed        *int64
	Stop        []string
	Whole       bool // the asker waits for the whole answer: it may come as one chunk
}

// A Chunk is a piece of what a model says, in order. The last one has Finish set.
type Chunk struct {
	Text      string
	ToolCalls []ToolCall // pieces of calls
	Finish    string     // "stop", "length", "tool_calls", "content_filter"; empty while more is coming
	Usage     *Usage     // on the last chunk, where the model reports it
}

// Usage counts tokens, and what they cost where the model's price is known.
type Usage struct {
	Prompt     int     `json:"prompt_tokens"`
	Completion int     `json:"completion_tokens"`
	Cost       float64 `json:"cost,omitempty"`     // in Currency
	Currency   string  `json:"currency,omitempty"` // as the operator named it with the price: "USD", "CNY"
}

// Plus adds what another call took; either may be nil, where nothing was counted.
func (u *Usage) Plus(v *Usage) *Usage {
	if u == nil || v == nil {
		return cmp.Or(u, v)
	}
	return &Usage{u.Prompt + v.Prompt, u.Completion + v.Completion, u.Cost + v.Cost, cmp.Or(u.Currency, v.Currency)}
}

// A Model writes text. Stream yields chunks in order and stops when ctx ends or
// the consumer stops ranging; an error is yielded last and once. A stream that
// breaks off before its Finish is an error.
type Model interface {
	Stream(ctx context.Context, r Request) iter.Seq2[Chunk, error]
}

// An Embedder turns texts into vectors of one length. Version changes whenever
// vectors of an earlier version may no longer be compared with new ones.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
	Version() string
}

// A Reranker scores passages for a question; higher is better.
type Reranker interface {
	Rerank(ctx context.Context, question string, passages []string) ([]float64, error)
}

// A Tokenizer counts the tokens that one model makes of a text.
type Tokenizer interface {
	Count(ctx context.Context, text string) (int, error)
}

// A Judge gives a second opinion on whether evidence carries a claim: entailed, contradicted
// and neither, each from 0 to 1, adding up to 1.
type Judge interface {
	Judge(ctx context.Context, evidence, claim string) (Opinion, error)
}

// An Opinion is what a Judge thinks.
type Opinion struct {
	Entailed     float64 `json:"entailed"`
	Contradicted float64 `json:"contradicted"`
}

// A Moderator says what is unsafe about a text: categories, by the names that it knows, each
// from 0 to 1. A category that is missing was not found.
type Moderator interface {
	Moderate(ctx context.Context, text string) (map[string]float64, error)
}

type insideKey struct{}

// StayInside marks a context whose data must not leave the house: no model, embedder,
// reranker or judge that runs outside is asked with it. Whoever reads a closed corpus
// marks the context before anything is done with what was read; the one place that sends
// requests looks at the mark.
func StayInside(ctx context.Context) context.Context {
	return context.WithValue(ctx, insideKey{}, true)
}

// StaysInside says whether ctx is marked by [StayInside].
func StaysInside(ctx context.Context) bool {
	marked, _ := ctx.Value(insideKey{}).(bool)
	return marked
}
