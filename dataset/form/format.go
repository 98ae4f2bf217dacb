package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// A Format is one in which rows come and go.
type Format string

// The formats. All are JSON, a row a line, or one list of rows.
const (
	Own              Format = "wenyuan"           // a Row
	OpenAI           Format = "openai"            // {"messages"}, with "tools"
	OpenAIPreference Format = "openai-preference" // {"input": {"messages", "tools"}, "preferred_output", "non_preferred_output"}
	TRL              Format = "trl"               // {"messages"}, {"prompt", "completion"}, {"prompt", "chosen", "rejected"}, with "label" and "tools"; texts or messages
	Alpaca           Format = "alpaca"            // {"instruction", "input", "output", "system", "history"}; "chosen" and "rejected", "kto_tag" as LLaMA-Factory has them
	ShareGPT         Format = "sharegpt"          // {"conversations": [{"from", "value"}], "system", "tools"}; "chosen" and "rejected", "kto_tag" as LLaMA-Factory has them
	Pairs            Format = "qa"                // {"question", "answer"}
)

// Formats are all of them.
func Formats() []Format {
	return []Format{Own, OpenAI, OpenAIPreference, TRL, Alpaca, ShareGPT, Pairs}
}

// Known says whether there is such a format.
func (f Format) Known() bool { return slices.Contains(Formats(), f) }

// An object is one line, taken apart.
type object map[string]json.RawMessage

// A coder reads one format and writes it.
type coder struct {
	fields []string // that a line may have
	read   func(object) (Row, error)
	write  func(Row) (any, error)
}

var coders = map[Format]coder{
	OpenAI:           {[]string{"messages", "tools"}, readOpenAI, writeOpenAI},
	OpenAIPreference: {[]string{"input", "preferred_output", "non_preferred_output"}, readOpenAIPreference, writeOpenAIPreference},
	TRL:              {[]string{"messages", "prompt", "completion", "chosen", "rejected", "label", "tools"}, readTRL, writeTRL},
	Alpaca:           {[]string{"instruction", "input", "output", "system", "history", "chosen", "rejected", "kto_tag"}, readAlpaca, writeAlpaca},
	ShareGPT:         {[]string{"conversations", "system", "tools", "chosen", "rejected", "kto_tag"}, readShareGPT, writeShareGPT},
	Pairs:            {[]string{"question", "answer"}, readPair, writePair},
	Own:              {[]string{"kind", "messages", "chosen", "rejected", "good", "tools"}, readOwn, writeOwn},
}

// Detect says in which format a line is; "" where it is in none.
func Detect(line []byte) Format {
	o, err := parse(line)
	if err != nil {
		return ""
	}
	return o.format()
}

func (o object) format() Format {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { _, ok := o[n]; return !ok })
	}
	switch {
	case has("kind", "messages"):
		return Own
	case has("input", "preferred_output"):
		return OpenAIPreference
	case has("conversations"):
		return ShareGPT
	case has("instruction"):
		return Alpaca
	case has("prompt"), has("chosen", "rejected"), has("messages", "label"):
		return TRL
	case has("messages"):
		return OpenAI
	case has("question", "answer"):
		return Pairs
	}
	return ""
}

// Read reads one line. Fields that are named in passed are passed over; others that the format does
// not know are refused, so that nothing is lost that nobody named.
func Read(f Format, line []byte, passed ...string) (Row, error) {
	o, err := parse(line)
	if err != nil {
		return Row{}, err
	}
	dropped := false
	for _, name := range passed {
		if _, there := o[name]; there && !slices.Contains(coders[f].fields, name) {
			delete(o, name)
			dropped = true
		}
	}
	if dropped {
		if line, err = json.Marshal(o); err != nil {
			return Row{}, fmt.Errorf("form: %w", err)
		}
	}
	r, err := readObject(f, o)
	if err != nil {
		return Row{}, err
	}
	if err := r.whole(line); err != nil {
		return Row{}, err
	}
	if out, err := encode(f, r); err != nil || !sameJSON(out, line) {
		var b bytes.Buffer
		if err := json.Compact(&b, line); err != nil {
			return Row{}, fmt.Errorf("form: %w", err)
		}
		r.As = &As{Format: f, Line: b.Bytes()}
	}
	return r, nil
}

func readObject(f Format, o object) (Row, error) {
	c, ok := coders[f]
	if !ok {
		return Row{}, bad(fmt.Sprintf("there is no format %q", f), "one of "+Names())
	}
	for name := range o {
		if !slices.Contains(c.fields, name) {
			return Row{}, bad(fmt.Sprintf("a row of the format %s has no field %q", f, name), "name the field to be passed over, or take it out: what is not known is never lost silently")
		}
	}
	r, err := c.read(o)
	if err != nil {
		return Row{}, err
	}
	return r, r.Check()
}

// Names are the formats as a text.
func Names() string {
	var b strings.Builder
	for i, f := range Formats() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(f))
	}
	return b.String()
}

// Write gives a row as a line of a format, without a line's end. What the format cannot carry is an
// error; what is written reads as an equal row. A row that came in the format goes out as it came.
func Write(f Format, r Row) ([]byte, error) {
	if !f.Known() {
		return nil, bad(fmt.Sprintf("there is no format %q", f), "one of "+Names())
	}
	hash, err := r.Hash()
	if err != nil {
		return nil, err
	}
	if r.As != nil && r.As.Format == f && says(f, r.As.Line, hash) {
		return r.As.Line, nil
	}
	out, err := encode(f, r)
	if err != nil {
		return nil, err
	}
	if !says(f, out, hash) {
		return nil, cannot(f, "the way the messages follow each other, or a name or an id in them")
	}
	return out, nil
}

// says whether a line reads as the row that has a hash.
func says(f Format, line []byte, hash string) bool {
	o, err := parse(line)
	if err != nil {
		return false
	}
	r, err := readObject(f, o)
	if err != nil {
		return false
	}
	h, err := r.Hash()
	return err == nil && h == hash
}

func cannot(f Format, what string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a row of the format %s cannot carry %s", f, what), Hint: "take another format; wenyuan carries every row"}
}

func encode(f Format, r Row) ([]byte, error) {
	v, err := coders[f].write(r)
	if err != nil {
		return nil, err
	}
	return plain(v)
}

// plain is JSON without escapes for HTML.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// parse takes a line apart. A field that stands there twice is refused.
func parse(line []byte) (object, error) {
	if !utf8.Valid(line) {
		return nil, bad("the row is not UTF-8", "save the file as UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, broken(err)
	}
	o := object{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, broken(err)
		}
		if _, twice := o[name]; twice {
			return nil, bad(fmt.Sprintf("the field %q stands there twice", name), "keep one of them")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, broken(err)
		}
		o[name] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, broken(err)
	}
	if rest := bytes.TrimSpace(line[d.InputOffset():]); len(rest) > 0 {
		return nil, bad("there is more than one value in the line", "write one row a line")
	}
	return o, nil
}

func broken(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // of the row, not of the file
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the row is no JSON object", Hint: "each row is one object between { and }", Err: err}
}

// whole refuses a row of whose text something was lost on reading: JSON may name half a character,
// which no text has.
func (r Row) whole(line []byte) error {
	if !bytes.Contains(line, []byte(`\u`)) || bytes.Contains(line, []byte("\uFFFD")) || bytes.Contains(bytes.ToLower(line), []byte(`\ufffd`)) {
		return nil
	}
	for _, list := range [][]Message{r.Messages, r.Chosen, r.Rejected} {
		for _, m := range list {
			if strings.ContainsRune(m.Content, utf8.RuneError) {
				return bad("a text holds half a character", "its escape \\ud800 to \\udfff has no other half")
			}
		}
	}
	return nil
}

// sameJSON says whether two texts are equal values.
func sameJSON(a, b []byte) bool {
	var x, y any
	da, db := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	da.UseNumber()
	db.UseNumber()
	return da.Decode(&x) == nil && db.Decode(&y) == nil && reflect.DeepEqual(x, y)
}

// given says whether a field is there and not null.
func (o object) given(name string) bool {
	raw, ok := o[name]
	return ok && !isNull(raw)
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// text reads a field that holds a text; "" where there is none.
func (o object) text(name string) (string, error) {
	if !o.given(name) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(o[name], &s); err != nil {
		return "", wrong(name, "a text")
	}
	return s, nil
}

// mark reads a field that holds true or false; nil where there is none.
func (o object) mark(name string) (*bool, error) {
	if !o.given(name) {
		return nil, nil
	}
	var b bool
	if err := json.Unmarshal(o[name], &b); err != nil {
		return nil, wrong(name, "true or false")
	}
	return &b, nil
}

// list reads a field that holds a list of objects.
func (o object) list(name string) ([]object, error) {
	if !o.given(name) {
		return nil, nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(o[name], &raws); err != nil {
		return nil, wrong(name, "a list")
	}
	return objects(name, raws)
}

func objects(name string, raws []json.RawMessage) ([]object, error) {
	out := make([]object, len(raws))
	for i, raw := range raws {
		one, err := parse(raw)
		if err != nil {
			return nil, wrong(name, "a list of objects")
		}
		out[i] = one
	}
	return out, nil
}

func wrong(name, what string) error {
	return bad(fmt.Sprintf("the field %q does not hold %s", name, what), "see the page about data sets for what a row of the format has")
}

// only refuses fields of an object that are not named.
func (o object) only(names ...string) error {
	for name := range o {
		if !slices.Contains(names, name) {
			return bad(fmt.Sprintf("a message has the field %q, which a row cannot carry", name), "take it out: what is not known is never lost silently")
		}
	}
	return nil
}

// compact is JSON without spaces; what stands in it has one text.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}
