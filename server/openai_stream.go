package server

import (
	"strconv"

	"wenyuan"
	"wenyuan/internal/quickjson"
)

// piece sends a chunk. The end of an answer is an event of its own, as OpenAI has it: its clients look
// for one whose delta is empty. A chunk that has it goes out with what follows it at once, the usage and the
// end of the stream.
func (o *plainStream) piece(c wenyuan.Chunk) {
	if said := c.Text != "" || len(c.ToolCalls) > 0 || !o.events.begun; said {
		o.event(c.Text, c.ToolCalls, "")
	}
	if c.Finish != "" {
		o.event("", nil, c.Finish)
		return
	}
	o.events.flush()
}

// event adds one event to those that are to be sent: what [chatCompletion] is as JSON. Its beginning is
// the same for all events of a stream.
func (o *plainStream) event(text string, calls []wenyuan.ToolCall, finish string) {
	first := !o.events.begun && len(o.events.buf) == 0
	if len(calls) > 0 {
		all := o.talk.head.chunk(wenyuan.Chunk{Text: text, ToolCalls: calls, Finish: finish}, first)
		o.events.later("", &all)
		return
	}
	if o.head == nil {
		o.head = o.talk.head.begin()
	}
	b := append(o.events.buf, o.head...)
	if first {
		b = append(b, `"role":"assistant",`...)
	}
	b = append(b, `"content":`...)
	if text == "" && !first {
		b = append(b, "null"...)
	} else {
		b = quickjson.AppendText(b, text)
	}
	b = append(b, `},"finish_reason":`...)
	if finish == "" {
		b = append(b, "null"...)
	} else {
		b = quickjson.AppendText(b, finish)
	}
	o.events.buf = append(b, "}]}\n\n"...)
}

// begin is the beginning of an event, up to what it says.
func (head *chatCompletion) begin() []byte {
	b := quickjson.AppendText(append(make([]byte, 0, 160), `data: {"id":`...), head.ID)
	b = quickjson.AppendText(append(b, `,"object":`...), head.Object)
	b = strconv.AppendInt(append(b, `,"created":`...), head.Created, 10)
	b = quickjson.AppendText(append(b, `,"model":`...), head.Model)
	return append(b, `,"choices":[{"index":0,"delta":{`...)
}
