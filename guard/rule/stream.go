package rule

import (
	"unicode/utf8"

	"wenyuan/guard/reading"
)

// maxPending are the raw bytes that a stream holds back. Less is folded text only where a
// text consists of signs that show nothing.
const maxPending = 256 << 10

// A Stream finds rules in a text that comes in chunks. What spans chunks is found: it keeps
// as much of the text as the longest match and what decides on it may take. Its matches are
// those of Find over the folded text; views are not decoded. It is for one goroutine.
type Stream struct {
	m       *Matcher
	text    string // what is kept of the text
	offset  int    // bytes of the text before it
	settled int    // matches that begin before this byte of the text are out, all of them
	told    map[told]bool
	count   int
}

// told are matches that were returned and may be met again in what is kept.
type told struct {
	rule       int32
	start, end int
}

// Stream begins a text.
func (m *Matcher) Stream() *Stream { return &Stream{m: m, told: map[told]bool{}} }

// Write takes the next chunk and returns the matches that are certain now, with places in
// the whole text. A match is certain when nothing that may follow can undo or extend it: at
// the next character, or, where the rule has exceptions, as much later as these are long.
func (s *Stream) Write(chunk string) []Match {
	s.text += chunk
	return s.look(false)
}

// Close returns the matches that waited for what comes behind them.
func (s *Stream) Close() []Match { return s.look(true) }

func (s *Stream) look(last bool) []Match {
	text := s.text
	if !last {
		text = text[:whole(text)]
	}
	t := reading.Fold(text)
	size, out := len(t.Folded), []Match(nil)
	for _, f := range s.m.find(t.Folded) {
		start, end := s.offset+t.At(f.start), s.offset+t.At(f.end)
		key := told{f.rule, start, end}
		if start < s.settled || s.told[key] || s.count == MaxMatches || !last && !certain(t.Folded, f.end, int(s.m.ahead[f.rule])) {
			continue
		}
		s.told[key] = true
		s.count++
		out = append(out, s.m.match(f, t.Folded, start, end))
	}
	if !last && size > 4*s.m.reach {
		s.forget(t)
	}
	if over := len(s.text) - maxPending; over > 0 {
		s.text, s.offset = s.text[over:], s.offset+over
	}
	return out
}

// certain says whether a match that ends at a place stands whatever follows.
func certain(folded string, end, ahead int) bool {
	_, n := utf8.DecodeRuneInString(folded[end:])
	return n > 0 && len(folded)-end-n >= ahead
}

// whole is how much of a text ends with a whole character.
func whole(text string) int {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(text[len(text)-i:]) {
				return len(text) - i
			}
			break
		}
	}
	return len(text)
}

// forget drops the beginning of what is kept. What begins before the end of the longest
// match that is certain is out; as much again stays before it, since it decides on borders
// and exceptions.
func (s *Stream) forget(t *reading.Text) {
	reach := s.m.reach
	settled := len(t.Folded) - 2*reach
	cut := t.At(calm(t.Folded, settled-reach))
	s.settled = max(s.settled, s.offset+t.At(settled))
	s.text, s.offset = s.text[cut:], s.offset+cut
	for k := range s.told {
		if k.start < s.settled {
			delete(s.told, k)
		}
	}
}

// calm is the last place up to limit where a word begins behind a space, or a Han character
// behind another; folding does not look over it.
func calm(folded string, limit int) int {
	for i := limit; i > max(0, limit-256); i-- {
		if folded[i-1] == ' ' && alnum(folded[i]) {
			return i
		}
	}
	for i := limit; i > max(0, limit-256); i-- {
		if utf8.RuneStart(folded[i]) {
			return i
		}
	}
	return 0
}
