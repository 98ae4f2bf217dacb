package session

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Bounds on what is remembered of one person in one space.
const (
	MaxMemories = 200 // memories
	MaxMemory   = 500 // code points of one
)

// A Memory is something that a person asked to be remembered.
type Memory struct {
	ID           string `json:"id"`
	Text         string `json:"text"`
	Conversation string `json:"conversation,omitempty"` // in which it was said
	Created      int64  `json:"created"`                // UTC microseconds
}

// Remember keeps a text for p's later conversations. The same text again is the same memory,
// and counts as new.
func (s *Sessions) Remember(ctx context.Context, sc scope.Scope, p wenyuan.Principal, text, conversation string) (Memory, error) {
	panic("being built")
}

// Memories lists what p asked to be remembered, newest first.
func (s *Sessions) Memories(ctx context.Context, sc scope.Scope, p wenyuan.Principal) ([]Memory, error) {
	panic("being built")
}

// Forget takes a memory of p's away; somebody else's is NotFound.
func (s *Sessions) Forget(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) error {
	panic("being built")
}
