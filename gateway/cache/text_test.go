package cache

import (
	"strings"
	"testing"
)

// TestGrowing: whenever somebody looks, all of the text is there.
func TestGrowing(t *testing.T) {
	t.Parallel()
	for look := range 60 {
		var g growing
		want := ""
		for i := range 50 {
			piece := strings.Repeat(string(rune('a'+i%26)), i*i%700)
			g.WriteString(piece)
			if want += piece; i == look && g.String() != want {
				t.Fatalf("after %d pieces %d bytes, want %d", i, len(g.String()), len(want))
			}
		}
		if g.String() != want || g.Len() != len(want) {
			t.Fatalf("%d bytes, want %d", g.Len(), len(want))
		}
	}
}
