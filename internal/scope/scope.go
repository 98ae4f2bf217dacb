// Package scope holds the value that says what an asker may see, and what they may do.
//
// Only the room auth makes one (the architecture test holds that); every room that
// returns content takes one. The zero Scope sees nothing and may do nothing, so forgetting to
// fill it in shows too little, never too much.
package scope

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// A Right is a set of things that one may do in a space.
type Right uint16

// The rights. What they let one do is always bounded by which documents are seen.
const (
	Read    Right = 1 << iota // look at documents, search, list
	Ask                       // ask assistants, have conversations, give feedback
	Edit                      // change documents, corpora, assistants, prompts, and who reads a document
	Review                    // look at what others asked and thought of it
	Own                       // say who is in the space and what they may do; see all its documents
	Operate                   // look after the house: people, groups, models, limits, backups
	Act                       // ask in the place of a person; of service keys alone
)

// Every is all rights but Act.
const Every = Read | Ask | Edit | Review | Own | Operate

// A Scope is an immutable set of documents of one space, with rights. It may be copied and shared.
type Scope struct {
	space   string
	rights  Right
	all     bool
	docs    map[string]struct{} // of a scope that names its documents
	table   *Table              // which class a document is of
	classes Classes             // that are seen
	only    []string            // the assistants that it looks through, sorted; nil: any
	meant   func(readers []string) bool
	key     string
}

// Space sees every document of one space and may do everything there.
func Space(space string) Scope {
	return Scope{space: space, rights: Every, all: true, key: "space:" + space}
}

// Documents sees the named documents of one space and nothing else, and may read and ask.
func Documents(space string, ids []string) Scope {
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	docs := make(map[string]struct{}, len(sorted))
	for _, id := range sorted {
		docs[id] = struct{}{}
	}
	sum := sha256.Sum256([]byte(strings.Join(sorted, "\n")))
	return Scope{space: space, rights: Read | Ask, docs: docs, key: "docs:" + space + ":" + hex.EncodeToString(sum[:])}
}

// All sees every document of one space, and may do what the rights say.
func All(space string, rights Right) Scope {
	s := Space(space)
	s.rights = rights
	return s
}

// Of sees those documents of a space whose class is among those named, as the table holds them.
func Of(space string, rights Right, table *Table, classes Classes) Scope {
	s := Scope{space: space, rights: rights, table: table, classes: classes}
	h := sha256.New()
	var b [8]byte
	for _, w := range classes {
		binary.LittleEndian.PutUint64(b[:], w)
		h.Write(b[:])
	}
	s.key = "of:" + space + ":" + table.name() + ":" + hex.EncodeToString(h.Sum(nil)[:16])
	return s
}

// Reading is the same scope, of an asker whom means knows to be among readers as a rule names
// them: group:hr, person:a@b.c, space. It is asked about what no table holds yet.
func (s Scope) Reading(means func(readers []string) bool) Scope {
	s.meant = means
	return s
}

// Reads says whether the asker would see a document of the space with these readers. It is for
// what has no class in the scope's table: a document that the request itself has brought, or a
// rule that is looked at before anything falls under it.
func (s Scope) Reads(readers []string) bool {
	return s.key != "" && (s.all || s.meant != nil && s.meant(readers))
}

// Through is the same scope, held to some assistants: it may be no more than asked through
// them. It changes nothing and lists no documents.
func (s Scope) Through(assistants ...string) Scope {
	if s.key == "" {
		return s
	}
	s.only = slices.Compact(slices.Sorted(slices.Values(assistants)))
	if s.only == nil {
		s.only = []string{}
	}
	s.rights &= Ask
	s.key = "through:" + strings.Join(s.only, ",") + ":" + s.key
	return s
}

// Asking is the same scope, which may also ask some assistants, and no others.
func (s Scope) Asking(assistants ...string) Scope {
	if s.key == "" {
		return s
	}
	return s.Through(assistants...).with(s.rights | Ask)
}

// with is the same scope with other rights.
func (s Scope) with(rights Right) Scope {
	s.rights = rights
	return s
}

// Within is the same scope with no more than these rights.
func (s Scope) Within(rights Right) Scope {
	s.rights &= rights
	return s
}

// And sees what both see, may do what both may, and asks whom both may ask. Scopes of
// different spaces, or of different tables of one space, have nothing in common.
func (s Scope) And(o Scope) Scope {
	switch {
	case s.key == "" || o.key == "" || s.space != o.space || s.docs != nil || o.docs != nil:
		return Scope{}
	case s.table != nil && o.table != nil && s.table != o.table:
		return Scope{}
	}
	out := s
	switch {
	case s.all:
		out = o
	case !o.all:
		out = Of(s.space, s.rights, s.table, s.classes.and(o.classes))
	}
	out.rights, out.only = s.rights&o.rights, nil
	out.meant = func(readers []string) bool { return s.Reads(readers) && o.Reads(readers) }
	if s.only != nil || o.only != nil {
		return out.Through(common(s.only, o.only)...).with(out.rights)
	}
	return out
}

// common is what two lists of assistants share; nil stands for all.
func common(a, b []string) []string {
	if a == nil || b == nil {
		return append(slices.Clone(a), b...)
	}
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// Sees says whether a document of a space may be seen. A corpus is asked for in the same way,
// by its id: it is seen by whoever would see what is added to it, wherever it lies.
func (s Scope) Sees(space, document string) bool {
	if s.key == "" || s.space != space {
		return false
	}
	if s.all {
		return true
	}
	if s.docs != nil {
		_, ok := s.docs[document]
		return ok
	}
	class, ok := s.table.Class(document)
	return ok && s.classes.Has(class)
}

// All says whether every document of the space may be seen.
func (s Scope) All(space string) bool {
	return s.all && s.only == nil && s.key != "" && s.space == space
}

// May says whether all of the rights are held.
func (s Scope) May(r Right) bool { return s.key != "" && s.rights&r == r }

// Rights are all that are held.
func (s Scope) Rights() Right { return s.rights }

// Asks says whether an assistant may be asked, as far as the scope is held to some.
func (s Scope) Asks(assistant string) bool {
	return s.May(Ask) && (s.only == nil || slices.Contains(s.only, assistant))
}

// Only are the assistants that the scope is held to, sorted; ok is false where it is held to none.
func (s Scope) Only() (assistants []string, ok bool) { return s.only, s.only != nil }

// Classes gives the table and the classes that the scope decides by; table is nil for a scope
// that sees all, and for one that names its documents. Whoever keeps something for a table may
// take the table itself for its key: it never changes.
func (s Scope) Classes() (table *Table, seen Classes) { return s.table, s.classes }

// Space is the space the scope looks into; empty for the zero Scope.
func (s Scope) Space() string { return s.space }

// Key is equal for two scopes only when they see the same; empty for the zero Scope.
func (s Scope) Key() string { return s.key }
