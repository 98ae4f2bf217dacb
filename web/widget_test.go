package web

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWidgetIsLight: one file of less than 15 kB on the wire, with words and styles inside
// and nothing that a page's policy would forbid or that is fetched from elsewhere.
func TestWidgetIsLight(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/widget.js", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	Widget().ServeHTTP(w, r)
	if n := w.Body.Len(); n > 15_000 || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes on the wire", n)
	} else {
		t.Logf("%d bytes on the wire", n)
	}
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	again := httptest.NewRecorder()
	if Widget().ServeHTTP(again, r); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("asked again: %d", again.Code)
	}
	text := string(widget().plain)
	for _, want := range []string{"提问", `:host([data-theme=`, "checking the next sentence"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in it", want)
		}
	}
	for _, never := range []string{`"WORDS"`, `"STYLE"`, ":root", "rem;", "innerHTML", "insertAdjacentHTML", "eval(", "<style", "http://", "https://", "document.cookie", "localStorage"} {
		if strings.Contains(text, never) {
			t.Errorf("%q in it", never)
		}
	}
}
