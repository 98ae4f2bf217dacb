package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/dataset"
	"wenyuan/prompt/library"
)

// TestExampleLibraries walks the doors for programs and the pages: add, look, try, take out.
func TestExampleLibraries(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{})
	resp, text := h.send(t, "POST", "/api/samples/import?name=faq", `{"messages":[{"role":"user","content":"How is the pump primed?"},{"role":"assistant","content":"Open the valve first."}]}
{"messages":[{"role":"user","content":"水泵怎么灌水？"},{"role":"assistant","content":"先开阀。"}]}
`, "Content-Type", "application/jsonl")
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode, text)
	}
	var all struct{ Samples []dataset.Sample }
	h.into(t, &all, "GET", "/api/samples", "")
	if len(all.Samples) != 2 {
		t.Fatalf("%+v", all)
	}
	var added library.Added
	body, err := json.Marshal(library.Order{Samples: []string{all.Samples[0].ID, all.Samples[1].ID}})
	if err != nil {
		t.Fatal(err)
	}
	h.into(t, &added, "POST", "/api/examples/desk", string(body))
	var list struct{ Libraries []library.Listed }
	h.into(t, &list, "GET", "/api/examples", "")
	if added.Added != 2 || len(list.Libraries) != 1 || list.Libraries[0].Hash != added.Library.Hash {
		t.Errorf("%+v %+v", added, list)
	}
	var near library.Chosen
	h.into(t, &near, "POST", "/api/examples/desk/try", `{"question":"怎么给水泵灌水？"}`)
	if len(near.Examples) != 1 || near.Examples[0].Answer != "先开阀。" {
		t.Errorf("%+v", near)
	}
	form := func(path string, values url.Values) string {
		t.Helper()
		resp, text := h.send(t, "POST", path, values.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
		if resp.StatusCode >= 400 {
			t.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
		return text
	}
	if _, text := h.send(t, "GET", "/learning/examples", "", "Accept", "text/html"); !strings.Contains(text, "/learning/examples/desk") {
		t.Error(text)
	}
	if text := form("/learning/examples", url.Values{"library": {"desk"}, "from": {"sample"}, "name": {all.Samples[0].ID}}); !strings.Contains(text, "Open the valve first.") {
		t.Error(text)
	}
	if text := form("/learning/examples/desk/try", url.Values{"question": {"Is the pump primed?"}}); !strings.Contains(text, "Open the valve first.") || strings.Contains(text, "先开阀") {
		t.Error(text)
	}
	form("/learning/examples/desk/remove", url.Values{"sample": {all.Samples[0].ID}})
	var one library.Library
	h.into(t, &one, "GET", "/api/examples/desk", "")
	if one.Examples != 1 || len(one.All) != 1 || len(one.History) != 2 {
		t.Errorf("%+v", one)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/examples/none", "", http.StatusNotFound},
		{"POST", "/api/examples/desk", `{}`, http.StatusBadRequest},
		{"POST", "/api/examples/desk", `{"task":"none"}`, http.StatusNotFound},
		{"POST", "/api/examples/desk", `{"dataset":"none"}`, http.StatusNotFound},
		{"POST", "/api/examples/A B", `{"samples":["smp_1"]}`, http.StatusBadRequest},
		{"POST", "/api/examples/desk/try", `{"question":" "}`, http.StatusBadRequest},
		{"POST", "/api/examples/desk/try", `{"question":"` + strings.Repeat("x", 4001) + `"}`, http.StatusBadRequest},
		{"POST", "/api/examples/desk/remove", `{"samples":["smp_1"]}`, http.StatusNotFound},
		{"DELETE", "/api/examples/desk", "", http.StatusOK},
		{"DELETE", "/api/examples/desk", "", http.StatusNotFound},
	} {
		resp, text := h.send(t, c.method, strings.ReplaceAll(c.path, " ", "%20"), c.body, "Content-Type", "application/json")
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, text)
		}
	}
}
