package web

import (
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Incidents writes what the guards met.
func (r *Renderer) Incidents(w io.Writer, p IncidentsPage) error {
	return r.page(w, "guards", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "guards"), p})
}

// Incident writes one of them with its evidence.
func (r *Renderer) Incident(w io.Writer, p IncidentPage) error {
	return r.page(w, "guard_incident", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "incident.title", six(p.Incident.ID)), p})
}

// Playground writes what a policy does with a text.
func (r *Renderer) Playground(w io.Writer, p PlaygroundPage) error {
	return r.page(w, "guard_playground", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "playground"), p})
}

// Policies writes the list of policies.
func (r *Renderer) Policies(w io.Writer, p PoliciesPage) error {
	return r.page(w, "guard_policies", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "policies"), p})
}

// Policy writes one policy as a comparison of versions.
func (r *Renderer) Policy(w io.Writer, p PolicyPage) error {
	return r.page(w, "guard_policy", layout{p.Frame, GuardsPlace, p.Policy.Name, p})
}

// Rules writes the editor of a set of rules.
func (r *Renderer) Rules(w io.Writer, p RulesPage) error {
	title := p.Set
	if p.New {
		title = must(lang(p.Frame), "rules.new")
	}
	return r.page(w, "guard_rules", layout{p.Frame, GuardsPlace, title, p})
}

// PolicyVersions writes the history of a policy.
func (r *Renderer) PolicyVersions(w io.Writer, p PolicyVersionsPage) error {
	return r.page(w, "guard_versions", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "versions") + " · " + p.Policy.Name, p})
}

// Cases writes the cases that a policy has to pass.
func (r *Renderer) Cases(w io.Writer, p CasesPage) error {
	return r.page(w, "guard_cases", layout{p.Frame, GuardsPlace, must(lang(p.Frame), "cases"), p})
}

// guardFunctions are what the templates of Guards may call beside the others.
func guardFunctions(lang Lang) template.FuncMap {
	return template.FuncMap{
		"word":       func(prefix, name string) string { return wordOf(lang, prefix, name) },
		"ways":       func(ways []string) string { return waysOf(lang, ways) },
		"because":    func(f GuardFinding) *said { return tell(lang, f.Reason) },
		"lines":      func(s string) []string { return strings.Split(s, "\n") },
		"clipped":    clipped,
		"capital":    capital,
		"pick":       func(word, name, prefix string, options []Option) picking { return picking{word, name, prefix, options} },
		"placenames": func() []string { return guardPlaces },
		"beforeat":   func(s string) string { name, _, _ := strings.Cut(s, "@"); return name },
	}
}

// A picking is a control for one of several values, with the prefix of their words; "" shows them as they
// are.
type picking struct {
	Word, Name, Prefix string
	Options            []Option
}

// guardPlaces are where a text can be met, in the order of the road.
var guardPlaces = []string{"input", "retrieved", "tool", "output", "log", "data"}

// wordOf is the console's word for a name that the guards gave; the name itself where it knows none.
func wordOf(l Lang, prefix, name string) string {
	if s, err := say(l, prefix+"."+name); err == nil {
		return s
	}
	return strings.ReplaceAll(name, "_", " ")
}

// waysOf names codes, outermost first.
func waysOf(l Lang, ways []string) string {
	names := make([]string, len(ways))
	for i, w := range ways {
		names[i] = wordOf(l, "way", w)
	}
	return strings.Join(names, " → ")
}

// clipped is the beginning of a text in one line.
func clipped(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// capital begins a text with a capital.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// A guardTabs is what the tabs of Guards need to know.
type guardTabs struct {
	Here    string
	Reviews bool
}

// GuardTabs are the tabs of Guards that this person can use.
func (f Frame) GuardTabs(here string) guardTabs { return guardTabs{here, f.Reviews} }

// Builds says that a place of the second group of the rail is listed.
func (f Frame) Builds() bool {
	return f.Shows(AssistantsPlace) || f.Shows(GuardsPlace) || f.Shows(LearningPlace) || f.Judges
}

// guarded says what the guards did in a step.
func (p TracePage) guarded(s Step) string {
	l := lang(p.Frame)
	if s.Aside > 0 {
		return must(l, "sum.aside", s.Aside)
	}
	if s.Did != "" {
		return wordOf(l, "does", s.Did)
	}
	return s.Summary
}

// Stopped says that the guards refused the question, or its answer.
func (t Turn) Stopped() bool {
	g := t.Answer.Guard
	return t.Answer.Refused && g != nil && (g.Action == "ask" || g.Action == "refuse")
}

// Noticed says that the reader may look at what was set aside or cut off, of which the notice tells.
func (t Turn) Noticed() bool {
	return t.Reviews && !t.Stopped() && t.Answer.Guard != nil && t.Answer.Guard.Incident != ""
}

// states of incidents, in the order of the tabs.
var states = []string{"open", "waiting", "confirmed", "dismissed", "released"}

// EachState are the states to choose from.
func (p IncidentsPage) EachState() []string { return states }

// EachPlace are the places where incidents are kept of.
func (p IncidentsPage) EachPlace() []string { return []string{"input", "retrieved", "tool", "output"} }

// All is how many incidents the filters leave, whatever their state.
func (p IncidentsPage) All() int {
	n := 0
	for _, k := range p.Counts {
		n += k
	}
	return n
}

// Wait is how many of them wait for a reviewer.
func (p IncidentsPage) Wait() int { return p.Counts["open"] + p.Counts["waiting"] }

// Filtered says that not everything is asked for.
func (p IncidentsPage) Filtered() bool {
	return p.State != "" || p.Place != "" || p.Check != "" || p.Query != "" || p.Document != nil || p.Before != ""
}

// Link is the address of the list in a state, under the same other filters.
func (p IncidentsPage) Link(state string) string { return p.address(state, "") }

// Page is the address of the incidents before one, under the same filters.
func (p IncidentsPage) Page(before string) string { return p.address(p.State, before) }

func (p IncidentsPage) address(state, before string) string {
	q := url.Values{}
	for name, v := range map[string]string{"state": state, "place": p.Place, "check": p.Check, "q": p.Query, "before": before} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if p.Document != nil {
		q.Set("document", p.Document.ID)
	}
	if len(q) == 0 {
		return "/guards"
	}
	return "/guards?" + q.Encode()
}

// Shown is a text beside what was found in it, in a line: the question, or the beginning of the text.
func (i Incident) Shown() string { return clipped(i.Text, 160) }

// Runs is the text with what was found lit; By are the numbers of the findings.
func (i Incident) Runs() []lit { return lightFound(i.Text, i.Findings) }

// Runs is the text with what was found lit.
func (t Tried) Runs() []lit { return lightFound(t.Text, t.Findings) }

// Masked says that the text goes on otherwise than it came.
func (t Tried) Masked() bool {
	return t.Goes != t.Text && (t.Action == "allow" || t.Action == "flag" || t.Action == "mask")
}

// Goes says that the text goes on at all.
func (t Tried) Passes() bool { return t.Action != "ask" && t.Action != "refuse" }

// lightFound lights in a text what findings are about. Where ranges lie on each other all are named.
func lightFound(text string, found []GuardFinding) []lit {
	var marks []mark
	for n, f := range found {
		if f.End > f.Start {
			marks = append(marks, mark{f.Start, f.End, n + 1})
		}
	}
	return light(text, 0, marks)
}

// Ends are the numbers of the findings that end with this run, of those that lie on the next.
func (l lit) First() int {
	if len(l.By) == 0 {
		return 0
	}
	return l.By[0]
}

// Found says a score with the bound from which on it counts.
func (f GuardFinding) Found() string { return decimal(f.Score) }

// Bound is the score from which on it counts; "" where that is not known.
func (f GuardFinding) Bound() string {
	if f.From == 0 {
		return ""
	}
	return strconv.FormatFloat(f.From, 'g', 3, 64)
}

// Whole says that the finding is about the whole text.
func (f GuardFinding) Whole() bool { return f.End <= f.Start }

// Differs says that two policies do different things with the text.
func (p PolicyPage) Differs() bool {
	return p.Tried != nil && p.Held != nil && (p.Tried.Action != p.Held.Action || p.Tried.Goes != p.Held.Goes)
}

// spareLines are the numbers beside a set of rules that stand ready for lines still to be written.
const spareLines, mostNumbers = 200, 5000

// Numbers are the numbers of the lines beside the text, with some to spare; "" beside a text that is
// too long for them.
func (p RulesPage) Numbers() string {
	n := strings.Count(p.Text, "\n") + 1
	if n > mostNumbers {
		return ""
	}
	var b strings.Builder
	for i := range n + spareLines {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// Lasts is how many lines the text has.
func (p RulesPage) Lasts() int { return max(strings.Count(p.Text, "\n")+1, 12) }

// Address is that of the page.
func (p RulesPage) Address() string {
	set := p.Set
	if p.New {
		set = "new"
	}
	return "/guards/policies/" + url.PathEscape(p.Policy) + "/rules/" + url.PathEscape(set)
}

// Answers says that the version holds.
func (p PolicyVersionsPage) Holds(v VersionRow) bool { return slices.Contains(v.Labels, "production") }
