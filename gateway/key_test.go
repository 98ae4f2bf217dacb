package gateway

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"wenyuan"
	"wenyuan/gateway/cache"
)

// unkeyed are the fields of a request that its answer does not depend on.
var unkeyed = map[string]string{"Whole": "says how the answer is waited for; the words are the same"}

// everything is a request with something in every field, at every depth.
func everything() wenyuan.Request {
	warm, top, seed := .5, .9, int64(7)
	return wenyuan.Request{
		Messages:   []wenyuan.Message{{Role: "user", Content: "a", Name: "n", ToolCall: "t", ToolCalls: []wenyuan.ToolCall{{Index: 1, ID: "i", Name: "f", Arguments: "{}"}}}},
		Tools:      []wenyuan.Tool{{Name: "f", Description: "d", Parameters: json.RawMessage("{}"), Strict: true}},
		ToolChoice: "auto", Schema: &wenyuan.Schema{Name: "s", Schema: json.RawMessage("{}"), Strict: true},
		Temperature: &warm, TopP: &top, MaxTokens: 5, Seed: &seed, Stop: []string{"x"}, Whole: true,
	}
}

// TestKeyHoldsEverything changes every field of a request, at every depth, one at a time: each gives
// another key. A field that is added later and forgotten in the key fails here.
func TestKeyHoldsEverything(t *testing.T) {
	t.Parallel()
	m := &Model{made: "h"}
	of := func(r wenyuan.Request) cache.Key { return m.keyOf("main", &r) }
	before := of(everything())
	met := map[string]bool{}
	var walk func(path string, change func(r *wenyuan.Request) reflect.Value)
	try := func(path string, change func(r *wenyuan.Request) reflect.Value, set func(v reflect.Value)) {
		r := everything()
		v := change(&r)
		if set(v); (of(r) == before) != (unkeyed[path] != "") {
			t.Errorf("%s: the key is the same: %v", path, of(r) == before)
		}
		met[path] = true
	}
	walk = func(path string, change func(r *wenyuan.Request) reflect.Value) {
		r := everything()
		v := change(&r)
		switch v.Kind() {
		case reflect.String:
			try(path, change, func(v reflect.Value) { v.SetString(v.String() + "\u0301") })
		case reflect.Int, reflect.Int64:
			try(path, change, func(v reflect.Value) { v.SetInt(v.Int() + 1) })
		case reflect.Float64:
			try(path, change, func(v reflect.Value) { v.SetFloat(v.Float() / 2) })
		case reflect.Bool:
			try(path, change, func(v reflect.Value) { v.SetBool(!v.Bool()) })
		case reflect.Pointer:
			try(path+" missing", change, func(v reflect.Value) { v.SetZero() })
			walk(path, func(r *wenyuan.Request) reflect.Value { return change(r).Elem() })
		case reflect.Slice:
			try(path+" missing", change, func(v reflect.Value) { v.SetZero() })
			if v.Type().Elem().Kind() == reflect.Uint8 {
				try(path, change, func(v reflect.Value) { v.SetBytes([]byte(`{"x":1}`)) })
				return
			}
			try(path+" twice", change, func(v reflect.Value) { v.Set(reflect.AppendSlice(v, v)) })
			walk(path+"[]", func(r *wenyuan.Request) reflect.Value { return change(r).Index(0) })
		case reflect.Struct:
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				if path != "" {
					name = path + "." + name
				}
				walk(name, func(r *wenyuan.Request) reflect.Value { return change(r).Field(i) })
			}
		default:
			t.Errorf("%s is a %s, which nothing here knows to change: teach it, and the key", path, v.Kind())
		}
	}
	walk("", func(r *wenyuan.Request) reflect.Value { return reflect.ValueOf(r).Elem() })
	for path := range unkeyed {
		if !met[path] {
			t.Errorf("%s is left out of the key and is not there", path)
		}
	}
}

// TestKeyBorders: where one field ends and the next begins is part of the key, and so is where it is asked.
func TestKeyBorders(t *testing.T) {
	t.Parallel()
	m := &Model{made: "h"}
	say := func(parts ...string) wenyuan.Request {
		var r wenyuan.Request
		for _, p := range parts {
			r.Messages = append(r.Messages, wenyuan.Message{Role: "user", Content: p})
		}
		return r
	}
	seen := map[cache.Key]string{}
	note := func(name string, k cache.Key) {
		if other, twice := seen[k]; twice {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[k] = name
	}
	for _, r := range []wenyuan.Request{say("ab", "c"), say("a", "bc"), say("abc"), say("abc", ""), say("", "abc"), say("\u00e9"), say("e\u0301"), say("\x00"), say("")} {
		note(fmt.Sprintf("%+v", r.Messages), m.keyOf("main", &r))
	}
	r := say("abc")
	note("another space", m.keyOf("hr", &r))
	note("another version", (&Model{made: "i"}).keyOf("main", &r))
	note("the same model of a space", (&Model{made: "h", space: "main"}).keyOf("main", &r))
	r = say("abc")
	r.Messages[0].Role, r.Messages[0].Content = "userabc", ""
	note("in the other field", m.keyOf("main", &r))
	r = say("abc")
	r.Stop = []string{"a", "b"}
	note("two stops", m.keyOf("main", &r))
	r.Stop = []string{"ab"}
	note("one stop", m.keyOf("main", &r))
}

func BenchmarkKey(b *testing.B) {
	m, r := &Model{made: "h"}, everything()
	b.ReportAllocs()
	for b.Loop() {
		m.keyOf("main", &r)
	}
}
