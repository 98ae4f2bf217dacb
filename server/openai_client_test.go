package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
)

// clientHouse is a house with documents and with models on the real inference server: one
// that says a sentence, one that calls a tool, one that answers in JSON, one for vectors.
func clientHouse(t *testing.T) house {
	t.Helper()
	spec := func(name, url string, can ...string) gateway.Spec {
		return gateway.Spec{Name: name, Replicas: []gateway.Replica{{URL: url}}, Can: can, Price: &gateway.Price{Input: 1, Output: 2, Currency: "USD"}}
	}
	plain := testenv.ScriptedServer(t, "A closed alarm is kept for 400 days [1].")
	h := openWith(t, app.Config{Models: []gateway.Spec{
		spec("plain", plain, "chat"),
		spec("tools", gatewaytest.RealCall(t, wenyuan.ToolCall{Name: "lookup", Arguments: `{"word": "valve"}`}), "chat", "tools"),
		spec("json", testenv.ScriptedServer(t, `{"days": 400}`), "chat", "json_schema"),
		spec("vectors", plain, "embeddings"),
	}})
	h.add(t, "pumps", handbook)
	return h
}

const clientQuestion = "For how many days is a closed alarm kept?"

// TestOfficialGoClient: what is written for OpenAI works here with another address.
func TestOfficialGoClient(t *testing.T) {
	t.Parallel()
	h := clientHouse(t)
	ctx := t.Context()
	c := openai.NewClient(option.WithBaseURL(h.url+"/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0))
	ask := func(model string) openai.ChatCompletionNewParams {
		return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(clientQuestion)}}
	}
	t.Run("models", func(t *testing.T) {
		var names []string
		for pages := c.Models.ListAutoPaging(ctx); pages.Next(); {
			names = append(names, pages.Current().ID)
		}
		for _, want := range []string{"pumps", "plain", "tools", "json", "vectors"} {
			if !slices.Contains(names, want) {
				t.Errorf("%s is not among %v", want, names)
			}
		}
		if m, err := c.Models.Get(ctx, "plain"); err != nil || m.ID != "plain" {
			t.Errorf("%v, %v", m, err)
		}
	})
	t.Run("assistant", func(t *testing.T) {
		r, err := c.Chat.Completions.New(ctx, ask("pumps"))
		if err != nil {
			t.Fatal(err)
		}
		var a wenyuan.Answer
		if err := json.Unmarshal([]byte(r.JSON.ExtraFields["wenyuan"].Raw()), &a); err != nil {
			t.Fatal(err)
		}
		text := r.Choices[0].Message.Content
		if !strings.Contains(text, "400") || text != a.Answer || len(a.Citations) == 0 || r.Usage.TotalTokens == 0 {
			t.Errorf("%q, %+v", text, r.Usage)
		}
		if streamed, _ := readStream(ctx, t, c, ask("pumps")); streamed.Choices[0].Message.Content != text {
			t.Errorf("streamed: %q", streamed.Choices[0].Message.Content)
		}
	})
	t.Run("plain model", func(t *testing.T) {
		const want = "A closed alarm is kept for 400 days [1]."
		r, err := c.Chat.Completions.New(ctx, ask("plain"))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Choices[0].Message.Content; got != want || r.Usage.CompletionTokens == 0 || r.Choices[0].FinishReason != "stop" {
			t.Errorf("%q, %+v", got, r.Usage)
		}
		if raw := r.Usage.RawJSON(); !strings.Contains(raw, `"cost":`) || !strings.Contains(raw, `"currency":"USD"`) {
			t.Errorf("usage without cost: %s", raw)
		}
		p := ask("plain")
		p.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
		streamed, pieces := readStream(ctx, t, c, p)
		if streamed.Choices[0].Message.Content != want || streamed.Usage.TotalTokens != r.Usage.TotalTokens || pieces < 3 {
			t.Errorf("%q in %d pieces, %+v", streamed.Choices[0].Message.Content, pieces, streamed.Usage)
		}
	})
	t.Run("tools", func(t *testing.T) {
		p := ask("tools")
		p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "lookup",
			Description: openai.String("Look a word up."), Parameters: shared.FunctionParameters{"type": "object", "properties": map[string]any{"word": map[string]any{"type": "string"}}}})}
		r, err := c.Chat.Completions.New(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		checkCall(t, r.Choices[0])
		p.Messages = append(p.Messages, r.Choices[0].Message.ToParam(), openai.ToolMessage("a part that opens and closes", r.Choices[0].Message.ToolCalls[0].ID))
		streamed, _ := readStream(ctx, t, c, p)
		checkCall(t, streamed.Choices[0])
	})
	t.Run("schema", func(t *testing.T) {
		p := ask("json")
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "days", Strict: openai.Bool(true),
			Schema: map[string]any{"type": "object", "properties": map[string]any{"days": map[string]any{"type": "integer"}}, "required": []string{"days"}}}}
		r, err := c.Chat.Completions.New(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Days int }
		if err := json.Unmarshal([]byte(r.Choices[0].Message.Content), &got); err != nil || got.Days != 400 {
			t.Errorf("%q: %v", r.Choices[0].Message.Content, err)
		}
	})
	t.Run("embeddings", func(t *testing.T) {
		r, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "vectors", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "二"}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Data) != 2 || len(r.Data[0].Embedding) == 0 || len(r.Data[0].Embedding) != len(r.Data[1].Embedding) || r.Data[1].Index != 1 || r.Usage.PromptTokens == 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("errors", func(t *testing.T) {
		for model, want := range map[string]struct {
			status int
			code   string
		}{"nobody": {404, "not_found"}, "vectors": {400, "invalid"}} {
			_, err := c.Chat.Completions.New(ctx, ask(model))
			var e *openai.Error
			if !errors.As(err, &e) || e.StatusCode != want.status || e.Code != want.code {
				t.Errorf("%s: %v", model, err)
			}
		}
	})
}

func checkCall(t *testing.T, c openai.ChatCompletionChoice) {
	t.Helper()
	if len(c.Message.ToolCalls) != 1 || c.FinishReason != "tool_calls" {
		t.Fatalf("%s: %+v", c.FinishReason, c.Message)
	}
	call := c.Message.ToolCalls[0]
	var arguments struct{ Word string }
	if err := json.Unmarshal([]byte(call.Function.Arguments), &arguments); err != nil || call.ID == "" || call.Function.Name != "lookup" || arguments.Word != "valve" {
		t.Errorf("%+v: %v", call, err)
	}
}

// readStream gives the whole of a stream and in how many pieces it came.
func readStream(ctx context.Context, t *testing.T, c openai.Client, p openai.ChatCompletionNewParams) (openai.ChatCompletionAccumulator, int) {
	t.Helper()
	stream, pieces := c.Chat.Completions.NewStreaming(ctx, p), 0
	var whole openai.ChatCompletionAccumulator
	for stream.Next() {
		pieces++
		if !whole.AddChunk(stream.Current()) {
			t.Errorf("piece %d does not fit: %s", pieces, stream.Current().RawJSON())
		}
	}
	if err := stream.Err(); err != nil || len(whole.Choices) == 0 {
		t.Fatalf("%d pieces: %v", pieces, err)
	}
	return whole, pieces
}

// TestOfficialJavaScriptClient walks the same road with the client for JavaScript.
func TestOfficialJavaScriptClient(t *testing.T) {
	t.Parallel()
	h := clientHouse(t)
	out := testenv.OpenAIScript(t, "testdata/openai.js", "BASE="+h.url, "QUESTION="+clientQuestion, "ASSISTANT=pumps", "MODEL=plain", "TOOLS=tools", "JSON_MODEL=json", "EMBEDDER=vectors")
	var got struct {
		Models                                    []string
		Assistant, Streamed, Plain, PlainStreamed string
		Cited                                     int
		Usage, StreamUsage                        struct {
			Total int `json:"total_tokens"`
		}
		Call, StreamedCall struct{ Name, Arguments string }
		CallFinish         string
		JSON               struct{ Days int }
		Vectors            []int
		Error              struct {
			Status     int
			Code, Type string
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if !strings.Contains(got.Assistant, "400") || got.Streamed != got.Assistant || got.Cited == 0 || !slices.Contains(got.Models, "plain") || !slices.Contains(got.Models, "pumps") {
		t.Errorf("assistant: %s", out)
	}
	if got.Plain != "A closed alarm is kept for 400 days [1]." || got.PlainStreamed != got.Plain || got.Usage.Total == 0 || got.StreamUsage.Total == 0 {
		t.Errorf("plain model: %s", out)
	}
	if got.Call.Name != "lookup" || got.StreamedCall != got.Call || got.CallFinish != "tool_calls" || got.JSON.Days != 400 {
		t.Errorf("tools, schema: %s", out)
	}
	if len(got.Vectors) != 2 || got.Vectors[0] == 0 || got.Error.Status != 404 || got.Error.Code != "not_found" {
		t.Errorf("vectors, errors: %s", out)
	}
}

// What cannot be done for a client is refused, and never left out in silence.
func TestOpenAIRefuses(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("Hello."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "plain", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	h.add(t, "pumps", handbook)
	user := `"messages": [{"role": "user", "content": "hi"}]`
	for name, c := range map[string]struct {
		path, body, says string
		status           int
	}{
		"several answers":     {"/v1/chat/completions", `{"model": "plain", "n": 2, ` + user + `}`, "leave n out", 400},
		"log probabilities":   {"/v1/chat/completions", `{"model": "plain", "logprobs": true, ` + user + `}`, "logprobs", 400},
		"penalties":           {"/v1/chat/completions", `{"model": "plain", "presence_penalty": 0.5, ` + user + `}`, "penalties", 400},
		"one call at a time":  {"/v1/chat/completions", `{"model": "plain", "parallel_tool_calls": false, ` + user + `}`, "parallel_tool_calls", 400},
		"audio":               {"/v1/chat/completions", `{"model": "plain", "modalities": ["text", "audio"], ` + user + `}`, "text", 400},
		"old functions":       {"/v1/chat/completions", `{"model": "plain", "functions": [{"name": "f"}], ` + user + `}`, "tools", 400},
		"a choice":            {"/v1/chat/completions", `{"model": "plain", "tool_choice": "maybe", ` + user + `}`, "maybe", 400},
		"a role":              {"/v1/chat/completions", `{"model": "plain", "messages": [{"role": "god", "content": "hi"}]}`, "god", 400},
		"no messages":         {"/v1/chat/completions", `{"model": "plain", "messages": []}`, "message", 400},
		"too warm":            {"/v1/chat/completions", `{"model": "plain", "temperature": 3, ` + user + `}`, "0 to 2", 400},
		"assistant and tools": {"/v1/chat/completions", `{"model": "pumps", "tools": [{"type": "function", "function": {"name": "f"}}], ` + user + `}`, "plain model", 400},
		"assistant and JSON":  {"/v1/chat/completions", `{"model": "pumps", "response_format": {"type": "json_object"}, ` + user + `}`, "cited sentences", 400},
		"no form":             {"/v1/chat/completions", `{"model": "plain", "response_format": {"type": "xml"}, ` + user + `}`, "response_format", 400},
		"no choice":           {"/v1/chat/completions", `{"model": "plain", "guided_choice": [], ` + user + `}`, "guided_choice", 400},
		"no choice of vLLM":   {"/v1/chat/completions", `{"model": "plain", "structured_outputs": {"choice": []}, ` + user + `}`, "structured_outputs.choice", 400},
		"no vectors":          {"/v1/embeddings", `{"model": "plain", "input": "x"}`, "makes no vectors", 400},
		"no such embedder":    {"/v1/embeddings", `{"model": "none", "input": "x"}`, "none", 404},
		"tokens":              {"/v1/embeddings", `{"model": "plain", "input": [[1, 2]]}`, "texts", 400},
		"no texts":            {"/v1/embeddings", `{"model": "plain", "input": []}`, "0 texts", 400},
	} {
		resp, text := h.send(t, "POST", c.path, c.body)
		if resp.StatusCode != c.status || !strings.Contains(text, c.says) || !strings.Contains(text, `"type":"invalid_request_error"`) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
	}
	if n := len(model.Requests()); n > 0 {
		t.Errorf("%d requests reached the model", n)
	}
}
