package segment

import "slices"

// attach gives the pending unit the markers that follow it, and emits it once something else
// follows. A marker at the beginning of a line with words behind it belongs to those.
func (c *Cutter) attach(final bool) {
	for c.pending != nil {
		i, broke := 0, false
		for i < len(c.tail) && isSpace(c.tail[i]) {
			broke = broke || c.tail[i] == '\n'
			i++
		}
		if i == len(c.tail) && !final {
			return
		}
		n, whole := c.markerAt(i, final)
		if n < 0 {
			return // it may become one
		}
		if !whole {
			c.emit()
			return
		}
		if broke || c.leads {
			switch belongs, known := c.endsLine(i+n, final); {
			case !known:
				return
			case !belongs:
				c.emit()
				return
			}
		}
		for _, x := range numbersOf(linkless(string(c.tail[i : i+n]))) {
			if !slices.Contains(c.pending.Cited, x) {
				c.pending.Cited = append(c.pending.Cited, x)
			}
		}
		end := i + n
		if end < len(c.tail) && (c.tail[end] == '.' || c.tail[end] == '。') {
			end++ // the full stop that the sentence has already
		}
		c.drop(end)
	}
}

// markerAt is the length of the marker at a position; whole is false where there is none. A
// length below zero says that more text is needed to know.
func (c *Cutter) markerAt(i int, final bool) (n int, whole bool) {
	if i == len(c.tail) || !isOpeningBracket(c.tail[i]) {
		return 0, false
	}
	rest := c.tail[i:min(len(c.tail), i+4*longestMarker+16)]
	text := string(rest)
	open := i+len(rest) == len(c.tail) && !final
	if m := firstOne.FindString(text); m != "" && isMarker("", m) {
		if open && (len(m) == len(text) || linkBegun.MatchString(text)) {
			return -1, false // an address or a full stop may follow
		}
		return len([]rune(m)), true
	}
	if open && partial.MatchString(text) && allowed.MatchString(text) {
		return -1, false
	}
	return 0, false
}

// endsLine says whether nothing but markers stands between a position and the end of the line.
func (c *Cutter) endsLine(i int, final bool) (yes, known bool) {
	for {
		for i < len(c.tail) && c.tail[i] != '\n' && (isSpace(c.tail[i]) || c.tail[i] == '.' || c.tail[i] == '。') {
			i++
		}
		if i == len(c.tail) {
			return true, final
		}
		if c.tail[i] == '\n' {
			return true, true
		}
		n, whole := c.markerAt(i, final)
		if n < 0 {
			return false, false
		}
		if !whole {
			return false, true
		}
		i += n
	}
}

// emit gives the pending unit out.
func (c *Cutter) emit() {
	c.out = append(c.out, *c.pending)
	c.pending, c.leads = nil, false
}
