package server

import (
	"fmt"
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

// Bounds on a filter or path.
const (
	maxFilter = 2000 // bytes
	maxNested = 20   // parentheses and brackets
)

// facts are what a filter may ask about, by the attribute in lower case. A text is compared in any
// case, unless the attribute is exact.
type facts map[string][]any

// exactly are the attributes whose case counts (RFC 7643, 3.1 and 4).
var exactly = map[string]bool{"id": true, "externalid": true, "members": true, "members.value": true}

// scimFilter reads a filter into a question about facts. An empty one is yes.
func scimFilter(text string) (func(facts) bool, error) {
	if text == "" {
		return func(facts) bool { return true }, nil
	}
	if len(text) > maxFilter || strings.Count(text, "(")+strings.Count(text, "[") > maxNested {
		return nil, badScim("invalidFilter", "the filter is too long", "ask for less at once")
	}
	e, err := filter.ParseFilter([]byte(text))
	if err != nil {
		return nil, badScim("invalidFilter", fmt.Sprintf("%q is no filter", cut(text)), `write it as userName eq "li@example.com"`)
	}
	return compile(e, "")
}

func cut(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

// compile makes a question of an expression; within is the attribute whose values it is about.
func compile(e filter.Expression, within string) (func(facts) bool, error) {
	switch e := e.(type) {
	case *filter.AttributeExpression:
		return comparison(e, within)
	case *filter.NotExpression:
		f, err := compile(e.Expression, within)
		return func(x facts) bool { return !f(x) }, err
	case *filter.LogicalExpression:
		left, err := compile(e.Left, within)
		if err != nil {
			return nil, err
		}
		right, err := compile(e.Right, within)
		if e.Operator == filter.AND {
			return func(x facts) bool { return left(x) && right(x) }, err
		}
		return func(x facts) bool { return left(x) || right(x) }, err
	case *filter.ValuePath:
		return compile(e.ValueFilter, strings.ToLower(e.AttributePath.AttributeName))
	}
	return nil, badScim("invalidFilter", "the filter has a part that is not known here", `write it as userName eq "li@example.com"`)
}

// known are the attributes of people and groups that can be asked about.
var known = map[string]bool{
	"id": true, "externalid": true, "username": true, "displayname": true, "active": true, "emails": true, "emails.value": true, "emails.type": true, "emails.primary": true,
	"members": true, "members.value": true, "members.type": true,
}

func comparison(e *filter.AttributeExpression, within string) (func(facts) bool, error) {
	name := strings.ToLower(e.AttributePath.AttributeName)
	if sub := e.AttributePath.SubAttributeName(); sub != "" {
		name += "." + strings.ToLower(sub)
	}
	if within != "" {
		name = within + "." + name
	}
	if !known[name] {
		return nil, badScim("invalidFilter", fmt.Sprintf("nothing can be asked about %q", cut(name)), "ask about userName, externalId, displayName, emails, active, id or members")
	}
	holds, ok := comparisons[filter.CompareOperator(strings.ToLower(string(e.Operator)))]
	if !ok {
		return nil, badScim("invalidFilter", fmt.Sprintf("%q cannot be asked here", e.Operator), "use eq, ne, co, sw, ew or pr")
	}
	want, not := e.CompareValue, e.Operator == filter.NE
	return func(x facts) bool {
		for _, have := range x[name] {
			if agrees(have, want, exactly[name], holds) {
				return !not
			}
		}
		return not
	}, nil
}

// comparisons say whether a text holds for another. ne is the contrary of eq.
var comparisons = map[filter.CompareOperator]func(have, want string) bool{
	filter.EQ: func(have, want string) bool { return have == want },
	filter.NE: func(have, want string) bool { return have == want },
	filter.CO: strings.Contains,
	filter.SW: strings.HasPrefix,
	filter.EW: strings.HasSuffix,
	filter.PR: func(have, _ string) bool { return have != "" },
}

func agrees(have, want any, exact bool, holds func(have, want string) bool) bool {
	a, b := fmt.Sprint(have), ""
	if want != nil {
		b = fmt.Sprint(want)
	}
	if !exact {
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	return holds(a, b)
}
