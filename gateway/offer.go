package gateway

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Offer keeps a version of a model of the scope's space that stands on another one with an adapter, and
// has it at hand as [Candidate]: nothing that is in use changes. Where the space has no model of that name
// yet, it gets one: what the version stands on, without an adapter. For an owner of the space.
func (m *Models) Offer(ctx context.Context, sc scope.Scope, s Spec) (hash string, err error) {
	return "", &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no adapter can be given to a server yet", Hint: "try again"}
}

// AwaitReady waits until a version of a model that is in use or at hand can be asked, or says why it
// cannot. What the engine of an adapter wrote last is part of that: who hears it has to be somebody who
// may read paths of the server.
func (m *Models) AwaitReady(ctx context.Context, space, name, hash string) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no adapter can be given to a server yet", Hint: "try again"}
}

// Beside points a label of a model, [Candidate] or [Previous], at a version of it, which is then at hand;
// "" takes the label away, and what no label points at is drained and stopped. For an owner of the space.
func (m *Models) Beside(ctx context.Context, sc scope.Scope, name, label, hash string) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no adapter can be given to a server yet", Hint: "try again"}
}
