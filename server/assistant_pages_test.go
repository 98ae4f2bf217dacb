package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// posts finds the forms of a page that change something, in what is not the frame.
var posts = regexp.MustCompile(`<form[^>]*method="post"[^>]*action="(/assistants[^"]*)"`)

// TestAssistantPagesByRole: the pages of assistants open to who may use them, in the measure of
// what they may do, and are refused to others; none of them breaks.
func TestAssistantPagesByRole(t *testing.T) {
	t.Parallel()
	p := inhabit(t)
	p.as(t, "editor", "PUT", "/api/assistants/desk", `{"corpora": ["pumps"], "title": "Front desk", "description": "answers about pumps"}`, nil)
	p.as(t, "editor", "PUT", "/api/assistants/desk", `{"corpora": ["pumps"], "title": "Front desk", "description": "answers about pumps", "unsupported": "withhold"}`, nil)
	pages := []string{"/assistants", "/assistants/desk", "/assistants/desk/versions", "/assistants/desk/engine", "/assistants/desk/channels", "/assistants/new", "/assistants/nosuch", "/assistants/nosuch/versions"}
	for who, want := range map[string][]int{
		"viewer":   {200, 403, 403, 403, 403, 403, 403, 403},
		"asker":    {200, 403, 403, 403, 403, 403, 403, 403},
		"reader":   {200, 403, 403, 403, 403, 403, 403, 403},
		"reviewer": {200, 403, 200, 200, 403, 403, 403, 404},
		"editor":   {200, 200, 200, 200, 200, 200, 404, 404},
		"owner":    {200, 200, 200, 200, 200, 200, 404, 404},
	} {
		for i, page := range pages {
			resp, text := p.send(t, "GET", page, "", append(bearerOf(p.key[who]), "Accept", "text/html")...)
			if resp.StatusCode != want[i] {
				t.Errorf("%s at %s: %d", who, page, resp.StatusCode)
			}
			if edits := who == "editor" || who == "owner"; !edits && resp.StatusCode == http.StatusOK {
				if m := posts.FindString(text); m != "" {
					t.Errorf("%s is offered at %s: %s", who, page, m)
				}
				for _, link := range []string{`href="/assistants/new"`, `href="/assistants/desk"`, `href="/assistants/desk/channels"`} {
					if strings.Contains(text, link) {
						t.Errorf("%s is led from %s to what is refused: %s", who, page, link)
					}
				}
			}
			if page != "/assistants" {
				continue
			}
			asks, full := who != "viewer" && who != "reader", who == "reviewer" || who == "editor" || who == "owner"
			if strings.Contains(text, "Front desk") != asks {
				t.Errorf("%s is told of the assistant: %v", who, !asks)
			}
			if strings.Contains(text, "answers about pumps") != (asks && !full) || strings.Contains(text, `class="ver"`) != full {
				t.Errorf("%s is shown settings: %v", who, !full)
			}
			if led := strings.Contains(text, `href="/ask?assistant=desk"`); led != (who == "asker") {
				t.Errorf("%s is led to ask: %v", who, led)
			}
		}
	}
}
