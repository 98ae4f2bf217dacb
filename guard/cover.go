package guard

import (
	"context"
	"slices"
)

// Covers says whether the policy masks anything at a place.
func (g *Guard) Covers(place Place) bool {
	return slices.ContainsFunc(g.lines[place], func(c Check) bool { return c.Action == Mask })
}

// Cover gives a text as the policy covers it at a place, whatever else may be in it: nothing is
// refused or kept, and nobody outside is asked. It is for what was let through already and is told
// again, such as earlier turns of a conversation.
func (g *Guard) Cover(ctx context.Context, place Place, text string, about About) (string, error) {
	if text == "" || !g.Covers(place) {
		return text, ctx.Err()
	}
	about.Dry = true
	x := &look{g: g, ctx: ctx, place: place, raw: text, about: about}
	x.read()
	if g.lines.has(place, Rules) {
		x.findRules()
	}
	if g.lines.has(place, PII) || g.lines.has(place, Secrets) {
		x.findSecrets()
	}
	return x.masked(), ctx.Err()
}
