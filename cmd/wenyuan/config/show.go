package config

import (
	"fmt"
	"net/url"
	"reflect"
	"time"

	"wenyuan/internal/jsonschema"
)

// A Setting is one value that holds, as people may read it.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin Origin `json:"origin"`
}

// Settings lists every value with where it came from, in the order of the documentation.
// A password in the address of the database or the proxy is hidden; keys are shown by their variable.
func (e *Effective) Settings() []Setting {
	return e.list(reflect.ValueOf(e.File), "")
}

func (e *Effective) list(v reflect.Value, path string) (out []Setting) {
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		if t.Tag.Get("yaml") == "-" {
			continue
		}
		at := join(path, t.Tag.Get("yaml"))
		switch {
		case f.Kind() == reflect.Struct:
			out = append(out, e.list(f, at)...)
		case f.Kind() == reflect.Pointer && !f.IsNil():
			out = append(out, e.list(f.Elem(), at)...)
		case f.Kind() == reflect.Slice && f.Len() > 0 && f.Type().Elem().Kind() == reflect.Struct:
			for j := range f.Len() {
				item := fmt.Sprintf("%s[%d]", at, j)
				if named(f.Type().Elem()) {
					item = join(at, f.Index(j).FieldByName("Name").String())
				}
				out = append(out, e.list(f.Index(j), item)...)
			}
		default:
			out = append(out, Setting{at, shown(at, f), e.originOf(at)})
		}
	}
	return out
}

func (e *Effective) originOf(path string) Origin {
	if o, ok := e.Origin[path]; ok {
		return o
	}
	return Origin{Kind: "default"}
}

func shown(path string, v reflect.Value) any {
	switch x := v.Interface().(type) {
	case Size:
		return x.String()
	case Room:
		return x.String()
	case time.Duration:
		return x.String()
	case Span:
		return x.String()
	case string:
		if u, err := url.Parse(x); (path == "database" || path == "proxy") && x != "" {
			if err != nil {
				return "(not an address)"
			}
			return u.Redacted()
		}
		return x
	}
	if (v.Kind() == reflect.Slice || v.Kind() == reflect.Pointer) && v.IsNil() {
		return nil
	}
	return v.Interface()
}

// Schema describes the file as JSON Schema, for editors.
func Schema() jsonschema.Schema {
	g := jsonschema.New("yaml", "#/$defs/")
	root := g.Of(reflect.TypeFor[File]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Wenyuan's settings"
	root["$defs"] = g.Defs
	return root
}
