// Package form says what one row of a data set is, and reads and writes the formats in which
// rows come and go.
//
// A Row has one canonical form, by which it is hashed: whatever format it came in, equal rows
// have one hash. It knows nothing of where a row is kept or who may see it. A stranger would
// break the hash first: a field that is added must leave rows without it as they were.
package form

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// What a row teaches.
const (
	Chat       = "chat"       // Messages end with the answer to learn
	Preference = "preference" // Chosen is a better answer to Messages than Rejected
	Label      = "label"      // Messages end with an answer that is good or bad: Good
)

// The roles of a message.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	Tool      = "tool"
)

// A Message is one turn.
type Message struct {
	Role    string          `json:"role"`
	Content string          `json:"content"`
	Name    string          `json:"name,omitempty"`
	Calls   json.RawMessage `json:"tool_calls,omitempty"`   // as OpenAI has them; what is called for
	CallID  string          `json:"tool_call_id,omitempty"` // of a tool's answer
}

// A Row is one thing to learn from.
type Row struct {
	Kind     string          `json:"kind"`
	Messages []Message       `json:"messages"`           // Preference: what was asked, without an answer
	Chosen   []Message       `json:"chosen,omitempty"`   // Preference: at least one message, of the assistant
	Rejected []Message       `json:"rejected,omitempty"` // as Chosen
	Good     *bool           `json:"good,omitempty"`     // Label
	Tools    json.RawMessage `json:"tools,omitempty"`    // what could be called, as OpenAI has it
	As       *As             `json:"as,omitempty"`       // nil where the row says all that its line said
}

// As is a line that says what its row says in a way that writing the row would not give again. It is
// no part of what the row is: with it and without it the row has one hash. It is written only while it
// still says what the row says.
type As struct {
	Format Format          `json:"format"`
	Line   json.RawMessage `json:"line"`
}

// Hash names a row by its content: SHA-256 of its canonical JSON, hexadecimal.
func (r Row) Hash() (string, error) {
	r.As = nil
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("form: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
