package prompt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/check"
)

// shorten gives the part of a passage that says most about the question in at most so many
// tokens: whole sentences that stand together. Its Text, Start and End are those of the part,
// so that what is cited is what was sent. ok is false where nothing fits.
func (e *engine) shorten(p wenyuan.Passage, tokens int) (part wenyuan.Passage, ok bool) {
	runes := []rune(p.Text)
	spans := check.Sentences(p.Text)
	empty := p
	empty.Text = ""
	room := tokens - e.cost(empty) // for the text alone
	if len(spans) == 0 || room <= 0 {
		return p, false
	}
	bags, costs := make([]bag, len(spans)), make([]int, len(spans))
	for i, s := range spans {
		end := s.End
		if i+1 < len(spans) {
			end = spans[i+1].Start // the white between sentences costs too
		}
		text := string(runes[s.Start:end])
		bags[i], costs[i] = e.bags.of(text), e.count.sentence(text, p.Text)
	}
	from, to := e.window(bags, costs, room)
	if from == to {
		return e.clip(p, runes, spans, bags, room, tokens)
	}
	for ; to > from; to-- {
		part = cutPassage(p, runes, spans[from].Start, spans[to-1].End)
		if e.cost(part) <= tokens {
			return part, true
		}
	}
	return p, false
}

// window finds the run of sentences that holds most of the question and fits; of equal ones
// the longest, of those the first.
func (e *engine) window(bags []bag, costs []int, tokens int) (from, to int) {
	rare := rarityOf(bags)
	best, longest := -1.0, 0
	for i := range bags {
		seen, held, cost := map[uint32]bool{}, 0.0, 0
		for j := i; j < len(bags); j++ {
			if cost += costs[j]; cost > tokens {
				break
			}
			for _, t := range bags[j] {
				if !seen[t] && holds(e.question, t) {
					seen[t] = true
					held += rare.weight(t)
				}
			}
			if held > best+1e-9 || held > best-1e-9 && cost > longest {
				best, longest, from, to = held, cost, i, j+1
			}
		}
	}
	return from, to
}

// clip takes the beginning of the sentence that says most about the question: even alone it
// is too long. The end is behind a word.
func (e *engine) clip(p wenyuan.Passage, runes []rune, spans []wenyuan.Span, bags []bag, room, tokens int) (wenyuan.Passage, bool) {
	most, best := -1, 0
	for i := range bags {
		if n := shared(bags[i], e.question); n > most {
			most, best = n, i
		}
	}
	s := spans[best]
	low, high := 0, s.End-s.Start
	for low < high {
		middle := (low + high + 1) / 2
		if e.count.sentence(string(runes[s.Start:s.Start+middle]), p.Text) <= room {
			low = middle
		} else {
			high = middle - 1
		}
	}
	for range 8 {
		end := behindWord(runes, s.Start, s.Start+low)
		if end <= s.Start {
			break
		}
		part := cutPassage(p, runes, s.Start, end)
		if e.cost(part) <= tokens {
			return part, true
		}
		low = (end - s.Start) * 7 / 8
	}
	return p, false
}

// behindWord is the last place up to end where no word is cut; a word that fills everything
// is cut.
func behindWord(runes []rune, start, end int) int {
	word := func(r rune) bool {
		return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
	}
	at := end
	for at > start && at < len(runes) && word(runes[at]) && word(runes[at-1]) {
		at--
	}
	if at == start {
		return end
	}
	return at
}

// cutPassage is the range of a passage, in code points of its text, without white at the ends.
func cutPassage(p wenyuan.Passage, runes []rune, from, to int) wenyuan.Passage {
	for from < to && unicode.IsSpace(runes[from]) {
		from++
	}
	for to > from && unicode.IsSpace(runes[to-1]) {
		to--
	}
	p.Text = string(runes[from:to])
	p.Start, p.End = p.Start+from, p.Start+to
	return p
}

// longestToken is how many bytes one token stands for at most, but for white space. Of a text
// that is far too long only the beginning is looked at.
const longestToken = 64

// shortenText cuts a text that is no passage at the end of a sentence or, where the first is
// too long, behind a word; "" where nothing fits.
func (e *engine) shortenText(text string, tokens int) string {
	if tokens <= 0 {
		return ""
	}
	if most := longestToken * tokens; len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	if e.count.of(text) <= tokens {
		return text
	}
	runes := []rune(text)
	end := 0
	for _, s := range check.Sentences(text) {
		if e.count.sentence(string(runes[:s.End]), text) > tokens {
			break
		}
		end = s.End
	}
	if end == 0 {
		for end = len(runes); end > 0 && e.count.sentence(string(runes[:end]), text) > tokens; {
			end = behindWord(runes, 0, end*3/4)
		}
	}
	out := strings.TrimSpace(string(runes[:end]))
	if utf8.RuneCountInString(out) < 8 {
		return ""
	}
	return out
}
