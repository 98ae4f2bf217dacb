package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// A curve is how quickly the good answers of one run came.
type curve struct {
	name string
	took []float64 // ms
	all  int       // requests
}

var colours = []string{"#1f6feb", "#d1242f", "#bf8700", "#1a7f37", "#8250df", "#57606a"}

// plot draws for each run what part of all requests was answered well within a time: the higher and the
// further left the better.
func plot(all []curve) string {
	const w, h, most = 640.0, 320.0, 4000.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12"><rect width="100%%" height="100%%" fill="white"/><g transform="translate(50 20)">`, 960, 380)
	for i := range 5 {
		y := h * float64(i) / 4
		fmt.Fprintf(&b, `<path d="M0 %.0fH%.0f" stroke="#ddd"/><text x="-8" y="%.0f" text-anchor="end">%d %%</text>`, y, w, y+4, 100-25*i)
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle">%d ms</text>`, w*float64(i)/4, h+18, int(most)*i/4)
	}
	for i, c := range all {
		slices.Sort(c.took)
		fmt.Fprintf(&b, `<path fill="none" stroke="%s" stroke-width="2" d="M0 %.0f`, colours[i%len(colours)], h)
		n := 0
		for x := 0.0; x <= most; x += most / 320 {
			for n < len(c.took) && c.took[n] <= x {
				n++
			}
			fmt.Fprintf(&b, "L%.1f %.1f", w*x/most, h*(1-float64(n)/float64(c.all)))
		}
		y := 14 + 20*i
		fmt.Fprintf(&b, `"/><path d="M%.0f %dh18" stroke="%s" stroke-width="3"/><text x="%.0f" y="%d">%s</text>`, w+14, y, colours[i%len(colours)], w+38, y+4, html.EscapeString(c.name))
	}
	return b.String() + `<text x="320" y="356" text-anchor="middle">answered well within</text></g></svg>` + "\n"
}
