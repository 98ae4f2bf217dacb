// Package scope holds the value that says what an asker may see.
//
// Only the room auth makes one (the architecture test holds that); every room that
// returns content takes one. The zero Scope sees nothing, so forgetting to fill it
// in shows too little, never too much.
package scope

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// A Scope is an immutable set of documents. It may be copied and shared.
type Scope struct {
	space string
	all   bool
	docs  map[string]struct{}
	key   string
	only  string // the one assistant that it looks through
}

// Space sees every document of one space.
func Space(space string) Scope {
	return Scope{space: space, all: true, key: "space:" + space}
}

// Documents sees the named documents of one space and nothing else.
func Documents(space string, ids []string) Scope {
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	docs := make(map[string]struct{}, len(sorted))
	for _, id := range sorted {
		docs[id] = struct{}{}
	}
	sum := sha256.Sum256([]byte(strings.Join(sorted, "\n")))
	return Scope{space: space, docs: docs, key: "docs:" + space + ":" + hex.EncodeToString(sum[:])}
}

// Through sees what one assistant of a space answers from, and may do no more than ask it: it
// is not All, so it changes nothing, and who answers holds it to that assistant.
func Through(space, assistant string) Scope {
	return Scope{space: space, all: true, only: assistant, key: "through:" + space + ":" + assistant}
}

// Sees says whether a document of a space may be seen.
func (s Scope) Sees(space, document string) bool {
	if s.key == "" || s.space != space {
		return false
	}
	if s.all {
		return true
	}
	_, ok := s.docs[document]
	return ok
}

// All says whether every document of the space may be seen.
func (s Scope) All(space string) bool {
	return s.all && s.only == "" && s.key != "" && s.space == space
}

// Only is the one assistant that may be asked; empty where any may.
func (s Scope) Only() string { return s.only }

// Space is the space the scope looks into; empty for the zero Scope.
func (s Scope) Space() string { return s.space }

// Key is equal for two scopes only when they see the same; empty for the zero Scope.
func (s Scope) Key() string { return s.key }
