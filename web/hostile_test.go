package web

import (
	"bytes"
	"strings"
	"testing"
)

// TestHostileAccess looks for markup that broke out in the pages that hold names of people, rules and
// what was recorded; the samples have it in each of them.
func TestHostileAccess(t *testing.T) {
	t.Parallel()
	r := New()
	for path, write := range accessPages {
		for _, l := range Langs {
			var b bytes.Buffer
			if err := write(r, &b, l, sampleFrame(l, "", path)); err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			page := b.String()
			for _, bad := range []string{"<script>alert", "<img", `href="javascript`, " style=", " onclick=", "ZgotmplZ"} {
				if i := strings.Index(page, bad); i >= 0 {
					t.Errorf("%s: the page holds %q: …%s…", path, bad, page[max(0, i-60):min(len(page), i+60)])
				}
			}
		}
	}
}
