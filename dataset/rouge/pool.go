package rouge

import (
	"cmp"
	"slices"
	"sync"
)

// A Pool holds texts and says which of them are like another. It is safe for use by several
// goroutines; its zero value is empty. It takes about 12 bytes for each token of a text.
//
// A text of m tokens reaches F ≥ t beside one of n only if their longest common subsequence
// has at least t(m+n)/2 tokens, so m lies between t·n/(2-t) and n(2-t)/t, and they share at
// least so many tokens, repetitions counted. Of n tokens at most n - least + 1 need to be
// looked for (prefix filtering; Chaudhuri, Ganti and Kaushik, "A primitive operator for
// similarity joins in data cleaning", 2006), and the rarest are taken.
type Pool struct {
	mu    sync.RWMutex
	ids   []string
	at    map[string]int32
	texts [][]uint64
	posts map[uint64][]post
}

// A post says that a text has a token so many times.
type post struct {
	doc   int32
	times uint16
}

// Add puts a text into the pool, in place of the one of the same id.
func (p *Pool) Add(id, text string) {
	x := tokens(nil, text)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at, p.posts = map[string]int32{}, map[uint64][]post{}
	}
	if old, ok := p.at[id]; ok {
		p.remove(old)
	}
	doc := int32(len(p.ids))
	p.ids, p.texts, p.at[id] = append(p.ids, id), append(p.texts, slices.Clip(x)), doc
	for t, n := range counts(x) {
		p.posts[t] = append(p.posts[t], post{doc, uint16(min(n, 1<<16-1))})
	}
}

// Remove takes a text out of the pool, and says whether it was in it.
func (p *Pool) Remove(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	doc, ok := p.at[id]
	if ok {
		p.remove(doc)
		delete(p.at, id)
	}
	return ok
}

func (p *Pool) remove(doc int32) {
	for t := range counts(p.texts[doc]) {
		p.posts[t] = slices.DeleteFunc(p.posts[t], func(x post) bool { return x.doc == doc })
		if len(p.posts[t]) == 0 {
			delete(p.posts, t)
		}
	}
	p.texts[doc] = nil
}

func counts(x []uint64) map[uint64]int {
	n := make(map[uint64]int, len(x))
	for _, t := range x {
		n[t]++
	}
	return n
}

// Alike finds the text of the pool that overlaps most with the given one, if F is at least
// at (above 0). Of equal ones it is the one that came first.
func (p *Pool) Alike(text string, at float64) (near Near, ok bool) {
	found := p.search(text, 1, at)
	if len(found) == 0 {
		return Near{}, false
	}
	return found[0], true
}

// Nearest finds the k texts of the pool that overlap most with the given one, by falling F,
// those that share no word left out.
func (p *Pool) Nearest(text string, k int) []Near { return p.search(text, k, 0) }

// tokenPosts is a token of the text that is asked for, with the texts that have it.
type tokenPosts struct {
	times int
	posts []post
}

// search finds up to k texts with F of at least at.
func (p *Pool) search(text string, k int, at float64) []Near {
	x := tokens(nil, text)
	if len(x) == 0 || k <= 0 {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	s := searching{pool: p, n: len(x), k: k, at: at, shared: make([]int32, len(p.texts))}
	s.collect(x)
	s.compare(x)
	return s.best
}

// searching is one search.
type searching struct {
	pool   *Pool
	n, k   int
	at     float64
	shared []int32 // tokens that each text shares, as far as they were counted
	in     []int32 // texts that share any
	loose  int     // tokens that were not counted
	best   []Near
	docs   []int32 // of best
}

// collect finds who can reach the bound. Rare tokens come first; once those left are too few to
// reach the bound alone, no further text is let in.
func (s *searching) collect(x []uint64) {
	var all []tokenPosts
	for t, n := range counts(x) {
		if posts := s.pool.posts[t]; len(posts) > 0 {
			all = append(all, tokenPosts{n, posts})
		}
	}
	slices.SortFunc(all, func(a, b tokenPosts) int { return cmp.Compare(len(a.posts), len(b.posts)) })
	left := 0
	for _, t := range all {
		left += t.times
	}
	fewest := s.fewest()
	for _, t := range all {
		closed := left < fewest
		if closed && len(t.posts) > 4*len(s.in) {
			s.loose = left // looking through these costs more than comparing who is in
			return
		}
		for _, post := range t.posts {
			have := s.shared[post.doc]
			if have == 0 {
				if closed {
					continue
				}
				s.in = append(s.in, post.doc)
			}
			s.shared[post.doc] = have + int32(min(t.times, int(post.times)))
		}
		left -= t.times
	}
}

// fewest is how many tokens the shortest text that can reach the bound must share.
func (s *searching) fewest() int {
	if s.at <= 0 {
		return 1
	}
	return ceil(s.at * float64(s.n) / (2 - s.at))
}

// ceil rounds up, but for what arithmetic adds.
func ceil(x float64) int {
	n := int(x)
	if x-float64(n) > 1e-9 {
		n++
	}
	return n
}

// bound is the most that a text can reach.
type bound struct {
	doc int32
	f   float64
}

// compare compares with those that came in, the most promising first, until no other can be
// among the best.
func (s *searching) compare(x []uint64) {
	bounds := make([]bound, 0, len(s.in))
	var steps [101]int // how many can reach each hundredth
	for _, doc := range s.in {
		m := len(s.pool.texts[doc])
		most := min(int(s.shared[doc])+s.loose, s.n, m)
		if f := 2 * float64(most) / float64(s.n+m); f >= s.at {
			bounds = append(bounds, bound{doc, f})
			steps[int(f*100)]++
		}
	}
	var p pattern
	p.set(x)
	// Most texts share a few words and need not be put in order: first come some that can reach
	// most, which mostly settles how much is needed.
	from, many := 100, 0
	for ; from > 0 && many+steps[from] < 4*s.k+16; from-- {
		many += steps[from]
	}
	split := 0
	for i, b := range bounds {
		if int(b.f*100) >= from {
			bounds[split], bounds[i] = bounds[i], bounds[split]
			split++
		}
	}
	s.each(&p, bounds[:split])
	rest := bounds[split:]
	if len(s.best) == s.k {
		rest = slices.DeleteFunc(rest, func(b bound) bool { return b.f < s.best[s.k-1].F })
	}
	s.each(&p, rest)
}

func (s *searching) each(p *pattern, bounds []bound) {
	slices.SortFunc(bounds, func(a, b bound) int { return cmp.Or(cmp.Compare(b.f, a.f), cmp.Compare(a.doc, b.doc)) })
	for _, b := range bounds {
		if len(s.best) == s.k && b.f < s.best[s.k-1].F {
			return
		}
		y := s.pool.texts[b.doc]
		if f := 2 * float64(p.lcs(y)) / float64(s.n+len(y)); f >= s.at && f > 0 {
			s.take(b.doc, f)
		}
	}
}

// take puts a text among the best, by falling F and then by age.
func (s *searching) take(doc int32, f float64) {
	i := 0
	for i < len(s.best) && (s.best[i].F > f || s.best[i].F == f && s.docs[i] < doc) {
		i++
	}
	if i == s.k {
		return
	}
	s.best = slices.Insert(s.best, i, Near{s.pool.ids[doc], f})
	s.docs = slices.Insert(s.docs, i, doc)
	if len(s.best) > s.k {
		s.best, s.docs = s.best[:s.k], s.docs[:s.k]
	}
}
