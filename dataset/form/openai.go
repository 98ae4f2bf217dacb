package form

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A said is a message as OpenAI writes it.
type said struct {
	Role    string          `json:"role"`
	Content *string         `json:"content"`
	Name    string          `json:"name,omitempty"`
	Calls   json.RawMessage `json:"tool_calls,omitempty"`
	CallID  string          `json:"tool_call_id,omitempty"`
}

// chatMessages are messages as OpenAI writes them. Who calls tools and says nothing has null for content.
func chatMessages(list []Message) []said {
	out := make([]said, len(list))
	for i, m := range list {
		out[i] = said{Role: m.Role, Content: &m.Content, Name: m.Name, Calls: m.Calls, CallID: m.CallID}
		if m.Calls != nil && m.Content == "" {
			out[i].Content = nil
		}
	}
	return out
}

// chat reads a field that holds messages.
func (o object) chat(name string) ([]Message, error) {
	list, err := o.list(name)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]Message, 0, len(list))
	for _, one := range list {
		m, err := one.message()
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (o object) message() (m Message, err error) {
	if err := o.only("role", "content", "name", "tool_calls", "tool_call_id"); err != nil {
		return m, err
	}
	for name, into := range map[string]*string{"role": &m.Role, "name": &m.Name, "tool_call_id": &m.CallID} {
		if *into, err = o.text(name); err != nil {
			return m, err
		}
	}
	if m.Role == "developer" { // what OpenAI calls a system message of newer models
		m.Role = System
	}
	if m.Content, err = o.content(); err != nil {
		return m, err
	}
	m.Calls, err = o.raw("tool_calls")
	return m, err
}

// raw reads a field that holds a list, whatever is in it.
func (o object) raw(name string) (json.RawMessage, error) {
	if !o.given(name) {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(o[name], &list); err != nil {
		return nil, wrong(name, "a list")
	}
	if len(list) == 0 {
		return nil, nil
	}
	return compact(o[name]), nil
}

// content is a text, or parts of which each is one.
func (o object) content() (string, error) {
	if !o.given("content") {
		return "", nil
	}
	var s string
	if json.Unmarshal(o["content"], &s) == nil {
		return s, nil
	}
	parts, err := o.list("content")
	if err != nil {
		return "", wrong("content", "a text")
	}
	var b strings.Builder
	for _, p := range parts {
		kind, err := p.text("type")
		if err != nil || kind != "text" || p.only("type", "text") != nil {
			return "", bad(fmt.Sprintf("a part of a message is %q", kind), "rows carry texts: leave out pictures and sound")
		}
		text, err := p.text("text")
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func readOpenAI(o object) (r Row, err error) {
	r.Kind = Chat
	if r.Messages, err = o.chat("messages"); err != nil {
		return r, err
	}
	r.Tools, err = o.raw("tools")
	return r, err
}

type openAIChat struct {
	Messages []said          `json:"messages"`
	Tools    json.RawMessage `json:"tools,omitempty"`
	Label    *bool           `json:"label,omitempty"`
}

func writeOpenAI(r Row) (any, error) {
	if r.Kind != Chat {
		return nil, cannot(OpenAI, "a row of the kind "+r.Kind)
	}
	return openAIChat{Messages: chatMessages(r.Messages), Tools: r.Tools}, nil
}

func readOpenAIPreference(o object) (r Row, err error) {
	r.Kind = Preference
	in, err := parse(o["input"])
	if err != nil {
		return r, wrong("input", "an object")
	}
	if err := in.only("messages", "tools"); err != nil {
		return r, err
	}
	if r.Messages, err = in.chat("messages"); err != nil {
		return r, err
	}
	if r.Tools, err = in.raw("tools"); err != nil {
		return r, err
	}
	if r.Chosen, err = o.chat("preferred_output"); err != nil {
		return r, err
	}
	r.Rejected, err = o.chat("non_preferred_output")
	return r, err
}

type openAIPair struct {
	Input    openAIChat `json:"input"`
	Chosen   []said     `json:"preferred_output"`
	Rejected []said     `json:"non_preferred_output"`
}

func writeOpenAIPreference(r Row) (any, error) {
	if r.Kind != Preference {
		return nil, cannot(OpenAIPreference, "a row of the kind "+r.Kind)
	}
	return openAIPair{openAIChat{Messages: chatMessages(r.Messages), Tools: r.Tools}, chatMessages(r.Chosen), chatMessages(r.Rejected)}, nil
}

func readPair(o object) (Row, error) {
	q, err := o.text("question")
	if err != nil {
		return Row{}, err
	}
	a, err := o.text("answer")
	return Row{Kind: Chat, Messages: []Message{{Role: User, Content: q}, {Role: Assistant, Content: a}}}, err
}

func writePair(r Row) (any, error) {
	if r.Kind != Chat || len(r.Messages) != 2 || r.Tools != nil {
		return nil, cannot(Pairs, "more than one question and its answer")
	}
	return map[string]string{"question": r.Messages[0].Content, "answer": r.Messages[1].Content}, nil
}

func readOwn(o object) (r Row, err error) {
	if r.Kind, err = o.text("kind"); err != nil {
		return r, err
	}
	if r.Good, err = o.mark("good"); err != nil {
		return r, err
	}
	for name, into := range map[string]*[]Message{"messages": &r.Messages, "chosen": &r.Chosen, "rejected": &r.Rejected} {
		if *into, err = o.chat(name); err != nil {
			return r, err
		}
	}
	r.Tools, err = o.raw("tools")
	return r, err
}

func writeOwn(r Row) (any, error) {
	r.As = nil
	return r, nil
}
