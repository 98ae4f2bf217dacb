package session

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Exported is one line of an export; one of its fields is set. The turns of a conversation
// follow it.
type Exported struct {
	Conversation *Conversation `json:"conversation,omitempty"`
	Turn         *Turn         `json:"turn,omitempty"`
	Memory       *Memory       `json:"memory,omitempty"`
}

// Export gives out all that p said and was told, conversation by conversation, newest first,
// and then what p asked to be remembered. No snapshot is held while give works.
func (s *Sessions) Export(ctx context.Context, sc scope.Scope, p wenyuan.Principal, give func(Exported) error) error {
	panic("being built")
}
