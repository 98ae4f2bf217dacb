package reading

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is decoded from one text.
const (
	maxDepth   = 4         // codes inside codes
	maxViews   = 48        // parts that were decoded
	maxDecoded = 256 << 10 // bytes in all views together, and not more than minDecoded + 4 times the text
	minDecoded = 8 << 10
)

// Of folds a text and decodes whatever in it is written in another code, and what is
// written in another code in that, four codes deep. It takes time in proportion to the
// text, whatever the text is.
func Of(raw string) *Text {
	t := Fold(raw)
	if len(raw) > MaxBytes {
		raw = raw[:runeStart(raw, MaxBytes)]
	}
	r := reader{t: t, left: min(maxDecoded, minDecoded+4*len(raw))}
	r.read(source{raw: raw, end: len(raw), top: true})
	for len(r.todo) > 0 {
		next := r.todo[0]
		r.todo = r.todo[1:]
		r.read(next)
	}
	t.Truncated = t.Truncated || r.deeper
	return t
}

// A source is a text that may hold codes: the text itself, or what was decoded from it.
type source struct {
	raw        string
	how        []string
	start, end int // bytes of the text it was read from
	top        bool
}

// A reader collects the views of one text.
type reader struct {
	t    *Text
	left int // bytes that may still be decoded
	todo []source

	deeper bool // a code lies deeper than is read

	// Of the source that is read now:
	from  source
	text  string // with its case, without what is invisible, in plain width
	at    func(int) int
	codes []run // parts of text that were read as codes, and are no words
}

// finders look for one code each, or a few of a kind, in r.text, which has to have something of it.
var finders = []struct {
	find func(r *reader)
	in   uint // see [survey]
}{
	{(*reader).runs, hasRuns}, {(*reader).numbers, hasNumbers}, {(*reader).escapes, hasAnything}, {(*reader).markup, hasAnything}, {(*reader).leet, hasLeet},
	{(*reader).spaced, hasSingles}, {(*reader).separated, hasJoined}, {(*reader).repeated, hasRepeated}, {(*reader).shifted, hasAnything},
	{(*reader).backwards, hasAnything}, {(*reader).morse, hasSigns}, {(*reader).glyphs, hasAnything},
}

func (r *reader) read(s source) {
	r.from, r.text, r.codes = s, s.raw, r.codes[:0]
	r.at = func(i int) int { return i }
	if n := plainPrefix(s.raw, true); n < len(s.raw) && strings.IndexFunc(s.raw[n:], func(c rune) bool { return c >= utf8.RuneSelf || c < ' ' && !isWhite(byte(c)) }) >= 0 {
		clean := fold(s.raw, true)
		r.text, r.at = clean.Folded, clean.At
	}
	has := survey(r.text)
	for _, f := range finders {
		if r.left <= 0 || len(r.t.Views) >= maxViews {
			r.t.Truncated = true
			return
		}
		if f.in == hasAnything || has&f.in != 0 {
			f.find(r)
		}
	}
}

// add keeps what was decoded from bytes start to end of r.text, and says whether it is
// new.
func (r *reader) add(how, decoded string, start, end int) bool {
	return r.addRaw(how, decoded, r.at(start), r.at(end))
}

// code is add for what was written in a code that no word is written in.
func (r *reader) code(how, decoded string, start, end int) {
	if len(r.codes) < maxViews {
		r.codes = append(r.codes, run{start, end})
	}
	r.add(how, decoded, start, end)
}

// inCode says whether a byte of r.text was read as part of a code.
func (r *reader) inCode(i int) bool {
	return slices.ContainsFunc(r.codes, func(c run) bool { return i >= c.start && i < c.end })
}

// A part of a text and what it says.
type part struct {
	start, end int
	text       string
}

// replaced adds a text in which some parts, in order, say something else.
func (r *reader) replaced(how string, parts []part) {
	if len(parts) == 0 {
		return
	}
	start, end := r.region(parts[0].start, parts[len(parts)-1].end)
	var b strings.Builder
	last := start
	for _, p := range parts {
		b.WriteString(r.text[last:p.start] + p.text)
		last = p.end
	}
	b.WriteString(r.text[last:end])
	r.add(how, b.String(), start, end)
}

// addRaw is add for bytes of the source as it was given.
func (r *reader) addRaw(how, decoded string, start, end int) bool {
	if !r.from.top {
		start, end = r.from.start, r.from.end
	}
	if len(r.t.Views) >= maxViews || r.left <= 0 {
		r.t.Truncated = true
		return false
	}
	if len(r.from.how) >= maxDepth {
		r.deeper = true
		return false
	}
	if len(decoded) > r.left {
		decoded, r.t.Truncated = decoded[:runeStart(decoded, r.left)], true
	}
	r.left -= len(decoded)
	text := strings.TrimSpace(Fold(decoded).Folded)
	if text == "" || start >= end || r.known(text) {
		return false
	}
	hows := append(slices.Clone(r.from.how), how)
	r.t.Views = append(r.t.Views, View{How: hows, Text: text, Start: start, End: end})
	r.todo = append(r.todo, source{raw: decoded, how: hows, start: start, end: end})
	return true
}

// known says whether the same was read already.
func (r *reader) known(text string) bool {
	if text == strings.TrimSpace(r.t.Folded) {
		return true
	}
	return slices.ContainsFunc(r.t.Views, func(v View) bool { return v.Text == text })
}

// around is how much of the text around a code that stands inside words is kept with what
// was decoded, to each side.
const around = 256

// region widens bytes start to end of r.text to the words around them.
func (r *reader) region(start, end int) (int, int) {
	low, high := max(0, start-around), min(len(r.text), end+around)
	if low > 0 {
		if i := strings.IndexAny(r.text[low:start], " \n"); i >= 0 {
			low += i + 1
		} else {
			low = start
		}
	}
	if high < len(r.text) {
		if i := strings.LastIndexAny(r.text[end:high], " \n"); i >= 0 {
			high = end + i
		} else {
			high = end
		}
	}
	return low, high
}

// textual says whether decoded bytes are text: valid, printable, and mostly letters; or,
// where codes may hold codes, long and ASCII. Bytes of UTF-16 become UTF-8. What was cut off
// in the middle of a character loses it.
func textual(b []byte, codes bool) (string, bool) {
	if s, ok := wide(b); ok {
		b = []byte(s)
	}
	for n := 0; n < 3 && len(b) > 0; n++ {
		if c, size := utf8.DecodeLastRune(b); c != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	if len(b) < 3 || !utf8.Valid(b) {
		return "", false
	}
	letters, all, wides := 0, 0, 0
	for _, c := range string(b) {
		all++
		switch {
		case c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7F || c >= 0x80 && c < 0xA0 || c == utf8.RuneError:
			return "", false
		case c < utf8.RuneSelf && (isLetter(byte(c)) || c == ' '), c >= 0x370:
			letters++
		}
		if c >= utf8.RuneSelf {
			wides++
		}
	}
	if codes && wides == 0 && all >= 16 {
		return string(b), true
	}
	need := 6 // of ten
	if wides > 1 {
		need = 5 // bytes by chance are hardly ever UTF-8
	} else if all < 12 {
		need = 9
	}
	return string(b), letters*10 >= all*need
}

// wide reads UTF-16 with the low byte first, when every second byte is 0.
func wide(b []byte) (string, bool) {
	if len(b) < 8 {
		return "", false
	}
	var s strings.Builder
	for i := 0; i+1 < len(b); i += 2 {
		if b[i+1] != 0 || b[i] == 0 {
			return "", false
		}
		s.WriteByte(b[i] & 0x7F)
	}
	return s.String(), true
}
