package server

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"wenyuan"
)

// TestPieces: an event is the JSON that a [chatCompletion] is, and the end of an answer one of its own.
func TestPieces(t *testing.T) {
	t.Parallel()
	head := chatCompletion{ID: "chatcmpl-<1>", Object: "chat.completion.chunk", Created: 1763600000, Model: "模型\n"}
	call := []wenyuan.ToolCall{{ID: "call_1", Name: "f", Arguments: "{}"}}
	for name, c := range map[string]struct {
		in   []wenyuan.Chunk
		want []wenyuan.Chunk
	}{
		"pieces":           {[]wenyuan.Chunk{{Text: "水\u2028"}, {Text: "b"}, {Finish: "stop"}}, []wenyuan.Chunk{{Text: "水\u2028"}, {Text: "b"}, {Finish: "stop"}}},
		"all at once":      {[]wenyuan.Chunk{{Text: "a<b", Finish: "length"}}, []wenyuan.Chunk{{Text: "a<b"}, {Finish: "length"}}},
		"a call with text": {[]wenyuan.Chunk{{Text: "a", ToolCalls: call, Finish: "tool_calls"}}, []wenyuan.Chunk{{Text: "a", ToolCalls: call}, {Finish: "tool_calls"}}},
		"nothing":          {[]wenyuan.Chunk{{Finish: "stop"}}, []wenyuan.Chunk{{}, {Finish: "stop"}}},
	} {
		rec := httptest.NewRecorder()
		o := &plainStream{talk: &plainTalk{head: head}, events: (*Server)(nil).eventStream(rec, func(err error) { t.Error(err) })}
		for _, k := range c.in {
			o.piece(k)
		}
		o.events.flush()
		var want strings.Builder
		for i, k := range c.want {
			all := head.chunk(k, i == 0)
			b, err := json.Marshal(&all)
			if err != nil {
				t.Fatal(err)
			}
			want.WriteString("data: " + string(b) + "\n\n")
		}
		if got := rec.Body.String(); got != want.String() {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want.String())
		}
	}
}
