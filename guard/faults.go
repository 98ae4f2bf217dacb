package guard

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard/pii"
	"wenyuan/guard/rule"
)

// Bounds on a policy.
const (
	MaxPolicy  = 3 << 20 // bytes, as JSON or YAML
	maxName    = 64      // characters
	maxTitle   = 200
	maxAbout   = 1000
	maxChecks  = 100
	maxKinds   = 100 // of one line
	maxSets    = 50
	maxHosts   = 1000
	maxTimeout = 30000 // milliseconds
	maxFaults  = 100   // that are told at once
)

var (
	nameForm = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]*$`)
	hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:[0-9]{1,5})?$`)
)

// An inspector collects what is wrong with one policy.
type inspector struct {
	faults    []Fault
	judge     func(name string) bool // whether there is such a model
	moderator func(name string) bool
}

func (x *inspector) say(path string, line int, message string) {
	if len(x.faults) < maxFaults {
		x.faults = append(x.faults, Fault{Path: path, Line: line, Message: message})
	}
}

// Validate says everything that is wrong with a policy in a space, up to a hundred things; nil where
// nothing is.
func (g *Guards) Validate(space string, p Policy) []Fault {
	x := &inspector{
		judge: func(name string) bool {
			if g.Judges == nil {
				return false
			}
			_, ok := g.Judges(space, name)
			return ok
		},
		moderator: func(name string) bool {
			if g.Moderators == nil {
				return false
			}
			_, ok := g.Moderators(space, name)
			return ok
		},
	}
	x.policy(p.filled())
	return x.faults
}

// invalid is what is wrong, as one error; nil where nothing is.
func invalid(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.String()
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: strings.Join(lines, "\n"), Hint: "the manual's page on guards names every check and what its lines may say"}
}

// String is the fault behind its place.
func (f Fault) String() string {
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Message)
	}
	return f.Path + ": " + f.Message
}

func (x *inspector) policy(p Policy) {
	if !nameForm.MatchString(p.Name) || utf8.RuneCountInString(p.Name) > maxName {
		x.say("name", 0, "a policy has a name of 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or a digit")
	}
	x.long("title", p.Title, maxTitle)
	if len(p.Checks) > maxChecks {
		x.say("checks", 0, fmt.Sprintf("a policy has up to %d lines, this one has %d", maxChecks, len(p.Checks)))
	}
	for i, c := range p.Checks[:min(len(p.Checks), maxChecks)] {
		x.check(fmt.Sprintf("checks[%d]", i), c)
	}
	x.contradictions(p.Checks[:min(len(p.Checks), maxChecks)])
	x.rules(p.Rules)
	x.hosts(p.Hosts)
	x.fence(p.Fence)
}

func (x *inspector) long(path, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		x.say(path, 0, fmt.Sprintf("it has %d characters, more than %d", n, most))
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		x.say(path, 0, "it is no valid text")
	}
}

// check looks at one line by itself.
func (x *inspector) check(path string, c Check) {
	t, known := traits[c.Check]
	if !known {
		x.say(path+".check", 0, fmt.Sprintf("there is no check %q", c.Check))
		return
	}
	for _, p := range c.Places {
		if !slices.Contains(Places(), p) {
			x.say(path+".places", 0, fmt.Sprintf("there is no place %q", p))
		} else if !slices.Contains(t.places, p) {
			x.say(path+".places", 0, fmt.Sprintf("the check %s is of no use at the place %s", c.Check, p))
		}
	}
	if !slices.Contains(actions, c.Action) {
		x.say(path+".action", 0, fmt.Sprintf("there is no action %q", c.Action))
	} else if c.Action == Mask && !t.cuts {
		x.say(path+".action", 0, fmt.Sprintf("what the check %s finds cannot be masked: it is about the whole text", c.Check))
	}
	if c.At < 0 || c.At > 1 || c.At != c.At {
		x.say(path+".at", 0, fmt.Sprintf("a threshold is from 0 to 1, not %v", c.At))
	}
	if !slices.Contains(severities, c.Severity) {
		x.say(path+".severity", 0, fmt.Sprintf("there is no severity %q", c.Severity))
	} else if c.Severity != "" && !t.severity {
		x.say(path+".severity", 0, fmt.Sprintf("what the check %s finds has no severity", c.Check))
	}
	x.kinds(path+".kinds", c, t)
	x.covering(path, c, t)
	x.outside(path, c, t)
}

// severities are those that there are, the mildest first; "" is none.
var severities = []string{"", "low", "medium", "high"}

func (x *inspector) kinds(path string, c Check, t trait) {
	if len(c.Kinds) > maxKinds {
		x.say(path, 0, fmt.Sprintf("a line names up to %d kinds, this one %d", maxKinds, len(c.Kinds)))
	}
	if t.kinds == nil {
		return
	}
	known := t.kinds()
	for _, k := range c.Kinds[:min(len(c.Kinds), maxKinds)] {
		if !slices.Contains(known, k) {
			x.say(path, 0, fmt.Sprintf("the check %s knows no kind %q", c.Check, k))
		}
	}
}

func (x *inspector) covering(path string, c Check, t trait) {
	switch {
	case c.How == "":
	case !t.covers || c.Action != Mask:
		x.say(path+".how", 0, "how something is covered is said of personal data and secrets that are masked")
	case !slices.Contains(pii.Hows(), pii.How(c.How)):
		x.say(path+".how", 0, fmt.Sprintf("there is no way %q to cover something", c.How))
	}
}

func (x *inspector) outside(path string, c Check, t trait) {
	if !t.outside {
		if c.Model != "" || c.Timeout != 0 || c.Fail != "" {
			x.say(path, 0, fmt.Sprintf("the check %s asks nobody, so it has no model, timeout_ms or fail", c.Check))
		}
		return
	}
	there := x.judge
	if c.Check == Moderation {
		there = x.moderator
	}
	switch {
	case c.Model == "":
		x.say(path+".model", 0, "it is not said whom to ask")
	case !there(c.Model):
		x.say(path+".model", 0, fmt.Sprintf("there is no model %q that could be asked", c.Model))
	}
	if c.Timeout < 1 || c.Timeout > maxTimeout {
		x.say(path+".timeout_ms", 0, fmt.Sprintf("an answer is awaited for 1 to %d milliseconds, not %d", maxTimeout, c.Timeout))
	}
	if c.Fail != "" && c.Fail != failOpen && c.Fail != failClosed {
		x.say(path+".fail", 0, fmt.Sprintf("fail is closed or open, not %q", c.Fail))
	}
}

// contradictions finds lines that say different things of the same, and lines that can never count.
func (x *inspector) contradictions(checks []Check) {
	for j, b := range checks {
		for i, a := range checks[:j] {
			if a.Check != b.Check || a.Model != b.Model || !shared(a.Places, b.Places) {
				continue
			}
			if !shared(a.Kinds, b.Kinds) && len(a.Kinds)+len(b.Kinds) > 0 {
				continue
			}
			path := fmt.Sprintf("checks[%d]", j)
			switch above := a.above(b); {
			case above == 0 && a.Action == b.Action && a.How == b.How:
				x.say(path, 0, fmt.Sprintf("it says what checks[%d] says already", i))
			case above == 0:
				x.say(path, 0, fmt.Sprintf("it contradicts checks[%d]: the same is found at the same place, and something else is to be done", i))
			case above > 0 && a.Action.rank() <= b.Action.rank(), above < 0 && b.Action.rank() <= a.Action.rank():
				x.say(path, 0, fmt.Sprintf("it and checks[%d] are about the same, and the one for graver findings asks for no more than the other", i))
			}
		}
	}
}

// above says whether a line is for graver findings than another: 1, -1, or 0 where they are alike; 2
// where neither is.
func (c Check) above(o Check) int {
	s, t := slices.Index(severities, c.Severity), slices.Index(severities, o.Severity)
	switch {
	case s == t && c.At == o.At:
		return 0
	case s >= t && c.At >= o.At:
		return 1
	case s <= t && c.At <= o.At:
		return -1
	}
	return 2
}

func shared[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(v T) bool { return slices.Contains(b, v) })
}

// rules reads every set, and tells each fault with its line.
func (x *inspector) rules(sets []RuleSet) {
	if len(sets) > maxSets {
		x.say("rules", 0, fmt.Sprintf("a policy has up to %d sets of rules, this one has %d", maxSets, len(sets)))
	}
	seen := map[string]bool{}
	for i, s := range sets[:min(len(sets), maxSets)] {
		path := fmt.Sprintf("rules[%d]", i)
		if !nameForm.MatchString(s.Name) || utf8.RuneCountInString(s.Name) > maxName {
			x.say(path+".name", 0, "a set of rules has a name of 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or a digit")
		} else if seen[s.Name] {
			x.say(path+".name", 0, fmt.Sprintf("there are two sets of rules with the name %q", s.Name))
		}
		seen[s.Name] = true
		_, err := rule.Parse(s.Name, s.Text)
		if list, ok := errors.AsType[*rule.Faults](err); ok {
			for _, f := range list.List {
				x.say(path, f.Line, f.Message)
			}
		} else if err != nil {
			x.say(path, 0, err.Error())
		}
	}
}

func (x *inspector) hosts(hosts []string) {
	if len(hosts) > maxHosts {
		x.say("hosts", 0, fmt.Sprintf("a policy names up to %d hosts, this one %d", maxHosts, len(hosts)))
	}
	for i, h := range hosts[:min(len(hosts), maxHosts)] {
		if len(h) > 253 || !hostForm.MatchString(h) {
			x.say(fmt.Sprintf("hosts[%d]", i), 0, fmt.Sprintf("%q is no host", clip(h, 80)))
		}
	}
}

func (x *inspector) fence(f Fence) {
	x.long("fence.about", f.About, maxAbout)
	if f.At < 0 || f.At > 1 || f.At != f.At {
		x.say("fence.at", 0, fmt.Sprintf("a threshold is from 0 to 1, not %v", f.At))
	}
	switch f.Mode {
	case FenceOff, FenceCorpus:
		if f.Model != "" {
			x.say("fence.model", 0, "only the mode model asks one")
		}
	case FenceModel:
		if f.About == "" {
			x.say("fence.about", 0, "the mode model needs the field in a sentence")
		}
		if !x.judge(f.Model) {
			x.say("fence.model", 0, fmt.Sprintf("there is no model %q that could be asked", f.Model))
		}
	default:
		x.say("fence.mode", 0, fmt.Sprintf("a fence is off, corpus or model, not %q", f.Mode))
	}
}

// clip is a text of at most n code points.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	seen := 0
	for i := range s {
		if seen == n {
			return s[:i] + "…"
		}
		seen++
	}
	return s
}
