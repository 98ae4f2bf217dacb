package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan/dataset"
	"wenyuan/dataset/judge"
)

// TestJudging walks from rows to judged samples over the doors: an editor makes a task, somebody who may only ask
// judges it on the pages, a reviewer over the interface, who is not named finds nothing, and finishing makes samples.
func TestJudging(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	rows := `{"prompt":"What primes the pump?","chosen":"The lower valve primes it.","rejected":"Nothing does."}` + "\n" + `{"prompt":"Who looks after the boiler?","chosen":"The engineer on duty.","rejected":"Nobody at all."}`
	var in dataset.Imported
	if code := p.work(t, "editor", "/api/samples/import?name=pairs&licence=MIT", rows, &in); code != "" || in.Added != 2 {
		t.Fatalf("%q %+v", code, in)
	}
	var made struct {
		Task  judge.Standing
		Added judge.Added
	}
	p.as(t, "editor", "POST", "/api/judging", `{"name":"better","kind":"rank","guidelines":"What is right is better.","overlap":2,"gold":0,"judges":["asker"],"from":{"filter":{"sources":["pairs"]}}}`, &made)
	if made.Task.Items != 2 || made.Added.Added != 2 {
		t.Fatalf("%+v", made)
	}
	for _, who := range []string{"viewer", "stranger", "reader", "widget"} {
		if resp, text := p.send(t, "GET", "/api/judging/better", "", bearerOf(p.key[who])...); resp.StatusCode == http.StatusOK || strings.Contains(text, "right is better") {
			t.Errorf("%s: %d %s", who, resp.StatusCode, text)
		}
	}
	if resp, _ := p.send(t, "POST", "/api/judging", `{"name":"x","kind":"rank","guidelines":"x"}`, bearerOf(p.key["asker"])...); resp.StatusCode != http.StatusForbidden {
		t.Errorf("an asker makes a task: %d", resp.StatusCode)
	}
	page := func(who, method, path, form string) (int, string) {
		t.Helper()
		headers := append(bearerOf(p.key[who]), "Accept", "text/html")
		if method == "POST" {
			headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Origin", p.url)
		}
		resp, text := p.send(t, method, path, form, headers...)
		return resp.StatusCode, text
	}
	if status, text := page("asker", "GET", "/learning/judging", ""); status != http.StatusOK || !strings.Contains(text, "/learning/judging/better") || strings.Contains(text, `href="/learning"`) {
		t.Errorf("%d %s", status, mainOf(text))
	}
	item, answer := regexp.MustCompile(`name="item" value="(jit_\w+)"`), regexp.MustCompile(`(?s)id="a\d">.*?class="text"><p[^>]*>([^<]*)<.*?name="place-(\w+)" value="1"`)
	for n := 0; ; n++ {
		status, text := page("asker", "GET", "/learning/judging/better/work", "")
		if status != http.StatusOK || strings.Contains(text, "psn_") {
			t.Fatalf("%d %s", status, text)
		}
		id := item.FindStringSubmatch(text)
		if id == nil {
			if n != 2 {
				t.Fatalf("%d items, then %s", n, text)
			}
			break
		}
		form := url.Values{"item": {id[1]}}
		for _, a := range answer.FindAllStringSubmatch(text, -1) {
			form.Set("place-"+a[2], map[bool]string{true: "2", false: "1"}[strings.HasPrefix(a[1], "No")])
		}
		if len(form) != 3 {
			t.Fatalf("%v in %s", form, text)
		}
		if n == 0 {
			half := url.Values{"item": {id[1]}, "do": {"draft"}, "note": {"not sure yet"}}
			if status, text := page("asker", "POST", "/learning/judging/better/work", half.Encode()); status != http.StatusOK || !strings.Contains(text, "The draft is kept") {
				t.Errorf("%d %s", status, mainOf(text))
			}
			if _, text := page("asker", "GET", "/learning/judging/better/work", ""); !strings.Contains(text, "not sure yet") || !strings.Contains(text, id[1]) {
				t.Errorf("the draft is gone: %s", mainOf(text))
			}
			if status, text := page("asker", "POST", "/learning/judging/better/work", url.Values{"item": {id[1]}}.Encode()); status != http.StatusBadRequest || !strings.Contains(text, "have no place in the order") {
				t.Errorf("without places: %d %s", status, mainOf(text))
			}
		}
		if status, text := page("asker", "POST", "/learning/judging/better/work", form.Encode()); status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
	}
	for range 2 {
		var next struct{ Work *judge.Work }
		p.as(t, "reviewer", "POST", "/api/judging/better/next", "", &next)
		if next.Work == nil || len(next.Work.Others) != 0 {
			t.Fatalf("%+v", next.Work)
		}
		order := [][]string{{"1"}, {"2"}}
		if strings.HasPrefix(next.Work.Item.Answers[0].Text, "No") {
			order = [][]string{{"2"}, {"1"}}
		}
		body, err := json.Marshal(map[string]any{"order": order})
		if err != nil {
			t.Fatal(err)
		}
		p.as(t, "reviewer", "PUT", "/api/judging/better/items/"+next.Work.Item.ID, string(body), nil)
	}
	if status, text := page("editor", "GET", "/learning/judging/better", ""); status != http.StatusOK || !strings.Contains(text, "1.00") || !strings.Contains(text, ">asker<") {
		t.Errorf("%d %s", status, mainOf(text))
	}
	if status, text := page("asker", "GET", "/learning/judging/better", ""); status != http.StatusOK || strings.Contains(text, "reviewer") || strings.Contains(text, "Krippendorff") {
		t.Errorf("who judges is told of others: %d %s", status, mainOf(text))
	}
	_, text := page("editor", "GET", "/learning/judging/better/items", "")
	link := regexp.MustCompile(`/learning/judging/better/items/(jit_\w+)`).FindStringSubmatch(text)
	if link == nil {
		t.Fatal(mainOf(text))
	}
	_, text = page("editor", "GET", link[0], "")
	form := url.Values{}
	for n, a := range answer.FindAllStringSubmatch(text, -1) {
		form.Set("place-"+a[2], []string{"1", "2"}[n])
	}
	if !strings.Contains(text, ">asker<") || len(form) != 2 {
		t.Fatal(mainOf(text))
	}
	if status, text := page("editor", "POST", link[0], form.Encode()); status != http.StatusOK || !strings.Contains(text, `st ok">gold`) {
		t.Errorf("%d %s", status, mainOf(text))
	}
	if status, _ := page("asker", "GET", link[0], ""); status != http.StatusForbidden {
		t.Errorf("who judges sees what is gold: %d", status)
	}
	if status, text := page("editor", "POST", link[0], "do=plain"); status != http.StatusOK || strings.Contains(text, `st ok">gold`) {
		t.Errorf("%d %s", status, mainOf(text))
	}
	var done judge.Done
	p.as(t, "editor", "POST", "/api/judging/better/finish", `{}`, &done)
	if !done.Finished || done.Samples != 2 {
		t.Errorf("%+v", done)
	}
	resp, text := p.send(t, "GET", "/api/judging/better/export?format=studio", "", bearerOf(p.key["editor"])...)
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"ranker"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	var rep dataset.Report
	if code := p.work(t, "owner", "/api/datasets", `{"name":"judged","from":{"origins":["judged"],"sources":["better"]}}`, &rep); code != "" || rep.Set.Counts.Origin["judged"] != 2 || rep.Set.Counts.Licence["MIT"] != 2 {
		t.Errorf("%q %+v", code, rep)
	}
}

// mainOf is what a page says of its own.
func mainOf(page string) string {
	_, main, _ := strings.Cut(page, `<main id="main">`)
	main, _, _ = strings.Cut(main, "</main>")
	return main
}
