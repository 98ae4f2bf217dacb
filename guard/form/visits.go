package form

import "github.com/santhosh-tekuri/jsonschema/v6"

// maxVisits bounds how often a schema meets a value in one text: schemas that refer to
// themselves in several ways take exponential time.
const maxVisits = 500_000

// visits counts how often validating v would look at a schema, and stops when it is too often.
type visits struct{ n, depth int }

func (c *visits) enough() bool { return c.n > maxVisits }

func (c *visits) all(list []*jsonschema.Schema, v any) {
	for _, s := range list {
		c.count(s, v)
	}
}

func (c *visits) count(s *jsonschema.Schema, v any) {
	if s == nil || c.enough() {
		return
	}
	if c.depth++; c.depth > 10_000 { // it refers to itself without going on in the value
		c.n = maxVisits + 1
		return
	}
	defer func() { c.depth-- }()
	c.n++
	if s.Enum != nil {
		c.n += len(s.Enum.Values)
	}
	for _, x := range []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else, s.ContentSchema} {
		c.count(x, v)
	}
	c.all(s.AllOf, v)
	c.all(s.AnyOf, v)
	c.all(s.OneOf, v)
	for _, x := range s.DependentSchemas {
		c.count(x, v)
	}
	for _, x := range s.Dependencies {
		c.count(asSchema(x), v)
	}
	switch v := v.(type) {
	case string:
		c.n += len(v) / 64
	case []any:
		c.items(s, v)
	case map[string]any:
		c.properties(s, v)
	}
}

func (c *visits) items(s *jsonschema.Schema, list []any) {
	for i, v := range list {
		if c.enough() {
			return
		}
		c.all(itemSchemas(s, i), v)
		c.count(s.Contains, v)
		c.count(s.UnevaluatedItems, v)
	}
}

func (c *visits) properties(s *jsonschema.Schema, object map[string]any) {
	for k, v := range object {
		if c.enough() {
			return
		}
		c.n += len(s.PatternProperties)
		own, _ := propertySchemas(s, k)
		c.all(own, v)
		c.count(s.PropertyNames, k)
		c.count(s.UnevaluatedProperties, v)
	}
}

func asSchema(x any) *jsonschema.Schema {
	s, _ := x.(*jsonschema.Schema)
	return s
}

// itemSchemas are those that item i of an array has to fit.
func itemSchemas(s *jsonschema.Schema, i int) []*jsonschema.Schema {
	switch first, isList := s.Items.([]*jsonschema.Schema); {
	case i < len(s.PrefixItems):
		return s.PrefixItems[i : i+1]
	case s.Items2020 != nil:
		return []*jsonschema.Schema{s.Items2020}
	case isList && i < len(first):
		return first[i : i+1]
	case isList:
		return []*jsonschema.Schema{asSchema(s.AdditionalItems)}
	}
	return []*jsonschema.Schema{asSchema(s.Items)}
}

// propertySchemas are those that the value of a property has to fit; allowed says whether it may
// be there.
func propertySchemas(s *jsonschema.Schema, key string) (out []*jsonschema.Schema, allowed bool) {
	if p := s.Properties[key]; p != nil {
		out = append(out, p)
	}
	for re, p := range s.PatternProperties {
		if re.MatchString(key) {
			out = append(out, p)
		}
	}
	if len(out) > 0 {
		return out, true
	}
	if may, is := s.AdditionalProperties.(bool); is {
		return nil, may
	}
	return []*jsonschema.Schema{asSchema(s.AdditionalProperties)}, true
}
