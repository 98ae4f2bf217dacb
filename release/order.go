package release

import (
	"fmt"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/version"
)

// An Order says what is to be released, and how. What is left out has a default.
type Order struct {
	Model   string `json:"model" doc:"name in the space that the adapter is to answer under"`
	On      string `json:"on,omitempty" doc:"model of the settings file that it stands on; may be left out where the name has an adapter already"`
	Adapter string `json:"adapter" doc:"adapter of the space: NAME, NAME@LABEL, NAME@HASH or its hash"`
	Accept  bool   `json:"accept,omitempty" doc:"it may be asked by people who may not see every document that it learned from"`
	Terms
}

// Terms are how a release goes.
type Terms struct {
	Steps        []int   `json:"steps,omitempty" doc:"shares of those who ask, of 10000, growing; the last is 10000. 100, 500, 2500, 10000 where it is left out"`
	LeastAnswers int     `json:"least_answers,omitempty" doc:"that the new version gives at each step before the next; 100 where it is 0"`
	LeastTime    int64   `json:"least_ms,omitempty" doc:"milliseconds that each step takes at least; ten minutes where it is 0"`
	Alpha        float64 `json:"alpha,omitempty" doc:"chance of taking back a version that is just as good, over 0 and up to 0.5; 0.05 where it is 0"`
	Drop         float64 `json:"drop,omitempty" doc:"of a share, that is to be noticed, over 0 and up to 0.5; 0.05 where it is 0"`
}

// Defaults of Terms.
const (
	DefaultAnswers = 100
	DefaultTime    = 10 * time.Minute
	DefaultAlpha   = 0.05
	DefaultDrop    = 0.05
)

// DefaultSteps are the shares, of version.Whole.
func DefaultSteps() []int { return []int{100, 500, 2500, version.Whole} }

const (
	maxSteps   = 20
	maxAnswers = 10_000_000
	maxTime    = 30 * 24 * time.Hour
)

// normal fills in what was left out, or says what is wrong.
func (t Terms) normal() (Terms, error) {
	if len(t.Steps) == 0 {
		t.Steps = DefaultSteps()
	}
	if t.LeastAnswers == 0 {
		t.LeastAnswers = DefaultAnswers
	}
	if t.LeastTime == 0 {
		t.LeastTime = DefaultTime.Milliseconds()
	}
	if t.Alpha == 0 {
		t.Alpha = DefaultAlpha
	}
	if t.Drop == 0 {
		t.Drop = DefaultDrop
	}
	n := len(t.Steps)
	switch {
	case n > maxSteps || t.Steps[0] < 1 || t.Steps[n-1] != version.Whole || !slices.IsSorted(t.Steps) || len(slices.Compact(slices.Clone(t.Steps))) < n:
		return t, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the steps of a release are up to %d shares that grow, the last of them 100 %%", maxSteps), Hint: "say 1,5,25,100"}
	case t.LeastAnswers < 1 || t.LeastAnswers > maxAnswers:
		return t, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a step of a release waits for 1 to %d answers", maxAnswers), Hint: "leave it out for 100"}
	case t.LeastTime < 1 || t.LeastTime > maxTime.Milliseconds():
		return t, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a step of a release takes between a millisecond and 30 days", Hint: "leave it out for ten minutes"}
	case !(t.Alpha > 0 && t.Alpha <= 0.5) || !(t.Drop > 0 && t.Drop <= 0.5):
		return t, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the chance of a false alarm and the drop that is to be noticed are over 0 and up to 0.5", Hint: "leave them out for 0.05 each"}
	}
	return t, nil
}
