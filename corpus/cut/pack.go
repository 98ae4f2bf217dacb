package cut

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/corpus/parse"
)

// A packer joins atoms into runs of about the aimed weight. A section that weighs
// at most one and a half of it stays whole; otherwise runs are between a half
// and one and a quarter, so that what is left is never a crumb.
type packer struct {
	text   string
	aim    int
	window []atom
	weight int // of the window
}

// A run is the atoms of one piece, without the white space around them.
type run struct {
	kind               parse.Kind
	page               int
	header             string
	start, end         int // code points
	byteStart, byteEnd int
}

// largest is the heaviest run that is made when the choice is free, and the heaviest atom.
func (p *packer) largest() int { return p.aim * 5 / 4 }

// add takes the next atom and emits what is full.
func (p *packer) add(a atom, emit func(run)) {
	for len(p.window) > 0 && p.weight+a.weight > p.aim*3/2 {
		n := p.choose(a.cost)
		p.emit(n, emit)
	}
	p.window = append(p.window, a)
	p.weight += a.weight
}

// flush emits what is left.
func (p *packer) flush(emit func(run)) {
	if len(p.window) > 0 {
		p.emit(len(p.window), emit)
	}
}

// choose says how many atoms the next run takes; next is the cost of cutting behind all of them.
func (p *packer) choose(next int) int {
	best, bestCost, weight := 1, -1, 0
	for i := range p.window {
		weight += p.window[i].weight
		if weight > p.largest() {
			break
		}
		cost := next
		if i+1 < len(p.window) {
			cost = p.window[i+1].cost
		}
		// A step of cost is worth 15 % of the aimed size, so that an end of a
		// paragraph is preferred to the end of a sentence up to a third away.
		total := cost*15 + abs(weight-p.aim)*100/p.aim
		if weight < p.aim/2 {
			total += 1000
		}
		if bestCost < 0 || total <= bestCost {
			best, bestCost = i+1, total
		}
	}
	return best
}

// emit hands on the first n atoms as a run.
func (p *packer) emit(n int, emit func(run)) {
	first, last := p.window[0], p.window[n-1]
	r := run{page: first.page, header: first.header, kind: heaviest(p.window[:n])}
	raw := p.text[first.byteStart:last.byteEnd]
	body := strings.TrimLeftFunc(raw, unicode.IsSpace)
	lead := raw[:len(raw)-len(body)]
	body = strings.TrimRightFunc(body, unicode.IsSpace)
	r.start, r.byteStart = first.start+utf8.RuneCountInString(lead), first.byteStart+len(lead)
	r.end, r.byteEnd = r.start+utf8.RuneCountInString(body), r.byteStart+len(body)
	for _, a := range p.window[:n] {
		p.weight -= a.weight
	}
	p.window = append(p.window[:0], p.window[n:]...)
	if body != "" {
		emit(r)
	}
}

// heaviest is the kind that most of the weight has; the first of equals.
func heaviest(atoms []atom) parse.Kind {
	weight := map[parse.Kind]int{}
	kind := atoms[0].kind
	for _, a := range atoms {
		weight[a.kind] += a.weight
	}
	for _, a := range atoms {
		if weight[a.kind] > weight[kind] {
			kind = a.kind
		}
	}
	return kind
}

func abs(n int) int { return max(n, -n) }
