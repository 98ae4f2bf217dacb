package guard

import (
	"cmp"
	"slices"
	"strings"

	"wenyuan/guard/content"
	"wenyuan/guard/indirect"
	"wenyuan/guard/inject"
	"wenyuan/guard/pii"
)

// A trait says what a check is: where it is of use, and what its lines may say.
type trait struct {
	places   []Place // where it is of use, the usual ones first
	usual    int     // how many of places are meant where a line names none
	at       float64 // the score from which on it counts
	severity bool    // its findings have a severity
	outside  bool    // it asks somebody
	covers   bool    // what it finds can be covered in the ways of pii
	cuts     bool    // what it finds stands at a place in the text, so that it can be masked
	kinds    func() []string
}

// traits are the checks that there are.
var traits = map[string]trait{
	Injection:  {places: []Place{Input, Tool, Retrieved, Output, Data}, usual: 1, at: inject.Threshold},
	Indirect:   {places: []Place{Retrieved, Tool, Data}, usual: 2, at: indirect.Threshold},
	Content:    {places: []Place{Input, Output, Retrieved, Tool, Data}, usual: 2, at: content.Threshold, severity: true, kinds: contentKinds},
	Rules:      {places: Places(), usual: 1, at: 0.5, severity: true, cuts: true},
	PII:        {places: []Place{Log, Input, Output, Retrieved, Tool, Data}, usual: 1, at: pii.Threshold, covers: true, cuts: true, kinds: kindsOf(false)},
	Secrets:    {places: []Place{Input, Output, Log, Retrieved, Tool, Data}, usual: 3, at: pii.Threshold, covers: true, cuts: true, kinds: kindsOf(true)},
	CanaryLeak: {places: []Place{Output}, usual: 1, at: 0.5, kinds: func() []string { return []string{"canary", "prompt"} }},
	Links:      {places: []Place{Output, Tool}, usual: 1, at: 0.5, cuts: true, kinds: func() []string { return []string{"image", "link", "script"} }},
	Abuse:      {places: []Place{Input, Output}, usual: 2, at: 0.5, kinds: func() []string { return []string{"repeat", "endless", "length", "shots", "loop"} }},
	FenceCheck: {places: []Place{Input}, usual: 1, at: 0.5},
	Judge:      {places: []Place{Input, Retrieved, Tool, Output, Data}, usual: 1, at: 0.5, outside: true},
	Moderation: {places: []Place{Input, Output, Retrieved, Tool, Data}, usual: 2, at: 0.5, outside: true},
}

// Checks are the names of all checks that a policy may have, sorted.
func Checks() []string {
	all := make([]string, 0, len(traits))
	for name := range traits {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func contentKinds() (all []string) {
	for _, k := range content.Kinds() {
		all = append(all, k.Name)
	}
	return all
}

// kindsOf lists the kinds of personal data, or of secrets.
func kindsOf(secret bool) func() []string {
	return func() (all []string) {
		for _, k := range pii.Kinds() {
			if k.Secret == secret {
				all = append(all, k.Name)
			}
		}
		return all
	}
}

const usualTimeout = 2000 // milliseconds

// filled is the policy as it is kept: with everything said that was left out, and lists sorted. What
// is wrong stays as it is, for faults to tell.
func (p Policy) filled() Policy {
	p.Name, p.Title = strings.TrimSpace(p.Name), strings.TrimSpace(p.Title)
	checks := make([]Check, len(p.Checks))
	for i, c := range p.Checks {
		checks[i] = c.filled()
	}
	p.Checks = checks
	p.Rules = slices.Clone(p.Rules)
	for i := range p.Rules {
		p.Rules[i].Name = strings.TrimSpace(p.Rules[i].Name)
		p.Rules[i].Text = strings.ReplaceAll(p.Rules[i].Text, "\r\n", "\n")
	}
	hosts := make([]string, 0, len(p.Hosts))
	for _, h := range p.Hosts {
		hosts = append(hosts, strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), ".")))
	}
	slices.Sort(hosts)
	p.Hosts = slices.Compact(hosts)
	p.Fence = p.Fence.filled()
	return p
}

func (c Check) filled() Check {
	t, known := traits[c.Check]
	if !known {
		return c
	}
	c.Kinds = slices.Compact(slices.Sorted(slices.Values(c.Kinds)))
	if c.Check == PII || c.Check == Secrets {
		for i, k := range c.Kinds {
			c.Kinds[i] = pii.Alias(k)
		}
	}
	places := c.Places
	if len(places) == 0 {
		places = t.places[:t.usual]
	}
	c.Places = slices.DeleteFunc(Places(), func(p Place) bool { return !slices.Contains(places, p) })
	for _, p := range places { // what is no place stays, to be told
		if !slices.Contains(c.Places, p) {
			c.Places = append(c.Places, p)
		}
	}
	if c.At == 0 {
		c.At = t.at
	}
	if c.Action == Mask && t.covers {
		c.How = cmp.Or(c.How, string(pii.Mask))
	}
	if t.outside && c.Timeout == 0 {
		c.Timeout = usualTimeout
	}
	if t.outside && c.Fail == "" {
		c.Fail = failOf(c.Places)
	}
	return c
}

// The ways to go on when no answer comes.
const (
	failClosed = "closed"
	failOpen   = "open"
)

// failOf is what a line means that does not say what is done when no answer comes; "" where that
// is not the same at all its places.
func failOf(places []Place) string {
	if !slices.Contains(places, Input) {
		return failOpen
	}
	if len(places) == 1 {
		return failClosed
	}
	return ""
}

// closed says whether the line takes its action at a place when no answer comes.
func (c Check) closed(place Place) bool {
	return c.Fail == failClosed || c.Fail == "" && place == Input
}

func (f Fence) filled() Fence {
	f.About = strings.TrimSpace(f.About)
	f.Mode = cmp.Or(f.Mode, FenceOff)
	if f.Mode != FenceOff && f.At == 0 {
		// Where, of questions about RocketMQ that stand in none of its documents, none was refused by the
		// corpus in either language, and of others 66 to 94 %.
		f.At = 0.7
	}
	return f
}
