package form_test

import (
	"strings"
	"testing"

	"wenyuan/guard/form"
)

// What is taken as a whole is taken in pieces of any size, and nothing else.
func TestBareInPieces(t *testing.T) {
	t.Parallel()
	f := form.Object()
	for _, text := range []string{
		" {\"a\":1}\n", "{\"a\":\"```\"}", "{\"a\": \"` `` ```\\n```\"}\n ", "```json\n{\"a\":1}\n```\n", "\n```\n{}\n```", "``` JSON \r\n {\"a\": [1,\n\n2]} ```",
		"```python\n{}\n```", "```json\n{}", "```{}```", "``", "", "{}``` ", "{}" + strings.Repeat(" ", 5000), "```json\n{\"a\":1}\n```\nThere it is.", "```json\n{\"a\":1}```{",
	} {
		whole := f.Check(f.Bare(text)) == nil
		for _, size := range []int{1, 2, 3, 5, 1000} {
			b, s := f.Barer(), f.Stream()
			var out strings.Builder
			for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
				out.WriteString(b.Write(rest[:min(size, len(rest))]))
			}
			out.WriteString(b.Close())
			fits := s.Write(out.String()) == nil && s.Close() == nil
			if fits != whole || fits && strings.TrimSpace(out.String()) != f.Bare(text) {
				t.Errorf("%q in pieces of %d became %q: %v, as a whole %v", text, size, out.String(), fits, whole)
			}
		}
	}
	if c, _ := form.Choice([]string{"a"}); c.Barer().Write(" a") != " a" {
		t.Error("only JSON is tidied")
	}
}
