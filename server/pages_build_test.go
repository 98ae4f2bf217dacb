package server_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan/gateway/gatewaytest"
)

// formOf are the controls of the page's form for settings, as a browser would post them.
func formOf(t testing.TB, page string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(page, `<form id="settings"`)
	if !ok {
		t.Fatal("the page has no form for settings")
	}
	form, _, _ = strings.Cut(form, "</form>")
	plain := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&")
	attr := func(tag, name string) (string, bool) {
		m := regexp.MustCompile(`\s` + name + `(?:="([^"]*)")?(?:[\s>]|$)`).FindStringSubmatch(tag)
		if m == nil {
			return "", false
		}
		return plain.Replace(m[1]), true
	}
	out := url.Values{}
	for _, tag := range regexp.MustCompile(`<input[^>]*>`).FindAllString(form, -1) {
		name, _ := attr(tag, "name")
		value, _ := attr(tag, "value")
		kind, _ := attr(tag, "type")
		if _, on := attr(tag, "checked"); kind == "checkbox" && !on {
			continue
		}
		out.Add(name, value)
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea([^>]*)>\n?(.*?)</textarea>`).FindAllStringSubmatch(form, -1) {
		name, _ := attr(m[1], "name")
		out.Add(name, plain.Replace(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<select([^>]*)>(.*?)</select>`).FindAllStringSubmatch(form, -1) {
		name, _ := attr(m[1], "name")
		for _, o := range regexp.MustCompile(`<option([^>]*)>`).FindAllStringSubmatch(m[2], -1) {
			if _, on := attr(o[1]+" ", "selected"); on {
				value, _ := attr(o[1], "value")
				out.Add(name, value)
			}
		}
	}
	return out
}

var savedHash = regexp.MustCompile(`[?&]saved=([0-9a-f]{64})`)

// TestAssistantWithoutScript saves an assistant, compares, is refused what cannot be, takes
// a version back and makes another one, with links and forms alone.
func TestAssistantWithoutScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"03-pressure.md": englishHandbook})
	r := h.reader(t)
	_, _, page := r.get("/assistants")
	r.want("the list", page, `href="/assistants/handbook"`, "as it came", "the documents’ own sentences")
	_, _, page = r.get("/assistants/handbook/versions")
	r.want("no versions", page, "No version yet.")

	_, _, page = r.get("/assistants/handbook")
	r.want("settings", page, "Relevance floor", "0.42", "Saving takes effect at once.", `name="corpora" value="handbook"`)
	form := formOf(t, page)
	form.Set("floor", "0.5")
	form.Set("keep", "4")
	form.Set("title", `The <b>pump</b> handbook`)
	form.Set("do", "compare")
	status, at, page := r.post("/assistants/handbook", form)
	r.want("compared", page, "3 changes in the draft", `class="chg" data-setting`, "The &lt;b&gt;pump&lt;/b&gt; handbook")
	if status != 200 || at != "/assistants/handbook" {
		t.Errorf("compared: %d at %s", status, at)
	}
	form.Set("do", "save")
	form.Set("floor", "7")
	form.Set("most", "twelve")
	form.Set("tools", `[{"nome": "x"}]`)
	status, _, page = r.post("/assistants/handbook", form)
	r.want("out of bounds", page, "3 settings cannot be saved as they are.", "−1 to 1", "a whole number", "this is not JSON", `value="twelve"`, `aria-describedby="e-floor"`)
	if status != 400 {
		t.Errorf("out of bounds: %d", status)
	}
	form.Set("floor", "0.5")
	form.Set("most", "")
	form.Set("tools", `[{"name": "pump_state", "description": "Tells how a pump runs.", "parameters": {"type": "object"}}]`)
	_, at, page = r.post("/assistants/handbook", form)
	r.want("saved", page, "is saved and answers from the next new question on", "Take back", "pump_state")
	if !strings.HasPrefix(at, "/assistants/handbook?") {
		t.Errorf("saved: at %s", at)
	}
	before := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(page)
	if before == nil {
		t.Fatal("a save cannot be taken back")
	}
	_, _, page = r.post("/assistants/handbook/versions", url.Values{"hash": {before[1]}})
	r.want("as its corpus came with it", page, "points to "+before[1][:6]+" again")
	_, at, page = r.post("/assistants/handbook/versions", url.Values{"hash": {savedHash.FindStringSubmatch(at)[1]}})
	r.want("forth again", page, "2 versions.")
	status, _, page = r.post("/assistants/handbook", form) // made against what held before
	r.want("a draft of yesterday", page, "Somebody else saved a version in the meantime.")
	if status != 200 {
		t.Errorf("a draft of yesterday: %d", status)
	}
	_, _, page = r.get("/assistants/handbook")
	form = formOf(t, page)
	form.Set("do", "save")
	_, _, page = r.post("/assistants/handbook", form)
	r.want("nothing differs", page, "Nothing differs, so there is no new version.")
	form.Set("notice", "Written by a machine.")
	r.post("/assistants/handbook", form)
	_, _, page = r.get("/assistants/handbook/versions")
	r.want("history", page, "3 versions.", "Notice", "the first one", "production", "Answer with this")
	hashes := regexp.MustCompile(`name="from" value="([0-9a-f]{64})"`).FindAllStringSubmatch(page, -1)
	if len(hashes) != 3 {
		t.Fatalf("%d versions to compare, want 3", len(hashes))
	}
	_, _, page = r.get("/assistants/handbook/versions?from=" + hashes[2][1] + "&to=" + hashes[0][1])
	r.want("two versions", page, "1 setting differs", "Written by a machine.")
	_, _, page = r.get("/assistants/handbook/engine?q=alarm&version=" + hashes[2][1])
	r.want("rendered with an earlier version", page, hashes[2][1][:6], `name="version" value="`+hashes[2][1]+`"`)
	_, _, page = r.post("/assistants/handbook/versions", url.Values{"hash": {hashes[2][1]}})
	r.want("taken back", page, "points to "+hashes[2][1][:6]+" again", "Undo")
	status, _, page = r.post("/assistants/handbook/versions", url.Values{"hash": {strings.Repeat("0", 64)}})
	r.want("a version that is none", page, `class="note bad problem"`)
	if status != 404 {
		t.Errorf("a version that is none: %d", status)
	}

	_, _, page = r.get("/assistants/new")
	form = formOf(t, page)
	form.Set("do", "save")
	status, _, page = r.post("/assistants/new", form)
	r.want("without a name", page, "is needed", "choose at least one")
	if status != 400 {
		t.Errorf("without a name: %d", status)
	}
	form.Set("name", "handbook")
	form.Set("corpora", "handbook")
	_, _, page = r.post("/assistants/new", form)
	r.want("a name that is taken", page, "is taken")
	form.Set("name", "desk")
	_, at, page = r.post("/assistants/new", form)
	r.want("made", page, "<h1 lang=\"en\">desk</h1>", "is saved and answers")
	_, _, page = r.post("/assistants/desk/remove", nil)
	if strings.Contains(page, "/assistants/desk") || !strings.HasPrefix(at, "/assistants/desk?") {
		t.Errorf("made at %s; removed: still listed %v", at, strings.Contains(page, "/assistants/desk"))
	}
	if status, _, _ := r.get("/assistants/desk"); status != 404 {
		t.Errorf("an assistant that is gone: %d", status)
	}
}

// TestGatewayWithoutScript adds a model, tries it, changes it and removes it.
func TestGatewayWithoutScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	model := gatewaytest.New(t, gatewaytest.Say("Ready."))
	r := h.reader(t)
	_, _, page := r.get("/gateway")
	r.want("none", page, "No model yet.", "Look for local servers")
	_, _, page = r.get("/gateway/new")
	form := formOf(t, page)
	status, _, page := r.post("/gateway/new", form)
	r.want("nothing filled in", page, "is needed", `aria-invalid="true"`)
	if status != 400 {
		t.Errorf("nothing filled in: %d", status)
	}
	form.Set("name", "team/writer")
	form["url"] = []string{"ftp://nowhere", ""}
	form["dialect"], form["remote_name"], form["key_env"] = []string{"openai", "openai"}, []string{"", ""}, []string{"", ""}
	form.Set("context", "many")
	form.Set("price_in", "0.4")
	_, _, page = r.post("/gateway/new", form)
	r.want("what cannot be", page, "a whole number", "ftp://nowhere", "currency")
	form["url"] = []string{model.URL, ""}
	form.Set("context", "4096")
	form.Set("currency", "CNY")
	form.Set("price_out", "1.2")
	form.Set("do", "row")
	_, _, page = r.post("/gateway/new", form)
	if n := strings.Count(page, `name="url"`); n != 3 {
		t.Errorf("%d rows for servers, want 3", n)
	}
	form.Del("do")
	_, at, page := r.post("/gateway/new", form)
	r.want("added", page, "Added:", "team/writer", "inside", "4,096", "0.40 / 1.20 CNY", model.URL)
	if !strings.HasPrefix(at, "/gateway?") {
		t.Errorf("added: at %s", at)
	}
	_, _, page = r.post("/gateway/models/team%2Fwriter/test", nil)
	r.want("tested", page, "Everything it is declared for works.", "first token after")
	if len(model.Requests()) == 0 {
		t.Error("the model was not asked")
	}
	_, _, page = r.get("/gateway/models/team%2Fwriter")
	form = formOf(t, page)
	form.Set("key_env", "A_VARIABLE_THAT_IS_NOT_SET")
	form["key_env"] = append(form["key_env"][:1], form["key_env"][1:]...)
	_, _, page = r.post("/gateway/models/team%2Fwriter", form)
	r.want("changed", page, "Saved:", "A_VARIABLE_THAT_IS_NOT_SET is missing", "Its key is missing.")
	_, _, page = r.post("/gateway/models/team%2Fwriter/test", nil)
	r.want("tested without its key", page, "1 of 1 checks failed.", "A_VARIABLE_THAT_IS_NOT_SET of the server is empty")
	status, _, page = r.post("/gateway/new", url.Values{"name": {"team/writer"}, "url": {model.URL}, "dialect": {"openai"}})
	r.want("a name that is taken", page, "is taken")
	if status != 400 {
		t.Errorf("a name that is taken: %d", status)
	}
	_, _, page = r.post("/gateway/models/team%2Fwriter/remove", nil)
	r.want("removed", page, "Removed:", "No model yet.")
	if status, _, _ := r.get("/gateway/models/team%2Fwriter"); status != 404 {
		t.Errorf("a model that is gone: %d", status)
	}
}

// TestBuildPagesAreStrict: what is not there is not found, and every page has the policy.
func TestBuildPagesAreStrict(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"a.md": englishHandbook})
	for address, want := range map[string]int{"/assistants": 200, "/assistants/new": 200, "/assistants/handbook": 200, "/assistants/handbook/engine": 200, "/assistants/handbook/versions": 200,
		"/gateway": 200, "/gateway/new": 200, "/assistants/none": 404, "/assistants/none/engine": 404, "/assistants/none/versions": 404, "/gateway/models/none": 404,
		"/assistants/handbook/engine?version=0": 404, "/assistants/handbook/engine?trace=trc_none": 404, "/assistants/handbook/versions?from=0&to=1": 404} {
		req, err := http.NewRequest("GET", h.url+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		csp := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != want || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %d %s, want %d; %s", address, res.StatusCode, res.Header.Get("Content-Type"), want, csp)
		}
	}
	r := h.reader(t)
	for _, address := range []string{"/gateway/models/none/test", "/gateway/models/none/remove", "/assistants/none/remove", "/assistants/none", "/library/none/closed"} {
		if status, _, _ := r.post(address, url.Values{"closed": {"yes"}}); status != 404 {
			t.Errorf("POST %s: %d, want 404", address, status)
		}
	}
	status, _, page := r.post("/assistants/handbook", url.Values{"do": {"save"}, "prompt": {strings.Repeat("x", 2<<20)}})
	r.want("a form of two megabytes", page, `class="note bad"`)
	if status != 413 {
		t.Errorf("a form of two megabytes: %d", status)
	}
}

// TestClosedFromThePage closes a corpus and opens it.
func TestClosedFromThePage(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"a.md": englishHandbook})
	r := h.reader(t)
	_, _, page := r.get("/library/handbook")
	r.want("open", page, "not closed", "Models that run outside may be asked")
	_, _, page = r.post("/library/handbook/closed", url.Values{"closed": {"yes"}})
	r.want("closed", page, "Nothing of it reaches a model", "Open it")
	_, _, page = r.get("/library")
	r.want("the library", page, `<span class="tag">closed</span>`)
	r.post("/gateway/new", url.Values{"name": {"afar"}, "url": {"http://127.0.0.1:9"}, "dialect": {"openai"}, "location": {"outside"}})
	_, _, page = r.get("/assistants/handbook")
	r.want("its assistant", page, "“handbook” is closed: a model that runs outside is refused.")
	_, _, page = r.post("/library/handbook/closed", url.Values{"closed": {"no"}})
	r.want("open again", page, "not closed")
}

// TestEngineWithoutScript renders a prompt without asking the model, and shows what it was
// sent for an answer.
func TestEngineWithoutScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	model := gatewaytest.New(t, gatewaytest.Say("An alarm that nobody confirms within 15 minutes is sent to the second contact [1]."))
	h.add(t, "handbook", map[string]string{"03-pressure.md": englishHandbook, "wheel.md": hostileText,
		"canteen.md": "# The canteen\n\nWhat happens to an alarm clock in the canteen is that nobody hears it.\n\n## Hours\n\nIt opens at noon."})
	r := h.reader(t)
	r.post("/gateway/new", url.Values{"name": {"writer"}, "url": {model.URL}, "dialect": {"openai"}, "can": {"chat"}})
	_, _, page := r.get("/assistants/handbook/engine")
	r.want("empty", page, "Nothing is rendered yet.")
	question := "What happens to an alarm that nobody confirms?"
	_, _, page = r.get("/assistants/handbook/engine?q=" + url.QueryEscape(question))
	r.want("rendered", page, "Left out", "The canteen", "of what the question asks about", "tokens of writer, estimated", "kept for the answer", "Pressure alarms", "the best at the edges", "second contact", question)
	if n := len(model.Requests()); n != 0 {
		t.Errorf("rendering asked the model %d times", n)
	}
	status, _, page := r.get("/assistants/handbook/engine?q=" + url.QueryEscape(strings.Repeat("long ", 2000)))
	r.want("far too long", page, `class="note bad problem"`)
	if status != 400 {
		t.Errorf("far too long: %d", status)
	}
	_, _, page = r.post("/ask", url.Values{"corpus": {"handbook"}, "question": {question}})
	r.want("the answer", page, "second contact")
	_, _, page = r.get("/assistants/handbook/engine?trace=" + regexp.MustCompile(`trc_[a-z0-9]+`).FindString(page))
	r.want("what was sent", page, "What the model was sent for the answer", "Pressure alarms", "kept for the answer", question)
}
