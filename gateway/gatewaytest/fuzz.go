package gatewaytest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// Fuzz lets a client read bodies of any bytes, as a stream and as one object. Path is where
// the dialect chats. Whatever comes, a stream ends once, with a finish or with one of our
// errors, and all that it says can be stored and sent on.
func Fuzz(f *testing.F, path string, open Opener) {
	for _, reply := range []Reply{
		Say("问", "源"), Call("a", wenyuan.ToolCall{ID: "c", Name: "f", Arguments: `{"x":1}`}), Whole("a"), Finish("length", "a"), Finish("content_filter"),
		Garble("a", `{`), Bytes("\xff"), RefuseMidway(Overloaded, "a"), EndEarly("a"), Say("<think>", "a</think>b"),
	} {
		w := httptest.NewRecorder()
		reply(w, httptest.NewRequest(http.MethodPost, path, nil))
		f.Add(w.Body.Bytes(), w.Header().Get("Content-Type"), false)
		f.Add(w.Body.Bytes(), w.Header().Get("Content-Type"), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, mediaType string, schema bool) {
		m := open(t, wire.Config{Name: "house", URL: "http://house", HTTP: &http.Client{Transport: canned{body, mediaType}}})
		r := hello
		if schema {
			r.Schema = &wenyuan.Schema{}
		}
		o := ask(t.Context(), t, m, r)
		if o.err != nil && wenyuan.CodeOf(o.err) == wenyuan.Internal {
			t.Errorf("error %v", o.err)
		}
		said := o.text
		for _, c := range o.calls {
			said += c.ID + c.Name + c.Arguments
		}
		if !utf8.ValidString(said) || strings.ContainsRune(said, 0) {
			t.Errorf("said %q", said)
		}
		switch o.last.Finish {
		case "", "stop", "length", "tool_calls", "content_filter":
		default:
			t.Errorf("finish %q", o.last.Finish)
		}
		if o.last.Finish == "stop" && o.calls != nil {
			t.Errorf("calls %+v and a finish of %q", o.calls, o.last.Finish)
		}
	})
}

// canned is a network on which there is one answer.
type canned struct {
	body      []byte
	mediaType string
}

// RoundTrip gives it.
func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {c.mediaType}}, Body: io.NopCloser(bytes.NewReader(c.body)),
	}, nil
}
