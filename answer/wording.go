package answer

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/prompt"
)

// Template gives the prompt of a version, or the house's own where hash is empty. Prompts
// are no documents: who may look into a space sees them.
func (a *Answerer) Template(ctx context.Context, sc scope.Scope, hash string) (*prompt.Template, error) {
	if hash == "" {
		return a.prompt.Load(), nil
	}
	return a.template(ctx, sc, hash)
}
