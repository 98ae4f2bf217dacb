package form

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds of JSON.
const (
	maxDepth  = 64
	maxNumber = 400 // characters of a number; its exponent has up to three digits
)

// A reading reads JSON byte by byte. What ends is checked against the schemas of its place at
// once; type, names of properties and the beginnings of enumerated texts while they come.
type reading struct {
	mode   mode
	stack  []*level
	roots  []*jsonschema.Schema // of the value that is read or comes next
	raw    strings.Builder      // of a text, number or word
	number numberPart
	escape int // of a text: 1 behind a backslash, then how many hex digits are missing, plus 1
	value  any // the whole, when it is over
	over   bool
	cost   visits
	read   int // code points of the present piece
}

// A level is an array or object that is not closed.
type level struct {
	object map[string]any // nil of an array
	array  []any
	key    string
	roots  []*jsonschema.Schema
}

type mode int

const (
	wantValue       mode = iota
	wantFirst            // a value, or the end of an empty array
	wantKey              // behind a comma
	wantFirstKey         // a key, or the end of an empty object
	wantColon            //
	wantNext             // a comma or the end
	inText               //
	inKey                //
	inNumber             //
	inWord               // true, false, null
	wantNothingMore      //
)

func newReading(s *jsonschema.Schema) *reading {
	r := &reading{}
	if s != nil {
		r.roots = []*jsonschema.Schema{s}
	}
	return r
}

func (r *reading) write(chunk string) *Fault {
	r.read = 0
	for i := 0; i < len(chunk); i++ {
		if f := r.take(chunk[i]); f != nil {
			return f
		}
		if chunk[i]&0xC0 != 0x80 {
			r.read++
		}
	}
	return r.beginning()
}

func (r *reading) close() *Fault {
	r.read = 0
	if r.mode == inNumber {
		if f := r.endNumber(); f != nil {
			return f
		}
	}
	if !r.over {
		return r.fault("the JSON is not whole: expected " + r.expected())
	}
	return nil
}

// expected says what may come next.
func (r *reading) expected() string {
	switch r.mode {
	case wantValue:
		return "a value"
	case wantFirst:
		return "a value or ]"
	case wantKey:
		return "a property's name in quotes"
	case wantFirstKey:
		return "a property's name in quotes or }"
	case wantColon:
		return "a colon"
	case wantNext:
		if r.top().object != nil {
			return "a comma or }"
		}
		return "a comma or ]"
	case inText, inKey:
		return "the end of the text, a quote"
	case inNumber:
		return "a digit"
	case inWord:
		return "true, false or null"
	}
	return "nothing more"
}

func (r *reading) top() *level { return r.stack[len(r.stack)-1] }

func (r *reading) fault(want string) *Fault {
	return &Fault{Path: pointer(r.path()), At: r.read, Want: want}
}

// path is where the value stands that is read.
func (r *reading) path() (out []string) {
	for _, l := range r.stack {
		if l.object == nil {
			out = append(out, strconv.Itoa(len(l.array)))
		} else if l.key != "" || r.mode != wantFirstKey && r.mode != wantKey {
			out = append(out, l.key)
		}
	}
	return out
}

func (r *reading) take(b byte) *Fault {
	switch r.mode {
	case inText, inKey:
		return r.takeText(b)
	case inNumber:
		return r.takeNumber(b)
	case inWord:
		return r.takeWord(b)
	}
	if b == ' ' || b == '\t' || b == '\n' || b == '\r' {
		return nil
	}
	switch {
	case (r.mode == wantValue || r.mode == wantFirst && b != ']'):
		return r.begin(b)
	case (r.mode == wantKey || r.mode == wantFirstKey) && b == '"':
		r.mode = inKey
		r.raw.Reset()
		r.raw.WriteByte(b)
		return nil
	case r.mode == wantColon && b == ':':
		r.mode = wantValue
		return r.enter(r.top().key)
	case r.mode == wantNext && b == ',' && r.top().object != nil:
		r.top().key, r.mode = "", wantKey
		return nil
	case r.mode == wantNext && b == ',':
		r.mode = wantValue
		return r.item()
	case (r.mode == wantFirst || r.mode == wantNext) && b == ']' && r.top().object == nil,
		(r.mode == wantFirstKey || r.mode == wantNext) && b == '}' && r.top().object != nil:
		return r.leave()
	}
	return r.fault(fmt.Sprintf("expected %s, got %q", r.expected(), rune(b)))
}

// begin reads the first byte of a value.
func (r *reading) begin(b byte) *Fault {
	kind := map[byte]string{'{': "object", '[': "array", '"': "string", 't': "boolean", 'f': "boolean", 'n': "null", '-': "number"}[b]
	if b >= '0' && b <= '9' {
		kind = "number"
	}
	if kind == "" {
		return r.fault(fmt.Sprintf("expected %s, got %q", r.expected(), rune(b)))
	}
	if f := r.typed(kind); f != nil {
		return f
	}
	switch kind {
	case "object", "array":
		return r.open(kind == "object")
	case "string":
		r.mode = inText
	case "number":
		r.mode, r.number = inNumber, numberSign
	default:
		r.mode = inWord
	}
	r.raw.Reset()
	if kind == "number" {
		return r.takeNumber(b)
	}
	r.raw.WriteByte(b)
	return nil
}

// typed says whether a value of a kind may stand here.
func (r *reading) typed(kind string) *Fault {
	for _, s := range together(r.roots) {
		if s.Bool != nil && !*s.Bool {
			return r.fault("nothing may stand here")
		}
		if s.Types == nil {
			continue
		}
		names := s.Types.ToStrings()
		if !slices.Contains(names, kind) && !(kind == "number" && slices.Contains(names, "integer")) {
			return r.fault("expected " + strings.Join(names, " or ") + ", got " + kind)
		}
	}
	return nil
}

// maxTogether bounds how many schemas hold at one place.
const maxTogether = 64

// together are schemas with those that hold wherever they do.
func together(roots []*jsonschema.Schema) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	var add func(s *jsonschema.Schema)
	add = func(s *jsonschema.Schema) {
		if s == nil || len(out) >= maxTogether || slices.Contains(out, s) {
			return
		}
		out = append(out, s)
		add(s.Ref)
		for _, a := range s.AllOf {
			add(a)
		}
	}
	for _, s := range roots {
		add(s)
	}
	return out
}

func (r *reading) open(object bool) *Fault {
	if len(r.stack) >= maxDepth {
		return r.fault(fmt.Sprintf("expected at most %d levels", maxDepth))
	}
	l := &level{roots: r.roots}
	r.stack = append(r.stack, l)
	if object {
		l.object, r.mode = map[string]any{}, wantFirstKey
		return nil
	}
	l.array, r.mode = []any{}, wantFirst
	return r.item()
}

// item readies the schemas of the next item.
func (r *reading) item() *Fault {
	l := r.top()
	r.roots = nil
	for _, s := range together(l.roots) {
		if s.MaxItems != nil && len(l.array) >= *s.MaxItems && r.mode == wantValue {
			return r.fault(fmt.Sprintf("expected at most %d items", *s.MaxItems))
		}
		r.add(itemSchemas(s, len(l.array)))
	}
	return nil
}

func (r *reading) add(list []*jsonschema.Schema) {
	for _, s := range list {
		if s != nil {
			r.roots = append(r.roots, s)
		}
	}
}

// enter readies the schemas of a property.
func (r *reading) enter(key string) *Fault {
	l := r.top()
	r.roots = nil
	for _, s := range together(l.roots) {
		own, allowed := propertySchemas(s, key)
		if !allowed {
			return r.fault("expected a property's name of " + compact(slices.Sorted(maps.Keys(s.Properties))))
		}
		r.add(own)
	}
	return nil
}

// leave closes an array or object.
func (r *reading) leave() *Fault {
	l := r.top()
	r.stack, r.roots = r.stack[:len(r.stack)-1], l.roots
	if l.object != nil {
		return r.end(l.object)
	}
	return r.end(l.array)
}

// end checks a value that is over and puts it where it belongs.
func (r *reading) end(v any) *Fault {
	for _, s := range r.roots {
		r.cost.count(s, v)
		if r.cost.enough() {
			return r.fault("the schema takes too long to check this text")
		}
		if err := s.Validate(v); err != nil {
			return r.invalid(err)
		}
	}
	if len(r.stack) == 0 {
		r.value, r.over, r.mode = v, true, wantNothingMore
		return nil
	}
	l := r.top()
	if r.mode = wantNext; l.object != nil {
		l.object[l.key] = v
	} else {
		l.array = append(l.array, v)
	}
	return nil
}

func (r *reading) invalid(err error) *Fault {
	var e *jsonschema.ValidationError
	if !errors.As(err, &e) {
		return r.fault(err.Error())
	}
	return r.fault(reasons(e))
}
