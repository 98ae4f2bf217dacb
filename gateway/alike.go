package gateway

import (
	"context"

	"wenyuan/gateway/manner"
	"wenyuan/gateway/similar"
	"wenyuan/internal/scope"
)

// openAlike makes the index of the questions whose answers are kept. They are measured by the embedder
// of the settings where there is one; what it may be sent is held to as for any other call of it.
func (m *Models) openAlike() *similar.Index {
	return similar.Open(similar.Config{Store: m.c.Store, Embedder: m.Embedder, Wrong: m.c.WrongHits, Log: m.c.Log})
}

// Judge takes in what somebody thinks of an answer that was given because its question is like another
// one: right, wrong, or nil, which takes it back. Such answers are given more often or less often after
// it. by names the answer and the person; a later word takes the place of the earlier.
func (m *Models) Judge(ctx context.Context, space, by string, l manner.Like, right *bool) error {
	return m.alike.Judge(ctx, space, by, l, right)
}

// AlikeKnown tells what the semantic level has learned in the space of the scope, for owners and operators.
func (m *Models) AlikeKnown(ctx context.Context, sc scope.Scope) (similar.Known, error) {
	return m.alike.Known(ctx, sc)
}
