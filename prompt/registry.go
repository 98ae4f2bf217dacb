package prompt

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Kind is the kind of a prompt's versions; Production is the label that says which holds.
const (
	Kind       = "prompt"
	Production = "production"
)

// Prompts are the templates of the house, kept as versions.
type Prompts struct{ store *store.Store }

// Open makes the registry.
func Open(s *store.Store) *Prompts { return &Prompts{s} }

// A Listed is a template in a list; the built-in one stands first, and has no versions.
type Listed struct {
	Template
	BuiltIn bool           `json:"built_in,omitempty"`
	Moved   int64          `json:"moved,omitempty"` // when this version was put in use, UTC microseconds
	History []version.Kept `json:"history,omitempty"`
}

// List gives the versions in use, by name.
func (p *Prompts) List(ctx context.Context, sc scope.Scope) ([]Listed, error) { panic("being built") }

// Find gives the version in use, with its history, newest first. The name "default" that
// nobody saved is the built-in template.
func (p *Prompts) Find(ctx context.Context, sc scope.Scope, name string) (Listed, error) {
	panic("being built")
}

// At gives one version, also one that is no longer in use.
func (p *Prompts) At(ctx context.Context, sc scope.Scope, hash string) (*Template, error) {
	panic("being built")
}

// Save keeps a template as a version and puts it in use.
func (p *Prompts) Save(ctx context.Context, sc scope.Scope, t *Template) error { panic("being built") }
