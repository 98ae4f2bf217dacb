package rule

import (
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/reading"
)

// lines are those of a file that are neither empty nor a comment.
func lines(t testing.TB, name string) []string {
	t.Helper()
	return slices.DeleteFunc(strings.Split(file(t, name), "\n"), func(l string) bool { return l == "" || l[0] == '#' })
}

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	m := compiled(t, BuiltIn()...)
	rules := 0
	for _, set := range BuiltIn() {
		rules += set.Rules()
	}
	t.Logf("%d rules, %d forms, reach %d", rules, len(m.first.entries)+len(m.context.entries), m.reach)
	for _, line := range lines(t, "harmful.txt") {
		kind, text, _ := strings.Cut(line, ": ")
		hits := m.Find(reading.Of(text))
		if !slices.ContainsFunc(hits, func(h reading.Hit) bool { return h.Kind == kind }) {
			t.Errorf("%s: %s: %+v", kind, text, hits)
		}
	}
	for _, text := range lines(t, "harmless.txt") {
		if matches := m.Matches(reading.Of(text)); len(matches) > 0 {
			t.Errorf("%s: %s %s", text, matches[0].Set, found(matches))
		}
	}
}
