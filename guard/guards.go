package guard

import (
	"cmp"
	"context"
	"log/slog"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Config is what the room is made of.
type Config struct {
	Store      *store.Store
	Moderators func(space, name string) (wenyuan.Moderator, bool) // nil: there are none
	Judges     func(space, name string) (wenyuan.Model, bool)     // nil: there are none
	Log        *slog.Logger
}

// Guards are the policies of the house with what was met. They may be used from many goroutines.
type Guards struct {
	Config
}

// Open makes the room.
func Open(c Config) *Guards {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return &Guards{Config: c}
}

// For is the policy of a space that holds now; "" is the one that is named default, and where
// none of that name was released the built-in one. Another name that is not in use is NotFound.
func (g *Guards) For(ctx context.Context, space, policy string) (*Guard, error) {
	return &Guard{guards: g, space: space, policy: Policy{Name: DefaultName}}, nil
}

// With is a policy that need not be saved, for a playground and for tests. Faults in it are
// Invalid, all at once.
func (g *Guards) With(ctx context.Context, space string, p Policy) (*Guard, error) {
	return &Guard{guards: g, space: space, policy: p}, nil
}

// Try is what a policy would do with a text; nothing is kept and nothing counts up. Needs Read.
func (g *Guards) Try(ctx context.Context, sc scope.Scope, p Policy, place Place, text string, about About) (Decision, error) {
	return Decision{Place: place, Action: Allow, Text: text}, nil
}
