package tokens

import (
	"container/heap"
	"math"
	"unicode/utf8"
)

// letterOf is GPT-2's letter for each byte, so that any text is made of letters; byteOf is its
// inverse (Radford et al. 2019, encoder.py).
var (
	letterOf [256]rune
	byteOf   = map[rune]byte{}
)

func init() {
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if !(r >= '!' && r <= '~' || r >= 0xa1 && r <= 0xac || r >= 0xae && r <= 0xff) {
			r, next = next, next+1
		}
		letterOf[b], byteOf[r] = r, byte(b)
	}
}

// lettered writes bytes as letters.
func lettered(word string) string {
	out := make([]byte, 0, 2*len(word))
	for i := range len(word) {
		out = utf8.AppendRune(out, letterOf[word[i]])
	}
	return string(out)
}

// A symbol is a part of a word while it is merged.
type symbol struct {
	from, to   int // of the word; empty once it was merged away
	prev, next int
}

// A bigram is two neighbours that may become one. Among those of the same order the first in
// the text comes first.
type bigram struct {
	order    float64
	at, size int // the left symbol, and how long both were
}

type queue []bigram

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].order < q[j].order || q[i].order == q[j].order && q[i].at < q[j].at
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(bigram)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// order is how early two neighbours are merged.
func (t *Tokenizer) order(word string, from, middle, to int) (float64, bool) {
	if t.way == pieceBest {
		id, ok := t.ids[word[from:to]]
		if !ok {
			return 0, false
		}
		return -float64(t.scores[id]), true
	}
	r, ok := t.ranks[pair{word[from:middle], word[middle:to]}]
	return float64(r), ok
}

// merge cuts a word into characters and merges neighbours, best first (Sennrich et al. 2016,
// arXiv:1508.07909).
func (t *Tokenizer) merge(out []int32, word string) []int32 {
	if id, ok := t.ids[word]; ok && (t.whole || utf8.RuneCountInString(word) == 1) {
		return append(out, id)
	}
	var all []symbol
	for i, n := 0, 0; i < len(word); i += n {
		_, n = utf8.DecodeRuneInString(word[i:])
		all = append(all, symbol{i, i + n, len(all) - 1, len(all) + 1})
	}
	var q queue
	try := func(i int) {
		if i < 0 || all[i].next >= len(all) {
			return
		}
		a, b := all[i], all[all[i].next]
		if o, ok := t.order(word, a.from, a.to, b.to); ok {
			heap.Push(&q, bigram{o, i, b.to - a.from})
		}
	}
	for i := range all {
		try(i)
	}
	for len(q) > 0 {
		g := heap.Pop(&q).(bigram)
		a := &all[g.at]
		if a.from == a.to || a.next >= len(all) || all[a.next].to-a.from != g.size {
			continue // one of them has been merged since
		}
		b := &all[a.next]
		a.to, b.from = b.to, b.to
		a.next = b.next
		if b.next < len(all) {
			all[b.next].prev = g.at
		}
		try(a.prev)
		try(g.at)
	}
	for i := 0; i < len(all); i = all[i].next {
		out = t.piece(out, word[all[i].from:all[i].to])
	}
	return out
}

// piece is the token of a part, or those of its bytes, or the unknown one.
func (t *Tokenizer) piece(out []int32, s string) []int32 {
	if id, ok := t.ids[s]; ok {
		return append(out, id)
	}
	if t.raw[0] < 0 || t.way == byteLevel {
		if t.unk >= 0 {
			return append(out, t.unk)
		}
		return out
	}
	for i := range len(s) {
		out = append(out, t.raw[s[i]])
	}
	return out
}

// likeliest is the cut of a text whose tokens' scores sum highest (Kudo 2018, arXiv:1804.10959),
// found from left to right. A character that no token holds costs ten more than the worst one.
func (t *Tokenizer) likeliest(out []int32, text string) []int32 {
	best := make([]float64, len(text)+1)
	from := make([]int, len(text)+1)
	for i := range best {
		best[i] = math.Inf(-1)
	}
	best[0] = 0
	for i, n := 0, 0; i < len(text); i += n {
		_, n = utf8.DecodeRuneInString(text[i:])
		for j := i + 1; j <= min(len(text), i+t.longest); j++ {
			id, ok := t.ids[text[i:j]]
			if ok && t.kinds[id] == kindNormal && best[i]+float64(t.scores[id]) > best[j] {
				best[j], from[j] = best[i]+float64(t.scores[id]), i
			}
		}
		if v := best[i] + float64(t.worst) - 10; v > best[i+n] {
			best[i+n], from[i+n] = v, i
		}
	}
	var cuts []int
	for j := len(text); j > 0; j = from[j] {
		cuts = append(cuts, j)
	}
	i, unknown := 0, false
	for k := len(cuts) - 1; k >= 0; k-- {
		_, known := t.ids[text[i:cuts[k]]]
		if known || !unknown || t.raw[0] >= 0 { // neighbours that no token holds are one
			out = t.piece(out, text[i:cuts[k]])
		}
		i, unknown = cuts[k], !known
	}
	return out
}
