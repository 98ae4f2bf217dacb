package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wenyuan/dataset"
)

// work sends what takes long, and gives the report or the error that it ends with.
func (p peopled) work(t *testing.T, who, path, body string, into any) (problem string) {
	t.Helper()
	resp, text := p.send(t, "POST", path, body, bearerOf(p.key[who])...)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var last struct {
		Report json.RawMessage
		Error  struct{ Code string }
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, text)
	}
	if last.Report == nil {
		return last.Error.Code
	}
	if err := json.Unmarshal(last.Report, into); err != nil {
		t.Fatalf("%s: %v in %s", path, err, text)
	}
	return ""
}

// TestDatasets walks from a question to a set and back: an editor brings in rows and makes a set, a
// reviewer adds what was asked, others see nothing, and what is removed leaves a gap.
func TestDatasets(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	var in dataset.Imported
	rows := `{"question": "What is a pump good for on the upper floor?", "answer": "For water."}` + "\n" + `{"question": "Who looks after the boiler at night, and why?", "answer": "Nobody does."}`
	if code := p.work(t, "editor", "/api/samples/import?name=a.jsonl&licence=MIT", rows, &in); code != "" || in.Added != 2 || in.Kinds["chat"] != 2 {
		t.Fatalf("%q, %+v", code, in)
	}
	if code := p.work(t, "editor", "/api/samples/import?name=a.jsonl", rows+"\n{", &in); code != "" || in.Added != 0 || in.Broken != 1 || in.Faults[0].Line != 3 {
		t.Errorf("broken: %q, %+v", code, in)
	}
	for _, who := range []string{"viewer", "asker", "reviewer", "stranger"} {
		if code := p.work(t, who, "/api/samples/import?name=a.jsonl", rows, &in); code != "denied" && code != "not_found" {
			t.Errorf("%s imports: %q", who, code)
		}
	}
	var rep dataset.Report
	if code := p.work(t, "editor", "/api/datasets", `{"name": "pumps", "split": {"train": 1}}`, &rep); code != "" || rep.Set.Rows != 2 {
		t.Fatalf("%q, %+v", code, rep)
	}

	// What was asked is learned from once the owner says so.
	var got dataset.Captured
	if code := p.work(t, "reviewer", "/api/samples/capture", "", &got); code != "conflict" {
		t.Errorf("without consent: %q", code)
	}
	p.as(t, "owner", "PATCH", "/api/spaces/main", `{"learn": true}`, nil)
	var answer struct{ Trace, Answer string }
	p.as(t, "asker", "POST", "/api/ask", `{"question": "What is checked before a pump is started?", "corpus": "pumps"}`, &answer)
	p.as(t, "asker", "POST", "/api/traces/"+answer.Trace+"/feedback", `{"rating": "down", "corrected": "The oil is checked, and the valve."}`, nil)
	if code := p.work(t, "reviewer", "/api/samples/capture", "", &got); code != "" || got.Feedback != 1 || got.Samples < 1 {
		t.Fatalf("%q, %+v", code, got)
	}
	if code := p.work(t, "editor", "/api/samples/capture", "", &got); code != "denied" {
		t.Errorf("an editor captures: %q", code)
	}
	var page dataset.SamplePage
	p.as(t, "reviewer", "GET", "/api/samples?origin=feedback", "", &page)
	if len(page.Samples) == 0 || page.Samples[0].Trace != answer.Trace {
		t.Fatalf("%+v", page)
	}
	p.as(t, "editor", "GET", "/api/samples?origin=feedback", "", &page)
	if len(page.Samples) != 0 {
		t.Errorf("an editor sees what others said: %+v", page)
	}
	if code := p.work(t, "owner", "/api/datasets", `{"name": "pumps"}`, &rep); code != "" || rep.Set.Rows < 3 || rep.Set.Counts.Origin["feedback"] < 1 {
		t.Fatalf("%q, %+v", code, rep)
	}
	var list struct{ Rows []dataset.Row }
	p.as(t, "editor", "GET", "/api/datasets/pumps/rows", "", &list)
	if len(list.Rows) != 2 {
		t.Errorf("an editor reads %d rows", len(list.Rows))
	}
	resp, text := p.send(t, "GET", "/api/datasets/pumps/export?format=qa", "", bearerOf(p.key["editor"])...)
	if resp.StatusCode != http.StatusOK || strings.Count(text, "\n") != 2 || resp.Trailer.Get("X-Wenyuan-Hidden") == "0" {
		t.Errorf("%d %s %v", resp.StatusCode, text, resp.Trailer)
	}
	if resp, text = p.send(t, "GET", "/api/datasets/pumps/rows", "", bearerOf(p.key["asker"])...); resp.StatusCode != http.StatusForbidden {
		t.Errorf("an asker: %d %s", resp.StatusCode, text)
	}
	var held dataset.Holders
	p.as(t, "reviewer", "GET", "/api/samples/holders?document="+p.doc, "", &held)
	if held.Samples == 0 || len(held.Sets) != 1 {
		t.Errorf("%+v", held)
	}
	var line dataset.Lineage
	p.as(t, "reviewer", "GET", "/api/datasets/pumps/lineage", "", &line)
	if len(line.Documents) != 1 || line.Documents[0].Document != p.doc {
		t.Errorf("%+v", line)
	}
	p.setPages(t)

	// A document that is removed takes them along.
	p.as(t, "editor", "DELETE", "/api/documents/"+p.doc, "", nil)
	var found dataset.Found
	p.as(t, "owner", "GET", "/api/datasets/pumps", "", &found)
	if found.Erased != held.Samples || found.Set.Rows != rep.Set.Rows {
		t.Errorf("%+v", found)
	}
	var erased struct {
		Erased  map[string]int
		Remains []struct{ Kind string }
	}
	p.as(t, "operator", "POST", "/api/people/asker/erase", `{"confirm": "asker"}`, &erased)
	if len(erased.Remains) == 0 {
		t.Errorf("%+v", erased)
	}
}

// setPages looks at the page of the set: its counts are for all who may look at sets, its rows for those
// who see what they were made from.
func (p peopled) setPages(t *testing.T) {
	t.Helper()
	const said = "The oil is checked, and the valve."
	for _, c := range []struct {
		who          string
		status       int
		sees, hidden []string
	}{
		{"owner", http.StatusOK, []string{"For water.", "a.jsonl", "MIT", "Splits"}, nil},
		{"reviewer", http.StatusOK, []string{said}, nil},
		{"editor", http.StatusOK, []string{"For water."}, []string{said}},
		{"asker", http.StatusForbidden, nil, []string{said, "a.jsonl"}},
		{"stranger", http.StatusForbidden, nil, []string{said, "a.jsonl"}},
	} {
		resp, text := p.send(t, "GET", "/learning/sets/pumps", "", append(bearerOf(p.key[c.who]), "Accept", "text/html")...)
		if resp.StatusCode != c.status && !(c.status == http.StatusForbidden && resp.StatusCode == http.StatusNotFound) {
			t.Errorf("%s: %d", c.who, resp.StatusCode)
		}
		for _, w := range c.sees {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not see %q", c.who, w)
			}
		}
		for _, w := range c.hidden {
			if strings.Contains(text, w) {
				t.Errorf("%s sees %q", c.who, w)
			}
		}
	}
	for path, status := range map[string]int{"/learning/sets/none": http.StatusNotFound, "/learning/sets/pumps?from=x": http.StatusBadRequest, "/learning/sets/pumps?split=test": http.StatusOK} {
		if resp, _ := p.send(t, "GET", path, "", append(bearerOf(p.key["owner"]), "Accept", "text/html")...); resp.StatusCode != status {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
