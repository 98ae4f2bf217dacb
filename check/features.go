package check

// The features a verdict is made of: how much of the claim is covered, how the rest of
// the text fits, and one for each kind of difference (from diffBase on).
const (
	bias             = iota
	coverage         // share of the claim's weight that has a partner
	coverageOver50   // what of it is over one half
	coverageOver80   // over four fifths
	coverageFull     // 1 when next to nothing is left over
	bestSentence     // share covered by the best sentence of the evidence
	bagCoverage      // share whose words are anywhere in the evidence
	runCoverage      // share that goes on from the token before
	silentCoverage   // share of the silent words that the evidence has
	pairCoverage     // share of neighbouring pairs of words, silent ones too, that the evidence has
	tripleCoverage   // the same for triples
	personalWords    // first and second persons that the evidence has not
	questions        // question marks that the evidence has not
	briefness        // 1 for no word, falling to 0 at briefTo
	negationParity   // 1 when only one of claim and best sentence has a negation
	oppositeInBest   // directions whose opposite alone is in the best sentence
	hardDifference   // 1 when any hard difference was found
	diffBase         // the first kind of difference
	NumFeatures      = diffBase + int(numDiffKinds)
	featureCeiling   = 2.5
	personalCeiling  = 3
	briefTo          = 8 // in weight: about eight content words
	fullCoverageFrom = .97
)

// FeatureNames names the features, in order, for the weights file.
var FeatureNames = [NumFeatures]string{"bias", "coverage", "coverage over .5", "coverage over .8", "full coverage", "best sentence", "bag",
	"runs", "silent words", "pairs", "triples", "personal words", "questions", "briefness", "negation parity", "opposite in best", "hard difference",
	"number changed", "number new", "number elsewhere", "identifier changed", "identifier new", "name changed", "name new",
	"negation added", "negation dropped", "negation changed", "quantity changed", "quantity added", "quantity dropped", "only changed",
	"modality changed", "modality added", "direction changed", "direction added", "link changed", "word changed", "word added",
	"character changed", "character added", "loose", "moved", "repeated", "crossed"}

// Features are the values of one claim, in the order of FeatureNames.
type Features [NumFeatures]float64

// measure aligns the scanned claim with the evidence and fills in the features.
func (c *checker) measure() {
	c.al.align(c.claim.out, c.p, c.allowed)
	c.markLeads()
	c.cover()
	c.diffs = c.diffs[:0]
	c.compare()
	f := &c.f
	*f = Features{}
	f[bias] = 1
	c.coverageFeatures(f)
	c.bagFeatures(f)
	c.wholeFeatures(f)
	for _, d := range c.diffs {
		f[diffBase+int(d.kind)] += float64(d.size)
		if hard[d.kind] {
			f[hardDifference] = 1
		}
	}
	for k := diffBase; k < NumFeatures; k++ {
		f[k] = min(f[k], featureCeiling)
	}
}

// cover adds up the weights of the claim that have partners.
func (c *checker) cover() {
	cl, ev, to := c.claim.out, c.p.tokens, c.al.to
	sentences := 0
	if n := len(ev); n > 0 {
		sentences = int(ev[n-1].sent) + 1
	}
	c.bySentence = grown(c.bySentence, sentences)
	clear(c.bySentence)
	c.bySource = grown(c.bySource, len(c.p.ev))
	clear(c.bySource)
	c.total, c.covered, c.inBag, c.run = 0, 0, 0, 0
	last := -1
	for i := range cl {
		t, j := &cl[i], to[i]
		if c.ignore[i] || j < 0 && (t.class == link || t.optional) {
			continue
		}
		c.total += t.w
		if j < 0 {
			last = -1
			continue
		}
		w := t.w
		if c.al.soft[i] {
			w *= softShare
		}
		if last >= 0 && j > to[last] && j-to[last] <= 2 && ev[j].sent == ev[to[last]].sent {
			c.run += w
		} else if t.class == han && (i+1 >= len(cl) || to[i+1] != j+1) {
			w /= 2 // one matching character says little
		}
		c.covered += w
		c.bySentence[ev[j].sent] += w
		c.bySource[ev[j].src] += w
		last = i
	}
}

func (c *checker) coverageFeatures(f *Features) {
	total := float64(c.total)
	if total == 0 {
		total = 1
	}
	cov := float64(c.covered) / total
	f[coverage] = cov
	f[coverageOver50] = max(0, cov-.5)
	f[coverageOver80] = max(0, cov-.8)
	if cov > fullCoverageFrom {
		f[coverageFull] = 1
	}
	c.best = -1
	var most float32
	for s, w := range c.bySentence {
		if w > most {
			most, c.best = w, int32(s)
		}
	}
	f[bestSentence] = float64(most) / total
	f[bagCoverage] = min(1, cov+float64(c.inBag)/total)
	f[runCoverage] = float64(c.run) / total
}

// bagFeatures compare the words that the alignment passes over.
func (c *checker) bagFeatures(f *Features) {
	share := func(have, all int) float64 {
		if all == 0 {
			return 1
		}
		return float64(have) / float64(all)
	}
	n := 0
	for _, h := range c.claim.silent {
		if c.p.words.has(h, c.allowed) {
			n++
		}
	}
	f[silentCoverage] = share(n, len(c.claim.silent))
	var pairs, triples, havePairs, haveTriples int
	forRuns(c.claim.raw, func(pair, triple uint64) {
		pairs++
		if c.p.words.has(pair, c.allowed) {
			havePairs++
		}
		if triple == 0 {
			return
		}
		triples++
		if c.p.words.has(triple, c.allowed) {
			haveTriples++
		}
	})
	f[pairCoverage] = share(havePairs, pairs)
	f[tripleCoverage] = share(haveTriples, triples)
	f[questions] = float64(min(max(0, c.claim.questions-c.p.questions), 2))
	f[briefness] = max(0, 1-float64(c.total)/briefTo)
	f[personalWords] = float64(min(max(0, c.claim.personal-c.p.personal), personalCeiling))
}

// wholeFeatures compare the claim with the best sentence as a whole, for claims that
// are no near copies.
func (c *checker) wholeFeatures(f *Features) {
	negated, bestNegated := false, false
	for i := range c.claim.out {
		t := &c.claim.out[i]
		negated = negated || t.class == negation && !c.ignore[i]
		if t.class == direction && c.al.to[i] < 0 && c.oppositeAlone(t) {
			f[oppositeInBest]++
		}
	}
	best := c.p.sentence(c.best)
	for j := range best {
		bestNegated = bestNegated || best[j].class == negation
	}
	if negated != bestNegated {
		f[negationParity] = 1
	}
}

// oppositeAlone says whether the best sentence has the opposite of a direction and not
// the direction itself.
func (c *checker) oppositeAlone(t *token) bool {
	same, opposite := false, false
	best := c.p.sentence(c.best)
	for j := range best {
		if e := &best[j]; e.class == direction {
			same = same || e.group == t.group
			opposite = opposite || e.group == t.group^1
		}
	}
	return opposite && !same
}

// speaks says whether the tokens [a,b) name someone who says what follows rather than
// the document it stands in: "Dr. Wang says", 据王博士介绍, but not "the Apache documentation
// says". Who said it is a claim.
func (c *checker) speaks(a, b int) bool {
	cl := c.claim.out
	person, titled, document, saying := false, false, false, false
	for i := a; i < b; i++ {
		switch t := &cl[i]; {
		case lex.titles[t.id]:
			titled = true
		case t.class == source:
			document = document || t.group == sourceDocument
			saying = saying || t.group == sourceSaying
		case t.class == name, t.capital && i+1 < b && cl[i+1].class == source && cl[i+1].group == sourceSaying:
			person = person || !lex.empty[t.id]
		}
	}
	return saying && (titled || person && !document)
}

// longestLead is the number of tokens up to which a stretch may only name a source.
const longestLead = 8

// markLeads marks the tokens at the ends of a claim that only name the source or
// announce what follows ("According to the documentation,").
func (c *checker) markLeads() {
	cl, to := c.claim.out, c.al.to
	c.ignore = grown(c.ignore, len(cl))
	clear(c.ignore)
	a := 0
	for a < len(cl) && (to[a] < 0 || a+1 < len(cl) && to[a+1] < 0 && cl[a].clause == cl[a+1].clause && cl[a+1].class == source) {
		a++
	}
	if a > 0 && a < len(cl) && (cl[a-1].clause != cl[a].clause || c.says(0, a) || c.beginsClause(to[a])) {
		c.markLead(0, a)
	}
	b := len(cl)
	for b > a && to[b-1] < 0 {
		b--
	}
	if b > a && b < len(cl) && cl[b].clause != cl[b-1].clause && c.endsClause(to[b-1]) {
		c.markLead(b, len(cl))
	}
}

// opensSentence says whether a clause begins at claim token i, and with it a sentence of
// the evidence.
func (c *checker) opensSentence(i int) bool {
	cl := c.claim.out
	return cl[i-1].clause != cl[i].clause && beginsAt(c.p.tokens, c.al.to[i])
}

// says tells a lead that names both a source and its saying ("the text explains") from
// a single word that may be a part of the claim.
func (c *checker) says(a, b int) bool {
	n := 0
	for _, t := range c.claim.out[a:b] {
		if t.class == source {
			n++
		}
	}
	return n > 1
}

// beginsClause says whether nothing but a conjunction stands before evidence token j in
// its clause: then what the claim has before it replaces nothing.
func (c *checker) beginsClause(j int32) bool {
	ev := c.p.tokens
	for j < 0 || j > 0 && ev[j-1].clause == ev[j].clause && ev[j-1].class == link {
		j--
	}
	return j <= 0 || ev[j-1].clause != ev[j].clause
}

func (c *checker) endsClause(j int32) bool {
	ev := c.p.tokens
	return int(j)+1 >= len(ev) || ev[j+1].clause != ev[j].clause
}

// markLead marks the tokens [a,b) unless they hold something that claims.
func (c *checker) markLead(a, b int) {
	if b-a > longestLead {
		return
	}
	if c.speaks(a, b) {
		return
	}
	named, empty, said := false, true, false
	for _, t := range c.claim.out[a:b] {
		switch t.class {
		case quantity:
			if t.group != lex.usually || b == len(c.claim.out) || !c.opensSentence(b) {
				return
			}
			said = true
			continue
		case number, version, identifier, negation:
			return
		case direction:
			// "First," opens a sentence unless the evidence opens it otherwise
			empty = empty && b < len(c.claim.out) && c.opensSentence(b)
			said = true
		}
		named = named || t.class == source
		empty = empty && (t.class == direction || t.class == source || t.class == link || t.class == modality || lex.empty[t.id])
		said = said || lex.empty[t.id]
	}
	for i := a; i < b && (named || empty && said); i++ {
		c.ignore[i] = true
	}
}
