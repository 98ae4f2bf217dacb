package server_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A reader is a browser without a script: it follows links, posts forms, keeps cookies.
type reader struct {
	t      testing.TB
	client *http.Client
	url    string
}

func (h house) reader(t testing.TB) reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return reader{t, &http.Client{Jar: jar}, h.url}
}

// send gives the status, the address one ends at, and the page.
func (r reader) send(method, address, contentType string, body io.Reader) (int, string, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+address, body)
	if err != nil {
		r.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Origin", r.url)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.RequestURI(), string(b)
}

func (r reader) get(address string) (int, string, string) {
	r.t.Helper()
	return r.send("GET", address, "", nil)
}

func (r reader) post(address string, form url.Values) (int, string, string) {
	r.t.Helper()
	return r.send("POST", address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (r reader) want(what, page string, parts ...string) {
	r.t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			r.t.Errorf("%s: the page does not hold %q", what, part)
		}
	}
}

// TestWithoutScript does everything the console can do without running a script.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := h.reader(t)

	_, at, page := r.get("/")
	r.want("first page", page, "No documents yet.", "wenyuan add ./docs")
	if at != "/ask" {
		t.Errorf("/ leads to %s", at)
	}
	status, _, page := r.post("/library", url.Values{"name": {"no such name!"}})
	r.want("a name that cannot be", page, "cannot be the name of a corpus.", `aria-invalid="true"`, `value="no such name!"`)
	if status != 400 {
		t.Errorf("a name that cannot be: %d", status)
	}
	_, at, page = r.post("/library", url.Values{"name": {"handbook"}})
	r.want("a new corpus", page, "No documents yet.", `enctype="multipart/form-data"`)
	if at != "/library/handbook" {
		t.Errorf("a new corpus opens at %s", at)
	}

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, text := range map[string]string{"03-pressure.md": englishHandbook, "broken.pdf": "%PDF-1.4 broken"} {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, text)
	}
	form.Close()
	_, _, page = r.send("POST", "/library/handbook", form.FormDataContentType(), &body)
	r.want("after the upload", page, "Pressure alarms", "03-pressure.md", "broken.pdf", "failed", `class="note bad"`)

	_, at, page = r.post("/ask", url.Values{"corpus": {"handbook"}, "question": {"", "What happens to an alarm that nobody confirms?"}})
	r.want("the answer", page, "is sent to the second contact", `data-verdict="supported"`, "<mark", "Originals", "quoted, no model was asked")
	if !strings.HasPrefix(at, "/ask/cnv") {
		t.Errorf("the answer is at %s", at)
	}
	trace := regexp.MustCompile(`data-trace="(trc_[a-z0-9]+)"`).FindStringSubmatch(page)[1]
	open := regexp.MustCompile(`data-open="([^"]+)"`).FindStringSubmatch(page)
	if open == nil {
		t.Fatal("no citation says where its document is")
	}
	_, _, page = r.get(strings.ReplaceAll(open[1], "&amp;", "&"))
	r.want("the document", page, `id="lit"`, "Lit by", "Answers that used it", "/ask/"+trace+"#s-"+trace+"-1")
	document := regexp.MustCompile(`/library/handbook/(doc_[a-z0-9]+)`).FindStringSubmatch(open[1])[1]
	_, _, page = r.get("/records/" + trace)
	r.want("the record", page, "Retrieved", "relevance floor", "Made from", `class="ver"`)
	_, _, page = r.get("/records?document=" + document)
	r.want("answers that used the document", page, "What happens to an alarm")

	status, _, page = r.post("/ask", url.Values{"corpus": {"handbook"}, "question": {"  "}})
	r.want("an empty question", page, `class="note bad problem"`)
	if status != 400 {
		t.Errorf("an empty question: %d", status)
	}
	_, at, page = r.post("/library/handbook/"+document+"/remove", nil)
	r.want("after the removal", page, "removed from search")
	if strings.Contains(page, "03-pressure.md") {
		t.Errorf("%s still lists the document", at)
	}
	status, _, page = r.get("/library/handbook/" + document)
	r.want("a document that is gone", page, "There is no", "<h1")
	if status != 404 {
		t.Errorf("a document that is gone: %d", status)
	}
}

// TestPreferences: language, theme and keys are cookies, and nobody is sent elsewhere.
func TestPreferences(t *testing.T) {
	t.Parallel()
	r := open(t).reader(t)
	_, _, page := r.get("/library")
	r.want("at first", page, `<html lang="en">`)
	_, at, page := r.post("/preferences", url.Values{"lang": {"zh"}, "back": {"/records?before=x"}})
	r.want("Chinese", page, `<html lang="zh-Hans">`, "还没有人提问")
	if at != "/records?before=x" {
		t.Errorf("the choice led to %s", at)
	}
	_, _, page = r.post("/preferences", url.Values{"theme": {"dark"}, "keys": {"off"}, "back": {"/library"}})
	r.want("dark", page, `<html lang="zh-Hans" data-theme="dark">`, `data-keys="off"`)
	_, _, page = r.post("/preferences", url.Values{"theme": {`"><script>`}, "lang": {"fr"}, "back": {"/library"}})
	r.want("what cannot be chosen", page, `<html lang="zh-Hans" data-theme="dark">`)
	for _, back := range []string{"https://example.com/", "//example.com/", `/\example.com`, "javascript:alert(1)", "", "library"} {
		if _, at, _ := r.post("/preferences", url.Values{"back": {back}}); at != "/ask" {
			t.Errorf("back to %q led to %s", back, at)
		}
	}
}

// TestPagesAreStrict: each page has its policy, and names no other host.
func TestPagesAreStrict(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"a.md": englishHandbook})
	elsewhere := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)
	for address, want := range map[string]int{"/nowhere": 404, "/ask": 200, "/library": 200, "/library/handbook": 200, "/records": 200,
		"/ask/trc_none": 404, "/records/trc_none": 404, "/library/none": 404, "/library/handbook/doc_none": 404, "/library/handbook?offset=-3&state=odd": 200} {
		req, err := http.NewRequest("GET", h.url+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html,*/*;q=0.8")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s, want %d", address, res.StatusCode, res.Header.Get("Content-Type"), want)
		}
		csp := res.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, part) || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: the policy %q", address, csp)
			}
		}
		if found := elsewhere.FindString(string(b)); found != "" {
			t.Errorf("%s: the page leads elsewhere: %s", address, found)
		}
	}
}
