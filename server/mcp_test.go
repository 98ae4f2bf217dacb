package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"wenyuan"
)

// agent is a client of the official library, connected to a house.
func agent(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// call runs a tool and decodes what it gives; failed is the text of an error.
func call(t *testing.T, a *mcp.ClientSession, tool string, arguments map[string]any, into any) (failed string) {
	t.Helper()
	r, err := a.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	text, _ := r.Content[0].(*mcp.TextContent)
	if r.IsError {
		return text.Text
	}
	b, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
	return ""
}

// TestMCP: an agent searches, asks and reads on, in both languages.
func TestMCP(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	a := agent(t, &mcp.StreamableClientTransport{Endpoint: h.url + "/mcp", MaxRetries: -1})
	tools, err := a.ListTools(t.Context(), nil)
	if err != nil || len(tools.Tools) != 3 {
		t.Fatalf("%+v, %v", tools, err)
	}
	for _, question := range []string{clientQuestion, "已关闭的告警保留多少天？"} {
		var found struct {
			Passages []struct{ Document, Text string }
		}
		if failed := call(t, a, "search", map[string]any{"query": question, "limit": 3}, &found); failed != "" || len(found.Passages) == 0 || found.Passages[0].Text == "" {
			t.Fatalf("%+v: %s", found, failed)
		}
		var answer struct {
			Answer    string
			Refused   bool
			Citations []wenyuan.Citation
			Sentences []wenyuan.Sentence
			Trace     string
		}
		if failed := call(t, a, "ask", map[string]any{"question": question}, &answer); failed != "" {
			t.Fatal(failed)
		}
		if answer.Refused || !strings.Contains(answer.Answer, "400") || len(answer.Citations) == 0 || answer.Sentences[0].Verdict != wenyuan.Supported || answer.Trace == "" {
			t.Errorf("%s: %+v", question, answer)
		}
		c := answer.Citations[0]
		var text struct {
			Text   string
			Length int
		}
		if failed := call(t, a, "read_document", map[string]any{"document": c.Document, "start": c.Start, "end": c.End}, &text); failed != "" || text.Text != c.Quote || text.Length < c.End {
			t.Errorf("%s: %q is not %q: %s", question, text.Text, c.Quote, failed)
		}
	}
	for name, c := range map[string]struct {
		tool      string
		arguments map[string]any
		says      string
	}{
		"no such document":  {"read_document", map[string]any{"document": "doc_none"}, "not_found: "},
		"no such corpus":    {"search", map[string]any{"query": "x", "corpus": "none"}, "none"},
		"nothing asked":     {"ask", map[string]any{"question": " "}, "invalid: "},
		"too many":          {"search", map[string]any{"query": "x", "limit": 500}, "1 to 50"},
		"nobody":            {"ask", map[string]any{"question": "x", "assistant": "nobody"}, "not_found: "},
		"a field too many":  {"ask", map[string]any{"question": "x", "colour": "red"}, "colour"},
		"a range that lies": {"read_document", map[string]any{"document": "doc_none", "start": -1}, "not_found: "},
	} {
		if failed := call(t, a, c.tool, c.arguments, &struct{}{}); !strings.Contains(failed, c.says) {
			t.Errorf("%s: %q", name, failed)
		}
	}
}

// TestMCPEndsWithItsCaller: an agent that leaves does not leave a question behind.
func TestMCPEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	ctx, cancel := context.WithCancel(t.Context())
	a := agent(t, &mcp.StreamableClientTransport{Endpoint: h.url + "/mcp", MaxRetries: -1})
	cancel()
	if _, err := a.CallTool(ctx, &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{"question": clientQuestion}}); err == nil {
		t.Error("a call that was given up gave an answer")
	}
}
