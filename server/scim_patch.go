package server

import (
	"encoding/json"
	"fmt"
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

// A scimPatch is a list of changes (RFC 7644, 3.5.2).
type scimPatch struct {
	Schemas    []string `json:"schemas"`
	Operations []scimOp `json:"Operations"`
}

// A scimOp is one change. Entra writes its name with a capital, and true as text.
type scimOp struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// A change is one attribute that is changed: Op is add, remove or replace.
type scimChangeOf struct {
	op    string
	name  string            // in lower case, such as emails or members
	sub   string            // of its values, such as value
	which filter.Expression // of its values; nil: all of them
	value json.RawMessage
}

// readPatch reads a patch into single changes.
func readPatch(r *request) (all []scimChangeOf, err error) {
	var p scimPatch
	if err := readScim(r, &p); err != nil {
		return nil, err
	}
	if len(p.Operations) == 0 || len(p.Operations) > scimChange {
		return nil, badScim("invalidSyntax", fmt.Sprintf("there are %d operations", len(p.Operations)), fmt.Sprintf("send 1 to %d in Operations", scimChange))
	}
	for _, o := range p.Operations {
		op := strings.ToLower(o.Op)
		if op != "add" && op != "remove" && op != "replace" {
			return nil, badScim("invalidSyntax", fmt.Sprintf("there is no operation %q", cut(o.Op)), "use add, remove or replace")
		}
		some, err := changesOf(op, o)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// changesOf are the changes of one operation: one where it has a path, else one for each
// attribute of its value.
func changesOf(op string, o scimOp) (all []scimChangeOf, err error) {
	if o.Path != "" {
		c, err := pathOf(o.Path)
		c.op, c.value = op, o.Value
		return []scimChangeOf{c}, err
	}
	if op == "remove" {
		return nil, badScim("noTarget", "there is no path to what is to be removed", "name it under path")
	}
	var several map[string]json.RawMessage
	if err := json.Unmarshal(o.Value, &several); err != nil {
		return nil, badScim("invalidValue", "without a path the value has to be an object", "name the attribute under path, or in the value")
	}
	for name, value := range several {
		c, err := pathOf(name)
		if err != nil {
			continue // attributes of schemas that are not kept here, by their whole name
		}
		c.op, c.value = op, value
		all = append(all, c)
	}
	return all, nil
}

// pathOf reads the path to an attribute.
func pathOf(text string) (c scimChangeOf, err error) {
	bad := badScim("invalidPath", fmt.Sprintf("%q is no path", cut(text)), `write it as active, or members[value eq "ID"]`)
	if len(text) > maxFilter || strings.Count(text, "(")+strings.Count(text, "[") > maxNested {
		return c, bad
	}
	p, err := filter.ParsePath([]byte(text))
	if err != nil {
		return c, bad
	}
	c.name, c.sub, c.which = strings.ToLower(p.AttributePath.AttributeName), strings.ToLower(p.AttributePath.SubAttributeName()), p.ValueExpression
	if p.SubAttribute != nil {
		c.sub = strings.ToLower(*p.SubAttribute)
	}
	if uri := p.AttributePath.URI(); uri != "" && !strings.EqualFold(uri, scimUserSchema) && !strings.EqualFold(uri, scimGroupSchema) {
		c.name = "another schema" // which is kept nowhere here
	}
	return c, nil
}

// text is a value that is a text; "" for null or none.
func (c scimChangeOf) text() (s string, err error) {
	if c.op == "remove" || len(c.value) == 0 || string(c.value) == "null" {
		return "", nil
	}
	if err := json.Unmarshal(c.value, &s); err != nil {
		return "", badScim("invalidValue", c.name+" is no text", "send it as text")
	}
	return s, nil
}

// truth is a value that is true or false, or that as text.
func (c scimChangeOf) truth() (bool, error) {
	switch strings.ToLower(strings.Trim(string(c.value), `"`)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badScim("invalidValue", c.name+" is neither true nor false", "send true or false")
}
