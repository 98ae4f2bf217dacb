package web

import (
	"bytes"
	"strings"
	"testing"

	"wenyuan"
)

// TestTold: what the house says stands on a page in the language of the page, and nothing
// is lost where it has no Chinese form.
func TestTold(t *testing.T) {
	t.Parallel()
	r := New()
	failed := Document{ID: "d", Source: "box/a.pdf", Title: "a.pdf", State: "failed", Revision: "r",
		Reason: "box/a.pdf is encrypted; what was read from it before is still in use", Hint: "Open it with its password, save it without one and add it again."}
	strange := Document{ID: "e", Source: "b", Title: "b", State: "failed", Reason: "the moon was full", Hint: "wait"}
	problem := &Problem{"invalid", `"a/b" cannot be the name of a corpus`, "try again"}
	dropped := []Drop{{wenyuan.Passage{Title: "p"}, "new", "new_code", "60 % the same as a better passage of a.md"}}
	for name, c := range map[string]struct {
		write   func(*bytes.Buffer, Frame) error
		english []string
		chinese []string
	}{
		"corpus": {func(b *bytes.Buffer, f Frame) error {
			return r.Corpus(b, CorpusPage{Frame: f, Name: "c", Failed: 2, Total: 2, Limit: 50, Documents: []Document{failed, strange}})
		}, []string{`<b lang="en">Is encrypted; what was read`, ">The moon was full.<", ">Open it with its password"},
			[]string{`<b lang="zh-Hans">已加密；以前读到的内容仍在使用。</b>`, ">请用密码打开，存为不加密的文件，再次加入。<", ">The moon was full.<"}},
		"document": {func(b *bytes.Buffer, f Frame) error {
			return r.Document(b, DocumentPage{Frame: f, Corpus: "c", Document: failed, Revision: "r"})
		}, []string{">Is encrypted; what was read"}, []string{">已加密；以前读到的内容仍在使用。<"}},
		"library": {func(b *bytes.Buffer, f Frame) error { return r.Library(b, LibraryPage{Frame: f, Problem: problem}) },
			[]string{"cannot be the name of a corpus.<"}, []string{">“a/b”不能作语料库的名称。<", ">请再试一次。<"}},
		"ask": {func(b *bytes.Buffer, f Frame) error { return r.Ask(b, AskPage{Frame: f, Problem: problem}) },
			[]string{">Try again.<"}, []string{">请再试一次。<"}},
		"error": {func(b *bytes.Buffer, f Frame) error {
			return r.Error(b, ErrorPage{Frame: f, Status: 400, Problem: *problem})
		},
			[]string{">Try again.<"}, []string{">请再试一次。<", "<title>“a/b”不能作语料库的名称。"}},
		"trace": {func(b *bytes.Buffer, f Frame) error {
			return r.Trace(b, TracePage{Frame: f, Turn: Turn{Trace: "t", Question: "q"}, Dropped: dropped})
		}, []string{">60 % the same as"}, []string{">与 a.md 里更好的一段有 60% 相同<"}},
	} {
		for lang, want := range map[Lang][]string{English: c.english, Chinese: c.chinese} {
			var b bytes.Buffer
			if err := c.write(&b, Frame{Lang: lang, Path: "/"}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, w := range want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("%s in %s does not hold %q", name, lang, w)
				}
			}
		}
	}
}
