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
	// Column. Empty layer: it says nothing.
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

// Place says where a document is and what it says of its readers; it is in force when tx
// commits. A document that is placed again keeps what was set by hand.
func (d *Directory) Place(ctx context.Context, tx *store.Tx, p Placing) error { return nil }

// Displace forgets a document that is removed.
func (d *Directory) Displace(ctx context.Context, tx *store.Tx, document string) error { return nil }

// PlaceCorpus makes the rule of a new corpus: everybody in the space may read what is added.
func (d *Directory) PlaceCorpus(ctx context.Context, tx *store.Tx, space, corpus, name string) error {
	return nil
}

// SetFile takes over the text of a .access file in a folder of a corpus ("" is the top), in
// place of the one before; an empty text takes it away. The problems are its lines that cannot be
// read, each of which denies what it is about.
func (d *Directory) SetFile(ctx context.Context, tx *store.Tx, space, corpus, folder, text string) (problems []string, err error) {
	return nil, nil
}

// A Grant is what was set by hand.
type Grant struct {
	On   string   `json:"on"` // a document's id, or CORPUS/GLOB
	Read []string `json:"read"`
}

// Grant sets the readers of a document, or of all documents of a corpus whose source fits,
// by hand; nobody named means nobody but who looks after the space. Needs Edit, and that the
// asker sees the document.
func (d *Directory) Grant(ctx context.Context, sc scope.Scope, g Grant) error { return nil }

// Ungrant takes away what was set by hand.
func (d *Directory) Ungrant(ctx context.Context, sc scope.Scope, on string) error { return nil }
