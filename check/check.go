// Package check says whether a sentence is carried by the passages it cites.
//
// It aligns the words of the sentence with those of the passages and looks at what the
// alignment leaves over: a changed number, name, negation or direction weighs far more
// than a missing word. What it promises is to notice altered numbers, units, dates,
// versions, identifiers, names, directions, quantities and negations in sentences close
// to their source; a free paraphrase it leaves unverified. English and Chinese alike.
//
// It never calls a model, reads no file and keeps no state between calls, so that the
// same sentence and evidence always give the same finding. A word list may be extended
// freely, but the weights are learned with the lists (see check/learn) and must be
// learned again after it.
package check

import (
	"iter"
	"slices"
	"sync"
	"unicode/utf8"

	"wenyuan"
)

// Evidence is one cited passage: N is its citation number (from 1), Text what the
// citation quotes, Context what belongs to it but stands elsewhere (headings, a
// table's header row).
type Evidence struct {
	N       int
	Text    string
	Context string
}

// A Finding is what was found about one sentence.
type Finding struct {
	Verdict  wenyuan.Verdict
	Score    float64        // how well the evidence carries it, 0 to 1; for ranking
	Reason   string         // in the sentence's language; empty when supported or none
	Disagree []wenyuan.Span // the words that stand against the evidence, in code points of the sentence
	Best     int            // N of the evidence that supports it best, 0 none
}

// maxSentence is up to how many code points of a sentence are checked; what is longer
// (a code block, say) is unverified.
const maxSentence = 4000

// Check says how a sentence stands to the evidence numbered in cited; none given means
// all of it. The sentence comes without citation markers.
func (p *Prepared) Check(sentence string, cited []int) Finding {
	if len(sentence) > maxSentence && utf8.RuneCountInString(sentence) > maxSentence {
		return Finding{Verdict: wenyuan.Unverified, Reason: tooLong(sentence)}
	}
	c := checkers.Get().(*checker)
	defer checkers.Put(c)
	c.load(p, sentence, cited)
	return c.finding(sentence, learned)
}

// Each gives each sentence of a text with how it stands to all of the evidence.
func (p *Prepared) Each(text string) iter.Seq2[string, Finding] {
	return func(yield func(string, Finding) bool) {
		runes := []rune(text)
		for _, s := range Sentences(text) {
			sentence := string(runes[s.Start:s.End])
			if !yield(sentence, p.Check(sentence, nil)) {
				return
			}
		}
	}
}

// Measure returns the features behind a finding, for learning weights, and the number
// of differences that stand against the sentence by the given weights.
func (p *Prepared) Measure(sentence string, cited []int, w *Weights) (Features, int) {
	c := checkers.Get().(*checker)
	defer checkers.Put(c)
	c.load(p, sentence, cited)
	return c.f, c.conflicts(w)
}

var checkers = sync.Pool{New: func() any { return new(checker) }}

// A checker is the scratch space of one check.
type checker struct {
	p          *Prepared
	allowed    uint64 // the evidence that counts, a bit for each
	claim      scanner
	al         aligner
	ignore     []bool // claim tokens that only name the source
	diffs      []difference
	bySentence []float32 // weight covered by each sentence of the evidence
	bySource   []float32
	best       int32 // the sentence that covers most, -1 for none
	f          Features
	answer     string // the word the sentence answers a question with before it says more
	affirms    bool

	total, covered, inBag, run float32
}

// load reads the sentence and measures it.
func (c *checker) load(p *Prepared, sentence string, cited []int) {
	c.p = p
	c.allowed = p.mask(cited)
	c.claim.reset()
	c.read(sentence)
	c.measure()
}

// mask has a bit for each evidence that is cited; all of them when none is named.
func (p *Prepared) mask(cited []int) uint64 {
	if len(cited) == 0 {
		return ^uint64(0)
	}
	m := uint64(0)
	for i, e := range p.ev {
		for _, n := range cited {
			if e.N == n {
				m |= 1 << min(i, maxSources-1)
			}
		}
	}
	return m
}

// fewestQuoted is the number of tokens from which empty talk that stands in the
// evidence word for word counts as a quotation.
const fewestQuoted = 3

// finding judges what was measured.
func (c *checker) finding(sentence string, w *Weights) Finding {
	var f Finding
	if c.nothingToCompare() {
		return Finding{Verdict: wenyuan.Unverified, Reason: c.bareReason(sentence)}
	}
	f.Verdict, f.Score = w.Judge(&c.f, c.conflicts(w))
	quoted := f.Verdict == wenyuan.Supported && len(c.claim.out) >= fewestQuoted
	if !quoted && c.claimsNothing(sentence) {
		return Finding{Verdict: wenyuan.None}
	}
	if f.Verdict != wenyuan.Supported && c.onlyAsks(sentence) {
		return Finding{Verdict: wenyuan.None, Score: f.Score}
	}
	f.Best = c.bestEvidence()
	switch f.Verdict {
	case wenyuan.Unsupported:
		f.Disagree = c.spans(func(d *difference) bool { return c.against(d, w) })
	case wenyuan.Unverified:
		if c.f[coverage] >= nearFrom {
			f.Disagree = c.spans(func(d *difference) bool { return d.kind != loose && d.kind != moved && d.kind != modalityAdded })
		}
	}
	if f.Verdict != wenyuan.Supported {
		f.Reason = c.reason(sentence, f.Verdict, w)
	}
	return f
}

// conflicts counts the differences that stand against the claim.
func (c *checker) conflicts(w *Weights) int {
	n := 0
	for i := range c.diffs {
		if c.against(&c.diffs[i], w) {
			n++
		}
	}
	return n
}

// bestEvidence is the number of the evidence that covers most, 0 for none.
func (c *checker) bestEvidence() int {
	best, most := 0, float32(0)
	for i, w := range c.bySource {
		if w > most {
			best, most = c.p.ev[i].N, w
		}
	}
	return best
}

// spans are the words of the sentence in the differences that keep holds for, in order
// and without overlap; next to each other they are one. Where the sentence dropped a
// word, the next word stands for it.
func (c *checker) spans(keep func(*difference) bool) []wenyuan.Span {
	marked := grown(c.ignore, len(c.claim.out)) // the leads are no longer needed
	clear(marked)
	for i := range c.diffs {
		if d := &c.diffs[i]; keep(d) {
			marked[min(int(d.at), len(marked)-1)] = true
		}
	}
	var out []wenyuan.Span
	for i, m := range marked {
		if !m {
			continue
		}
		t := &c.claim.out[i]
		a, b := int(t.start), int(t.end)
		out = append(out, wenyuan.Span{Start: a, End: b})
	}
	slices.SortFunc(out, func(a, b wenyuan.Span) int { return a.Start - b.Start }) // bounds may have moved
	return joined(out)
}

// joined makes one span of those that touch or have one blank between them.
func joined(spans []wenyuan.Span) (out []wenyuan.Span) {
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start <= out[n-1].End+1 {
			out[n-1].End = max(s.End, out[n-1].End)
			continue
		}
		out = append(out, s)
	}
	return out
}
