package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Object is the form of any JSON object.
func Object() Form {
	f, err := Schema([]byte(`{"type":"object"}`))
	if err != nil {
		panic(err) // a constant
	}
	return f
}

// Schema is the form of JSON that a schema of draft 2020-12 takes (or of the earlier draft that
// its $schema names). Formats are checked. A schema may refer to places within itself alone.
func Schema(raw json.RawMessage) (Form, error) {
	if len(raw) > maxSource {
		return Form{}, unusable("JSON Schema", fmt.Errorf("it has %d bytes, more than %d", len(raw), maxSource))
	}
	doc, err := decode(string(raw))
	if err != nil {
		return Form{}, unusable("JSON Schema", err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	const here = "form:///schema"
	if err = dynamic(doc); err == nil {
		err = c.AddResource(here, doc)
	}
	if err != nil {
		return Form{}, unusable("JSON Schema", err)
	}
	s, err := c.Compile(here)
	if err != nil {
		return Form{}, unusable("JSON Schema", said(err))
	}
	return Form{kind: "json", tidy: true, open: func() acceptor { return newReading(s) }}, nil
}

// nowhere loads nothing: what a schema refers to would be fetched on behalf of whoever sent it.
type nowhere struct{}

// Load refuses.
func (nowhere) Load(url string) (any, error) {
	return nil, errors.New("it refers to another place, and nothing is fetched: " + url)
}

// decode reads JSON by the same rules as an answer is read.
func decode(text string) (any, error) {
	r := newReading(nil)
	s := Stream{a: r}
	if err := s.Write(text); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return r.value, nil
}

// dynamic refuses references whose target depends on the way to them: how long they take cannot
// be known beforehand.
func dynamic(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := dynamic(x); err != nil {
				return err
			}
		}
	case map[string]any:
		for k, x := range v {
			if k == "$dynamicRef" || k == "$recursiveRef" {
				return errors.New(k + " is not taken; use $ref")
			}
			if err := dynamic(x); err != nil {
				return err
			}
		}
	}
	return nil
}

var english = message.NewPrinter(language.English)

// said is the cause of a schema's error in one line.
func said(err error) error {
	var bad *jsonschema.SchemaValidationError
	var invalid *jsonschema.ValidationError
	if errors.As(err, &bad) && errors.As(bad.Err, &invalid) {
		return errors.New(reasons(invalid))
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(line)
}

// maxReasons is how many faults one error names.
const maxReasons = 5

// reasons are the causes that have no cause, in the order in which they were found.
func reasons(e *jsonschema.ValidationError) string {
	var all []string
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			walk(c)
		}
		if len(e.Causes) == 0 {
			all = append(all, "at "+quotedShort(pointer(e.InstanceLocation))+": "+e.ErrorKind.LocalizedString(english))
		}
	}
	walk(e)
	slices.Sort(all)
	all = slices.Compact(all)
	if n := len(all) - maxReasons; n > 0 {
		all = append(all[:maxReasons], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(all, "; ")
}

// pointer is a path as a JSON Pointer.
func pointer(path []string) string {
	var b strings.Builder
	for _, p := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	return b.String()
}

// compact is a value as JSON, for what a fault expected.
func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "?"
	}
	return strings.TrimSpace(b.String())
}
