// Package auth decides who may do what, and is the only maker of scopes.
//
// A Directory holds people, services, groups, spaces and keys, and of every document who may
// read it. Who comes with a key or a session becomes an Identity; an Identity and a space become
// a Scope, and every room that gives out content takes one. What it decides holds for the next
// request on every replica: each request reads the number of the last change, and what changed
// since. It never reads a document, and it never says of a thing that may not be seen whether it
// is there.
package auth

import (
	"context"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
)

// Single is the one person of a house without users, and later who works on its machine with
// the data folder open.
var Single = wenyuan.Principal{ID: "single", Name: "you"}

// holderPrefix begins the id of who holds a key that the settings file declares.
const holderPrefix = "key:"

// Holder is who comes with the declared key of that name.
func Holder(name string) wenyuan.Principal {
	return wenyuan.Principal{ID: holderPrefix + name, Name: name}
}

// Scope is what the house itself, or its one person, may see in a space: for measuring, where
// there is no Directory. Everybody else asks one.
func Scope(ctx context.Context, p wenyuan.Principal, space string) (scope.Scope, error) {
	if p != Single {
		return scope.Scope{}, errStranger
	}
	return scope.Space(space), nil
}

var errStranger = &wenyuan.Error{Code: wenyuan.Denied, Message: "this person is not known here", Hint: "ask with the key that the operator of this server gave you"}

// Machine is whoever works on this machine with the data folder open.
func Machine() Identity {
	return Identity{Kind: Local, Principal: Single, Rights: scope.Every}
}

// Declares is who holds the key of that name in the settings file.
func Declares(name string) Identity {
	return Identity{Kind: Declared, Principal: Holder(name), Rights: scope.Every}
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
