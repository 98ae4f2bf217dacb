package openai

import (
	"encoding/json"
	"math"
	"strconv"

	"wenyuan/internal/quickjson"
)

// AppendJSON is the request as json.Marshal writes it; ok is false where it has tools or a form.
func (q *chatRequest) AppendJSON(b []byte) (_ []byte, ok bool) {
	size := 256
	for i := range q.Messages {
		m := &q.Messages[i]
		if len(m.ToolCalls) > 0 {
			return b, false
		}
		size += len(m.Content) + len(m.Content)/16 + 64
	}
	if len(q.Tools) > 0 || q.ToolChoice != nil || q.Format != nil || !finite(q.Temperature) || !finite(q.TopP) {
		return b, false
	}
	if b == nil {
		b = make([]byte, 0, size)
	}
	b = quickjson.AppendText(append(b, `{"model":`...), q.Model)
	b = append(b, `,"messages":[`...)
	for i := range q.Messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = q.Messages[i].append(b)
	}
	b = append(b, `],"stream":`...)
	b = strconv.AppendBool(b, q.Stream)
	if o := q.StreamOptions; o != nil {
		b = append(strconv.AppendBool(append(b, `,"stream_options":{"include_usage":`...), o.IncludeUsage), '}')
	}
	if q.Temperature != nil {
		b = quickjson.AppendFloat(append(b, `,"temperature":`...), *q.Temperature)
	}
	if q.TopP != nil {
		b = quickjson.AppendFloat(append(b, `,"top_p":`...), *q.TopP)
	}
	if q.MaxTokens != 0 {
		b = strconv.AppendInt(append(b, `,"max_tokens":`...), int64(q.MaxTokens), 10)
	}
	if q.NewMaxTokens != 0 {
		b = strconv.AppendInt(append(b, `,"max_completion_tokens":`...), int64(q.NewMaxTokens), 10)
	}
	if q.Seed != nil {
		b = strconv.AppendInt(append(b, `,"seed":`...), *q.Seed, 10)
	}
	for i, s := range q.Stop {
		if i == 0 {
			b = append(b, `,"stop":[`...)
		} else {
			b = append(b, ',')
		}
		b = quickjson.AppendText(b, s)
	}
	if len(q.Stop) > 0 {
		b = append(b, ']')
	}
	return append(b, '}'), true
}

func finite(f *float64) bool { return f == nil || !math.IsNaN(*f) && !math.IsInf(*f, 0) }

func (m *message) append(b []byte) []byte {
	b = quickjson.AppendText(append(b, `{"role":`...), m.Role)
	b = quickjson.AppendText(append(b, `,"content":`...), m.Content)
	if m.Name != "" {
		b = quickjson.AppendText(append(b, `,"name":`...), m.Name)
	}
	if m.ToolCallID != "" {
		b = quickjson.AppendText(append(b, `,"tool_call_id":`...), m.ToolCallID)
	}
	return append(b, '}')
}

var (
	chunkNames  = []string{"choices", "usage", "error"}
	choiceNames = []string{"delta", "message", "finish_reason"}
	deltaNames  = []string{"content", "refusal", "reasoning_content", "reasoning", "tool_calls"}
	usageNames  = []string{"prompt_tokens", "completion_tokens"}
)

// once notes that a field came, and says whether it is the first time.
type once uint8

func (o *once) first(bit uint) bool {
	old := *o
	*o |= 1 << bit
	return old&(1<<bit) == 0
}

// ReadJSON reads a reply, or an event of one, that has one choice, no tool calls and no error. What was
// read before is gone.
func (c *chunk) ReadJSON(data []byte) bool {
	*c = chunk{}
	if c.quick(data) {
		return true
	}
	*c = chunk{}
	return false
}

func (c *chunk) quick(data []byte) bool {
	var r quickjson.Reader
	r.Over(data)
	var seen once
	r.Object(func(name []byte) {
		switch string(name) {
		case "choices":
			c.readChoices(&r, seen.first(0))
		case "usage":
			if !seen.first(1) {
				r.Fail()
			} else if !r.Null() {
				c.Usage = &usage{}
				c.Usage.read(&r)
			}
		case "error":
			if !seen.first(2) || !r.Null() {
				r.Fail()
			}
			c.Error = null // as encoding/json keeps it
		default:
			r.Unknown(name, chunkNames)
		}
	})
	return r.Done()
}

var null = json.RawMessage("null") // not to be written to

func (c *chunk) readChoices(r *quickjson.Reader, first bool) {
	if !first || r.Null() {
		r.Fail()
		return
	}
	c.Choices = c.one[:0]
	r.Array(func() {
		if len(c.Choices) > 0 {
			r.Fail()
			return
		}
		c.Choices = c.one[:]
		c.one[0].read(r)
	})
}

func (c *choiceOf) read(r *quickjson.Reader) {
	var seen once
	r.Object(func(name []byte) {
		switch string(name) {
		case "delta":
			c.Delta.read(r, seen.first(0))
		case "message":
			c.Message.read(r, seen.first(1))
		case "finish_reason":
			if !seen.first(2) {
				r.Fail()
			}
			c.FinishReason = r.Text()
		default:
			r.Unknown(name, choiceNames)
		}
	})
}

func (d *delta) read(r *quickjson.Reader, first bool) {
	if !first {
		r.Fail()
		return
	}
	var seen once
	text := func(bit uint, to *string) {
		if !seen.first(bit) {
			r.Fail()
		}
		*to = r.Text()
	}
	r.Object(func(name []byte) {
		switch string(name) {
		case "content":
			text(0, &d.Content)
		case "refusal":
			text(1, &d.Refusal)
		case "reasoning_content":
			text(2, &d.Reasoning)
		case "reasoning":
			text(3, &d.Thought)
		case "tool_calls":
			if !seen.first(4) || !r.Null() {
				r.Fail()
			}
		default:
			r.Unknown(name, deltaNames)
		}
	})
}

func (u *usage) read(r *quickjson.Reader) {
	var seen once
	r.Object(func(name []byte) {
		switch string(name) {
		case "prompt_tokens":
			if !seen.first(0) {
				r.Fail()
			}
			u.Prompt = int(r.Int())
		case "completion_tokens":
			if !seen.first(1) {
				r.Fail()
			}
			u.Completion = int(r.Int())
		default:
			r.Unknown(name, usageNames)
		}
	})
}
