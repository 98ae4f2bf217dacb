package answer

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/retrieve"
)

// What was not read is recorded by its beginning; what was found stays as it is.
func TestRecorded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("文", 500)
	f := retrieve.Found{Kept: []wenyuan.Passage{{Text: long}}, Dropped: []retrieve.Drop{{Passage: wenyuan.Passage{ID: "a", Text: long}}, {Passage: wenyuan.Passage{Text: "short"}}}}
	r := recorded(f)
	if r.Kept[0].Text != long || r.Dropped[0].Passage.Text != strings.Repeat("文", 200)+"…" || r.Dropped[0].Passage.ID != "a" || r.Dropped[1].Passage.Text != "short" {
		t.Errorf("%+v", r)
	}
	if f.Dropped[0].Passage.Text != long {
		t.Error("recording changes what was found")
	}
}
