package auth

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Placing is a document with what decides who may read it.
type Placing struct {
	Space, Corpus, Document, Source string // ids, and the path in the corpus

	// What the document itself says of its readers, as it is written there, and where: Front or
	// Column. Several lines are said in several places and have to agree. Empty layer: it says
	// nothing.
	Layer, Own string
}

// The layers, strongest first.
const (
	Hand    = "hand"
	Front   = "front"  // front matter
	Column  = "column" // of a table; as strong as front matter
	File    = "file"   // .access
	Default = "default"
)

// A Rule says who may read something, and why.
type Rule struct {
	Readers []string `json:"readers"` // sorted: group:hr, person:a@b.c, space, public; empty: nobody but who sees all
	Layer   string   `json:"layer"`   // one of the layers
	Origin  string   `json:"origin"`  // where it is written: hr/.access line 3
	Problem string   `json:"problem"` // why what is written could not be read, and so denies
}

// Place says where a document is and what it says of its readers; it is in force when tx
// commits. A document that is placed again keeps what was set by hand.
func (d *Directory) Place(ctx context.Context, tx *store.Tx, p Placing) error { return nil }

// Displace forgets a document that is removed.
func (d *Directory) Displace(ctx context.Context, tx *store.Tx, document string) error { return nil }

// PlaceCorpus makes the rule of a new corpus: everybody in the space may read what is added.
func (d *Directory) PlaceCorpus(ctx context.Context, tx *store.Tx, space, corpus, name string) error {
	return nil
}

// RuleOf is the rule that holds for a document. Whoever calls it has found out whether the asker
// sees the document.
func (d *Directory) RuleOf(ctx context.Context, tx *store.Tx, document string) (Rule, error) {
	return Rule{}, nil
}

// RuleAt is the rule that a new document without a word of its own would fall under.
func (d *Directory) RuleAt(ctx context.Context, tx *store.Tx, corpus, source string) (Rule, error) {
	return Rule{}, nil
}

// SetFile takes over the text of a .access file in a folder of a corpus ("" is the top), in
// place of the one before; an empty text takes it away. The problems are its lines that cannot be
// read, each of which denies what it is about. It is Denied where it would change who reads
// something that the asker does not see.
func (d *Directory) SetFile(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus, folder, text string) (problems []string, err error) {
	return nil, nil
}

// SetDefault sets who reads what no other rule of a corpus is about.
func (d *Directory) SetDefault(ctx context.Context, tx *store.Tx, sc scope.Scope, corpus string, read []string) error {
	return nil
}
