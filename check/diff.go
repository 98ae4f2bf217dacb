package check

// A diffKind says in what way a claim departs from the evidence at one place.
type diffKind uint8

const (
	numberChanged     diffKind = iota // another value, unit, date or version stands there
	numberNew                         // a value that is in none of the evidence
	numberElsewhere                   // a value of the evidence, but not of this place
	identifierChanged                 // another identifier stands there
	identifierNew                     // an identifier that is in none of the evidence
	nameChanged                       // another name stands there
	nameNew                           // a name that is in none of the evidence
	negationAdded
	negationDropped
	negationChanged
	quantityChanged
	quantityAdded
	quantityDropped
	onlyChanged // "only" came or went
	modalityChanged
	modalityAdded // came or went
	directionChanged
	directionAdded // came or went
	linkChanged    // "or" for "and", "unless" for "if"
	wordChanged
	wordAdded
	hanChanged
	hanAdded
	loose    // joined by a looser key only
	moved    // in the evidence, at another place of a sentence in use
	repeated // in the evidence, but already used
	crossed  // names or values that changed places within a clause
	numDiffKinds
)

// hard are the kinds that stand against a claim rather than leave it open.
var hard = [numDiffKinds]bool{
	numberChanged: true, numberNew: true, identifierChanged: true, identifierNew: true, nameChanged: true, nameNew: true,
	negationAdded: true, negationDropped: true, negationChanged: true, quantityChanged: true, quantityAdded: true, quantityDropped: true,
	onlyChanged: true, modalityChanged: true, directionChanged: true,
}

// A difference is one departure: claim token at (or, where something was dropped, the
// token it stood before) against evidence token ev, -1 for none.
type difference struct {
	kind    diffKind
	dropped bool
	novel   bool // the claim token is in none of the evidence
	at, ev  int32
	size    float32
}

// leftovers sums up the evidence tokens without a partner that stand where a stretch
// of the claim stands; each field is the first token of its class, -1 for none.
type leftovers struct {
	number, label, negation, quantity, modality, direction, link int32
	negations, quantities, modalities                            int
	words                                                        int // plain words, Chinese characters and directions
	proper                                                       bool
	any                                                          int32
}

// A gap is a stretch of the claim without partners, and the evidence beside it.
type gap struct {
	a, b   int // claim tokens
	closed bool
	before bool // there is evidence to look at before the next partner
	after  bool // the claim ends right before a negation of the evidence
	start  bool // nothing of the claim before it has a partner
	left   leftovers
}

// compare walks the gaps of an aligned claim and notes what differs.
func (c *checker) compare() {
	to := c.al.to
	c.compareOrder()
	prev := int32(-1) // evidence partner of the token before
	for i := 0; i <= len(to); i++ {
		a := i
		for i < len(to) && to[i] < 0 {
			i++
		}
		next := int32(-1)
		if i < len(to) {
			next = to[i]
			if c.al.soft[i] {
				c.note(loose, i, next, 1)
			}
		}
		g := gap{a: a, b: i, start: prev < 0}
		g.left = leftovers{-1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, false, -1}
		c.look(&g, prev, next)
		if a < i || g.closed || g.before || g.after {
			c.compareGap(&g)
		}
		prev = next
	}
	c.compareDenied()
}

// compareOrder notes names and values that stand in another order than in their clause
// of the evidence: who calls whom may have changed.
func (c *checker) compareOrder() {
	cl, ev, last := c.claim.out, c.p.tokens, -1
	for i, j := range c.al.to {
		if j < 0 {
			continue
		}
		if last >= 0 && j < c.al.to[last] && isLabel(&cl[i]) && cl[i].clause == cl[last].clause && ev[j].clause == ev[c.al.to[last]].clause {
			c.note(crossed, i, c.al.to[last], 1)
		}
		last = i
	}
}

func isLabel(t *token) bool {
	return t.class == name || t.class == identifier || t.class == number || t.class == version
}

// How far to look into the evidence at an open end of a run, in tokens.
const (
	lookAfter  = 3
	lookBefore = 2
	closedSpan = 12 // the widest stretch between two partners that is compared whole
)

// look collects the evidence beside a gap: what lies between its two partners, or else
// a few tokens after the one and before the other, within their clauses.
func (c *checker) look(g *gap, prev, next int32) {
	ev := c.p.tokens
	g.closed = prev >= 0 && next > prev && ev[prev].sent == ev[next].sent && next-prev <= closedSpan
	if g.closed {
		c.collect(&g.left, prev+1, next)
		return
	}
	if prev >= 0 && (g.a < g.b || g.b == len(c.al.to)) {
		hi := prev + 1
		for int(hi) < len(ev) && hi-prev <= lookAfter && ev[hi].clause == ev[prev].clause {
			hi++
		}
		g.after = g.b == len(c.al.to) && hi > prev+1 && ev[prev+1].class == negation
		c.collect(&g.left, prev+1, hi)
	}
	if next >= 0 {
		lo := next
		for lo > 0 && next-lo < lookBefore && ev[lo-1].clause == ev[next].clause {
			lo--
		}
		g.before = lo < next
		c.collect(&g.left, lo, next)
	}
}

func (c *checker) collect(l *leftovers, lo, hi int32) {
	for j := lo; j < hi; j++ {
		if c.al.used[j] > 0 {
			continue
		}
		t := &c.p.tokens[j]
		l.any = first(l.any, j)
		switch t.class {
		case number, version:
			l.number = first(l.number, j)
		case identifier, name:
			l.label = first(l.label, j)
		case negation:
			l.negation = first(l.negation, j)
			l.negations++
		case quantity:
			l.quantity = first(l.quantity, j)
			l.quantities++
		case modality:
			l.modality = first(l.modality, j)
			l.modalities++
		case link:
			l.link = first(l.link, j)
		case direction:
			l.direction = first(l.direction, j)
			l.words++
		case word, source, han:
			l.words++
			l.proper = l.proper || t.capital
		}
	}
}

func first(have, j int32) int32 {
	if have >= 0 {
		return have
	}
	return j
}

func (c *checker) note(k diffKind, at int, ev int32, size float32) {
	c.diffs = append(c.diffs, difference{kind: k, at: int32(at), ev: ev, size: size})
}

func (c *checker) noteNovel(k diffKind, at int, ev int32, novel bool) {
	c.diffs = append(c.diffs, difference{kind: k, at: int32(at), ev: ev, size: 1, novel: novel})
}

func (c *checker) noteDropped(k diffKind, at int, ev int32) {
	c.diffs = append(c.diffs, difference{kind: k, at: int32(at), ev: ev, size: 1, dropped: true})
}

func (c *checker) group(j int32) int16 {
	if j < 0 {
		return 0
	}
	return c.p.tokens[j].group
}

// compareGap notes what a gap changes, adds and drops.
func (c *checker) compareGap(g *gap) {
	l := &g.left
	var negations, quantities, modalities, links int
	alone := true // no plain word stands in the gap
	for i := g.a; i < g.b; i++ {
		alone = alone && c.claim.out[i].class != word
	}
	for i := g.a; i < g.b; i++ {
		if c.ignore[i] {
			continue
		}
		switch t := &c.claim.out[i]; t.class {
		case negation:
			negations++
			if l.negations >= negations {
				c.note(negationChanged, i, l.negation, 1)
			} else {
				c.note(negationAdded, i, l.any, 1)
			}
		case quantity:
			quantities++
			c.compareQuantity(i, t, l, alone)
		case modality:
			modalities++
			if l.modality >= 0 && c.permits(l.modality, t) {
				c.covered += t.w
				continue
			}
			if l.modality >= 0 && c.group(l.modality) != t.group {
				c.note(modalityChanged, i, l.modality, 1)
			} else if l.modality < 0 && !t.optional {
				c.note(modalityAdded, i, -1, 1)
			}
		case link:
			links++
			if l.link >= 0 && c.group(l.link) != t.group {
				c.note(linkChanged, i, l.link, 1)
			}
		default:
			c.compareToken(i, t, l)
		}
	}
	c.compareDropped(g, negations, quantities, modalities)
}

// compareDropped notes the words of a closed class that the evidence has here and the
// claim has not.
func (c *checker) compareDropped(g *gap, negations, quantities, modalities int) {
	l := &g.left
	if l.negations > negations && (g.closed || g.before || g.after) {
		c.noteDropped(negationDropped, g.b, l.negation)
	}
	if !g.closed && !g.start {
		return // the claim may have jumped to a part of a sentence that repeats another
	}
	if l.quantities > quantities {
		c.noteDropped(quantityDropped, g.b, l.quantity)
		if c.group(l.quantity) == lex.only {
			c.noteDropped(onlyChanged, g.b, l.quantity)
		}
	}
	if l.direction >= 0 && g.a == g.b {
		c.noteDropped(directionAdded, g.b, l.direction)
	}
	if l.modalities > modalities && !c.p.tokens[l.modality].optional {
		c.noteDropped(modalityAdded, g.b, l.modality)
	}
}

// permits says whether two verbs say the same: can and may before an upper bound, and 应,
// which is must in rules and should elsewhere.
func (c *checker) permits(j int32, t *token) bool {
	e := &c.p.tokens[j]
	b := &lex.bound
	if e.group == b.shall && (t.group == b.must.group || t.group == b.should) || t.group == b.shall && (e.group == b.must.group || e.group == b.should) {
		return true
	}
	return (e.optional || t.optional) && (e.group == b.can.group && t.group == b.may || e.group == b.may && t.group == b.can.group)
}

func (c *checker) compareQuantity(i int, t *token, l *leftovers, alone bool) {
	switch {
	case l.quantity >= 0 && c.group(l.quantity) != t.group:
		c.note(quantityChanged, i, l.quantity, 1)
	case l.number >= 0 && t.group == lex.several:
		c.note(quantityChanged, i, l.number, 1)
	case l.quantity < 0:
		c.note(quantityAdded, i, l.any, 1)
		if l.words > 0 && alone {
			c.note(wordChanged, i, l.any, 1)
		}
	}
	if t.group == lex.only && c.group(l.quantity) != t.group {
		c.note(onlyChanged, i, l.any, 1)
	}
}

// compareToken notes what a token that is not of a closed class says against the
// evidence beside it.
func (c *checker) compareToken(i int, t *token, l *leftovers) {
	found, free := c.find(t)
	if found {
		c.inBag += t.w
	}
	valued := t.class == number || t.class == version
	label := t.class == identifier || t.class == name
	switch {
	case t.class == direction && l.direction >= 0 && c.group(l.direction) == t.group^1:
		c.note(directionChanged, i, l.direction, 1)
	case valued && l.number >= 0:
		c.noteNovel(numberChanged, i, l.number, !found)
	case valued && c.group(l.quantity) == lex.several && lex.several != 0:
		c.note(quantityChanged, i, l.quantity, 1)
	case label && l.label >= 0, t.class == word && t.capital && l.label >= 0, t.class == name && l.proper:
		k := nameChanged
		if t.class == identifier {
			k = identifierChanged
		}
		c.noteNovel(k, i, first(l.label, l.any), !found)
	case free:
		c.note(moved, i, -1, t.w)
		c.covered += softShare * t.w
		c.inBag -= softShare * t.w
	case valued && found:
		c.note(numberElsewhere, i, l.any, 1)
	case found:
		c.note(repeated, i, l.any, 1)
	case valued && t.dim == 0 && t.val == 1:
		c.note(wordAdded, i, l.any, .3)
	case valued:
		c.noteNovel(numberNew, i, l.any, true)
	case t.class == identifier:
		c.noteNovel(identifierNew, i, l.any, true)
	case t.class == name:
		c.noteNovel(nameNew, i, l.any, true)
	default:
		c.compareWord(i, t, l)
	}
}

func (c *checker) compareWord(i int, t *token, l *leftovers) {
	replaced := l.words > 0 || l.label >= 0
	switch {
	case t.class == direction:
		c.note(directionAdded, i, l.any, 1)
		if replaced {
			c.note(wordChanged, i, l.any, 1)
		}
	case t.class == han && l.words > 0:
		c.note(hanChanged, i, l.any, t.w)
	case t.class == han:
		c.note(hanAdded, i, l.any, t.w)
	case replaced:
		c.note(wordChanged, i, l.any, 1)
	default:
		c.note(wordAdded, i, l.any, 1)
	}
}

// find looks for an equal evidence token; free means one without a partner, in a
// sentence that the claim uses.
func (c *checker) find(t *token) (found, free bool) {
	p := c.p
	for e := p.heads[slot(t.id, len(p.heads))]; e != 0; e = p.next[e-1] {
		j := (e - 1) / 2
		if (e-1)%2 != 0 || p.tokens[j].id != t.id || !visible(&p.tokens[j], c.allowed) {
			continue
		}
		found = true
		if c.al.used[j] == 0 && c.bySentence[p.tokens[j].sent] > 0 {
			return true, true
		}
	}
	return found, false
}
