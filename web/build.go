package web

import (
	"io"
	"slices"
	"strings"
)

// Assistants writes the list of assistants.
func (r *Renderer) Assistants(w io.Writer, p AssistantsPage) error {
	return r.page(w, "assistants", layout{p.Frame, "assistants", must(lang(p.Frame), "assistants"), p})
}

// Assistant writes the settings of one assistant as a comparison of versions.
func (r *Renderer) Assistant(w io.Writer, p AssistantPage) error {
	title := p.Assistant.Name
	if p.New {
		title = must(lang(p.Frame), "assistant.new")
	}
	return r.page(w, "assistant", layout{p.Frame, "assistants", title, p})
}

// Versions writes the history of an assistant.
func (r *Renderer) Versions(w io.Writer, p VersionsPage) error {
	title := must(lang(p.Frame), "versions") + " · " + p.Assistant.Name
	return r.page(w, "versions", layout{p.Frame, "assistants", title, p})
}

// Engine writes what a model is sent for one question, and how that came to be.
func (r *Renderer) Engine(w io.Writer, p EnginePage) error {
	title := must(lang(p.Frame), "engine") + " · " + p.Assistant.Name
	return r.page(w, "engine", layout{p.Frame, "assistants", title, p})
}

// Gateway writes the models with their servers and figures.
func (r *Renderer) Gateway(w io.Writer, p GatewayPage) error {
	return r.page(w, "gateway", layout{p.Frame, "gateway", must(lang(p.Frame), "gateway"), p})
}

// Model writes one model's form.
func (r *Renderer) Model(w io.Writer, p ModelPage) error {
	title := p.Model.Name
	if p.New {
		title = must(lang(p.Frame), "model.new")
	}
	return r.page(w, "model", layout{p.Frame, "gateway", title, p})
}

// tabs is what the tabs of an assistant need to know: its name, and which of them it is.
type tabs struct {
	Name, Here string
	Reads      bool // who looks changes nothing: the pages for that are left out
}

// Saved says that somebody has saved this assistant; a corpus has one before that.
func (a AssistantRow) Saved() bool { return a.Moved > 0 }

// Changed says that the draft is not what holds now.
func (f Field) Changed() bool {
	if f.Kind != "many" {
		return f.Live != f.Draft
	}
	for _, o := range f.Options {
		if o.Live != o.Chosen {
			return true
		}
	}
	return false
}

// Shown are the values that hold now, as a reader sees them.
func (f Field) Shown() []Option { return f.those(func(o Option) bool { return o.Live }) }

// Drafted are the values of the draft, as a reader sees them.
func (f Field) Drafted() []Option { return f.those(func(o Option) bool { return o.Chosen }) }

func (f Field) those(wanted func(Option) bool) (out []Option) {
	for _, o := range f.Options {
		if wanted(o) {
			out = append(out, o)
		}
	}
	return out
}

// Changes is how many settings of the draft differ from what holds.
func (f Form) Changes() int {
	n := 0
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			if field.Changed() {
				n++
			}
		}
	}
	return n
}

// With is the form under a problem of the whole.
func (f Form) With(p *Problem) Form {
	f.Problem = p
	return f
}

// First is the form with its first group alone.
func (f Form) First() Form {
	f.Groups = f.Groups[:min(1, len(f.Groups))]
	return f
}

// Rest is the form without its first group.
func (f Form) Rest() Form {
	f.Groups = f.Groups[min(1, len(f.Groups)):]
	return f
}

// Faults is how many settings cannot be as they are drafted.
func (f Form) Faults() int {
	n := 0
	for _, g := range f.Groups {
		for _, field := range g.Fields {
			if field.Fault != nil {
				n++
			}
		}
	}
	return n
}

// Counts are the lines that came and went.
func (f Field) Counts() (c struct{ Added, Gone int }) {
	for _, l := range f.Diff {
		switch l.Kind {
		case "a":
			c.Added++
		case "d":
			c.Gone++
		}
	}
	return c
}

// Signed says that somebody is known to have saved one of the versions.
func (p VersionsPage) Signed() bool {
	return slices.ContainsFunc(p.Versions, func(v VersionRow) bool { return v.By != "" })
}

// Many says that there are two versions to compare.
func (p VersionsPage) Many() bool { return len(p.Versions) > 1 }

// Answers says that the assistant answers with this version.
func (v VersionRow) Answers() bool { return slices.Contains(v.Labels, "production") }

// Changed says that a server in the form is not as it stands now.
func (r ReplicaDraft) Changed() bool {
	return r.Live != nil && (r.URL != r.Live.URL || r.Dialect != r.Live.Dialect || r.RemoteName != r.Live.RemoteName || r.KeyEnv != r.Live.KeyEnv) || r.Shifted()
}

// Shifted says that what its share of the load depends on was changed.
func (r ReplicaDraft) Shifted() bool {
	return r.Live != nil && (r.Weight != r.Live.Weight || r.Priority != r.Live.Priority || r.Region != r.Live.Region || r.Cost != r.Live.Cost)
}

// A shareField is one of the fields by which requests are shared out among replicas.
type shareField struct {
	Name, Value, Live, Mode, Example string
	Fault                            *Fault
}

// ShareFields are those of a replica.
func (r ReplicaDraft) ShareFields() []shareField {
	var live Replica
	if r.Live != nil {
		live = *r.Live
	}
	return []shareField{
		{"weight", r.Weight, live.Weight, "decimal", "1", r.Fault["weight"]},
		{"priority", r.Priority, live.Priority, "numeric", "0", r.Fault["priority"]},
		{"region", r.Region, live.Region, "text", "", r.Fault["region"]},
		{"cost", r.Cost, live.Cost, "decimal", "", r.Fault["cost"]},
	}
}

// Dialects are what a server may speak.
func (ModelPage) Dialects() []string { return []string{"openai", "anthropic", "ollama", "nli"} }

// Faulty says that a server in the form cannot be as it is drafted.
func (p ModelPage) Faulty() bool {
	return slices.ContainsFunc(p.Replicas, func(r ReplicaDraft) bool { return len(r.Fault) > 0 })
}

// Keyless are the variables that should hold a key and do not.
func (m Model) Keyless() []string {
	var out []string
	for _, r := range m.Replicas {
		if r.KeyEnv != "" && !r.KeySet {
			out = append(out, r.KeyEnv)
		}
	}
	return out
}

// Failed is how many checks failed.
func (t ModelTest) Failed() int {
	n := 0
	for _, c := range t.Checks {
		if c.Problem != nil {
			n++
		}
	}
	return n
}

// Anchor is the model's place on the page.
func (m Model) Anchor() string {
	return "m-" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '%' || r == '#' {
			return '-'
		}
		return r
	}, m.Name)
}
