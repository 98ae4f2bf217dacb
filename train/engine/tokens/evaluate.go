package tokens

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A method is a function of a value, before it is called.
type method struct {
	of   any
	name string
}

func (r *rendering) eval(e *expr) (any, error) {
	if err := r.step(); err != nil {
		return nil, err
	}
	switch e.op {
	case "literal":
		return e.val, nil
	case "name":
		return r.name(e.text), nil
	case "if", "and", "or", "not":
		return r.choose(e)
	}
	args := make([]any, len(e.args))
	for i := range e.args {
		v, err := r.eval(&e.args[i])
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	switch e.op {
	case "list":
		return args, nil
	case "dict":
		d := map[string]any{}
		for i, k := range e.keys {
			d[k] = args[i]
		}
		return d, nil
	case "attr":
		return attribute(args[0], e.text), nil
	case "index":
		return index(args[0], args[1]), nil
	case "slice":
		return slice(args[0], args[1:])
	case "call":
		if e.args[0].op == "name" {
			return function(e.args[0].text, args[1:], e.keys)
		}
		m, ok := args[0].(method)
		if !ok {
			return nil, errors.New("tokens: the chat template calls what is no function")
		}
		return m.call(args[1:])
	case "filter":
		return filter(e.text, args)
	case "test":
		return test(e.text, args[0]), nil
	}
	return operate(e.op, args)
}

// choose evaluates only what decides.
func (r *rendering) choose(e *expr) (any, error) {
	v, err := r.eval(&e.args[0])
	if err != nil {
		return nil, err
	}
	switch t := truth(v); {
	case e.op == "not":
		return !t, nil
	case e.op == "and" && !t, e.op == "or" && t:
		return v, nil
	case e.op == "if" && !t:
		return r.eval(&e.args[2])
	}
	return r.eval(&e.args[1])
}

// attribute is a field, or a method of a value.
func attribute(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		if x, ok := v[name]; ok {
			return x
		}
		if slices.Contains([]string{"items", "keys", "values", "get"}, name) {
			return method{v, name}
		}
	case space:
		if x, ok := v[name]; ok {
			return x
		}
	case string:
		return method{v, name}
	}
	return undefined{}
}

func index(v, at any) any {
	switch v := v.(type) {
	case map[string]any:
		if k, ok := at.(string); ok {
			if x, ok := v[k]; ok {
				return x
			}
		}
	case []any:
		if i, ok := at.(int64); ok {
			if i < 0 {
				i += int64(len(v))
			}
			if i >= 0 && i < int64(len(v)) {
				return v[i]
			}
		}
	case string:
		r := []rune(v)
		if i, ok := at.(int64); ok {
			if i < 0 {
				i += int64(len(r))
			}
			if i >= 0 && i < int64(len(r)) {
				return string(r[i])
			}
		}
	}
	return undefined{}
}

// slice is Python's v[from:to:step].
func slice(v any, parts []any) (any, error) {
	all, err := items(v)
	if err != nil {
		return nil, err
	}
	n, step := int64(len(all)), int64(1)
	if s, ok := parts[2].(int64); ok {
		step = s
	}
	if step == 0 {
		return nil, errors.New("tokens: a slice of the chat template has a step of zero")
	}
	from, to := int64(0), n
	if step < 0 {
		from, to = n-1, -1
	}
	bound := func(p any, was int64) int64 {
		i, ok := p.(int64)
		if !ok {
			return was
		}
		if i < 0 {
			i += n
		}
		if step < 0 {
			return min(max(i, -1), n-1)
		}
		return min(max(i, 0), n)
	}
	from, to = bound(parts[0], from), bound(parts[1], to)
	var out []any
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		out = append(out, all[i])
	}
	if _, ok := v.(string); ok {
		var b strings.Builder
		for _, c := range out {
			b.WriteString(text(c))
		}
		return b.String(), nil
	}
	return out, nil
}

// function is a call by a global name.
func function(name string, args []any, keys []string) (any, error) {
	switch {
	case name == "raise_exception" && len(args) == 1:
		return nil, fmt.Errorf("tokens: the chat template refuses: %s", text(args[0]))
	case name == "namespace":
		ns := space{}
		for i, k := range keys {
			ns[k] = args[i]
		}
		return ns, nil
	case name == "range" && len(args) > 0 && len(args) < 3:
		return counting(args)
	}
	return nil, fmt.Errorf("tokens: the chat template calls %q, which is not known here", name)
}

func counting(args []any) (any, error) {
	ends := []int64{0, 0}
	for i, a := range args {
		n, ok := a.(int64)
		if !ok || n > 1<<10 || n < -1<<10 {
			return nil, errors.New("tokens: the chat template counts to what is no number")
		}
		ends[2-len(args)+i] = n
	}
	var out []any
	for i := ends[0]; i < ends[1]; i++ {
		out = append(out, i)
	}
	return out, nil
}

// call is a method of a text or dictionary.
func (m method) call(args []any) (any, error) {
	if d, ok := m.of.(map[string]any); ok {
		return pairsOf(d, m.name, args)
	}
	s, _ := m.of.(string)
	arg := func(i int, otherwise string) string {
		if i < len(args) {
			return text(args[i])
		}
		return otherwise
	}
	const blanks = " \t\n\r\v\f"
	switch m.name {
	case "strip":
		return strings.Trim(s, arg(0, blanks)), nil
	case "lstrip":
		return strings.TrimLeft(s, arg(0, blanks)), nil
	case "rstrip":
		return strings.TrimRight(s, arg(0, blanks)), nil
	case "upper":
		return strings.ToUpper(s), nil
	case "lower":
		return strings.ToLower(s), nil
	case "title", "capitalize":
		return filter(m.name, []any{s})
	case "startswith":
		return strings.HasPrefix(s, arg(0, "")), nil
	case "endswith":
		return strings.HasSuffix(s, arg(0, "")), nil
	case "replace":
		return strings.ReplaceAll(s, arg(0, ""), arg(1, "")), nil
	case "split":
		parts := strings.Fields(s)
		if len(args) > 0 {
			parts = strings.Split(s, arg(0, " "))
		}
		out := make([]any, len(parts))
		for i, p := range parts {
			out[i] = p
		}
		return out, nil
	}
	return nil, fmt.Errorf("tokens: the chat template calls .%s(), which is not known here", m.name)
}

func pairsOf(d map[string]any, name string, args []any) (any, error) {
	if name == "get" && len(args) > 0 {
		if v, ok := d[text(args[0])]; ok {
			return v, nil
		}
		if len(args) > 1 {
			return args[1], nil
		}
		return nil, nil
	}
	var out []any
	for _, k := range slices.Sorted(maps.Keys(d)) {
		switch name {
		case "keys":
			out = append(out, k)
		case "values":
			out = append(out, d[k])
		default:
			out = append(out, []any{k, d[k]})
		}
	}
	return out, nil
}

func filter(name string, args []any) (any, error) {
	v := args[0]
	switch name {
	case "trim":
		return strings.TrimFunc(text(v), unicode.IsSpace), nil
	case "length", "count":
		return length(v)
	case "upper":
		return strings.ToUpper(text(v)), nil
	case "lower":
		return strings.ToLower(text(v)), nil
	case "string":
		return text(v), nil
	case "capitalize", "title":
		r := []rune(strings.ToLower(text(v)))
		for i := range r {
			if i == 0 || name == "title" && !unicode.IsLetter(r[i-1]) {
				r[i] = unicode.ToUpper(r[i])
			}
		}
		return string(r), nil
	case "tojson":
		return dump(v), nil
	case "default":
		if _, ok := v.(undefined); ok && len(args) > 1 {
			return args[1], nil
		}
		return v, nil
	case "int":
		if n, ok := v.(int64); ok {
			return n, nil
		}
		return int64(0), nil
	}
	all, err := items(v)
	if err != nil {
		return nil, err
	}
	switch name {
	case "first":
		return neighbour(all, 0), nil
	case "last":
		return neighbour(all, len(all)-1), nil
	case "join":
		parts := make([]string, len(all))
		for i, x := range all {
			parts[i] = text(x)
		}
		between := ""
		if len(args) > 1 {
			between = text(args[1])
		}
		return strings.Join(parts, between), nil
	}
	return all, nil
}

func test(name string, v any) bool {
	_, un := v.(undefined)
	_, str := v.(string)
	_, list := v.([]any)
	_, dict := v.(map[string]any)
	_, num := v.(int64)
	b, boolean := v.(bool)
	switch name {
	case "defined":
		return !un
	case "undefined":
		return un
	case "none":
		return v == nil
	case "string":
		return str
	case "mapping":
		return dict
	case "iterable", "sequence":
		return str || list || dict
	case "number", "integer":
		return num
	case "boolean":
		return boolean
	case "true":
		return boolean && b
	}
	return boolean && !b
}

func operate(op string, args []any) (any, error) {
	if op == "neg" {
		if n, ok := args[0].(int64); ok {
			return -n, nil
		}
		return nil, errors.New("tokens: the chat template negates what is no number")
	}
	a, b := args[0], args[1]
	switch op {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in", "not in":
		in, err := contains(b, a)
		return in == (op == "in"), err
	case "~":
		return text(a) + text(b), nil
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return texts(op, s, t)
		}
	}
	if s, ok := a.([]any); ok && op == "+" {
		if t, ok := b.([]any); ok {
			return slices.Concat(s, t), nil
		}
	}
	x, ok := a.(int64)
	y, ok2 := b.(int64)
	if !ok || !ok2 {
		return nil, fmt.Errorf("tokens: the chat template has %T %s %T", a, op, b)
	}
	return numbers(op, x, y)
}

func texts(op, s, t string) (any, error) {
	switch op {
	case "+":
		if len(s)+len(t) > maxRendered {
			return nil, errors.New("tokens: the chat template goes on and on")
		}
		return s + t, nil
	case "<":
		return s < t, nil
	case ">":
		return s > t, nil
	case "<=":
		return s <= t, nil
	case ">=":
		return s >= t, nil
	}
	return nil, fmt.Errorf("tokens: the chat template has text %s text", op)
}

func numbers(op string, x, y int64) (any, error) {
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "<":
		return x < y, nil
	case ">":
		return x > y, nil
	case "<=":
		return x <= y, nil
	case ">=":
		return x >= y, nil
	case "%", "//":
		if y <= 0 || x < 0 { // where Python and Go differ
			return nil, errors.New("tokens: the chat template divides by zero or below")
		}
		if op == "%" {
			return x % y, nil
		}
		return x / y, nil
	}
	return nil, fmt.Errorf("tokens: the chat template has number %s number", op)
}

func equal(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case int64:
		y, ok := b.(int64)
		return ok && x == y
	}
	return false
}

func contains(all, one any) (bool, error) {
	switch all := all.(type) {
	case string:
		return strings.Contains(all, text(one)), nil
	case map[string]any:
		_, ok := all[text(one)]
		return ok, nil
	case undefined:
		return false, nil
	}
	list, err := items(all)
	return slices.ContainsFunc(list, func(x any) bool { return equal(x, one) }), err
}
