// Package jsonschema describes Go types as JSON Schema (draft 2020-12), for the
// interface description of the server and for the configuration file.
//
// It knows what encoding/json does with structs, pointers, slices, maps and the basic
// kinds, and nothing more: a type that encodes itself as text is a string, and any other
// type of its own making has to be described by the caller.
package jsonschema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// A Schema is a JSON Schema as encoding/json writes it.
type Schema map[string]any

// A Describer says its own schema.
type Describer interface{ JSONSchema() Schema }

// A Generator describes types; named structs come once, in Defs.
type Generator struct {
	Tag  string            // struct tag that names a field: "json" or "yaml"
	Ref  string            // what stands before a name in a reference: "#/$defs/"
	Defs map[string]Schema // named structs met so far
}

// New makes a generator.
func New(tag, ref string) *Generator {
	return &Generator{Tag: tag, Ref: ref, Defs: map[string]Schema{}}
}

var (
	describer = reflect.TypeFor[Describer]()
	texter    = reflect.TypeFor[encoding.TextMarshaler]()
	duration  = reflect.TypeFor[time.Duration]()
)

// Of describes a type. The zero interface type is anything.
func (g *Generator) Of(t reflect.Type) Schema {
	switch {
	case t == nil:
		return Schema{}
	case t.Kind() != reflect.Pointer && t.Implements(describer):
		return reflect.Zero(t).Interface().(Describer).JSONSchema()
	case t == duration && g.Tag == "yaml":
		return Schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`}
	case t.Kind() == reflect.Pointer:
		return nullable(g.Of(t.Elem()), g.Tag)
	case t.Implements(texter):
		return Schema{"type": "string"}
	}
	switch t.Kind() {
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return Schema{"type": "number"}
	case reflect.Slice, reflect.Array:
		if keyed(t.Elem()) {
			return Schema{"type": "object", "additionalProperties": g.Of(t.Elem())}
		}
		return Schema{"type": "array", "items": g.Of(t.Elem())}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": g.Of(t.Elem())}
	case reflect.Struct:
		return g.named(t)
	case reflect.Interface:
		return Schema{}
	}
	return Schema{"type": "integer"} // the integer kinds are what is left of what JSON can say
}

// keyed says whether a list of such things is written as an object by name: a field of theirs
// is tagged key.
func keyed(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for f := range t.Fields() {
		if f.Tag.Get("key") != "" {
			return true
		}
	}
	return false
}

// nullable allows null where a pointer is written as JSON.
func nullable(s Schema, tag string) Schema {
	if name, ok := s["type"].(string); ok && tag == "json" {
		s["type"] = []string{name, "null"}
	}
	return s
}

// named puts a struct into Defs and refers to it; one without a name stands where it is.
func (g *Generator) named(t reflect.Type) Schema {
	if t.Name() == "" || strings.Contains(t.Name(), "[") {
		return g.object(t)
	}
	name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	if _, ok := g.Defs[name]; !ok {
		g.Defs[name] = Schema{} // stands for itself while it is described, so that a type may hold itself
		g.Defs[name] = g.object(t)
	}
	return Schema{"$ref": g.Ref + name}
}

// object describes the fields of a struct. A field without omitempty is required in
// JSON; in a file every key may be left out.
func (g *Generator) object(t reflect.Type) Schema {
	props, required := Schema{}, []string{}
	for f := range t.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get(g.Tag), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && name == "" {
			inner := g.object(f.Type)
			for k, v := range inner["properties"].(Schema) {
				props[k] = v
			}
			if r, ok := inner["required"].([]string); ok {
				required = append(required, r...)
			}
			continue
		}
		if name == "" {
			continue // not part of the body: a path or query parameter
		}
		props[name] = g.Field(f)
		if g.Tag == "json" && !strings.Contains(opts, "omit") {
			required = append(required, name)
		}
	}
	s := Schema{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	if g.Tag == "json" {
		delete(s, "additionalProperties") // a later release may say more
	}
	return s
}

// Field describes a field by its type and its tags.
func (g *Generator) Field(f reflect.StructField) Schema { return describe(g.Of(f.Type), f) }

// literal is a tag's value in the type that the field has: 10, where a text would be "10".
func literal(kind any, v string) any {
	if kind != "string" && json.Valid([]byte(v)) {
		return json.RawMessage(v)
	}
	return v
}

// describe adds what the tags of a field say: doc, default, enum.
func describe(s Schema, f reflect.StructField) Schema {
	add := func(key string, v any) {
		if _, ref := s["$ref"]; ref {
			s = Schema{"allOf": []Schema{s}}
		}
		s[key] = v
	}
	if v := f.Tag.Get("doc"); v != "" {
		add("description", v)
	}
	if v := f.Tag.Get("default"); v != "" {
		add("default", literal(s["type"], v))
	}
	if v := f.Tag.Get("enum"); v != "" {
		add("enum", strings.Split(v, ","))
	}
	return s
}
