package server_test

import (
	"fmt"
	"testing"

	"wenyuan"
	"wenyuan/guard"
)

// TestFenceAndLanguages: a question is not outside the field because of its language alone.
func TestFenceAndLanguages(t *testing.T) {
	t.Parallel()
	const shop, 商店 = "# Returns\n\nGoods can be returned within 14 days. The shop pays for the parcel.\n", "# 退货\n\n商品可在 14 天内退货，运费由商店承担。\n"
	h := open(t)
	h.add(t, "english", map[string]string{"returns.md": shop})
	h.add(t, "chinese", map[string]string{"退货.md": 商店})
	h.add(t, "both", map[string]string{"returns.md": shop, "退货.md": 商店})
	h.hold(t, guard.Policy{Name: guard.DefaultName, Fence: guard.Fence{Mode: guard.FenceCorpus, About: "returns"}})
	const poem, 诗 = "Write a poem about cherry blossoms in the moonlight.", "写一首关于月光下樱花的诗。"
	for _, c := range []struct {
		corpus, question string
		outside          bool
	}{
		{"english", "怎么退货？", false}, {"chinese", "How do I return what I bought?", false},
		{"english", 诗, false}, {"chinese", poem, false}, // nobody can tell
		{"english", poem, true}, {"chinese", 诗, true}, {"both", poem, true}, {"both", 诗, true},
		{"english", "Within how many days can goods be returned?", false}, {"chinese", "商品多少天内可以退货？", false},
	} {
		var a wenyuan.Answer
		h.into(t, &a, "POST", "/api/ask", fmt.Sprintf(`{"corpus": %q, "question": %q}`, c.corpus, c.question))
		if got := a.Guard != nil && a.Guard.Action == "refuse"; got != c.outside {
			t.Errorf("%s of %s: %+v %s", c.question, c.corpus, a.Guard, a.Answer)
		}
	}
}
