// Package auth decides who may do what. It is the only maker of scopes.
//
// For now the house has one person in it, or one for each key, who all see everything in its
// one space (what belongs to a person alone, such as a conversation, is that person's), and the
// visitors of its channels, each of whom may ask one assistant. The signatures are those that
// people, groups and keys will need.
package auth

import (
	"context"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Single is the one person of a house without users.
var Single = wenyuan.Principal{ID: "single", Name: "you"}

// holderPrefix begins the id of who holds a key.
const holderPrefix = "key:"

// Holder is who comes with the key of that name.
func Holder(name string) wenyuan.Principal {
	return wenyuan.Principal{ID: holderPrefix + name, Name: name}
}

// Scope is what a principal may see in a space.
func Scope(ctx context.Context, p wenyuan.Principal, space string) (scope.Scope, error) {
	if p != Single && p != Holder(p.Name) {
		return scope.Scope{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "this person is not known here", Hint: "ask with the key that the operator of this server gave you"}
	}
	return scope.Space(space), nil
}

// visitorPrefix begins the id of a visitor of a channel.
const visitorPrefix = "channel:"

// Visitor is somebody who came through a channel without signing in. The token tells one
// visitor from another, and who has it is that visitor: it must not be guessable.
func Visitor(channel, token string) wenyuan.Principal {
	return wenyuan.Principal{ID: visitorPrefix + channel + ":" + token}
}

// ChannelOf is the channel that the id of a principal came through; ok is false for who came
// by no channel.
func ChannelOf(principal string) (channel string, ok bool) {
	rest, ok := strings.CutPrefix(principal, visitorPrefix)
	if !ok {
		return "", false
	}
	channel, _, ok = strings.Cut(rest, ":")
	return channel, ok
}

// Through is what a visitor of a channel may see: what one assistant answers from. It may be
// asked, and nothing else.
func Through(p wenyuan.Principal, space, assistant string) (scope.Scope, error) {
	if _, ok := ChannelOf(p.ID); !ok || assistant == "" {
		return scope.Scope{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "this person is not known here", Hint: "ask with the key that the operator of this server gave you"}
	}
	return scope.Through(space, assistant), nil
}
