// Package session keeps conversations: who asked what in which order, what the person asked
// to be remembered, and what is told to a model of all that.
//
// It never holds an answer: that is read back from its trace, for whoever reads now, so that
// what was withdrawn or removed since is withdrawn from the history too. A stranger would
// break that first, by keeping a copy.
package session

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Conversation belongs to one person. It keeps the version of the assistant it began with.
type Conversation struct {
	ID        string `json:"id"`
	Space     string `json:"space"`
	Principal string `json:"principal"`
	Assistant string `json:"assistant"`
	Version   string `json:"version"` // hash of the assistant
	Title     string `json:"title"`
	Created   int64  `json:"created"` // UTC microseconds
	Updated   int64  `json:"updated"`
	Turns     int    `json:"turns"`
}

// A Turn is one question of a conversation with its answer, as the reader may see it now.
type Turn struct {
	Number    int             `json:"number"` // from 1
	Question  string          `json:"question"`
	Trace     string          `json:"trace"`
	Created   int64           `json:"created"`
	Answer    *wenyuan.Answer `json:"answer"`              // nil when Withdrawn
	Withdrawn bool            `json:"withdrawn,omitempty"` // the reader may no longer see what it was made from
}

// A History is what may be told to a model: the newest turns whole, older ones as a summary.
type History struct {
	Remembered []string
	Summary    string
	Turns      []Turn // oldest first
	Summarised int    // how many turns stand in Summary
	Withdrawn  int    // how many turns are left out because they may not be seen
}

// Sessions are the conversations of the house.
type Sessions struct{ store *store.Store }

// New makes the room.
func New(s *store.Store) *Sessions { return &Sessions{s} }

// Begin starts a conversation with an assistant.
func (s *Sessions) Begin(ctx context.Context, sc scope.Scope, p wenyuan.Principal, assistant wenyuan.Version, title string) (Conversation, error) {
	panic("being built")
}

// Find finds a conversation of p's; somebody else's is NotFound.
func (s *Sessions) Find(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) (Conversation, error) {
	panic("being built")
}

// History is what may be told to a model before the next question of p's in a conversation;
// the newest turns whole as far as they fit into so many tokens, older ones summarised.
// shorten makes a summary of turns; nil summarises by extraction.
func (s *Sessions) History(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id, question string, tokens int,
	shorten func(ctx context.Context, turns []Turn) (string, error)) (History, error) {
	panic("being built")
}

// Append adds a turn, in the transaction that saves its trace.
func (s *Sessions) Append(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id, question, trace string) error {
	panic("being built")
}
