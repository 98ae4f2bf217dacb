package answer

import (
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// An Expert is a model that writes where a question is of its field: a small one, with versions, a gate
// and a rhythm of its own. Several may stand on one base, each an adapter of it.
type Expert struct {
	Name    string   `json:"name"`
	Model   string   `json:"model"`
	About   []string `json:"about,omitempty"`   // sentences or questions, in any language, that say what it is for
	Corpora []string `json:"corpora,omitempty"` // of the assistant's: what is answered from these is the expert's
}

// Required is the setting gate of an assistant or a space whose versions have to be admitted before they are in use.
const Required = "required"

// Bounds of experts.
const (
	maxExperts = 16
	maxAbout   = 50  // lines of one expert
	maxAbouts  = 200 // lines of all
	maxLine    = 500 // code points of a line
)

// expertFields are what is to be checked of the experts.
func (as Assistant) expertFields() (fields []field) {
	fields = append(fields,
		field{"experts", len(as.Experts) > maxExperts || len(as.Experts) > 0 && as.Model == "", "give at most 16, and a model that writes what is of no expert's field"},
		field{"expert_floor", as.ExpertFloor < 0 || as.ExpertFloor > 1 || as.ExpertFloor != as.ExpertFloor, "give 0 to 1; 0 for the usual one"},
		field{"gate", as.Gate != "" && as.Gate != Required, "give required, or leave it out for what the space says"})
	all := 0
	for i, e := range as.Experts {
		all += len(e.About)
		at := func(name string) string { return fmt.Sprintf("experts[%d].%s", i, name) }
		fields = append(fields,
			field{at("name"), !assistantName.MatchString(e.Name) || slices.ContainsFunc(as.Experts[:i], func(o Expert) bool { return o.Name == e.Name }), "give each a name of its own: up to 64 letters, digits, dots, hyphens and underscores"},
			field{at("model"), e.Model == "" || e.Model == as.Model, "give a model, another one than the assistant's"},
			field{at("about"), len(e.About) > maxAbout || all > maxAbouts || slices.ContainsFunc(e.About, func(s string) bool { return strings.TrimSpace(s) == "" || long(s, maxLine) }), "give up to 50 lines of 1 to 500 characters, and up to 200 of all experts"},
			field{at("corpora"), len(e.Corpora)+len(e.About) == 0 || slices.ContainsFunc(e.Corpora, func(c string) bool { return !slices.Contains(as.Corpora, c) }) || repeated(e.Corpora), "say what the expert is for: lines of about, or corpora of the assistant's"})
	}
	return fields
}

// expertsNamed says which model of an expert is not there.
func (a *Answerer) expertsNamed(space string, as Assistant) error {
	for _, e := range as.Experts {
		if _, ok := a.chat(space, e.Model); !ok {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no model named %q", e.Model), Hint: "wenyuan model list shows what can chat"}
		}
	}
	return nil
}

// writers are the models that write for an assistant.
func (as Assistant) writers() (models []string) {
	if as.Model != "" {
		models = append(models, as.Model)
	}
	for _, e := range as.Experts {
		if !slices.Contains(models, e.Model) {
			models = append(models, e.Model)
		}
	}
	return models
}

// shownExperts leaves out corpora that are not there for the asker.
func (as Assistant) shownExperts(seen []string) []Expert {
	out := slices.Clone(as.Experts)
	for i, e := range out {
		out[i].Corpora = slices.DeleteFunc(slices.Clone(e.Corpora), func(c string) bool { return !slices.Contains(seen, c) })
	}
	return out
}
