package form

import (
	"bytes"
	"encoding/json"
)

// readAlpaca reads instruction and input as one question, the input below the instruction, as
// LLaMA-Factory puts them together.
func readAlpaca(o object) (r Row, err error) {
	texts := map[string]string{}
	for _, name := range []string{"instruction", "input", "output", "system"} {
		if texts[name], err = o.text(name); err != nil {
			return r, err
		}
	}
	if texts["system"] != "" {
		r.Messages = append(r.Messages, Message{Role: System, Content: texts["system"]})
	}
	if r.Messages, err = o.history(r.Messages); err != nil {
		return r, err
	}
	question := texts["instruction"]
	switch {
	case question == "":
		question = texts["input"]
	case texts["input"] != "":
		question += "\n" + texts["input"]
	}
	r.Messages = append(r.Messages, Message{Role: User, Content: question})
	if r.Good, err = o.mark("kto_tag"); err != nil {
		return r, err
	}
	if o.given("chosen") || o.given("rejected") {
		return alpacaPair(o, r, texts["output"])
	}
	r.Kind = Chat
	if r.Good != nil {
		r.Kind = Label
	}
	r.Messages = append(r.Messages, Message{Role: Assistant, Content: texts["output"]})
	return r, nil
}

func alpacaPair(o object, r Row, output string) (Row, error) {
	r.Kind = Preference
	if output != "" || r.Good != nil {
		return r, bad("a row with a chosen and a rejected answer has no output and no kto_tag", "leave them out")
	}
	chosen, err := o.text("chosen")
	if err != nil {
		return r, err
	}
	rejected, err := o.text("rejected")
	r.Chosen, r.Rejected = []Message{{Role: Assistant, Content: chosen}}, []Message{{Role: Assistant, Content: rejected}}
	return r, err
}

// history adds earlier turns: pairs of what was asked and answered.
func (o object) history(to []Message) ([]Message, error) {
	if !o.given("history") {
		return to, nil
	}
	var turns [][]string
	if err := json.Unmarshal(o["history"], &turns); err != nil {
		return to, wrong("history", "a list of pairs of texts")
	}
	for _, t := range turns {
		if len(t) != 2 {
			return to, wrong("history", "a list of pairs of texts")
		}
		to = append(to, Message{Role: User, Content: t[0]}, Message{Role: Assistant, Content: t[1]})
	}
	return to, nil
}

type alpacaRow struct {
	Instruction string      `json:"instruction"`
	Input       string      `json:"input"`
	Output      *string     `json:"output,omitempty"`
	Chosen      *string     `json:"chosen,omitempty"`
	Rejected    *string     `json:"rejected,omitempty"`
	Good        *bool       `json:"kto_tag,omitempty"`
	System      string      `json:"system,omitempty"`
	History     [][2]string `json:"history,omitempty"`
}

func writeAlpaca(r Row) (any, error) {
	if r.Tools != nil {
		return nil, cannot(Alpaca, "tools")
	}
	out, list := alpacaRow{Good: r.Good}, r.Messages
	if len(list) > 0 && list[0].Role == System {
		out.System, list = list[0].Content, list[1:]
	}
	if r.Kind == Preference {
		if len(r.Chosen) != 1 || len(r.Rejected) != 1 {
			return nil, cannot(Alpaca, "an answer of several messages")
		}
		out.Chosen, out.Rejected = &r.Chosen[0].Content, &r.Rejected[0].Content
	} else if n := len(list) - 1; n > 0 {
		out.Output, list = &list[n].Content, list[:n]
	}
	for len(list) > 2 {
		out.History = append(out.History, [2]string{list[0].Content, list[1].Content})
		list = list[2:]
	}
	if len(list) != 1 {
		return nil, cannot(Alpaca, "turns that are not one question and one answer after the other")
	}
	out.Instruction = list[0].Content
	return out, nil
}

// quoted says whether JSON is a text.
func quoted(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '"'
}
