package guard

import (
	"context"

	"wenyuan"
)

// A Guard is a policy that is ready to look at texts. It may be used from many goroutines.
type Guard struct {
	guards *Guards
	space  string
	policy Policy
}

// About is what is known of a text beside its words. All of it may be empty.
type About struct {
	Space        string // "": the guard's own
	Principal    string // who asks
	Assistant    string
	Trace        string
	Conversation string
	Question     string                 // for which a passage was retrieved, a tool called, an answer written
	Passage      *wenyuan.Passage       // that the text is
	Passages     []wenyuan.Passage      // that an answer was written from: links to what stands in them are theirs
	Prompt       string                 // system prompt: what repeats it at length is a leak
	Canary       string                 // the word that was put into the prompt
	Near         func(q string) float64 // of the fence in the mode corpus: how near a question is to the corpus, 0 to 1
	Keep         bool                   // incidents may keep the text
	Dry          bool                   // nothing is kept
}

// An Aside is a passage that was set aside, and why.
type Aside struct {
	Passage  wenyuan.Passage
	Decision Decision
}

// Version names the policy that holds.
func (g *Guard) Version() wenyuan.Version {
	return wenyuan.Version{Kind: Kind, Name: g.policy.Name}
}

// Policy is the policy with everything filled in.
func (g *Guard) Policy() Policy { return g.policy }

// Fence is the fence of the policy.
func (g *Guard) Fence() Fence { return g.policy.Fence }

// Look says what is to be done with a text that was met at a place. It never asks outside unless
// the policy names whom, and never waits longer than the policy says. What is more than allowed
// is kept as an incident.
func (g *Guard) Look(ctx context.Context, place Place, text string, about About) (Decision, error) {
	return Decision{Place: place, Action: Allow, Text: text, Policy: g.Version()}, nil
}

// Passages looks at what was retrieved for a question: each passage with its title, its source and
// its headings. kept are those that may be read, masked where the policy says so; aside are the
// others.
func (g *Guard) Passages(ctx context.Context, question string, passages []wenyuan.Passage, about About) (kept []wenyuan.Passage, aside []Aside, err error) {
	return passages, nil, nil
}

// Checks says whether the policy has any check at a place, so that a road need not do work for none.
func (g *Guard) Checks(place Place) bool { return true }
