package inject

import (
	"testing"
	"unicode"
)

// TestScript: what is known without the tables is what they say.
func TestScript(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxRune + 1) {
		is, other := script(r)
		if letter := unicode.IsLetter(r); is != letter || other != (letter && r >= 0x250 && !unicode.Is(unicode.Han, r)) {
			t.Errorf("%U: %v %v", r, is, other)
		}
	}
}
