package gateway

import (
	"context"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/similar"
	"wenyuan/gateway/watch"
	"wenyuan/internal/scope"
)

// openAlike makes the index of the questions whose answers are kept. They are measured by the embedder
// of the settings where there is one; what it may be sent is held to as for any other call of it.
func (m *Models) openAlike() *similar.Index {
	return similar.Open(similar.Config{Store: m.c.Store, Embedder: m.besideEmbedder, Wrong: m.c.WrongHits, Log: m.c.Log})
}

// A beside is an embedder that is asked on the way of a chat, of which it is no part: what it did is not
// told as what the chat did.
type beside struct{ wenyuan.Embedder }

// Embed gives one vector a text; see [wenyuan.Embedder].
func (b beside) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return b.Embedder.Embed(watch.Apart(manner.Beside(ctx)), texts)
}

func (m *Models) besideEmbedder() (wenyuan.Embedder, bool) {
	e, ok := m.Embedder()
	return beside{e}, ok
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
