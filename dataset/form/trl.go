package form

import (
	"encoding/json"
)

// readTRL reads what TRL's trainers take: a conversation, a prompt with its completion (with a label for
// KTO), or with a better and a worse one. A prompt that is a text is what a person said.
func readTRL(o object) (r Row, err error) {
	if r.Good, err = o.mark("label"); err != nil {
		return r, err
	}
	if r.Tools, err = o.raw("tools"); err != nil {
		return r, err
	}
	switch {
	case o.given("chosen") || o.given("rejected"):
		return trlPair(o, r)
	case o.given("messages"):
		r.Messages, err = o.chat("messages")
	default:
		r.Messages, err = o.talk("prompt", User)
		if err != nil {
			return r, err
		}
		var answer []Message
		answer, err = o.talk("completion", Assistant)
		r.Messages = append(r.Messages, answer...)
	}
	r.Kind = Chat
	if r.Good != nil {
		r.Kind = Label
	}
	return r, err
}

func trlPair(o object, r Row) (_ Row, err error) {
	r.Kind = Preference
	if o.given("label") || o.given("messages") || o.given("completion") {
		return r, bad("a row with a chosen and a rejected answer has a prompt and nothing more", "leave label, messages and completion out")
	}
	if r.Chosen, err = o.talk("chosen", Assistant); err != nil {
		return r, err
	}
	if r.Rejected, err = o.talk("rejected", Assistant); err != nil {
		return r, err
	}
	if o.given("prompt") {
		r.Messages, err = o.talk("prompt", User)
		return r, err
	}
	// Without a prompt both answers begin with it.
	n := 0
	for n < len(r.Chosen)-1 && n < len(r.Rejected)-1 && r.Chosen[n].equal(r.Rejected[n]) {
		n++
	}
	r.Messages, r.Chosen, r.Rejected = r.Chosen[:n:n], r.Chosen[n:], r.Rejected[n:]
	return r, nil
}

// talk reads a field that holds messages, or a text that is one of somebody.
func (o object) talk(name, role string) ([]Message, error) {
	if quoted(o[name]) {
		s, err := o.text(name)
		return []Message{{Role: role, Content: s}}, err
	}
	return o.chat(name)
}

type trlRow struct {
	Messages   []said          `json:"messages,omitempty"`
	Prompt     []said          `json:"prompt,omitempty"`
	Completion []said          `json:"completion,omitempty"`
	Chosen     []said          `json:"chosen,omitempty"`
	Rejected   []said          `json:"rejected,omitempty"`
	Label      *bool           `json:"label,omitempty"`
	Tools      json.RawMessage `json:"tools,omitempty"`
}

func writeTRL(r Row) (any, error) {
	out := trlRow{Tools: r.Tools, Label: r.Good}
	switch m := chatMessages(r.Messages); {
	case r.Kind == Preference:
		out.Prompt, out.Chosen, out.Rejected = m, chatMessages(r.Chosen), chatMessages(r.Rejected)
	case r.Kind == Label && len(m) > 1:
		out.Prompt, out.Completion = m[:len(m)-1], m[len(m)-1:]
	default:
		out.Messages = m
	}
	return out, nil
}
