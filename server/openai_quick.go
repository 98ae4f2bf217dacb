package server

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"wenyuan/internal/quickjson"
)

// chatNames are all fields of a request: those that are not read quickly are left to encoding/json.
var chatNames = jsonNames(reflect.TypeFor[chatRequest]())

var (
	messageNames = jsonNames(reflect.TypeFor[chatMessage]())
	optionNames  = jsonNames(reflect.TypeFor[streamOptions]())
)

// jsonNames are the names of the fields of a struct, with those of structs within it that have none
// of their own.
func jsonNames(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "" && f.Anonymous:
			names = append(names, jsonNames(f.Type)...)
		case name != "-":
			names = append(names, name)
		}
	}
	return names
}

// ReadJSON reads a request of the common form: texts, sampling and nothing else. Where it gives false
// nothing was read.
func (in *chatRequest) ReadJSON(data []byte) bool {
	var r quickjson.Reader
	r.Over(data)
	var out chatRequest
	var seen uint32
	once := func(bit uint) {
		if seen&(1<<bit) != 0 {
			r.Fail()
		}
		seen |= 1 << bit
	}
	r.Object(func(name []byte) {
		switch string(name) {
		case "model":
			once(0)
			out.Model = r.Text()
		case "messages":
			once(1)
			out.readMessages(&r)
		case "stream":
			once(2)
			out.Stream = r.Bool()
		case "stream_options":
			once(3)
			if !r.Null() {
				out.StreamOptions = &streamOptions{}
				out.StreamOptions.read(&r)
			}
		case "temperature":
			once(4)
			out.Temperature = maybe(&r)
		case "top_p":
			once(5)
			out.TopP = maybe(&r)
		case "max_tokens":
			once(6)
			out.MaxTokens = int(r.Int())
		case "max_completion_tokens":
			once(7)
			out.MaxCompletion = int(r.Int())
		case "seed":
			once(8)
			if !r.Null() {
				seed := r.Int()
				out.Seed = &seed
			}
		case "n":
			once(9)
			out.N = int(r.Int())
		case "presence_penalty":
			once(10)
			out.Presence = zero(&r)
		case "frequency_penalty":
			once(11)
			out.Frequency = zero(&r)
		case "cache":
			once(12)
			if !r.Null() {
				on := r.Bool()
				out.Cache = &on
			}
		default:
			r.Unknown(name, chatNames)
		}
	})
	if !r.Done() {
		return false
	}
	*in = out
	return true
}

func maybe(r *quickjson.Reader) *float64 {
	if r.Null() {
		return nil
	}
	f := r.Float()
	return &f
}

// zero reads a number; null is 0.
func zero(r *quickjson.Reader) float64 {
	if r.Null() {
		return 0
	}
	return r.Float()
}

func (o *streamOptions) read(r *quickjson.Reader) {
	came := false
	r.Object(func(name []byte) {
		if string(name) != "include_usage" {
			r.Unknown(name, optionNames)
			return
		}
		if came {
			r.Fail()
		}
		came, o.IncludeUsage = true, r.Bool()
	})
}

func (in *chatRequest) readMessages(r *quickjson.Reader) {
	if r.Null() {
		return
	}
	in.Messages = make([]chatMessage, 0, 4)
	r.Array(func() {
		in.Messages = append(in.Messages, chatMessage{})
		in.Messages[len(in.Messages)-1].read(r)
	})
}

func (m *chatMessage) read(r *quickjson.Reader) {
	var seen uint8
	text := func(bit uint) string {
		if seen&(1<<bit) != 0 {
			r.Fail()
		}
		seen |= 1 << bit
		return r.Text()
	}
	r.Object(func(name []byte) {
		switch string(name) {
		case "role":
			m.Role = text(0)
		case "content":
			m.Content = chatContent(text(1))
		case "name":
			m.Name = text(2)
		case "tool_call_id":
			m.ToolCallID = text(3)
		default:
			r.Unknown(name, messageNames)
		}
	})
}

// AppendJSON is the reply as json.Marshal writes it; ok is false where it holds more than a text.
func (c *chatCompletion) AppendJSON(b []byte) (_ []byte, ok bool) {
	if c.Wenyuan != nil || len(c.Choices) > 1 || c.Choices == nil || len(c.Choices) == 1 && !c.Choices[0].plain() || c.Usage != nil && !finite(c.Usage.Cost) {
		return b, false
	}
	b = quickjson.AppendText(append(b, `{"id":`...), c.ID)
	b = quickjson.AppendText(append(b, `,"object":`...), c.Object)
	b = strconv.AppendInt(append(b, `,"created":`...), c.Created, 10)
	b = quickjson.AppendText(append(b, `,"model":`...), c.Model)
	b = append(b, `,"choices":[`...)
	if len(c.Choices) == 1 {
		b = c.Choices[0].append(b)
	}
	b = append(b, ']')
	if c.Usage != nil {
		b = c.Usage.append(append(b, `,"usage":`...))
	}
	return append(b, '}'), true
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// plain says that a choice holds nothing but text.
func (c *chatChoice) plain() bool {
	for _, r := range []*chatReply{c.Message, c.Delta} {
		if r != nil && (len(r.ToolCalls) > 0 || r.Refusal != nil) {
			return false
		}
	}
	return true
}

func (c *chatChoice) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"index":`...), int64(c.Index), 10)
	if c.Message != nil {
		b = c.Message.append(append(b, `,"message":`...))
	}
	if c.Delta != nil {
		b = c.Delta.append(append(b, `,"delta":`...))
	}
	b = append(b, `,"finish_reason":`...)
	if c.FinishReason == nil {
		return append(b, "null}"...)
	}
	return append(quickjson.AppendText(b, *c.FinishReason), '}')
}

func (r *chatReply) append(b []byte) []byte {
	b = append(b, '{')
	if r.Role != "" {
		b = append(quickjson.AppendText(append(b, `"role":`...), r.Role), ',')
	}
	b = append(b, `"content":`...)
	if r.Content == nil {
		return append(b, "null}"...)
	}
	return append(quickjson.AppendText(b, *r.Content), '}')
}

func (u *chatUsage) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"prompt_tokens":`...), int64(u.Prompt), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(u.Completion), 10)
	if u.Cost != 0 {
		b = quickjson.AppendFloat(append(b, `,"cost":`...), u.Cost)
	}
	if u.Currency != "" {
		b = quickjson.AppendText(append(b, `,"currency":`...), u.Currency)
	}
	return append(strconv.AppendInt(append(b, `,"total_tokens":`...), int64(u.Total), 10), '}')
}
