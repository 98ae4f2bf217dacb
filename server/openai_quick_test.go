package server

import (
	"encoding/json"
	"reflect"
	"testing"

	"wenyuan"
)

// FuzzChatRequest: what is read quickly is what encoding/json reads.
func FuzzChatRequest(f *testing.F) {
	for _, s := range []string{
		`{"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"b\\n\\u00e9"}],"temperature":0,"max_tokens":128}`,
		`{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":null,"name":"li"}],"seed":3,"top_p":0.5,"n":1,"user":"x","metadata":{"a":[1]}}`,
		`{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`, `{"Model":"m"}`, `{"messages":null,"cache":true,"presence_penalty":0,"frequency_penalty":null}`,
		`{"stop":"x"}`, `{"guided_json":{}}`, `{"messages":[{"tool_calls":[]}]}`, `{"messages":[],"messages":[{}]}`, `{"tools":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want chatRequest
		if !got.ReadJSON(data) {
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q left %+v", data, got)
			}
			return
		}
		if err := json.Unmarshal(data, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, want %+v (%v)", data, got, want, err)
		}
	})
}

// FuzzChatCompletion: what is written quickly is what encoding/json writes.
func FuzzChatCompletion(f *testing.F) {
	f.Add("id", "m", "Hello <b>", "stop", "USD", int64(5), 3, 0.25, byte(0))
	f.Add("id", "m\xff", "\u2028", "", "", int64(-5), 0, 1e-9, byte(255))
	f.Fuzz(func(t *testing.T, id, model, text, finish, currency string, created int64, n int, cost float64, which byte) {
		c := chatCompletion{ID: id, Object: "chat.completion", Created: created, Model: model, Choices: []chatChoice{}}
		reply := &chatReply{Role: finish, Content: &text}
		if which&1 > 0 {
			reply.Content = nil
		}
		choice := chatChoice{Index: n}
		if which&2 > 0 {
			choice.Message = reply
		}
		if which&4 > 0 {
			choice.Delta = reply
		}
		if which&8 > 0 {
			choice.FinishReason = &finish
		}
		if which&16 > 0 {
			c.Choices = append(c.Choices, choice)
		}
		if which&32 > 0 {
			c.Usage = chatUsageOf(wenyuan.Usage{Prompt: n, Completion: int(created), Cost: cost, Currency: currency})
		}
		if which&64 > 0 {
			reply.Refusal = &id
		}
		got, ok := c.AppendJSON(nil)
		if !ok {
			return
		}
		if want, err := json.Marshal(c); err != nil || string(got) != string(want) {
			t.Fatalf("%s, want %s (%v)", got, want, err)
		}
	})
}
