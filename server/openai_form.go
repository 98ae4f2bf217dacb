package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/guard/form"
	"wenyuan/internal/jsonschema"
)

// A formRequest is the form that an answer of a plain model has to have, in the fields that
// clients of vLLM and of llama.cpp's server send beside response_format.
type formRequest struct {
	GuidedJSON    anyJSON         `json:"guided_json,omitempty" doc:"a JSON Schema"`
	GuidedRegex   string          `json:"guided_regex,omitempty" doc:"a regular expression of RE2's syntax that the whole answer matches"`
	GuidedChoice  []string        `json:"guided_choice,omitempty" doc:"texts of which the answer is one"`
	GuidedGrammar string          `json:"guided_grammar,omitempty" doc:"a grammar in GBNF"`
	Structured    *structuredForm `json:"structured_outputs,omitempty"`
	JSONSchema    anyJSON         `json:"json_schema,omitempty" doc:"as guided_json"`
	Grammar       string          `json:"grammar,omitempty" doc:"as guided_grammar"`
}

// A structuredForm is the same in vLLM's newer words.
type structuredForm struct {
	JSON       anyJSON  `json:"json,omitempty"`
	Regex      string   `json:"regex,omitempty"`
	Choice     []string `json:"choice,omitempty"`
	Grammar    string   `json:"grammar,omitempty"`
	JSONObject bool     `json:"json_object,omitempty"`
}

// anyJSON is JSON, or JSON within a text as some clients send it.
type anyJSON json.RawMessage

// UnmarshalJSON unwraps a text.
func (a *anyJSON) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil && !bytes.Equal(b, []byte("null")) {
		b = []byte(text)
	}
	*a = append(anyJSON{}, b...)
	if bytes.Equal(b, []byte("null")) {
		*a = nil
	}
	return nil
}

// JSONSchema is an object or a text.
func (anyJSON) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "object"}, {"type": "boolean"}, {"type": "string"}}}
}

// A wantedForm is what an answer has to look like.
type wantedForm struct {
	form.Form
	schema *wenyuan.Schema // for models that take one; nil of forms that are no JSON
	told   string          // for the others
}

// wanted reads the one form that a request asks for; the zero form where it asks for none.
func (in *chatRequest) wanted() (wantedForm, error) {
	if err := in.namesForm(); err != nil {
		return wantedForm{}, err
	}
	s := in.Structured
	if s == nil {
		s = &structuredForm{}
	}
	var all []wantedForm
	add := func(w wantedForm, err error) error {
		all = append(all, w)
		return err
	}
	var errs []error
	if schema := in.schema(); schema != nil {
		errs = append(errs, add(formOfSchema(*schema)))
	}
	for _, raw := range []anyJSON{in.GuidedJSON, in.formRequest.JSONSchema, s.JSON} {
		if len(raw) > 0 {
			errs = append(errs, add(formOfSchema(wenyuan.Schema{Name: "answer", Schema: json.RawMessage(raw)})))
		}
	}
	if s.JSONObject {
		errs = append(errs, add(formOfSchema(wenyuan.Schema{Name: "answer"})))
	}
	for _, pattern := range []string{in.GuidedRegex, s.Regex} {
		if pattern != "" {
			f, err := form.Regexp(pattern)
			errs = append(errs, add(wantedForm{Form: f, told: "Your whole answer has to match this regular expression, from its first character to its last: " + pattern}, err))
		}
	}
	for _, choices := range [][]string{in.GuidedChoice, s.Choice} {
		if len(choices) > 0 {
			f, err := form.Choice(choices)
			errs = append(errs, add(wantedForm{Form: f, told: "Answer with exactly one of these texts and nothing else:\n" + strings.Join(choices, "\n")}, err))
		}
	}
	for _, grammar := range []string{in.GuidedGrammar, in.Grammar, s.Grammar} {
		if grammar != "" {
			f, err := form.Grammar(grammar)
			errs = append(errs, add(wantedForm{Form: f, told: "Your whole answer has to be a text that this grammar (GBNF) makes from root:\n" + grammar}, err))
		}
	}
	for _, err := range errs {
		if err != nil {
			return wantedForm{}, err
		}
	}
	switch len(all) {
	case 0:
		return wantedForm{}, nil
	case 1:
		return all[0], nil
	}
	return wantedForm{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the request asks for %d forms of its answer", len(all)), Hint: "ask for one: response_format, or one of the guided fields"}
}

// namesForm refuses a form that is asked for and is none.
func (in *chatRequest) namesForm() error {
	if f := in.ResponseFormat; f != nil && !slices.Contains([]string{"", "text", "json_object", "json_schema"}, f.Type) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("response_format.type is %q", f.Type), Hint: "one of text, json_object, json_schema"}
	}
	field := ""
	switch {
	case in.GuidedChoice != nil && len(in.GuidedChoice) == 0:
		field = "guided_choice"
	case in.Structured != nil && in.Structured.Choice != nil && len(in.Structured.Choice) == 0:
		field = "structured_outputs.choice"
	default:
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s has no texts", field), Hint: "give the texts of which the answer is to be one, or leave it out"}
}

func formOfSchema(s wenyuan.Schema) (wantedForm, error) {
	w := wantedForm{Form: form.Object(), schema: &s, told: "Answer with one JSON object and nothing else: no code fence, no words around it."}
	if len(s.Schema) == 0 {
		return w, nil
	}
	f, err := form.Schema(s.Schema)
	w.Form, w.told = f, "Answer with JSON and nothing else, no code fence and no words around it, that fits this JSON Schema:\n"+string(s.Schema)
	return w, err
}

// isJSON says whether the answer is JSON.
func (w wantedForm) isJSON() bool { return w.Kind() == "json" }

// ask puts the form into a request: as a schema for a model that takes one, else in words.
func (w wantedForm) ask(q wenyuan.Request, model *gateway.Model) wenyuan.Request {
	q.Schema = nil
	switch {
	case w.Kind() == "":
	case w.schema != nil && model.Spec().Able(gateway.JSONSchema):
		q.Schema = w.schema
	case len(q.Messages) > 0 && q.Messages[0].Role == "system":
		q.Messages = append([]wenyuan.Message{}, q.Messages...)
		q.Messages[0].Content += "\n\n" + w.told
	default:
		q.Messages = append([]wenyuan.Message{{Role: "system", Content: w.told}}, q.Messages...)
	}
	return q
}

// again asks for an answer anew that did not have the form.
func (w wantedForm) again(q wenyuan.Request, said string, why error) wenyuan.Request {
	const most = 8 << 10 // bytes of what was said: its beginning shows what went wrong
	if len(said) > most {
		said = strings.ToValidUTF8(said[:most], "") + "…"
	}
	q.Messages = append([]wenyuan.Message{}, q.Messages...)
	if said != "" {
		q.Messages = append(q.Messages, wenyuan.Message{Role: "assistant", Content: said})
	}
	q.Messages = append(q.Messages, wenyuan.Message{Role: "user", Content: "That answer does not have the form that was asked for: " + why.Error() + ".\nWrite the whole answer anew, in that form and with nothing around it."})
	return q
}

// notInForm is the error of an answer that did not have the form, also when it was asked for
// anew or could not be.
func notInForm(why error, finish string) error {
	hint := "ask again, take a model that is made for such answers, or ask for a simpler form"
	if finish == "length" {
		hint = "the model stopped at its limit of length: give it a larger max_tokens"
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model's answer does not have the form that was asked for: " + why.Error(), Hint: hint}
}
