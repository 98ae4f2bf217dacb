package prompt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// A Variable is what an assistant may set in a template.
type Variable struct {
	Type    string   `json:"type" yaml:"type"`                           // "string", "number", "bool", "choice"
	Default any      `json:"default,omitempty" yaml:"default"`           // without one, "", 0, false and the first choice
	Choices []string `json:"choices,omitempty" yaml:"choices,omitempty"` // of a "choice"
	Doc     string   `json:"doc,omitempty" yaml:"doc,omitempty"`
}

// maxValue is how many code points the value of a variable may have.
const maxValue = 4000

// check refuses a declaration that says nothing or contradicts itself.
func (v Variable) check(name string) error {
	if !isName(name) || strings.ContainsAny(name, ".-") {
		return fmt.Errorf("%q cannot be the name of a variable: letters, digits and underscores can", name)
	}
	if !slices.Contains([]string{"string", "number", "bool", "choice"}, v.Type) {
		return fmt.Errorf("the variable %s has the type %q; there are string, number, bool and choice", name, v.Type)
	}
	if (v.Type == "choice") != (len(v.Choices) > 0) {
		return fmt.Errorf("the variable %s: a choice has choices, and nothing else has", name)
	}
	_, err := v.value(name, v.Default)
	return err
}

// value brings what was given to the type of the variable; nil is the default.
func (v Variable) value(name string, given any) (any, error) {
	if given == nil {
		given = v.Default
	}
	switch v.Type {
	case "number":
		return number(name, given)
	case "bool":
		if b, ok := given.(bool); ok || given == nil {
			return b, nil
		}
		return nil, fmt.Errorf("the variable %s is %v and takes true or false", name, given)
	}
	s, ok := given.(string)
	if given == nil {
		ok = true
		if v.Type == "choice" {
			s = v.Choices[0]
		}
	}
	switch {
	case !ok:
		return nil, fmt.Errorf("the variable %s is %v and takes a text", name, given)
	case v.Type == "choice" && !slices.Contains(v.Choices, s):
		return nil, fmt.Errorf("the variable %s is %q and takes one of %s", name, s, strings.Join(v.Choices, ", "))
	case utf8.RuneCountInString(s) > maxValue:
		return nil, fmt.Errorf("the variable %s has more than %d characters", name, maxValue)
	}
	return s, nil
}

// number takes what JSON and YAML make of numbers.
func number(name string, given any) (any, error) {
	switch n := given.(type) {
	case nil:
		return 0.0, nil
	case float64:
		return n, nil
	case int:
		return float64(n), nil
	case int64:
		return float64(n), nil
	case uint64:
		return float64(n), nil
	}
	return nil, fmt.Errorf("the variable %s is %v and takes a number", name, given)
}

// values fills in what an assistant leaves to the template.
func (t *Template) values(given map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range t.Variables {
		value, err := v.value(name, given[name])
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := t.Variables[name]; !ok {
			return nil, fmt.Errorf("there is no variable %s", name)
		}
	}
	return out, nil
}

// Check says whether an assistant may set these values.
func (t *Template) Check(values map[string]any) error {
	if _, err := t.values(values); err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the prompt %q: %s", t.Name, err), Hint: "look at the variables that the prompt declares", Err: err}
	}
	return nil
}
