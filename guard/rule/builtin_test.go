package rule

import "testing"

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	rules := 0
	for _, set := range BuiltIn() {
		rules += set.Rules()
	}
	m := compiled(t, BuiltIn()...)
	t.Logf("%d rules, %d forms, reach %d", rules, len(m.first.entries)+len(m.context.entries), m.reach)
}
