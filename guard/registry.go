package guard

import (
	"context"

	"wenyuan/internal/scope"
	"wenyuan/version"
)

// A Listed is a policy with what is known of its versions.
type Listed struct {
	Policy  Policy         `json:"policy"`
	Hash    string         `json:"hash"`
	BuiltIn bool           `json:"built_in,omitempty"` // the program's own, which nobody saved
	Labels  []string       `json:"labels"`             // of this version: "draft", "production"
	Draft   string         `json:"draft,omitempty"`    // hash of the newest version, where it is another
	Holds   string         `json:"holds,omitempty"`    // hash of the version that holds; empty where none was released
	Moved   int64          `json:"moved,omitempty"`    // when the version that holds was released, UTC microseconds
	History []version.Kept `json:"history,omitempty"`  // newest first; where one policy is asked for
}

// BuiltIn is the policy that holds where nobody released one.
func BuiltIn() Policy { return Policy{Name: DefaultName} }

// ParsePolicy reads a policy from JSON or YAML and fills in what is left out. All that is wrong is
// told at once, as Invalid.
func ParsePolicy(data []byte) (Policy, error) { return Policy{}, nil }

// Validate says everything that is wrong with a policy; nil where nothing is.
func (g *Guards) Validate(space string, p Policy) []Fault { return nil }

// Policies lists the policies of a space, by name, default first: of each the version that holds, or
// the draft where none does. Needs Edit, Review or Own.
func (g *Guards) Policies(ctx context.Context, sc scope.Scope) ([]Listed, error) { return nil, nil }

// Policy gives the version of a policy with a hash; "" is the newest draft, and where there is none
// the version that holds. Needs Edit, Review or Own.
func (g *Guards) Policy(ctx context.Context, sc scope.Scope, name, hash string) (Listed, error) {
	return Listed{}, nil
}

// Save keeps a policy as a version and labels it draft; what holds stays as it is. Needs Own.
func (g *Guards) Save(ctx context.Context, sc scope.Scope, p Policy) (Listed, error) {
	return Listed{}, nil
}

// Release puts a version in use, after all cases passed with it. Where some did not it is Conflict,
// and the run says which; anyway releases it nevertheless. Needs Own.
func (g *Guards) Release(ctx context.Context, sc scope.Scope, name, hash string, anyway bool) (CaseRun, error) {
	return CaseRun{}, nil
}

// Unrelease takes a policy out of use: the built-in one holds where it was the space's own. Needs Own.
func (g *Guards) Unrelease(ctx context.Context, sc scope.Scope, name string) error { return nil }
