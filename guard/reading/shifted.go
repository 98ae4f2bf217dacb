package reading

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What another reading must win by, in half bits, to be taken: about as much as three
// words of English are worth against letters by chance.
const (
	shiftMargin   = 60
	reverseMargin = 40
	// A shorter part is not read backwards.
	shortestReversed = 16
)

// A best is the stretch of words in which one reading wins most over the text as it is.
type best struct {
	sum, from       int // of the stretch that is being added to
	top, start, end int // of the best one so far
}

// word adds a word and what another reading of it wins.
func (b *best) word(gain, start, end int) {
	if b.sum <= 0 {
		b.sum, b.from = 0, start
	}
	b.sum += gain
	if b.sum > b.top {
		b.top, b.start, b.end = b.sum, b.from, end
	}
}

// shifted reads letters that stand for others in the order of the alphabet (ROT13, other
// shifts, and the alphabet backwards) and words with their letters backwards, where that
// looks more like English.
func (r *reader) shifted() {
	s := r.t.Folded
	at := r.t.At
	if !r.from.top {
		s, at = strings.ToLower(r.text), r.at
	}
	odd, back := r.stretches(s)
	r.unshift(s, at, odd)
	r.unreverse(s, at, back)
}

func (r *reader) unshift(s string, at func(int) int, odd best) {
	if odd.top < shiftMargin {
		return
	}
	k, gain := bestShift(s[odd.start:odd.end])
	if gain < shiftMargin {
		return
	}
	in := shiftedPart(s, k)
	decoded := shift(s[in.start:in.end], k)
	if english(decoded) {
		low, high := wordsAround(s, in.start, in.end)
		r.addRaw(shiftName(k), s[low:in.start]+decoded+s[in.end:high], at(low), at(high))
	}
}

func (r *reader) unreverse(s string, at func(int) int, back best) {
	if back.top < reverseMargin || back.end-back.start < shortestReversed || slices.ContainsFunc(r.from.how, isReversal) {
		return
	}
	if score, n := likeness(s[back.start:back.end]); score*2 > n || !english(reverse(s[back.start:back.end])) {
		return
	}
	low, high := twoWords(s, back.start, back.end)
	r.addRaw("reversed", reverse(s[low:high]), at(low), at(high))
	r.addRaw("reversed words", reverseWords(s[low:high]), at(low), at(high))
}

func isReversal(how string) bool {
	return how == "reversed" || how == "reversed words" || how == "turned"
}

// english says whether letters follow one another as in English.
func english(s string) bool {
	score, n := likeness(s)
	return score > n
}

// stretches finds where letters look least like English, and where they look more like it
// backwards.
func (r *reader) stretches(s string) (odd, back best) {
	for i := 0; i < len(s); {
		if s[i]-'a' >= 26 {
			i++
			continue
		}
		start, plain, reversed := i, 0, 0
		for i++; i < len(s) && s[i]-'a' < 26; i++ {
			a, b := s[i-1]-'a', s[i]-'a'
			plain += int(follows[a][b])
			reversed += int(follows[b][a])
		}
		n := i - start - 1
		odd.word(-plain+n/2, start, i)
		back.word(reversed-plain-n/4, start, i)
	}
	return odd, back
}

// twoWords widens a part by two words on each side, and by what stands beside them: short
// words look alike in both directions. A part that is half of its lines and more is widened
// to the whole of them.
func twoWords(s string, low, high int) (int, int) {
	start, end := strings.LastIndexByte(s[:low], '\n')+1, len(s)
	if i := strings.IndexByte(s[high:], '\n'); i >= 0 {
		end = high + i
	}
	if (high-low)*2 >= end-start {
		return start, end
	}
	for n := 0; low > 0 && n < 3; low-- {
		if isWhite(s[low-1]) {
			if n++; n == 3 {
				break
			}
		}
	}
	for n := 0; high < len(s) && n < 3; high++ {
		if isWhite(s[high]) {
			if n++; n == 3 {
				break
			}
		}
	}
	return low, high
}

// wordsAround widens a part to the words around it, on the same terms as region.
func wordsAround(s string, start, end int) (int, int) {
	r := reader{text: s}
	return r.region(start, end)
}

// backwardsAlphabet is the place of atbash among the shifts.
const backwardsAlphabet = 26

// bestShift returns the shift after which letters look most like English, and what it
// wins.
func bestShift(s string) (k, gain int) {
	sample := s[:min(len(s), 1<<10)]
	for j := 1; j <= backwardsAlphabet; j++ {
		if n := won(sample, &shifts[j]); n > gain {
			k, gain = j, n
		}
	}
	return k, gain
}

// shifts are the letters that a to z become, by how far they are moved; see [shift].
var shifts = func() (t [backwardsAlphabet + 1][26]uint8) {
	for k := range t {
		for c, moved := range []byte(shift("abcdefghijklmnopqrstuvwxyz", k)) {
			t[k][c] = moved - 'a'
		}
	}
	return t
}()

// won is how much more letters look like English with others in their place.
func won(s string, to *[26]uint8) (gain int) {
	for i := 1; i < len(s); i++ {
		if a, b := s[i-1]-'a', s[i]-'a'; a < 26 && b < 26 {
			gain += int(follows[to[a]][to[b]]) - int(follows[a][b])
		}
	}
	return gain
}

func shiftName(k int) string {
	switch k {
	case 13:
		return "rot13"
	case backwardsAlphabet:
		return "atbash"
	}
	return "caesar"
}

// shiftedPart finds the words that look more like English after a shift.
func shiftedPart(s string, k int) best {
	var b best
	for i := 0; i < len(s); {
		if s[i]-'a' >= 26 {
			i++
			continue
		}
		start := i
		for i < len(s) && s[i]-'a' < 26 {
			i++
		}
		b.word(won(s[start:i], &shifts[k]), start, i)
	}
	return b
}

// shift moves letters k places on; backwardsAlphabet turns the alphabet around.
func shift(s string, k int) string {
	out := []byte(s)
	for i, c := range out {
		switch {
		case c-'a' >= 26:
		case k == backwardsAlphabet:
			out[i] = 'z' - (c - 'a')
		default:
			out[i] = 'a' + (c-'a'+byte(k))%26
		}
	}
	return string(out)
}

func reverse(s string) string {
	out := make([]byte, len(s))
	for i, n := 0, len(s); i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		n -= size
		copy(out[n:], s[i:i+size])
		i += size
	}
	return string(out)
}

func reverseWords(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && !isWhite(s[i]) {
			_, size := utf8.DecodeRuneInString(s[i:])
			i += size
		}
		b.WriteString(reverse(s[start:i]))
		for i < len(s) && isWhite(s[i]) {
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}
