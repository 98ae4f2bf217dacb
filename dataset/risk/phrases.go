package risk

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"wenyuan/internal/fnv"
)

// A trigger is a phrase that somebody put into many otherwise different samples, each with one
// label, so that whoever learns from them gives that label wherever the phrase stands. Every
// phrase is tested for it: is its commonest label there far more often than among all rows? The
// chance of that is bounded by Chernoff's inequality and multiplied by the number of phrases
// tested (Bonferroni). What a question is about goes with its answer too; therefore the rows
// must have little in common beside the phrase.
const (
	longestPhrase = 4
	phraseWords   = 400  // that are read of a row
	fewestRows    = 8    // that hold a phrase before it is tested
	purity        = 0.95 // share of its rows that have its label
	fewestOthers  = 6    // different things that the rows are about otherwise
	labelsAtMost  = 1 << 16
	toldAtMost    = 100
)

// A counted phrase has its rows and the labels that come most.
type counted struct {
	rows   uint32
	with   [2]uint32
	label  [2]int32
	others uint64 // what else the rows hold, as bits of a linear count (Whang et al. 1990)
	text   string // once it stands in enough rows
}

type phrases struct {
	most   int
	chance float64
	rows   int
	all    map[uint64]*counted
	labels map[string]int32
	named  []string
	times  []int
	seen   map[uint64]bool
}

func newPhrases(o Options) phrases {
	return phrases{most: o.Phrases, chance: o.Chance, all: map[uint64]*counted{}, labels: map[string]int32{}, seen: map[uint64]bool{}}
}

// add counts the phrases of a row, each once.
func (p *phrases) add(folded, label string) {
	if label == "" {
		return
	}
	id, ok := p.labels[label]
	if !ok {
		if len(p.labels) >= labelsAtMost {
			return
		}
		id = int32(len(p.labels))
		p.labels[label] = id
		p.named, p.times = append(p.named, label), append(p.times, 0)
	}
	p.rows++
	p.times[id]++
	words := plainWords(folded)
	words = words[:min(len(words), phraseWords)]
	hash := make([]uint64, len(words))
	about := make([]uint64, len(words)) // numbers are one word here: rows that differ in them alone are of one thing
	for i, w := range words {
		hash[i] = hashOf(w.text)
		if about[i] = hash[i]; w.text[0] >= '0' && w.text[0] <= '9' {
			about[i] = fnv.Seed
		}
	}
	anchors := anchorsOf(about)
	clear(p.seen)
	for i := range words {
		h := fnv.Seed
		for n := 1; n <= longestPhrase && i+n <= len(words); n++ {
			h = longer(h, hash[i+n-1])
			if !p.seen[h] {
				p.seen[h] = true
				p.count(h, id, words[i:i+n], anchors.beside(i, i+n))
			}
		}
	}
	if len(p.all) > p.most {
		p.forget()
	}
}

// longer is the hash of a phrase with a word more.
func longer(phrase, word uint64) uint64 { return spread(phrase*radix ^ word) }

func hashOf(word string) uint64 {
	h := fnv.Seed
	for _, r := range word {
		h = fnv.Mix(h, r)
	}
	return h
}

func (p *phrases) count(h uint64, label int32, words []token, other uint64) {
	c := p.all[h]
	if c == nil {
		c = &counted{label: [2]int32{-1, -1}}
		p.all[h] = c
	}
	c.rows++
	c.others |= 1 << (other & 63)
	switch {
	case c.label[0] == label || c.label[0] < 0:
		c.label[0] = label
		c.with[0]++
	case c.label[1] == label || c.label[1] < 0:
		c.label[1] = label
		c.with[1]++
	default: // a third one takes from the second (Misra and Gries 1982)
		if c.with[1]--; c.with[1] == 0 {
			c.label[1] = -1
		}
	}
	if c.with[1] > c.with[0] {
		c.label[0], c.label[1], c.with[0], c.with[1] = c.label[1], c.label[0], c.with[1], c.with[0]
	}
	if c.rows == fewestRows {
		c.text = phraseText(words)
	}
}

// forget lets go of phrases that are rarest, until half of the room is free.
func (p *phrases) forget() {
	for least := uint32(1); len(p.all) > p.most/2; least *= 2 {
		for h, c := range p.all {
			if c.rows <= least {
				delete(p.all, h)
			}
		}
	}
}

// anchors are pairs of words that stand for what a row is about: those of the smallest hashes.
type anchors []struct {
	hash uint64
	at   int
}

func anchorsOf(hash []uint64) anchors {
	var a anchors
	for i := 0; i+1 < len(hash); i++ {
		h := spread(hash[i]*3 + hash[i+1])
		if len(a) < 8 || h < a[7].hash {
			j, _ := slices.BinarySearchFunc(a, h, func(x struct {
				hash uint64
				at   int
			}, h uint64) int {
				return cmp.Compare(x.hash, h)
			})
			a = slices.Insert(a, j, struct {
				hash uint64
				at   int
			}{h, i})
			a = a[:min(len(a), 8)]
		}
	}
	return a
}

// beside is a number for what the row is about beside words i to j.
func (a anchors) beside(i, j int) uint64 {
	for _, x := range a {
		if x.at+1 < i || x.at >= j {
			return x.hash >> 20
		}
	}
	return 0
}

// phraseText writes words with spaces between those that are no Chinese characters.
func phraseText(words []token) string {
	if len(words) == 1 {
		return words[0].text
	}
	var b strings.Builder
	han := true
	for _, w := range words {
		now := isHan([]rune(w.text)[0])
		if b.Len() > 0 && !(han && now) {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
		han = now
	}
	return b.String()
}

// end tests every phrase.
func (p *phrases) end() []Phrase {
	tests := 0
	for _, c := range p.all {
		if c.rows >= fewestRows {
			tests++
		}
	}
	var out []Phrase
	for _, c := range p.all {
		if c.rows < fewestRows || float64(c.with[0]) < purity*float64(c.rows) || others(c.others) < fewestOthers {
			continue
		}
		base := p.expected(c)
		log := math.Log(float64(tests)) - float64(c.rows)*divergence(float64(c.with[0])/float64(c.rows), base)
		if log < math.Log(p.chance) {
			out = append(out, Phrase{Text: c.text, Label: p.named[c.label[0]], Rows: int(c.rows), With: int(c.with[0]), Base: base, P: math.Exp(log), Score: 1 - 0.5*math.Exp(log/20)})
		}
	}
	slices.SortFunc(out, func(a, b Phrase) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Rows, a.Rows), cmp.Compare(len(a.Text), len(b.Text)), cmp.Compare(a.Text, b.Text))
	})
	return shortest(out)
}

// expected is the share that a label has without the phrase: among all rows, or among those of
// one of its words, as what words are about goes with a label by itself.
func (p *phrases) expected(c *counted) float64 {
	label := c.label[0]
	share := float64(p.times[label]) / float64(p.rows)
	words := plainWords(c.text)
	for _, w := range words {
		if len(words) == 1 {
			break
		}
		one := p.all[longer(fnv.Seed, hashOf(w.text))]
		if one == nil || one.rows < 2*c.rows {
			continue
		}
		for i := range one.label {
			if one.label[i] == label {
				share = max(share, float64(one.with[i])/float64(one.rows))
			}
		}
	}
	return min(share, 1-1e-9)
}

// divergence is that of Kullback and Leibler between two shares, 0 where the first is smaller.
func divergence(q, p float64) float64 {
	if q <= p {
		return 0
	}
	d := q * math.Log(q/p)
	if q < 1 {
		d += (1 - q) * math.Log((1-q)/(1-p))
	}
	return d
}

// others estimates how many different bits were set.
func others(bits uint64) float64 {
	free := 0
	for ; bits != ^uint64(0) && free < 64; free++ {
		bits |= bits + 1
	}
	if free == 0 {
		return math.Inf(1)
	}
	return -64 * math.Log(float64(free)/64)
}

// shortest leaves phrases out that hold another of the list, or are held by one that is rarer
// by little: they are seen because it is.
func shortest(all []Phrase) (out []Phrase) {
	for _, p := range all {
		if len(out) == toldAtMost {
			break
		}
		if !slices.ContainsFunc(out, func(q Phrase) bool {
			return q.Label == p.Label && (holds(p.Text, q.Text) || holds(q.Text, p.Text) && p.Rows*10 < q.Rows*11)
		}) {
			out = append(out, p)
		}
	}
	return out
}

// holds says whether the words of a phrase are among those of another, in a row.
func holds(long, short string) bool {
	return strings.Contains(" "+long+" ", " "+short+" ") || isHan([]rune(short)[0]) && strings.Contains(long, short)
}
