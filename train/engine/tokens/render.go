package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// undefined is the value of a name that nobody set.
type undefined struct{}

// filters and tests are those that are known.
var (
	filters = []string{"trim", "length", "count", "upper", "lower", "string", "tojson", "first", "last", "list", "join", "default", "int", "capitalize", "title"}
	tests   = []string{"defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "boolean", "true", "false"}
)

// space is a namespace, whose fields loops may set.
type space map[string]any

// A rendering is one use of a template.
type rendering struct {
	out    strings.Builder
	scopes []map[string]any
	steps  int
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

// render makes the text for values by name.
func (t *template) render(values map[string]any) (string, error) {
	r := &rendering{scopes: []map[string]any{values, {}}}
	if err := r.run(t.body); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// step bounds the work.
func (r *rendering) step() error {
	if r.steps++; r.steps > maxSteps || r.out.Len() > maxRendered {
		return errors.New("tokens: the chat template goes on and on")
	}
	return nil
}

func (r *rendering) run(body []node) error {
	for i := range body {
		if err := r.step(); err != nil {
			return err
		}
		if err := r.node(&body[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *rendering) node(n *node) error {
	switch n.kind {
	case "text":
		r.out.WriteString(n.text)
	case "print":
		v, err := r.eval(&n.expr)
		if err != nil {
			return err
		}
		r.out.WriteString(text(v))
	case "if":
		v, err := r.eval(&n.expr)
		if err != nil {
			return err
		}
		if truth(v) {
			return r.run(n.body)
		}
		return r.run(n.other)
	case "for":
		return r.loop(n)
	case "set":
		return r.assign(n)
	case "break":
		return errBreak
	case "continue":
		return errContinue
	}
	return nil
}

func (r *rendering) assign(n *node) error {
	if n.expr.op == "" { // the block form: what it prints
		was := r.out
		r.out = strings.Builder{}
		err := r.run(n.body)
		v := r.out.String()
		r.out = was
		r.scopes[len(r.scopes)-1][n.names[0]] = v
		return err
	}
	v, err := r.eval(&n.expr)
	if err != nil {
		return err
	}
	if n.field == "" {
		r.scopes[len(r.scopes)-1][n.names[0]] = v
		return nil
	}
	ns, ok := r.name(n.names[0]).(space)
	if !ok {
		return fmt.Errorf("tokens: the chat template sets a field of %q, which is no namespace", n.names[0])
	}
	ns[n.field] = v
	return nil
}

func (r *rendering) loop(n *node) error {
	v, err := r.eval(&n.expr)
	if err != nil {
		return err
	}
	all, err := items(v)
	if err != nil {
		return err
	}
	scope := map[string]any{}
	r.scopes = append(r.scopes, scope)
	defer func() { r.scopes = r.scopes[:len(r.scopes)-1] }()
	if all, err = r.kept(n, all, scope); err != nil {
		return err
	}
	if len(all) == 0 {
		return r.run(n.other)
	}
	for i, v := range all {
		if err := r.step(); err != nil {
			return err
		}
		clear(scope)
		if err := bind(scope, n.names, v); err != nil {
			return err
		}
		scope["loop"] = map[string]any{"index": int64(i + 1), "index0": int64(i), "first": i == 0, "last": i == len(all)-1, "length": int64(len(all)),
			"revindex": int64(len(all) - i), "revindex0": int64(len(all) - i - 1), "previtem": neighbour(all, i-1), "nextitem": neighbour(all, i+1)}
		if err := r.run(n.body); errors.Is(err, errBreak) {
			return nil
		} else if err != nil && !errors.Is(err, errContinue) {
			return err
		}
	}
	return nil
}

// kept are the items that the loop's own condition lets through.
func (r *rendering) kept(n *node, all []any, scope map[string]any) ([]any, error) {
	if n.cond.op == "" {
		return all, nil
	}
	var out []any
	for _, v := range all {
		if err := bind(scope, n.names, v); err != nil {
			return nil, err
		}
		ok, err := r.eval(&n.cond)
		if err != nil {
			return nil, err
		}
		if truth(ok) {
			out = append(out, v)
		}
	}
	return out, nil
}

func neighbour(all []any, i int) any {
	if i < 0 || i >= len(all) {
		return undefined{}
	}
	return all[i]
}

func bind(scope map[string]any, names []string, v any) error {
	if len(names) == 1 {
		scope[names[0]] = v
		return nil
	}
	parts, ok := v.([]any)
	if !ok || len(parts) != len(names) {
		return errors.New("tokens: a loop of the chat template has names for parts that are not there")
	}
	for i, n := range names {
		scope[n] = parts[i]
	}
	return nil
}

func (r *rendering) name(name string) any {
	for _, s := range slices.Backward(r.scopes) {
		if v, ok := s[name]; ok {
			return v
		}
	}
	return undefined{}
}

// items are what a loop goes over.
func items(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case undefined:
		return nil, nil
	case string:
		var out []any
		for _, c := range v {
			out = append(out, string(c))
		}
		return out, nil
	}
	return nil, fmt.Errorf("tokens: the chat template goes over a %T", v)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case int64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func text(v any) string {
	switch v := v.(type) {
	case undefined:
		return ""
	case nil:
		return "None"
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	case int64:
		return fmt.Sprint(v)
	}
	return dump(v)
}

// dump is a value as JSON with the blanks that Python writes.
func dump(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = dump(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			parts = append(parts, dump(k)+": "+dump(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case undefined, space, method:
		return "null"
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func length(v any) (int64, error) {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), nil
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	case undefined:
		return 0, nil
	}
	return 0, fmt.Errorf("tokens: the chat template asks for the length of a %T", v)
}
