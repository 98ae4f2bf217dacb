package diff

// A match is a run of n equal things, from a in the old row and b in the new one.
type match struct{ a, b, n int }

// maxEdits bounds the work: rows that differ in more places are shown as replaced, for such
// a comparison tells a reader nothing. The memory is its square.
const maxEdits = 1500

// matches finds the equal runs of two rows, in order, with as little left over as possible.
func matches(a, b []string) []match {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []match
	out = join(out, match{0, 0, head})
	for _, m := range middle(a[head:len(a)-tail], b[head:len(b)-tail]) {
		out = join(out, match{m.a + head, m.b + head, m.n})
	}
	return join(out, match{len(a) - tail, len(b) - tail, tail})
}

// join adds a run, to the one before it where they touch.
func join(out []match, m match) []match {
	if m.n == 0 {
		return out
	}
	if k := len(out) - 1; k >= 0 && out[k].a+out[k].n == m.a && out[k].b+out[k].n == m.b {
		out[k].n += m.n
		return out
	}
	return append(out, m)
}

// middle is Myers' search: furthest[k] is how far in a one gets on diagonal k with so many
// edits. What each round reached is kept, and read backwards for the way.
func middle(a, b []string) []match {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	most := min(len(a)+len(b), maxEdits)
	furthest := make([]int, 2*most+3)
	at := func(k int) *int { return &furthest[k+most+1] }
	var rounds [][]int
	for d := 0; d <= most; d++ {
		for k := -d; k <= d; k += 2 {
			x := *at(k - 1) + 1
			if k == -d || k != d && *at(k - 1) < *at(k + 1) {
				x = *at(k + 1)
			}
			for y := x - k; x < len(a) && y < len(b) && x >= 0 && y >= 0 && a[x] == b[y]; y++ {
				x++
			}
			*at(k) = x
			if x >= len(a) && x-k >= len(b) {
				return backwards(rounds, a, b)
			}
		}
		rounds = append(rounds, append([]int(nil), furthest[most+1-d:most+2+d]...))
	}
	return nil
}

// backwards walks from the ends of both rows to their beginnings. Round d of rounds holds
// the diagonals -d to d.
func backwards(rounds [][]int, a, b []string) []match {
	var out []match
	x, y := len(a), len(b)
	for d := len(rounds); d > 0; d-- {
		before := func(k int) int {
			if k < -(d-1) || k > d-1 {
				return -1
			}
			return rounds[d-1][k+d-1]
		}
		k := x - y
		from, px := k-1, before(k-1)
		if k == -d || k != d && px < before(k+1) {
			from, px = k+1, before(k+1)
		}
		py := px - from
		startX := px
		if from == k-1 {
			startX = px + 1
		}
		if n := x - startX; n > 0 {
			out = append(out, match{startX, y - n, n})
		}
		x, y = px, py
	}
	if x > 0 && y > 0 {
		out = append(out, match{0, 0, min(x, y)})
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
