package guard

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
)

// Again is Look for a text that belongs to what was said before: an earlier turn that a client brings
// along, or what somebody asked to be remembered. No fence stands before it, and where nothing was
// found in the same words before they are not looked at anew: a conversation is sent with each of its
// questions.
func (g *Guard) Again(ctx context.Context, place Place, text string, about About) (Decision, error) {
	m, err := g.guards.learn(ctx, g.space)
	if err != nil {
		return Decision{Place: place, Action: Refuse, Policy: g.version}, err
	}
	key := sha256.Sum256([]byte(strings.Join([]string{"again", g.version.Hash, g.space, strconv.FormatInt(m.number, 10), string(place), text}, "\x00")))
	if _, clean := g.guards.clean.get(key); clean {
		return Decision{Place: place, Action: Allow, Text: text, Findings: []Finding{}, Policy: g.version}, ctx.Err()
	}
	about.again = true
	d, err := g.Look(ctx, place, text, about)
	if err == nil && len(d.Findings) == 0 && d.Text == text {
		g.guards.clean.add(key, struct{}{})
	}
	return d, err
}
