package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxDepth bounds the nesting of a file; the deepest key of ours lies at five.
const maxDepth = 16

// A decoder fills a File from YAML and collects everything that is wrong with it.
type decoder struct {
	origin   map[string]Origin
	problems *problems
}

// decode reads a file into f. Only what the file sets changes.
func decode(data []byte, f *File, origin map[string]Origin, p *problems) {
	d := &decoder{origin, p}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		d.syntax(err)
		return
	}
	for i, doc := range tree.Docs {
		if i > 0 {
			d.problems.add(line(doc.Body), "", "the file holds more than one document")
			return
		}
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.NullType {
			d.value(doc.Body, reflect.ValueOf(f).Elem(), "", 0)
		}
	}
}

func (d *decoder) syntax(err error) {
	if se, ok := errors.AsType[*yaml.SyntaxError](err); ok && se.Token != nil {
		d.problems.add(se.Token.Position.Line, "", se.Message)
		return
	}
	d.problems.add(0, "", err.Error())
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

// value fills one place from one node.
func (d *decoder) value(n ast.Node, v reflect.Value, path string, depth int) {
	switch {
	case depth > maxDepth:
		d.problems.add(line(n), path, "is nested too deep")
	case n.Type() == ast.NullType:
		// a key without a value leaves the default
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		d.value(n, fresh.Elem(), path, depth)
		if _, ok := pairs(n); ok {
			v.Set(fresh)
		}
	case v.Kind() == reflect.Struct:
		d.mapping(n, path, depth, func(key string) (reflect.Value, bool) { return byTag(v, key) }, known(v.Type()))
	case v.Kind() == reflect.Slice && named(v.Type().Elem()):
		d.named(n, v, path, depth)
	case v.Kind() == reflect.Slice && n.Type() == ast.SequenceType:
		d.sequence(n.(*ast.SequenceNode), v, path, depth)
	default:
		d.scalar(n, v, path)
	}
}

// pairs are the entries of a mapping node; ok is false where the node is none.
func pairs(n ast.Node) (all []*ast.MappingValueNode, ok bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	}
	return nil, false
}

func (d *decoder) mapping(n ast.Node, path string, depth int, find func(string) (reflect.Value, bool), known []string) {
	all, ok := pairs(n)
	if !ok {
		d.problems.add(line(n), path, "wants keys: "+strings.Join(known, ", "))
		return
	}
	for _, p := range all {
		key := p.Key.GetToken().Value
		v, ok := find(key)
		if !ok {
			d.problems.add(line(p.Key), path, unknown(key, known))
			continue
		}
		at := join(path, key)
		d.origin[at] = Origin{Kind: "file", Line: line(p.Key)}
		d.value(p.Value, v, at, depth+1)
	}
}

// named reads a mapping into a list whose order is that of the file; the key is the name.
func (d *decoder) named(n ast.Node, v reflect.Value, path string, depth int) {
	v.SetZero()
	add := func(key string) (reflect.Value, bool) {
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
		last := v.Index(v.Len() - 1)
		last.FieldByName("Name").SetString(key)
		return last, true
	}
	d.mapping(n, path, depth, add, []string{"NAME"})
}

func (d *decoder) sequence(n *ast.SequenceNode, v reflect.Value, path string, depth int) {
	v.SetZero()
	for i, item := range n.Values {
		fresh := reflect.New(v.Type().Elem()).Elem()
		at := fmt.Sprintf("%s[%d]", path, i)
		d.origin[at] = Origin{Kind: "file", Line: line(item)}
		d.value(item, fresh, at, depth+1)
		v.Set(reflect.Append(v, fresh))
	}
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	var text string
	switch s := n.(type) {
	case *ast.StringNode:
		text = s.Value
	case *ast.LiteralNode:
		text = s.Value.Value
	case *ast.IntegerNode:
		text = s.GetToken().Value
	case *ast.FloatNode, *ast.BoolNode:
		text = n.GetToken().Value
	default:
		d.problems.add(line(n), path, "wants one value, not "+strings.ToLower(n.Type().String()))
		return
	}
	if v.Kind() == reflect.Slice {
		d.problems.add(line(n), path, "wants a list: each entry on its own line behind a hyphen")
		return
	}
	if err := setScalar(v, text); err != nil {
		d.problems.add(line(n), path, fmt.Sprintf("is %q: %v", text, err))
	}
}

// named says whether a list of such things is written as a mapping by name.
func named(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	f, ok := t.FieldByName("Name")
	return ok && f.Tag.Get("key") == "name"
}

func byTag(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name == key && name != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func known(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "-" {
			out = append(out, name)
		}
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// unknown names the known key that is nearest, where one is near.
func unknown(key string, known []string) string {
	best := slices.MinFunc(known, func(a, b string) int { return distance(key, a) - distance(key, b) })
	if distance(key, best) <= max(1, len(best)/3) {
		return fmt.Sprintf("unknown key %q; did you mean %q?", key, best)
	}
	return fmt.Sprintf("unknown key %q; known are %s", key, strings.Join(known, ", "))
}

// distance is Levenshtein's: how many letters have to change, come or go.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
