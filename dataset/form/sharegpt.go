package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// speakers are who speaks in ShareGPT's rows, by the names that are in use; the first name of a role
// is the one that is written.
var speakers = []struct{ name, role string }{
	{"human", User}, {"user", User}, {"gpt", Assistant}, {"assistant", Assistant}, {"system", System}, {"observation", Tool}, {"tool", Tool},
}

const calls = "function_call" // who speaks where the assistant calls tools

func speaker(name string) (role string, ok bool) {
	for _, s := range speakers {
		if s.name == name {
			return s.role, true
		}
	}
	return "", false
}

func named(role string) string {
	for _, s := range speakers {
		if s.role == role {
			return s.name
		}
	}
	return role
}

// callID names the calls of a row in their order: ShareGPT has no ids.
func callID(n int) string { return fmt.Sprintf("call_%d", n) }

// A call is one as OpenAI has it. Its arguments are the text of a JSON value.
type call struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// A bareCall is one as LLaMA-Factory has it.
type bareCall struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// A shareReader reads the messages of one row.
type shareReader struct {
	made     int // calls so far
	answered int // of them
}

func (s *shareReader) message(o object) (m Message, err error) {
	if err := o.only("from", "value"); err != nil {
		return m, err
	}
	from, err := o.text("from")
	if err != nil {
		return m, err
	}
	value, err := o.text("value")
	if err != nil {
		return m, err
	}
	if from == calls {
		return s.called(value)
	}
	role, ok := speaker(from)
	if !ok {
		return m, bad(fmt.Sprintf("nobody is called %q in a row of the format sharegpt", from), "one of human, gpt, system, function_call, observation")
	}
	m = Message{Role: role, Content: value}
	if role == Tool && s.answered < s.made {
		s.answered++
		m.CallID = callID(s.answered)
	}
	return m, nil
}

// called reads a message that calls one tool, or a list of them.
func (s *shareReader) called(value string) (Message, error) {
	var list []bareCall
	raw := bytes.TrimSpace([]byte(value))
	if len(raw) == 0 || raw[0] != '[' {
		raw = append(append([]byte("["), raw...), ']')
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil || d.More() || len(list) == 0 {
		return Message{}, bad("what function_call says is no call of a tool", `write {"name": ..., "arguments": {...}}, or a list of them`)
	}
	s.answered = s.made // what was not answered is not any more
	out := make([]call, len(list))
	for i, c := range list {
		if c.Name == "" || c.Arguments == nil {
			return Message{}, bad("what function_call says is no call of a tool", `write {"name": ..., "arguments": {...}}, or a list of them`)
		}
		s.made++
		out[i].ID, out[i].Type, out[i].Function.Name, out[i].Function.Arguments = callID(s.made), "function", c.Name, string(c.Arguments)
	}
	text, err := plain(out)
	return Message{Role: Assistant, Calls: text}, err
}

func readShareGPT(o object) (r Row, err error) {
	list, err := o.list("conversations")
	if err != nil {
		return r, err
	}
	system, err := o.text("system")
	if err != nil {
		return r, err
	}
	if system != "" {
		r.Messages = append(r.Messages, Message{Role: System, Content: system})
	}
	s := &shareReader{}
	for _, one := range list {
		m, err := s.message(one)
		if err != nil {
			return r, err
		}
		r.Messages = append(r.Messages, m)
	}
	if r.Tools, err = o.tools(); err != nil {
		return r, err
	}
	if r.Good, err = o.mark("kto_tag"); err != nil {
		return r, err
	}
	switch r.Kind = Chat; {
	case o.given("chosen") || o.given("rejected"):
		r.Kind = Preference
		if r.Good != nil {
			return r, bad("a row with a chosen and a rejected answer has no kto_tag", "leave it out")
		}
		if r.Chosen, err = o.alternative("chosen", *s); err != nil {
			return r, err
		}
		r.Rejected, err = o.alternative("rejected", *s)
	case r.Good != nil:
		r.Kind = Label
	}
	return r, err
}

// alternative reads one of two answers. Its calls go on behind those before.
func (o object) alternative(name string, s shareReader) ([]Message, error) {
	one, err := parse(o[name])
	if err != nil {
		return nil, wrong(name, "an object with from and value")
	}
	m, err := s.message(one)
	return []Message{m}, err
}

// tools reads tools as a list or as the text of one, bare or as OpenAI wraps them.
func (o object) tools() (json.RawMessage, error) {
	if !o.given("tools") {
		return nil, nil
	}
	raw := o["tools"]
	if quoted(raw) {
		text, err := o.text("tools")
		if err != nil || strings.TrimSpace(text) == "" {
			return nil, err
		}
		raw = json.RawMessage(text)
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, wrong("tools", "a list of tools, or the text of one")
	}
	if len(list) == 0 {
		return nil, nil
	}
	for i, t := range list {
		if t["function"] == nil {
			bare, err := plain(t)
			if err != nil {
				return nil, err
			}
			list[i] = map[string]json.RawMessage{"type": json.RawMessage(`"function"`), "function": bare}
		}
	}
	out, err := plain(list)
	return compact(out), err
}

type shareMessage struct {
	From  string `json:"from"`
	Value string `json:"value"`
}

type shareRow struct {
	Conversations []shareMessage `json:"conversations"`
	Chosen        *shareMessage  `json:"chosen,omitempty"`
	Rejected      *shareMessage  `json:"rejected,omitempty"`
	Good          *bool          `json:"kto_tag,omitempty"`
	System        string         `json:"system,omitempty"`
	Tools         string         `json:"tools,omitempty"`
}

func writeShareGPT(r Row) (any, error) {
	out, list := shareRow{Good: r.Good}, r.Messages
	if len(list) > 0 && list[0].Role == System && list[0].Content != "" {
		out.System, list = list[0].Content, list[1:]
	}
	for _, m := range list {
		one, err := shared(m)
		if err != nil {
			return nil, err
		}
		out.Conversations = append(out.Conversations, one)
	}
	if r.Kind == Preference {
		if len(r.Chosen) != 1 || len(r.Rejected) != 1 {
			return nil, cannot(ShareGPT, "an answer of several messages")
		}
		chosen, err := shared(r.Chosen[0])
		if err != nil {
			return nil, err
		}
		rejected, err := shared(r.Rejected[0])
		if err != nil {
			return nil, err
		}
		out.Chosen, out.Rejected = &chosen, &rejected
	}
	if r.Tools != nil {
		var list []map[string]json.RawMessage
		if err := json.Unmarshal(r.Tools, &list); err != nil {
			return nil, cannot(ShareGPT, "these tools")
		}
		bare := make([]json.RawMessage, len(list))
		for i, t := range list {
			bare[i] = t["function"]
		}
		text, err := plain(bare)
		if err != nil {
			return nil, err
		}
		out.Tools = string(text)
	}
	return out, nil
}

func shared(m Message) (shareMessage, error) {
	if m.Calls == nil {
		return shareMessage{named(m.Role), m.Content}, nil
	}
	if m.Content != "" {
		return shareMessage{}, cannot(ShareGPT, "words beside a call of a tool")
	}
	var list []call
	if err := json.Unmarshal(m.Calls, &list); err != nil {
		return shareMessage{}, cannot(ShareGPT, "these calls of tools")
	}
	bare := make([]bareCall, len(list))
	for i, c := range list {
		if !json.Valid([]byte(c.Function.Arguments)) {
			return shareMessage{}, cannot(ShareGPT, "a call whose arguments are no JSON")
		}
		bare[i] = bareCall{c.Function.Name, json.RawMessage(c.Function.Arguments)}
	}
	var v any = bare
	if len(bare) == 1 {
		v = bare[0]
	}
	text, err := plain(v)
	return shareMessage{calls, string(text)}, err
}
