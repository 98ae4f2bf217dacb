package guard

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// What a case expects.
const (
	ExpectAllow = "allow"
	ExpectCatch = "catch" // any action but allow
)

// A Case is a text that a policy has to allow or to catch before it can be released.
type Case struct {
	ID       string `json:"id"`
	Place    Place  `json:"place"`
	Text     string `json:"text"`
	Question string `json:"question,omitempty"` // for which a passage was retrieved
	Expect   string `json:"expect"`             // ExpectAllow or ExpectCatch
	Incident string `json:"incident,omitempty"` // that it was made from
	Document string `json:"document,omitempty"` // that the text is from
	Author   string `json:"author,omitempty"`
	Note     string `json:"note,omitempty"`
	Created  int64  `json:"created"` // UTC microseconds
}

// A CaseResult is what a policy did with a case.
type CaseResult struct {
	Case     Case     `json:"case"`
	Decision Decision `json:"decision"`
	Passed   bool     `json:"passed"`
}

// A CaseRun is what a policy did with all cases.
type CaseRun struct {
	Policy  wenyuan.Version `json:"policy"`
	Passed  int             `json:"passed"`
	Failed  int             `json:"failed"`
	Results []CaseResult    `json:"results"` // the failed first
}

// Cases lists the cases of the space, the newest first; of those that are made from a document
// only what the scope sees. Needs Review.
func (g *Guards) Cases(ctx context.Context, sc scope.Scope) ([]Case, error) { return nil, nil }

// AddCase keeps a case; one with the same place and text takes the place of the earlier one. Needs Review.
func (g *Guards) AddCase(ctx context.Context, sc scope.Scope, p wenyuan.Principal, c Case) (Case, error) {
	return c, nil
}

// RemoveCase takes a case away. Needs Review.
func (g *Guards) RemoveCase(ctx context.Context, sc scope.Scope, id string) error { return nil }

// RunCases runs a policy, saved or not, over the cases that the scope sees. Needs Review.
func (g *Guards) RunCases(ctx context.Context, sc scope.Scope, p Policy) (CaseRun, error) {
	return CaseRun{}, nil
}
