package server_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkAdding takes 5,000 small files in, from the upload until they are found.
func BenchmarkAdding(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	files := map[string]string{}
	for i := range 5000 {
		var text strings.Builder
		fmt.Fprintf(&text, "# Document %d\n", i)
		for range 2 {
			text.WriteString("\n")
			for range 60 {
				fmt.Fprintf(&text, "word%d ", r.IntN(3000))
			}
			text.WriteString("\n")
		}
		files[fmt.Sprintf("d%d/f%d.md", i/250, i)] = text.String()
	}
	for b.Loop() {
		open(b).add(b, "many", files)
	}
}
