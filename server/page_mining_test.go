package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"wenyuan/dataset"
	"wenyuan/job"
)

// sees asks for a page as somebody, or sends its form.
func (p peopled) sees(t *testing.T, who, method, path, form string) (int, string, string) {
	t.Helper()
	headers := append(bearerOf(p.key[who]), "Accept", "text/html")
	if method == "POST" {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Origin", p.url)
	}
	resp, text := p.send(t, method, path, form, headers...)
	return resp.StatusCode, text, resp.Request.URL.Path
}

// TestMiningPages: a reviewer has pairs made from the page, first to look and then to keep, sees what came of it and the
// pairs themselves, and sets one aside; nobody else sees that order, and who may not review is refused.
func TestMiningPages(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	if status, text, _ := p.sees(t, "reviewer", "POST", "/learning/mining", ""); status != http.StatusConflict || !strings.Contains(text, `role="alert"`) {
		t.Errorf("without consent: %d", status)
	}
	p.as(t, "owner", "PATCH", "/api/spaces/main", `{"learn": true}`, nil)
	var answer struct{ Trace string }
	p.as(t, "asker", "POST", "/api/ask", `{"question": "What is checked before a pump is started?", "corpus": "pumps"}`, &answer)
	p.as(t, "asker", "POST", "/api/traces/"+answer.Trace+"/feedback", `{"corrected": "Only the colour is looked at, nothing else."}`, nil)
	for _, who := range []string{"viewer", "asker", "editor", "stranger"} {
		for _, method := range []string{"GET", "POST"} {
			if status, _, _ := p.sees(t, who, method, "/learning/mining", ""); status == http.StatusOK {
				t.Errorf("%s: %s /learning/mining", who, method)
			}
		}
	}
	order := func(form string) (string, string) {
		t.Helper()
		status, _, at := p.sees(t, "reviewer", "POST", "/learning/mining", form)
		if status != http.StatusOK || !strings.HasPrefix(at, "/learning/mining/min_") {
			t.Fatalf("%q: %d at %s", form, status, at)
		}
		if err := p.Queue.Drain(t.Context(), job.Filter{Kind: dataset.MineJob}); err != nil {
			t.Fatal(err)
		}
		_, text, _ := p.sees(t, "reviewer", "GET", at, "")
		return at, text
	}
	if _, text := order("dry=yes"); !strings.Contains(text, "Nothing was kept") || !strings.Contains(text, "1 new pair from") || !strings.Contains(text, "a correction") {
		t.Errorf("a look: %s", text)
	}
	if _, text, _ := p.sees(t, "reviewer", "GET", "/learning/mining", ""); !strings.Contains(text, "No pair yet") || !strings.Contains(text, "tried only") {
		t.Errorf("a look kept something: %s", text)
	}
	at, text := order("")
	if !strings.Contains(text, "1 new pair from") || !strings.Contains(text, `class="st ok"`) || strings.Contains(text, "data-source") {
		t.Errorf("kept: %s", text)
	}
	for _, who := range []string{"owner", "editor"} {
		if status, _, _ := p.sees(t, who, "GET", at, ""); status == http.StatusOK {
			t.Errorf("%s sees the order of another", who)
		}
	}
	if _, text, _ := p.sees(t, "reviewer", "GET", "/learning/mining", ""); !strings.Contains(text, "/learning/samples?source=mine:correction&amp;state=ready") {
		t.Errorf("what there is: %s", text)
	}
	if _, text, _ := p.sees(t, "reviewer", "GET", "/learning", ""); !strings.Contains(text, `href="/learning/mining"`) || !strings.Contains(text, `href="/learning/samples?origin=feedback"`) {
		t.Error("the road does not lead there")
	}
	status, text, _ := p.sees(t, "reviewer", "GET", "/learning/samples?source=mine:correction", "")
	id := regexp.MustCompile(`name="sample" value="([^"]+)"`).FindStringSubmatch(text)
	if status != http.StatusOK || id == nil || !strings.Contains(text, "Only the colour") || !strings.Contains(text, "/records/"+answer.Trace) {
		t.Fatalf("%d %s", status, text)
	}
	if _, text, at := p.sees(t, "reviewer", "POST", "/learning/samples/aside", "sample="+id[1]+"&at=source%3Dmine%3Acorrection"); at != "/learning/samples" || !strings.Contains(text, "Set aside. It comes into no further set.") || !strings.Contains(text, "Put back") {
		t.Errorf("at %s: %s", at, text)
	}
	if status, text, _ := p.sees(t, "editor", "GET", "/learning/samples?source=mine:correction", ""); status != http.StatusOK || strings.Contains(text, "Only the colour") {
		t.Errorf("an editor sees what others said: %d", status)
	}
	if status, _, _ := p.sees(t, "editor", "POST", "/learning/samples/aside", "sample="+id[1]); status != http.StatusForbidden {
		t.Errorf("an editor sets aside: %d", status)
	}
	if status, _, _ := p.sees(t, "reviewer", "GET", "/learning/samples?origin=x", ""); status != http.StatusBadRequest {
		t.Errorf("an unknown origin: %d", status)
	}
}

// TestWrittenPages: an editor orders rows from the page with a file; what is wrong stands on the page, and the form
// keeps what was typed. Others look on.
func TestWrittenPages(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	boundary := "BOUND"
	part := func(name, value string) string {
		return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	file := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"seeds\"; filename=\"s.jsonl\"\r\nContent-Type: application/json\r\n\r\n%s\r\n"
	send := func(who, rows, licence, seeds string) (int, string) {
		body := part("name", "made by hand") + part("model", "nobody") + part("rows", rows) + part("licence", licence) + strings.Replace(file, "%s", seeds, 1) + "--" + boundary + "--\r\n"
		resp, text := p.send(t, "POST", "/learning/written", body, append(bearerOf(p.key[who]), "Accept", "text/html", "Content-Type", "multipart/form-data; boundary="+boundary, "Origin", p.url)...)
		return resp.StatusCode, text
	}
	const seeds = `{"question": "What is a pump?", "answer": "A machine."}`
	for _, c := range []struct{ rows, licence, seeds, says string }{
		{"many", "MIT", seeds, "is no whole number"},
		{"20", "", seeds, "under which licence"},
		{"20", "MIT", "{", "s.jsonl:1 is no row"},
		{"20", "MIT", seeds, "there is no model named"},
	} {
		status, text := send("editor", c.rows, c.licence, c.seeds)
		if status < 400 || status >= 500 || !strings.Contains(strings.ToLower(text), strings.ToLower(c.says)) || !strings.Contains(text, `value="made by hand"`) {
			t.Errorf("%q: %d %s", c.says, status, text)
		}
	}
	for who, want := range map[string]int{"viewer": 403, "asker": 403, "reviewer": 403, "stranger": 404} {
		if status, _ := send(who, "20", "MIT", seeds); status != want {
			t.Errorf("%s orders rows: %d", who, status)
		}
	}
	if status, text, _ := p.sees(t, "reviewer", "GET", "/learning/written", ""); status != http.StatusOK || strings.Contains(text, "wname") {
		t.Errorf("a reviewer looks: %d", status)
	}
	if status, _, _ := p.sees(t, "editor", "GET", "/learning/written/ins_none", ""); status != http.StatusNotFound {
		t.Errorf("one that is not there: %d", status)
	}
}
