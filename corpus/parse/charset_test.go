package parse

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The quick look and the full one agree on every character, alone and between others.
func TestIsClean(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0xffff; r++ {
		s := string(r)
		removed := map[string]int{}
		if got := isClean(s); utf8.ValidRune(r) && got != (clean(s+"\x00", removed) == s) {
			t.Fatalf("%U: isClean says %v", r, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		once := clean(s, map[string]int{})
		if !isClean(once) || clean(once, map[string]int{}) != once {
			t.Fatalf("%q becomes %q, which is not clean", s, once)
		}
	})
}
