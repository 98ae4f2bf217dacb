package openai

import (
	"encoding/json"
	"reflect"
	"testing"

	"wenyuan"
)

// FuzzReadJSON: what is read quickly is what encoding/json reads.
func FuzzReadJSON(f *testing.F) {
	for _, s := range []string{
		`{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":0}},"system_fingerprint":"fp"}`,
		`{"choices":[{"index":0,"delta":{"content":" a\n"},"finish_reason":null}],"usage":null}`,
		`{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}`, `{"error":null,"choices":[]}`, `{"error":{"message":"x"}}`, `{"choices":null}`,
		`{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}`, `{"choices":[{"delta":{"tool_calls":null,"reasoning":"r"}}]}`, `{"Choices":[]}`, `{"choices":[{},{}]}`, `{"usage":{"prompt_tokens":1.0}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want chunk
		if !got.ReadJSON(data) {
			if !reflect.DeepEqual(got, chunk{}) {
				t.Fatalf("%q left %+v", data, got)
			}
			return
		}
		err := json.Unmarshal(data, &want)
		want.one = got.one // where the choice stands is no matter
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, want %+v (%v)", data, got, want, err)
		}
	})
}

// FuzzAppendJSON: what is written quickly is what encoding/json writes.
func FuzzAppendJSON(f *testing.F) {
	f.Add("m", "user", "Hello", "", "", 0.5, 7, int64(3), true, byte(0))
	f.Add("m", "system", "<b>\u2028\xff", "li", "call_1", 1e-9, 0, int64(-1), false, byte(255))
	f.Fuzz(func(t *testing.T, model, role, content, name, stop string, x float64, most int, seed int64, stream bool, which byte) {
		q := chatRequest{Model: model, Messages: []message{{Role: role, Content: content, Name: name, ToolCallID: stop}, {Role: "user", Content: name}}, Stream: stream}
		if stream {
			q.StreamOptions = &streamOptions{true}
		}
		if which&1 > 0 {
			q.Temperature = &x
		}
		if which&2 > 0 {
			q.TopP = &x
		}
		if which&4 > 0 {
			q.Seed = &seed
		}
		if which&8 > 0 {
			q.Stop = []string{stop, name}
		}
		if q.MaxTokens = most; which&16 > 0 {
			q.MaxTokens, q.NewMaxTokens = 0, most
		}
		if which&32 > 0 {
			q.Messages = nil
		}
		if which&64 > 0 {
			q.Format = format(&wenyuan.Schema{})
		}
		got, ok := q.AppendJSON(nil)
		if !ok {
			return
		}
		want, err := json.Marshal(q)
		if q.Messages == nil {
			want, err = json.Marshal(chatRequest{Model: q.Model, Messages: []message{}, Stream: q.Stream, StreamOptions: q.StreamOptions, Temperature: q.Temperature, TopP: q.TopP, MaxTokens: q.MaxTokens, NewMaxTokens: q.NewMaxTokens, Seed: q.Seed, Stop: q.Stop})
		}
		if err != nil || string(got) != string(want) {
			t.Fatalf("%s, want %s (%v)", got, want, err)
		}
	})
}
