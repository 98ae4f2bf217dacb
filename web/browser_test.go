package web

import (
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"wenyuan/web/webtest"
)

// TestEveryPage looks at each page in each shape, in both languages and themes, at the
// width of a desk and of a phone, and whether it fits at all widths between.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s, p := site(t), webtest.Open(t)
	for _, path := range slices.Sorted(maps.Keys(samplePages)) {
		if !strings.HasPrefix(path, os.Getenv("WENYUAN_PAGES")) { // while one of them is worked on
			continue
		}
		for _, v := range []struct{ lang, theme string }{{"en", "light"}, {"zh", "dark"}, {"en", "dark"}, {"zh", "light"}} {
			q := url.Values{"lang": {v.lang}, "theme": {v.theme}}
			name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "_") + "-" + v.lang + "-" + v.theme
			p.Size(1360, 900)
			p.Go(s.URL + path + "?" + q.Encode() + "#lit")
			p.Shot(name)
			p.Audit(name)
			if (v.lang == "zh") != (v.theme == "dark") {
				continue // the other two are enough for widths
			}
			for _, width := range []int64{1120, 960, 761, 760, 600, 480, 390, 320} {
				p.Size(width, 844)
				if over := webtest.Eval[int](p, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
					t.Errorf("%s: at %d the page scrolls sideways by %d px", name, width, over)
				}
				if width == 390 {
					p.Shot(name + "-phone")
					p.Audit(name + " on a phone")
				}
			}
		}
	}
}
