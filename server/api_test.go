package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/sse"
	"wenyuan/server"
)

// openWith is a running house with settings of its own.
func openWith(t testing.TB, c app.Config) house {
	t.Helper()
	if c.Program = "test"; c.Data == "" {
		c.Data = t.TempDir()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a, err := app.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a.Server.Handler())
	t.Cleanup(s.Close)
	return house{a, s.URL}
}

// send makes one request; headers come in pairs.
func (h house) send(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") && strings.Contains(path, "/live") {
		return resp, firstEvent(t, resp.Body) // it goes on as long as somebody reads
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// firstEvent reads one event of a stream that has no end.
func firstEvent(t testing.TB, body io.Reader) string {
	t.Helper()
	e, err := sse.NewReader(body, 16<<20).Next()
	if err != nil {
		t.Fatal(err)
	}
	return e.Data
}

// into decodes a reply that has to be a success.
func (h house) into(t testing.TB, v any, method, path, body string) {
	t.Helper()
	resp, text := h.send(t, method, path, body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

var handbook = map[string]string{"en/alarms.md": englishHandbook, "zh/alarms.md": chineseHandbook}

func TestAskContract(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	for _, question := range []string{"For how many days is a closed alarm kept?", "已关闭的告警保留多少天？"} {
		body := fmt.Sprintf(`{"question": %q, "corpus": "pumps"}`, question)
		var keys map[string]json.RawMessage
		h.into(t, &keys, "POST", "/api/ask", body)
		for _, k := range []string{"answer", "refused", "sentences", "citations", "passages", "versions", "trace"} {
			if keys[k] == nil {
				t.Errorf("%s: %s is missing", question, k)
			}
		}
		var a wenyuan.Answer
		h.into(t, &a, "POST", "/api/ask", body)
		if a.Refused || !strings.Contains(a.Answer, "400") || !strings.Contains(a.Answer, "[1]") || len(a.Citations) == 0 {
			t.Fatalf("%s: %+v", question, a)
		}
		for _, c := range a.Citations {
			_, text := h.send(t, "GET", "/api/documents/"+c.Document+"/text?revision="+c.Revision, "")
			if got := string([]rune(text)[c.Start:c.End]); got != c.Quote {
				t.Errorf("%s: the text has %q where %q is quoted", question, got, c.Quote)
			}
		}
		var tr struct {
			Question string `json:"question"`
			Steps    []any  `json:"steps"`
		}
		h.into(t, &tr, "GET", "/api/traces/"+a.Trace, "")
		if tr.Question != question || len(tr.Steps) == 0 {
			t.Errorf("trace %+v", tr)
		}
		var list struct {
			Traces []struct{ ID string }
		}
		h.into(t, &list, "GET", "/api/traces?document="+a.Citations[0].Document, "")
		if !slices.ContainsFunc(list.Traces, func(x struct{ ID string }) bool { return x.ID == a.Trace }) {
			t.Errorf("the answer is not listed with its document: %v", list)
		}
	}
}

// A refusal is an answer: no sentences, no citations, and lists instead of null.
func TestRefusal(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	_, text := h.send(t, "POST", "/api/ask", `{"question": "Who won the chess championship of 1972?", "corpus": "pumps"}`)
	for _, part := range []string{`"refused":true`, `"sentences":[]`, `"citations":[]`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
}

// events collects a stream.
func (h house) events(t testing.TB, path, body string) (out []sse.Event) {
	t.Helper()
	resp, text := h.send(t, "POST", path, body)
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("%d %s %s", resp.StatusCode, kind, text)
	}
	r := sse.NewReader(strings.NewReader(text), 1<<20)
	for {
		e, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
}

func TestAskStream(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	events := h.events(t, "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps", "stream": true}`)
	var names []string
	var sentences []wenyuan.Sentence
	var done wenyuan.Answer
	for _, e := range events {
		var err error
		names = append(names, e.Name)
		switch e.Name {
		case "sentence":
			var s wenyuan.Sentence
			err = json.Unmarshal([]byte(e.Data), &s)
			sentences = append(sentences, s)
		case "done":
			err = json.Unmarshal([]byte(e.Data), &done)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if names[0] != "step" || names[len(names)-1] != "done" || slices.Contains(names, "error") {
		t.Errorf("events %v", names)
	}
	if !strings.Contains(events[0].Data, `"passages":[{`) {
		t.Errorf("the originals do not come with the first step: %s", events[0].Data)
	}
	if d := cmp.Diff(done.Sentences, sentences); d != "" {
		t.Error(d)
	}
}

// chunk is what OpenAI's clients read of a stream.
type chunk struct {
	Object  string
	Choices []struct {
		Delta        struct{ Content string }
		FinishReason *string `json:"finish_reason"`
	}
	Wenyuan *wenyuan.Answer
}

func TestOpenAIStream(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	for _, question := range []string{"What happens after an alarm is raised?", "Who won the chess championship of 1972?"} {
		events := h.events(t, "/v1/chat/completions", fmt.Sprintf(`{"model": "pumps", "stream": true, "temperature": 0, "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": [{"type": "text", "text": %q}]}]}`, question))
		if last := events[len(events)-1]; last.Data != "[DONE]" {
			t.Fatalf("the stream ends with %q", last.Data)
		}
		text := ""
		var last chunk
		for i, e := range events[:len(events)-1] {
			last = chunk{}
			if err := json.Unmarshal([]byte(e.Data), &last); err != nil {
				t.Fatal(err)
			}
			if (last.Wenyuan != nil) != (i == len(events)-2) || last.Object != "chat.completion.chunk" {
				t.Errorf("chunk %d: %s", i, e.Data)
			}
			text += last.Choices[0].Delta.Content
		}
		if text == "" || text != last.Wenyuan.Answer || *last.Choices[0].FinishReason != "stop" {
			t.Errorf("the chunks say %q, the answer is %q", text, last.Wenyuan.Answer)
		}
	}
}

func TestOpenAIWhole(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	var reply struct {
		Object  string
		Model   string
		Choices []struct {
			Message      struct{ Role, Content string }
			FinishReason string `json:"finish_reason"`
		}
		Wenyuan wenyuan.Answer
	}
	h.into(t, &reply, "POST", "/v1/chat/completions", `{"model": "pumps", "messages": [{"role": "user", "content": "已关闭的告警保留多少天？"}]}`)
	if c := reply.Choices[0]; reply.Object != "chat.completion" || c.Message.Role != "assistant" || c.Message.Content != reply.Wenyuan.Answer || c.FinishReason != "stop" || !strings.Contains(c.Message.Content, "400") {
		t.Errorf("%+v", reply)
	}
	var list struct {
		Object string
		Data   []struct{ ID, Object string }
	}
	h.into(t, &list, "GET", "/v1/models", "")
	if list.Object != "list" || len(list.Data) != 1 || list.Data[0].ID != "pumps" {
		t.Errorf("%+v", list)
	}
}

// The description and the table say the same, and every door in it is open.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := open(t)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	h.into(t, &doc, "GET", "/api/openapi.json", "")
	var described []string
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			if op.Summary == "" || ids[op.OperationID] || op.Responses["200"] == nil {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			ids[op.OperationID] = true
			for part := range strings.SplitSeq(path, "/") {
				if name, ok := strings.CutPrefix(part, "{"); ok && !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool {
					return p.In == "path" && p.Name == strings.TrimSuffix(name, "}")
				}) {
					t.Errorf("%s %s does not describe %s", method, path, part)
				}
			}
			resp, body := h.send(t, strings.ToUpper(method), strings.NewReplacer("{", "", "}", "").Replace(path), "")
			if strings.Contains(body, "there is nothing at") || resp.StatusCode == http.StatusMethodNotAllowed || resp.StatusCode >= 500 {
				t.Errorf("%s %s is described and not served: %d %s", method, path, resp.StatusCode, body)
			}
		}
	}
	table := server.Routes()
	slices.Sort(table)
	slices.Sort(described)
	if d := cmp.Diff(table, described); d != "" {
		t.Error(d)
	}
	_, text := h.send(t, "GET", "/api/openapi.json", "")
	for _, ref := range strings.Split(text, `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(ref, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("%s is referred to and not described", name)
		}
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Components.Schemas["Answer"] == nil {
		t.Errorf("version %s, schemas %d", doc.OpenAPI, len(doc.Components.Schemas))
	}
}

// form builds an upload: pairs of source and content. A source that begins with = goes into
// the file name alone.
func form(t testing.TB, pairs ...string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, inHeader := strings.CutPrefix(pairs[i], "=")
		if !inHeader {
			if err := w.WriteField("source", name); err != nil {
				t.Fatal(err)
			}
			name = "file"
		}
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

type added struct {
	Documents []struct{ ID, Source, State, Reason, Hint string }
}

func (h house) upload(t testing.TB, corpus string, pairs ...string) added {
	t.Helper()
	kind, body := form(t, pairs...)
	resp, text := h.send(t, "POST", "/api/corpora/"+corpus+"/documents", body, "Content-Type", kind)
	var a added
	if err := json.Unmarshal([]byte(text), &a); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	return a
}

func TestUpload(t *testing.T) {
	t.Parallel()
	h := open(t)
	long := "# Long\n\n" + strings.Repeat("The pump in hall nine has a blue wheel. ", 40_000) // 1.6 MB, over what is held in memory
	a := h.upload(t, "新文库", "en/a.md", "# A\n\nOne.", "=folder/b.md", "# B\n\nTwo.", "空.md", "", "long.md", long, "a\nb.md", "# C\n\nThree.")
	var sources, states []string
	for _, d := range a.Documents {
		sources, states = append(sources, d.Source), append(states, d.State)
		if d.State != "ready" && (d.Reason == "" || d.Hint == "") {
			t.Errorf("%+v says neither why nor what to do", d)
		}
	}
	if d := cmp.Diff([]string{"en/a.md", "folder/b.md", "空.md", "long.md", "a b.md"}, sources); d != "" {
		t.Error(d)
	}
	if states[0] != "ready" || states[1] != "ready" || states[2] == "ready" || states[3] != "ready" {
		t.Errorf("states %v", states)
	}
	_, text := h.send(t, "GET", "/api/documents/"+a.Documents[0].ID+"/text", "")
	if text != "A\n\nOne." {
		t.Errorf("text %q", text)
	}
	resp, original := h.send(t, "GET", "/api/documents/"+a.Documents[1].ID+"/original", "")
	if original != "# B\n\nTwo." || !strings.Contains(resp.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("original %q with %v", original, resp.Header)
	}
	many := []string{}
	for i := range 130 { // over the size of one batch
		many = append(many, fmt.Sprintf("many/%03d.md", i), fmt.Sprintf("# Page %d\n\nText %d.", i, i))
	}
	if a := h.upload(t, "many", many...); len(a.Documents) != 130 || a.Documents[129].Source != "many/129.md" || a.Documents[129].State != "ready" {
		t.Errorf("%d documents, the last %+v", len(a.Documents), a.Documents[len(a.Documents)-1])
	}
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Server: server.Config{Limits: server.Limits{Upload: 100_000, Files: 3}}})
	none, empty := form(t)
	four, tooMany := form(t, "1", "a", "2", "b", "3", "c", "4", "d")
	big, tooBig := form(t, "a.txt", strings.Repeat("x", 200_000))
	kind, whole := form(t, "a.txt", strings.Repeat("x", 50_000))
	for _, c := range []struct {
		name, kind, body string
		status           int
		says             string
	}{
		{"no form", "application/json", "{}", 400, "multipart"},
		{"no file", none, empty, 400, "no file"},
		{"too many", four, tooMany, 413, "more than 3 files"},
		{"too large", big, tooBig, 413, "larger than 100000 bytes"},
		{"broken off", kind, whole[:20_000], 400, "broke off"},
		{"no part", `multipart/form-data; boundary=b`, "--b\r\nbroken", 400, "no multipart form"},
		{"a header that is none", `multipart/form-data; boundary=b`, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\x00.md\"\r\n\r\nx\r\n--b--\r\n", 400, "no multipart form"},
		{"wrong field", `multipart/form-data; boundary=b`, "--b\r\nContent-Disposition: form-data; name=\"fiel\"\r\n\r\nx\r\n--b--\r\n", 400, `no field \"fiel\"`},
	} {
		resp, text := h.send(t, "POST", "/api/corpora/c/documents", c.body, "Content-Type", c.kind)
		if resp.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", c.name, resp.StatusCode, text)
		}
	}
	if resp, text := h.send(t, "POST", "/api/corpora/..%2Fx/documents", empty, "Content-Type", none); resp.StatusCode != 400 {
		t.Errorf("a wrong name: %d %s", resp.StatusCode, text)
	}
}

func TestRemoveAndMove(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.upload(t, "pumps", "a.md", englishHandbook).Documents[0].ID
	var moved struct{ ID, Source string }
	h.into(t, &moved, "POST", "/api/documents/"+id+"/move", `{"source": "new/place.md"}`)
	if moved.ID != id || moved.Source != "new/place.md" {
		t.Errorf("%+v", moved)
	}
	var gone struct{ Documents []struct{ ID string } }
	h.into(t, &gone, "DELETE", "/api/documents/"+id, "")
	if len(gone.Documents) != 1 || gone.Documents[0].ID != id {
		t.Errorf("%+v", gone)
	}
	if _, text := h.send(t, "POST", "/api/search", `{"query": "alarm", "corpus": "pumps"}`); !strings.Contains(text, `"passages":[]`) {
		t.Errorf("found after it was removed: %s", text)
	}
	if resp, _ := h.send(t, "DELETE", "/api/documents/"+id, ""); resp.StatusCode != 404 {
		t.Errorf("removed twice: %d", resp.StatusCode)
	}
}

// Requests that are wrong, each with its status, its code and what it has to say.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	for _, c := range []struct {
		method, path, body string
		status             int
		code, says         string
	}{
		{"POST", "/api/ask", `{"question": "x", "corpus": "none"}`, 404, "not_found", "none"},
		{"POST", "/api/ask", `{"question": "", "corpus": "pumps"}`, 400, "invalid", "question"},
		{"POST", "/api/ask", `{"question": "x"}`, 400, "invalid", "corpus"},
		{"POST", "/api/ask", `{"question": "x", "korpus": "pumps"}`, 400, "invalid", "korpus"},
		{"POST", "/api/ask", `{"question": "x", "corpus": "pumps", "assistant": "other"}`, 404, "not_found", "other"},
		{"POST", "/api/ask", `{"question": 1}`, 400, "invalid", "question"},
		{"POST", "/api/ask", `{"question": "x"} {}`, 400, "invalid", "after the object"},
		{"POST", "/api/ask", `not json`, 400, "invalid", "JSON"},
		{"POST", "/api/ask", `{"question": "` + strings.Repeat("x", 2<<20) + `"}`, 413, "too_large", "1 MiB"},
		{"POST", "/api/ask", `{"question": "` + strings.Repeat("长", 5000) + `", "corpus": "pumps", "stream": true}`, 400, "invalid", "5000"},
		{"POST", "/api/search", `{"query": "x", "corpus": "pumps", "limit": 100000}`, 400, "invalid", "limit"},
		{"POST", "/api/search", `{"query": "x", "corpus": "pumps", "arm": "leg"}`, 400, "invalid", "leg"},
		{"POST", "/api/search", `{"query": "", "corpus": "pumps"}`, 400, "invalid", "query"},
		{"GET", "/api/documents", "", 400, "invalid", "corpus"},
		{"GET", "/api/documents?corpus=pumps&limit=-1", "", 400, "invalid", "limit"},
		{"GET", "/api/documents?corpus=pumps&state=gone", "", 400, "invalid", "ready, failed, skipped"},
		{"GET", "/api/documents?corpus=pumps&page=2", "", 400, "invalid", "page"},
		{"GET", "/api/documents/nope", "", 404, "not_found", "nope"},
		{"GET", "/api/documents/nope/text", "", 404, "not_found", "nope"},
		{"GET", "/api/documents/nope/original", "", 404, "not_found", "nope"},
		{"POST", "/api/documents/nope/move", `{"source": "x"}`, 404, "not_found", "nope"},
		{"GET", "/api/traces/nope", "", 404, "not_found", "nope"},
		{"POST", "/api/corpora", `{"name": "../x"}`, 400, "invalid", "name"},
		{"GET", "/api/nothing", "", 404, "not_found", "openapi"},
		{"POST", "/v1/chat/completions", `{"model": "none", "messages": []}`, 404, "not_found", "assistant"},
		{"POST", "/v1/chat/completions", `{"model": "pumps", "messages": []}`, 400, "invalid", "message"},
		{"POST", "/v1/chat/completions", `{"model": "pumps", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}`, 400, "invalid", "text"},
	} {
		resp, text := h.send(t, c.method, c.path, c.body)
		var e struct {
			Error struct{ Code, Message, Hint string }
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil || resp.StatusCode != c.status || e.Error.Code != c.code || !strings.Contains(e.Error.Message+e.Error.Hint, c.says) {
			t.Errorf("%s %s %.60s: %d %s, want %d %s with %q", c.method, c.path, c.body, resp.StatusCode, text, c.status, c.code, c.says)
		}
		if strings.HasPrefix(c.path, "/api/") && e.Error.Hint == "" {
			t.Errorf("%s %s %.60s: no hint", c.method, c.path, c.body)
		}
	}
}

// A model's error in the middle of a stream is an event, and one before it a status.
func TestModelErrors(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Fail(429, "", "Retry-After", "7"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	h.add(t, "pumps", handbook)
	var a wenyuan.Answer
	h.into(t, &a, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`)
	if a.Notice == "" || !strings.Contains(a.Answer, "400") {
		t.Errorf("a busy model leads to %+v", a)
	}
}

func TestStatusAndProbes(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", handbook)
	var st struct {
		Documents, Passages int
		Database, Program   string
		Corpora             []struct {
			Name  string
			Ready int
		}
	}
	h.into(t, &st, "GET", "/api/status", "")
	if st.Documents != 2 || st.Passages == 0 || st.Database != "sqlite" || st.Program != "test" || len(st.Corpora) != 1 || st.Corpora[0].Ready != 2 {
		t.Errorf("%+v", st)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": `wenyuan_requests_total{route="/api/status",status="200"} 1`} {
		if resp, text := h.send(t, "GET", path, ""); resp.StatusCode != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
	}
}
