package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// sources lists what somebody sees in a corpus.
func (p peopled) sources(t testing.TB, who, corpus string) string {
	t.Helper()
	resp, text := p.send(t, "GET", "/api/documents?corpus="+corpus, "", bearerOf(p.key[who])...)
	if resp.StatusCode == http.StatusNotFound {
		return "no corpus"
	}
	var list struct {
		Documents []struct{ Source string }
		Total     int
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil || list.Total != len(list.Documents) {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	var out []string
	for _, d := range list.Documents {
		out = append(out, d.Source)
	}
	return strings.Join(out, " ")
}

func (p peopled) upload(t testing.TB, who, corpus string, files ...string) (status int, body string) {
	t.Helper()
	kind, form := form(t, files...)
	resp, text := p.send(t, "POST", "/api/corpora/"+corpus+"/documents", form, append(bearerOf(p.key[who]), "Content-Type", kind)...)
	return resp.StatusCode, text
}

// Who may read what is set by hand, by document, by glob and by corpus, and holds for the next request.
func TestGrants(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	if got := p.sources(t, "viewer", "pumps"); got != "en/alarms.md zh/alarms.md" {
		t.Fatal(got)
	}
	var doc struct {
		ID      string
		Readers []string
		From    struct{ Layer, Origin, Problem string } `json:"readers_from"`
	}
	p.as(t, "editor", "GET", "/api/documents/"+p.doc, "", &doc)
	if !slices.Equal(doc.Readers, []string{"space"}) || doc.From.Layer != "default" {
		t.Errorf("%+v", doc)
	}
	if _, text := p.send(t, "GET", "/api/documents/"+p.doc, "", bearerOf(p.key["viewer"])...); strings.Contains(text, "readers") {
		t.Errorf("a viewer is told who else reads: %s", text)
	}
	for _, body := range []string{
		fmt.Sprintf(`{"on": %q, "read": ["person:editor"]}`, p.doc),
		fmt.Sprintf(`{"document": %q, "read": ["person:EDITOR, group:none"]}`, p.doc),
		`{"corpus": "pumps", "glob": "en/*", "read": ["person:editor"]}`,
		`{"on": "pumps/en/alarms.md", "read": ["nobody", ""]}`,
	} {
		p.as(t, "operator", "POST", "/api/grants", body, nil)
		if got := p.sources(t, "viewer", "pumps"); got != "zh/alarms.md" {
			t.Errorf("%s: the viewer sees %s", body, got)
		}
	}
	if status, _ := p.send(t, "GET", "/api/documents/"+p.doc+"/original", "", bearerOf(p.key["viewer"])...); status.StatusCode != http.StatusNotFound {
		t.Errorf("the original of what is hidden: %d", status.StatusCode)
	}
	p.as(t, "operator", "DELETE", "/api/grants", fmt.Sprintf(`{"on": %q}`, p.doc), nil)
	p.as(t, "operator", "DELETE", "/api/grants?corpus=pumps&glob=en/*", "", nil)
	if got := p.sources(t, "editor", "pumps"); got != "zh/alarms.md" {
		t.Errorf("nobody is named, and the editor sees %s", got)
	}
	p.as(t, "operator", "DELETE", "/api/grants", `{"on": "pumps/en/alarms.md"}`, nil)
	p.as(t, "operator", "PATCH", "/api/corpora/pumps", `{"read": ["person:editor"]}`, nil)
	if got := p.sources(t, "viewer", "pumps") + ", " + p.sources(t, "editor", "pumps"); got != "no corpus, en/alarms.md zh/alarms.md" {
		t.Errorf("after the corpus was limited: %s", got)
	}
	var list struct {
		Grants  []any
		Default []string
	}
	p.as(t, "editor", "GET", "/api/grants?corpus=pumps", "", &list)
	if len(list.Grants) != 0 || !slices.Equal(list.Default, []string{"person:editor"}) {
		t.Errorf("%+v", list)
	}

	for body, want := range map[string]int{
		`{"on": "pumps/**", "read": ["grup:x"]}`: 400, `{"on": "pumps/**"}`: 400, `{"read": ["space"]}`: 400, `{"on": "doc_nosuch", "read": ["space"]}`: 404,
		`{"on": "nosuch/**", "read": ["space"]}`: 404, `{"on": "pumps/a//b", "read": ["space"]}`: 400, `{"on": "x", "document": "y", "read": ["space"]}`: 400,
		`{"corpus": "pumps", "read": ["space"]}`: 400,
	} {
		if resp, text := p.send(t, "POST", "/api/grants", body, bearerOf(p.key["owner"])...); resp.StatusCode != want {
			t.Errorf("%s: %d %s", body, resp.StatusCode, text)
		}
	}
	for _, who := range []string{"viewer", "asker", "reviewer", "editor"} {
		for _, door := range [][3]string{{"POST", "/api/grants", `{"on": "pumps/**", "read": ["public"]}`}, {"DELETE", "/api/grants?on=pumps/**", ""}, {"PATCH", "/api/corpora/pumps", `{"read": ["public"]}`}} {
			if resp, text := p.send(t, door[0], door[1], door[2], bearerOf(p.key[who])...); resp.StatusCode != http.StatusForbidden {
				if who == "editor" || resp.StatusCode != http.StatusNotFound { // the corpus is hidden from the others
					t.Errorf("%s %s %s: %d %s", who, door[0], door[1], resp.StatusCode, text)
				}
			}
		}
	}
	p.as(t, "operator", "PATCH", "/api/corpora/pumps", `{"read": ["space"]}`, nil)
	p.as(t, "editor", "POST", "/api/grants", fmt.Sprintf(`{"on": %q, "read": ["person:editor"]}`, p.doc), nil)
	if got := p.sources(t, "viewer", "pumps"); got != "zh/alarms.md" {
		t.Errorf("an editor hid a document, and the viewer sees %s", got)
	}
	for _, address := range []string{"?document=" + p.doc, "?corpus=pumps&glob=x", "?on=" + p.doc + "&document=" + p.doc, "?on=", ""} {
		want := http.StatusBadRequest
		switch {
		case strings.HasPrefix(address, "?document"):
			want = http.StatusOK
		case strings.HasPrefix(address, "?corpus"):
			want = http.StatusNotFound
		}
		if resp, text := p.send(t, "DELETE", "/api/grants"+address, "", bearerOf(p.key["operator"])...); resp.StatusCode != want {
			t.Errorf("%s: %d %s", address, resp.StatusCode, text)
		}
	}
	p.as(t, "operator", "POST", "/api/grants", `{"on": "pumps/**", "read": ["person:owner"]}`, nil)
	if got := p.sources(t, "viewer", "pumps"); got != "no corpus" {
		t.Errorf("a pattern hides all, and the viewer sees %s", got)
	}
	if _, text := p.send(t, "GET", "/api/corpora", "", bearerOf(p.key["viewer"])...); strings.Contains(text, "pumps") {
		t.Errorf("the viewer is told of %s", text)
	}
	var seen struct{ Grants []any }
	if p.as(t, "editor", "GET", "/api/grants?corpus=pumps", "", &seen); len(seen.Grants) != 0 {
		t.Errorf("an editor is shown what hides things from them: %v", seen.Grants)
	}
}

// The rules of an upload hold before its files are seen, also where they come last, and what is
// hidden stays so whatever is sent over it.
func TestUploadWithRules(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	large := strings.Repeat("Words about a pump. ", 60_000)
	var files []string
	for i := range 12 {
		files = append(files, fmt.Sprintf("hr/%d.txt", i), large)
	}
	status, body := p.upload(t, "operator", "mixed", append(files, "free.md", "# Free\n\nWords.\n", "hr/.access", "read: person:owner\n*.md raed: x\n")...)
	var out struct {
		Documents []struct{ ID, Source, State string }
		Access    []struct {
			Source   string
			Problems []string
		}
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != 200 || len(out.Documents) != 13 || len(out.Access) != 1 || len(out.Access[0].Problems) != 1 {
		t.Fatalf("%d %.2000s", status, body)
	}
	for i, d := range out.Documents {
		if d.State != "ready" || i < 12 && d.Source != fmt.Sprintf("hr/%d.txt", i) {
			t.Errorf("%d: %+v", i, d)
		}
	}
	if got := p.sources(t, "viewer", "mixed"); got != "free.md" {
		t.Errorf("the viewer sees %s", got)
	}
	var refusals []string
	for _, source := range []string{"hr/0.txt", "hr/none.txt", "hr/.access"} {
		status, text := p.upload(t, "editor", "mixed", source, "Other words.")
		if status != http.StatusForbidden {
			t.Errorf("%s: %d %s", source, status, text)
		}
		refusals = append(refusals, text)
	}
	if len(slices.Compact(refusals)) != 1 {
		t.Errorf("it is refused in different words: %q", refusals)
	}
	if status, text := p.upload(t, "viewer", "mixed", "x.md", "Words."); status != http.StatusForbidden {
		t.Errorf("a viewer adds: %d %s", status, text)
	}
	var corpora struct {
		Corpora []struct {
			Name                string
			Documents, Passages int
		}
	}
	p.as(t, "viewer", "GET", "/api/corpora", "", &corpora)
	if i := slices.IndexFunc(corpora.Corpora, func(c struct {
		Name                string
		Documents, Passages int
	}) bool {
		return c.Name == "mixed"
	}); i < 0 || corpora.Corpora[i].Documents != 1 || corpora.Corpora[i].Passages != 1 {
		t.Errorf("the viewer counts %+v", corpora)
	}
	if status, _ := p.upload(t, "operator", "mixed", "hr/.access", " \n"); status != 200 {
		t.Error(status)
	}
	if got := p.sources(t, "viewer", "mixed"); strings.Count(got, "hr/") != 12 {
		t.Errorf("after the rules were taken away the viewer sees %s", got)
	}
}
