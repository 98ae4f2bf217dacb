// Package auth decides who may do what. It is the only maker of scopes.
//
// For now the house has one person in it, who sees everything in its one space. The
// signatures are those that people, groups and keys will need.
package auth

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Single is the one person of a house without users.
var Single = wenyuan.Principal{ID: "single", Name: "you"}

// Scope is what a principal may see in a space.
func Scope(ctx context.Context, p wenyuan.Principal, space string) (scope.Scope, error) {
	if p != Single {
		return scope.Scope{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "this person is not known here", Hint: "ask with the key that the operator of this server gave you"}
	}
	return scope.Space(space), nil
}
