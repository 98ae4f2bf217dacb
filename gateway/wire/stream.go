package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/internal/sse"
)

// errStopped says that the consumer of a stream ceased to range.
var errStopped = errors.New("the consumer stopped")

// afterFinish is how long the usage is waited for once the answer is whole.
const afterFinish = 5 * time.Second

// A Reply is an answer as it comes in. A dialect says piece by piece what it reads; the reply
// sees to it that chunks go out in order, within limits, without reasoning, and that the
// last one is what [wenyuan.Model] promises. Pieces of text that came together go out as one chunk, before
// anything else is waited for. An error that one of its methods gives back is to
// be returned at once.
type Reply struct {
	*Call

	yield func(wenyuan.Chunk, error) bool
	mind  thought
	size  int
	said  string          // has come and did not go out yet
	more  strings.Builder // likewise, where it is not empty: with said at its beginning
	calls []call
	last  wenyuan.Chunk
}

// A call is a tool call as the server numbers it.
type call struct {
	index int
	id    string
	size  int // bytes of its arguments so far
}

// Stream opens a call and lets a dialect read it, which returns nil at the end of the
// body. An answer that has no finish then was broken off.
func Stream(open func() (*Call, error), read func(*Reply) error) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		k, err := open()
		if err != nil {
			yield(wenyuan.Chunk{}, err)
			return
		}
		defer k.End()
		if p, ok := k.asker.Value(pausesKey{}).(Pauses); ok {
			k.knownBy(p)
		}
		r := &Reply{Call: k, yield: yield}
		if err = r.end(read(r)); err == nil {
			k.whole = true
			yield(r.last, nil)
		} else if err != errStopped {
			yield(wenyuan.Chunk{}, k.why(err))
		}
	}
}

// end looks how the reading ended. Once the finish has come the answer is whole, even
// where the connection does not end as it should.
func (r *Reply) end(err error) error {
	_, ours := errors.AsType[*wenyuan.Error](err)
	if err == errStopped || r.asker.Err() != nil {
		return either(err, context.Cause(r.asker))
	}
	if ours || r.last.Finish == "" {
		return either(r.tell(), either(err, io.ErrUnexpectedEOF))
	}
	if r.last.Text = r.held() + r.mind.rest(); len(r.calls) == 0 {
		return nil
	}
	if err := r.emit(wenyuan.Chunk{Text: r.last.Text}); err != nil {
		return err
	}
	r.last.Text = ""
	for i, c := range r.calls { // without arguments is with none
		if c.size == 0 && r.last.Finish == "tool_calls" {
			if err := r.emit(wenyuan.Chunk{ToolCalls: []wenyuan.ToolCall{{Index: i, Arguments: "{}"}}}); err != nil {
				return err
			}
		}
	}
	return nil
}

func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Say hands on a piece of the answer's text. Reasoning between <think> and </think> at its
// beginning is left out.
func (r *Reply) Say(text string) error {
	if err := r.grow(len(text)); err != nil || text == "" {
		return err
	}
	if text = r.mind.pass(whole(text)); text == "" {
		r.Content()
		return nil
	}
	switch {
	case r.said == "":
		r.said = text
		return nil
	case r.more.Len() == 0:
		r.more.WriteString(r.said)
	}
	r.more.WriteString(text)
	return nil
}

// held is the text that came together and did not go out yet.
func (r *Reply) held() string {
	text := r.said
	if r.more.Len() > 0 {
		text = r.more.String()
		r.more.Reset()
	}
	r.said = ""
	return text
}

// tell hands on what is held.
func (r *Reply) tell() error {
	if r.said == "" {
		return nil
	}
	return r.emit(wenyuan.Chunk{Text: r.held()})
}

// Next is that of the call: what has come goes out before more is waited for.
func (r *Reply) Next() ([]byte, error) {
	if err := r.tell(); err != nil {
		return nil, err
	}
	return r.Call.Next()
}

// Read is that of the call; see Next.
func (r *Reply) Read(p []byte) (int, error) {
	if err := r.tell(); err != nil {
		return 0, err
	}
	return r.Call.Read(p)
}

// whole replaces what cannot be stored or sent on: broken characters, and the zero byte,
// which databases do not take.
func whole(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

// Think takes note of reasoning that the server sends apart: it is work, but no part of the
// answer.
func (r *Reply) Think(text string) error {
	if text == "" {
		return nil
	}
	r.Content()
	return r.grow(len(text))
}

// ToolCall hands on a piece of a tool call. Index is the server's; where it gives several calls
// the same one, they are told apart by their ids, and one without an id gets one.
func (r *Reply) ToolCall(c wenyuan.ToolCall) error {
	if err := r.grow(len(c.ID) + len(c.Name) + len(c.Arguments)); err != nil {
		return err
	}
	c.ID, c.Name, c.Arguments = whole(c.ID), whole(c.Name), whole(c.Arguments)
	at := len(r.calls) - 1
	for at >= 0 && r.calls[at].index != c.Index {
		at--
	}
	if at >= 0 && (c.ID == "" || c.ID == r.calls[at].id) {
		c.ID, c.Name = "", ""
	} else {
		switch {
		case c.Name == "":
			return r.Rubbish(errors.New("a tool call without a name"))
		case len(r.calls) == maxCalls:
			return r.Rubbish(fmt.Errorf("more than %d tool calls", maxCalls))
		case c.ID == "":
			c.ID = "call_" + rand.Text()
		}
		r.calls = append(r.calls, call{index: c.Index, id: c.ID})
		at = len(r.calls) - 1
	}
	c.Index = at
	r.calls[at].size += len(c.Arguments)
	if err := r.tell(); err != nil {
		return err
	}
	return r.emit(wenyuan.Chunk{ToolCalls: []wenyuan.ToolCall{c}})
}

// Finish takes the reason why the answer is over: "stop", "length", "tool_calls" or
// "content_filter"; the first one counts.
func (r *Reply) Finish(reason string) {
	if r.last.Finish != "" || reason == "" {
		return
	}
	if reason == "stop" && len(r.calls) > 0 {
		reason = "tool_calls"
	}
	r.last.Finish = reason
	r.Content()
	r.idle = min(r.idle, afterFinish)
}

// Arguments are those of a call as an object, for dialects that want one. What a model wrote
// that is none is shown to it as it was, so that a conversation does not end at one slip.
func Arguments(of string) json.RawMessage {
	raw := bytes.TrimSpace([]byte(of))
	switch {
	case len(raw) == 0:
		return json.RawMessage("{}")
	case raw[0] == '{' && json.Valid(raw):
		return raw
	}
	wrapped, _ := json.Marshal(map[string]string{"not_json": of}) // a string always can be
	return wrapped
}

// Called says whether a tool was called.
func (r *Reply) Called() bool { return len(r.calls) > 0 }

// Usage takes the tokens of the whole request; the last report counts.
func (r *Reply) Usage(prompt, completion int) {
	r.last.Usage = &wenyuan.Usage{Prompt: max(prompt, 0), Completion: max(completion, 0)}
}

// Events reads the body as server-sent events.
func (r *Reply) Events() *sse.Reader { return sse.NewReader(r, maxEvent) }

// Lines reads the body line by line.
func (r *Reply) Lines() *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxEvent)
	return s
}

func tooLong(err error) bool {
	return errors.Is(err, sse.ErrTooLong) || errors.Is(err, bufio.ErrTooLong)
}

func (r *Reply) grow(n int) error {
	if r.size += n; r.size > maxText {
		return r.Rubbish(fmt.Errorf("more than %d bytes of text", maxText))
	}
	return nil
}

// emit yields a chunk that holds something.
func (r *Reply) emit(c wenyuan.Chunk) error {
	if (c.Text != "" || len(c.ToolCalls) > 0) && !r.yield(c, nil) {
		return errStopped
	}
	r.Content()
	return nil
}
