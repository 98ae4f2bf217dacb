package session

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Turn is one question of a conversation with its answer, as the reader may see it now.
type Turn struct {
	Number    int             `json:"number"` // from 1
	Question  string          `json:"question"`
	Trace     string          `json:"trace"`
	Created   int64           `json:"created"`             // UTC microseconds
	Answer    *wenyuan.Answer `json:"answer"`              // nil when Withdrawn
	Withdrawn bool            `json:"withdrawn,omitempty"` // the reader may no longer see what it was made from
}

// Append adds a turn, in the transaction that saves its trace and after it was saved.
// Without a title the conversation gets the question for one.
func (s *Sessions) Append(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id, question, trace string) error {
	panic("being built")
}

// Turns shows the newest turns of a conversation of p's before a number (0: the end), oldest
// first. limit is 1 to MaxPage; 0 for MaxPage.
func (s *Sessions) Turns(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string, before, limit int) ([]Turn, error) {
	panic("being built")
}

// Delete takes a conversation of p's away with its turns, their traces and what people think
// of them: nothing of what was said is left.
func (s *Sessions) Delete(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) error {
	panic("being built")
}

// Withdraw forgets every summary that a document had a part in. It belongs into the
// transaction that removes the document.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	panic("being built")
}
