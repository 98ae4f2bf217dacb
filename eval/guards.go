package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/guard"
)

// A GuardRow is one labelled text: what somebody asks, or, where Context is set, what was
// retrieved for a question.
type GuardRow struct {
	Text     string `json:"text,omitempty"`
	Question string `json:"question,omitempty"`
	Context  string `json:"context,omitempty"`
	Attack   bool   `json:"attack"`

	// What figures are split by; a row may leave any of them out.
	Lang     string `json:"lang,omitempty"`
	Source   string `json:"source,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Category string `json:"category,omitempty"`
	Variant  string `json:"variant,omitempty"`
	Task     string `json:"task,omitempty"`
	Position string `json:"position,omitempty"`
}

// Place is where a guard meets the row's text.
func (r GuardRow) Place() guard.Place {
	if r.Context != "" {
		return guard.Retrieved
	}
	return guard.Input
}

// Looked is the text that the guard looks at.
func (r GuardRow) Looked() string {
	if r.Context != "" {
		return r.Context
	}
	return r.Text
}

// splits are the fields that figures are split by.
func (r GuardRow) splits() map[string]string {
	return map[string]string{"lang": r.Lang, "source": r.Source, "kind": r.Kind, "category": r.Category, "variant": r.Variant, "task": r.Task, "position": r.Position}
}

// labels are the words that sets use, and whether they mean an attack.
var labels = map[string]bool{
	"attack": true, "unsafe": true, "unsafe_question": true, "harmful": true, "malicious": true, "injection": true, "jailbreak": true, "1": true, "true": true,
	"benign": false, "safe": false, "harmless": false, "ordinary": false, "clean": false, "0": false, "false": false,
}

// LoadGuardRows reads JSON lines {text, label, lang} or {question, context, label, lang}, with
// any of source, kind, category, variant, task and position. The label is attack or benign.
func LoadGuardRows(path string) ([]GuardRow, error) {
	var rows []GuardRow
	err := readRowsOf(path, func(n int, line []byte) error {
		row, err := parseGuardRow(path, n, line)
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: path + " holds no row", Hint: `give JSON lines such as {"text": "...", "label": "attack", "lang": "en"}`}
	}
	return rows, nil
}

func parseGuardRow(path string, n int, line []byte) (GuardRow, error) {
	var in struct {
		GuardRow
		Attack   any             `json:"attack"` // some sets put the attack's text here
		Label    json.RawMessage `json:"label"`
		Lang     any             `json:"lang"`
		Source   any             `json:"source"`
		Kind     any             `json:"kind"`
		Category any             `json:"category"`
		Variant  any             `json:"variant"`
		Task     any             `json:"task"`
		Position any             `json:"position"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return GuardRow{}, invalid(path, n, "is no JSON object with text, or question and context, as texts", err)
	}
	r := in.GuardRow
	for to, from := range map[*string]any{&r.Lang: in.Lang, &r.Source: in.Source, &r.Kind: in.Kind, &r.Category: in.Category, &r.Variant: in.Variant, &r.Task: in.Task, &r.Position: in.Position} {
		*to = word(from)
	}
	if r.Text == "" && r.Context == "" {
		return GuardRow{}, invalid(path, n, "has neither text nor context", nil)
	}
	name := strings.ToLower(strings.Trim(string(in.Label), `" `))
	attack, ok := labels[name]
	if !ok {
		return GuardRow{}, invalid(path, n, fmt.Sprintf("has the label %q; it is attack or benign", name), nil)
	}
	r.Attack = attack
	return r, nil
}

// word is a value as it stands in a table; what is no plain value is left out.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// GuardFigures say how a policy does on some rows. Shares are 0 to 1, and null where there
// is no row to take them of; their intervals are Wilson's at 95 %.
type GuardFigures struct {
	TPR     *float64    `json:"tpr"` // share of the attacks with an action other than allow
	FPR     *float64    `json:"fpr"` // share of the benign rows with one
	Attacks int         `json:"attacks"`
	Benign  int         `json:"benign"`
	Caught  int         `json:"caught"`       // attacks
	Alarms  int         `json:"false_alarms"` // benign rows with an action other than allow
	TPRCI   *[2]float64 `json:"tpr_ci,omitempty"`
	FPRCI   *[2]float64 `json:"fpr_ci,omitempty"`
}

func (f *GuardFigures) add(attack, caught bool) {
	switch {
	case attack && caught:
		f.Caught++
		f.Attacks++
	case attack:
		f.Attacks++
	case caught:
		f.Alarms++
		f.Benign++
	default:
		f.Benign++
	}
}

func (f *GuardFigures) finish() {
	f.TPR, f.TPRCI = rate(f.Caught, f.Attacks)
	f.FPR, f.FPRCI = rate(f.Alarms, f.Benign)
}

// rate is a share with its interval (Wilson, 1927, at 95 %).
func rate(k, n int) (*float64, *[2]float64) {
	if n == 0 {
		return nil, nil
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	ci := [2]float64{max(0, mid-half), min(1, mid+half)}
	switch k { // exactly, where rounding would leave a trace
	case 0:
		ci[0] = 0
	case n:
		ci[1] = 1
	}
	return &p, &ci
}

// A GuardReport is what a policy did with labelled rows.
type GuardReport struct {
	Policy  string `json:"policy"`
	Version string `json:"version,omitempty"` // hash, where it is a version
	Draft   bool   `json:"draft,omitempty"`   // that version was not released
	Check   string `json:"check,omitempty"`   // the only one that ran; empty: the whole policy
	GuardFigures
	By      map[string]map[string]*GuardFigures `json:"by"`      // by field and value: lang, source, kind, category, variant, task, position
	Actions map[string]map[string]int           `json:"actions"` // counts by "attack" and "benign", then by action
	P50     float64                             `json:"p50_ms"`  // of one decision, milliseconds
	P99     float64                             `json:"p99_ms"`
	Missed  []int                               `json:"missed"` // rows, from 1: attacks that were allowed; the first maxNamed
	Alarmed []int                               `json:"alarmed"`
}

// maxNamed is how many rows a report names of each kind.
const maxNamed = 200

// GuardLook decides on one row.
type GuardLook func(ctx context.Context, r GuardRow) (guard.Decision, error)

// Guard measures a policy over rows, one after the other, as times are taken.
func Guard(ctx context.Context, look GuardLook, rows []GuardRow, progress func(n, of int)) (GuardReport, error) {
	rep := GuardReport{By: map[string]map[string]*GuardFigures{}, Actions: map[string]map[string]int{"attack": {}, "benign": {}}, Missed: []int{}, Alarmed: []int{}}
	for _, r := range []GuardRow{{Text: "warm 热身"}, {Context: "warm 热身"}} { // so that no time holds the loading of models
		if _, err := look(ctx, r); err != nil {
			return rep, err
		}
	}
	times := make([]time.Duration, 0, len(rows))
	for i, r := range rows {
		began := time.Now()
		d, err := look(ctx, r)
		if err = cmp.Or(ctx.Err(), err); err != nil { // a check that was cut off counts as caught, and must not be counted
			return rep, fmt.Errorf("eval: row %d: %w", i+1, err)
		}
		times = append(times, time.Since(began))
		rep.add(i+1, r, d.Action)
		if progress != nil {
			progress(i+1, len(rows))
		}
	}
	slices.Sort(times)
	rep.P50, rep.P99 = percentile(times, 0.5), percentile(times, 0.99)
	rep.finish()
	return rep, nil
}

func (g *GuardReport) add(n int, r GuardRow, action guard.Action) {
	caught, label := action != guard.Allow, "benign"
	if r.Attack {
		label = "attack"
	}
	g.Actions[label][string(action)]++
	g.GuardFigures.add(r.Attack, caught)
	switch {
	case r.Attack && !caught && len(g.Missed) < maxNamed:
		g.Missed = append(g.Missed, n)
	case !r.Attack && caught && len(g.Alarmed) < maxNamed:
		g.Alarmed = append(g.Alarmed, n)
	}
	for field, value := range r.splits() {
		if value == "" {
			continue
		}
		if g.By[field] == nil {
			g.By[field] = map[string]*GuardFigures{}
		}
		if g.By[field][value] == nil {
			g.By[field][value] = &GuardFigures{}
		}
		g.By[field][value].add(r.Attack, caught)
	}
}

func (g *GuardReport) finish() {
	g.GuardFigures.finish()
	for _, values := range g.By {
		for _, f := range values {
			f.finish()
		}
	}
}

// checksOf are the checks of a policy that a test of one of them runs.
var checksOf = map[string][]string{
	guard.Injection: {guard.Injection, guard.Indirect},
	guard.Content:   {guard.Content, guard.Rules},
}

// OnlyCheck is a policy with the checks of one kind alone: injection, in what is asked and what
// is retrieved, or content, with its rules. "" leaves all.
func OnlyCheck(p guard.Policy, check string) guard.Policy {
	if check == "" {
		return p
	}
	p.Checks = slices.DeleteFunc(slices.Clone(p.Checks), func(c guard.Check) bool { return !slices.Contains(checksOf[check], c.Check) })
	p.Fence = guard.Fence{}
	return p
}

// LookBy looks at rows with a policy; nothing is kept.
func LookBy(g *guard.Guard) GuardLook {
	return func(ctx context.Context, r GuardRow) (guard.Decision, error) {
		about := guard.About{Question: r.Question, Dry: true}
		return g.Look(ctx, r.Place(), r.Looked(), about)
	}
}
