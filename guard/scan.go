package guard

import (
	"context"
	"slices"
)

// Thorough is a policy as a scan uses it: what it does with retrieved text, and beside that it
// tells of personal data, secrets and unsafe content, whatever it does with them elsewhere. It
// asks nobody outside.
func (p Policy) Thorough() Policy {
	out := p
	out.Checks = nil
	for _, c := range p.Checks {
		if slices.Contains(c.Places, Retrieved) && c.Check != Judge && c.Check != Moderation {
			c.Places = []Place{Retrieved}
			out.Checks = append(out.Checks, c)
		}
	}
	for _, name := range []string{Indirect, PII, Secrets, Content} {
		if !slices.ContainsFunc(out.Checks, func(c Check) bool { return c.Check == name }) {
			out.Checks = append(out.Checks, Check{Check: name, Places: []Place{Retrieved}, Action: Flag})
		}
	}
	out.Fence = Fence{Mode: FenceOff}
	return out
}

// Scanner is the guard by which a scan looks, of a policy of the space; "" is the space's own.
func (g *Guards) Scanner(ctx context.Context, space, policy string) (*Guard, error) {
	held, err := g.For(ctx, space, policy)
	if err != nil {
		return nil, err
	}
	return g.With(ctx, space, held.Policy().Thorough())
}
