package strict_test

import (
	"reflect"
	"strings"
	"testing"

	"wenyuan/internal/strict"
)

type part struct {
	Name   string  `json:"name"`
	Margin float64 `json:"margin,omitempty"`
	Items  int     `json:"items"`
}

type plan struct {
	Name  string `json:"name"`
	Parts []part `json:"parts"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	want := plan{"a", []part{{"x", 0.05, 24}}}
	for _, text := range []string{
		"name: a\nparts:\n- name: x\n  margin: 5e-2\n  items: 24\n",
		"# first\n---\nname: a\nparts: [{name: x, margin: 0.05, items: 24}]\n",
		"{\n\t\"name\": \"a\",\n\t\"parts\": [{\"name\": \"x\", \"margin\": 0.05, \"items\": 24}]\n}\n",
	} {
		var p plan
		if err := strict.Decode([]byte(text), &p); err != nil || !reflect.DeepEqual(p, want) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	for text, says := range map[string]string{
		"name: a\nparts:\n- name: x\n  floors: 2\n": `[4:3] unknown field "floors"`,
		"{\n\"name\": \"a\",\n\"flor\": 1}":         `[3:1] unknown field "flor"`,
		"name: a\nname: b\n":                        `[2:1] mapping key "name" already defined`,
		"name: a\nparts: 3\n":                       "[2:8] ",
		"name: a\n---\nname: b\n":                   "[2:1] a second document",
		"name: &x a\n":                              "[1:7] it uses an anchor",
		"name: [\n":                                 "[1:7] ",
		"parts:\n- items: 1.5\n":                    "1.5 is no whole number",
		"{\"name\": \"a\"} x":                       "[1:",
		"name: !!str a\n":                           "[1:7] it uses a tag",
		"parts: " + strings.Repeat("[", 1<<16):      "[1:108] more than 100 levels",
		"parts:\n" + strings.Repeat("- ", 1<<16):    "[2:201] more than 100 levels",
	} {
		var p plan
		if err := strict.Decode([]byte(text), &p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	for n, text := 0, ""; n < 2000; n++ { // a level in each line, and no more to the left
		if text += strings.Repeat(" ", n) + "a:\n"; n == 1999 {
			if err := strict.Decode([]byte(text), new(plan)); err == nil || !strings.Contains(err.Error(), "levels") {
				t.Error(err)
			}
		}
	}
	var p plan
	if err := strict.Decode([]byte(" \n"), &p); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: a\nparts: [{name: x}]")
	f.Add("{\"name\": 1")
	f.Add("A: \nparts: !00000 00")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 4096 {
			strict.Decode([]byte(text), new(plan)) // an error or not, but it ends
		}
	})
}
