package jsonschema_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan/internal/jsonschema"
)

type node struct {
	Name     string         `json:"name" yaml:"name" doc:"how it is called"`
	Page     *int           `json:"page" yaml:"page"`
	Children []node         `json:"children,omitempty" yaml:"children"`
	Wait     time.Duration  `json:"wait,omitempty" yaml:"wait" default:"3s"`
	Kind     string         `json:"kind,omitempty" yaml:"kind" enum:"a,b"`
	Counts   map[string]int `json:"counts,omitempty" yaml:"counts"`
	Any      any            `json:"any,omitempty" yaml:"any"`
	Share    float64        `json:"share,omitempty" yaml:"share"`
	Limit    int            `json:"limit,omitempty" yaml:"limit" default:"10"`
	Hidden   string         `json:"-" yaml:"-"`
	inner    int
}

type outer struct {
	node
	ID string `path:"id"`
	Ok bool   `json:"ok" yaml:"ok"`
}

func asJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func check(t *testing.T, got any, want string) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w, asJSON(t, got)); d != "" {
		t.Error(d)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	g := jsonschema.New("json", "#/defs/")
	check(t, g.Of(reflect.TypeFor[[]node]()), `{"type": "array", "items": {"$ref": "#/defs/Node"}}`)
	check(t, g.Defs["Node"], `{"type": "object", "required": ["name", "page"], "properties": {
		"name": {"type": "string", "description": "how it is called"},
		"page": {"type": ["integer", "null"]},
		"children": {"type": "array", "items": {"$ref": "#/defs/Node"}},
		"wait": {"type": "integer", "default": "3s"},
		"kind": {"type": "string", "enum": ["a", "b"]},
		"counts": {"type": "object", "additionalProperties": {"type": "integer"}},
		"any": {}, "share": {"type": "number"}, "limit": {"type": "integer", "default": 10}}}`)
}

func TestEmbeddedAndParameters(t *testing.T) {
	t.Parallel()
	g := jsonschema.New("json", "#/")
	g.Of(reflect.TypeFor[outer]())
	props := g.Defs["Outer"]["properties"].(jsonschema.Schema)
	if _, ok := props["name"]; !ok {
		t.Error("a field of an embedded struct is missing")
	}
	if len(props) != 10 /* nine of node, one of outer; id is a parameter */ {
		t.Errorf("properties %v", props)
	}
}

func TestYAML(t *testing.T) {
	t.Parallel()
	g := jsonschema.New("yaml", "#/$defs/")
	g.Of(reflect.TypeFor[node]())
	check(t, g.Defs["Node"]["required"], `null`)
	check(t, g.Defs["Node"]["additionalProperties"], `false`)
	check(t, g.Defs["Node"]["properties"].(jsonschema.Schema)["wait"], `{"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "default": "3s"}`)
	check(t, g.Defs["Node"]["properties"].(jsonschema.Schema)["page"], `{"type": "integer"}`)
}
