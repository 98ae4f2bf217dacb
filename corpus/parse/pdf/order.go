package pdf

import "slices"

// inReadingOrder keeps the order of the page's program, which is the author's, unless it
// jumps: from column to column at each line, or up again and again. Then places decide.
func inReadingOrder(s []segment, pageWidth float32) []segment {
	if len(s) < 8 || !(interleaved(s, pageWidth) || upwards(s)) {
		return s
	}
	return bands(s, pageWidth)
}

// interleaved finds columns of running text that the program writes line by line across. A
// table looks alike, but its cells are short or end anywhere, where the lines of a column
// are long and nearly all end at its edge.
func interleaved(s []segment, pageWidth float32) bool {
	const long = 0.2 // of the page's width
	var left []segment
	for i := 1; i < len(s); i++ {
		a, b := s[i-1], s[i]
		if a.beside(b.box) && b.left > a.right && a.width() > long*pageWidth && b.width() > long*pageWidth {
			left = append(left, a)
		}
	}
	if len(left) < 5 || len(left)*5 < len(s) {
		return false
	}
	edge := float32(0)
	for _, a := range left {
		edge = max(edge, a.right)
	}
	full := 0
	for _, a := range left {
		if a.right > edge-0.15*a.width() {
			full++
		}
	}
	return full*10 >= len(left)*6
}

// upwards says whether the program goes up the page more often than down.
func upwards(s []segment) bool {
	up := 0
	for i := 1; i < len(s); i++ {
		if s[i].bottom > s[i-1].top {
			up++
		}
	}
	return up*2 > len(s)
}

// bands cuts the page at what is as wide as all of it, a title say, and each band between
// into its columns: an XY cut with the gutters of the whole page.
func bands(s []segment, pageWidth float32) []segment {
	const wideShare = 0.55
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(a, b segment) int {
		switch {
		case a.beside(b.box):
			return compare(a.left, b.left)
		case a.bottom > b.bottom:
			return -1
		}
		return 1
	})
	var out, band []segment
	for _, seg := range s {
		if seg.width() > wideShare*pageWidth {
			out = append(append(out, columns(band)...), seg)
			band = nil
			continue
		}
		band = append(band, seg)
	}
	return append(out, columns(band)...)
}

// columns parts a band at the gutters: gaps that no segment of it crosses.
func columns(band []segment) []segment {
	if len(band) < 2 {
		return band
	}
	byLeft := slices.Clone(band)
	slices.SortFunc(byLeft, func(a, b segment) int { return compare(a.left, b.left) })
	edge := byLeft[0].right
	var gutters []float32
	for _, seg := range byLeft[1:] {
		if seg.left-edge > 0.6*seg.size {
			gutters = append(gutters, (seg.left+edge)/2)
		}
		edge = max(edge, seg.right)
	}
	parts := make([][]segment, len(gutters)+1)
	for _, seg := range band {
		i := 0
		for i < len(gutters) && seg.left > gutters[i] {
			i++
		}
		parts[i] = append(parts[i], seg)
	}
	return slices.Concat(parts...)
}

func compare(a, b float32) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
