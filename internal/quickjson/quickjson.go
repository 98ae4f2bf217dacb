// Package quickjson reads and writes JSON of the common form in one pass, where encoding/json takes
// several: the bodies that pass a gateway by the thousand each second.
//
// A Reader takes less than JSON allows and never more: where it is not sure that encoding/json would
// read the same, it fails, and the caller decodes with encoding/json, whose word and whose errors count.
// So it refuses names with escapes or beyond ASCII, names that differ from a known one in their case
// alone, names that come twice, text that is not UTF-8, halves of surrogate pairs and deep nesting.
// What it appends is what encoding/json writes, byte by byte. Tests hold both to that on random input.
package quickjson

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep what is skipped may nest.
const maxDepth = 64

// A Reader goes through one JSON value. Its methods return the zero value once something failed; see
// [Reader.Done].
type Reader struct {
	b    []byte
	i    int
	fail bool
}

// Read begins with a value. The bytes are not changed and nothing that is returned lies in them.
func Read(b []byte) *Reader { return &Reader{b: b} }

// Over begins anew with another value.
func (r *Reader) Over(b []byte) { *r = Reader{b: b} }

// Done says whether everything was read as encoding/json would and nothing follows.
func (r *Reader) Done() bool {
	r.space()
	return !r.fail && r.i == len(r.b)
}

// Fail says that encoding/json is to read this.
func (r *Reader) Fail() { r.fail = true }

func (r *Reader) space() {
	for r.i < len(r.b) {
		switch r.b[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

// next is the next byte that is no white space, 0 at the end.
func (r *Reader) next() byte {
	r.space()
	if r.fail || r.i >= len(r.b) {
		r.fail = true
		return 0
	}
	return r.b[r.i]
}

// take passes one byte.
func (r *Reader) take(c byte) bool {
	if r.next() != c {
		r.fail = true
		return false
	}
	r.i++
	return true
}

// Object calls field for each field of an object with its name, which is valid during the call; it
// reads the value.
func (r *Reader) Object(field func(name []byte)) {
	if !r.take('{') {
		return
	}
	if r.next() == '}' {
		r.i++
		return
	}
	for !r.fail {
		name := r.name()
		if !r.take(':') {
			return
		}
		field(name)
		if !r.more('}') {
			return
		}
	}
}

// more passes the comma before another field or element, or the end.
func (r *Reader) more(end byte) bool {
	c := r.next()
	if c != end && c != ',' {
		r.fail = true
		return false
	}
	r.i++
	return c == ','
}

// Array calls element for each element, which it reads.
func (r *Reader) Array(element func()) {
	if !r.take('[') {
		return
	}
	if r.next() == ']' {
		r.i++
		return
	}
	for !r.fail {
		element()
		if !r.more(']') {
			return
		}
	}
}

// name reads the name of a field.
func (r *Reader) name() []byte {
	if !r.take('"') {
		return nil
	}
	start := r.i
	for ; r.i < len(r.b); r.i++ {
		switch c := r.b[r.i]; {
		case c == '"':
			r.i++
			return r.b[start : r.i-1]
		case c == '\\' || c < ' ' || c >= utf8.RuneSelf:
			r.fail = true
			return nil
		}
	}
	r.fail = true
	return nil
}

// Unknown skips the value of a field that is none of the known ones. It fails where encoding/json would
// take it for one of them, as it does not mind the case.
func (r *Reader) Unknown(name []byte, known []string) {
	for _, k := range known {
		if len(k) == len(name) && strings.EqualFold(k, string(name)) {
			r.fail = true
			return
		}
	}
	r.Skip()
}

// Null passes null, if that is what comes.
func (r *Reader) Null() bool {
	if r.next() != 'n' {
		return false
	}
	return r.word("null")
}

func (r *Reader) word(w string) bool {
	if len(r.b)-r.i < len(w) || string(r.b[r.i:r.i+len(w)]) != w {
		r.fail = true
		return false
	}
	r.i += len(w)
	return true
}

// Bool reads true or false; null is false.
func (r *Reader) Bool() bool {
	switch r.next() {
	case 't':
		return r.word("true")
	case 'f':
		r.word("false")
		return false
	}
	r.null()
	return false
}

func (r *Reader) null() {
	if !r.Null() {
		r.fail = true
	}
}

// Text reads a string; null is "".
func (r *Reader) Text() string {
	if r.next() == 'n' {
		r.Null()
		return ""
	}
	raw, plain := r.raw()
	if plain || r.fail {
		return string(raw)
	}
	return r.unescaped(raw)
}

// raw passes a string and gives what stands between its quotation marks; plain says that it has no
// escapes.
func (r *Reader) raw() (text []byte, plain bool) {
	if !r.take('"') {
		return nil, false
	}
	b, start, ascii := r.b, r.i, true
	plain = true
	for i := start; i < len(b); i++ {
		for ; i+8 <= len(b); i += 8 {
			w := binary.LittleEndian.Uint64(b[i:])
			if w&highs != 0 {
				ascii = false
			}
			if signs := below(w, ' ') | equal(w, '"') | equal(w, '\\'); signs&highs != 0 {
				i += bits.TrailingZeros64(signs&highs) / 8
				break
			}
		}
		if i == len(b) {
			break
		}
		c := b[i]
		if c != '"' && c != '\\' && c >= ' ' && c < utf8.RuneSelf {
			continue
		}
		switch {
		case c == '"':
			r.i = i + 1
			if !ascii && !utf8.Valid(b[start:i]) {
				r.fail = true
			}
			return b[start:i], plain
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			r.fail = true
			return nil, false
		default:
			ascii = false
		}
	}
	r.fail = true
	return nil, false
}

// unescaped is a string without its escapes.
func (r *Reader) unescaped(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		c, n := escape(raw[i:])
		if n == 0 {
			r.fail = true
			return ""
		}
		out = utf8.AppendRune(out, c)
		i += n
	}
	return string(out)
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape is what the escape at the beginning of a text stands for, and its length; 0 where it is none
// or half a pair.
func escape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if c := escapes[b[1]]; c != 0 {
		return rune(c), 2
	}
	c, ok := hex(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(c) {
		return c, 6
	}
	low, ok := hex(b[6:])
	if !ok {
		return 0, 0
	}
	if c = utf16.DecodeRune(c, low); c == utf8.RuneError {
		return 0, 0
	}
	return c, 12
}

// hex reads \uXXXX.
func hex(b []byte) (c rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, d := range b[2:6] {
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case d >= 'a' && d <= 'f':
			d -= 'a' - 10
		case d >= 'A' && d <= 'F':
			d -= 'A' - 10
		default:
			return 0, false
		}
		c = c<<4 | rune(d)
	}
	return c, true
}

// number passes a number and gives its text.
func (r *Reader) number() []byte {
	r.next()
	start := r.i
	digits := func() bool {
		from := r.i
		for r.i < len(r.b) && r.b[r.i]-'0' < 10 {
			r.i++
		}
		return r.i > from
	}
	if r.at('-') {
		r.i++
	}
	zero := r.at('0')
	from := r.i
	if !digits() || zero && r.i > from+1 {
		r.fail = true
		return nil
	}
	if r.at('.') {
		if r.i++; !digits() {
			r.fail = true
			return nil
		}
	}
	if r.at('e') || r.at('E') {
		if r.i++; r.at('+') || r.at('-') {
			r.i++
		}
		if !digits() {
			r.fail = true
			return nil
		}
	}
	return r.b[start:r.i]
}

func (r *Reader) at(c byte) bool { return r.i < len(r.b) && r.b[r.i] == c }

// Int reads a whole number; null is 0.
func (r *Reader) Int() int64 {
	if r.next() == 'n' {
		r.Null()
		return 0
	}
	text := r.number()
	if r.fail {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		r.fail = true
	}
	return n
}

// Float reads a number.
func (r *Reader) Float() float64 {
	text := r.number()
	if r.fail {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		r.fail = true
	}
	return f
}

// Skip passes any value.
func (r *Reader) Skip() { r.skip(0) }

func (r *Reader) skip(depth int) {
	if depth > maxDepth {
		r.fail = true
		return
	}
	switch c := r.next(); {
	case c == '"':
		raw, plain := r.raw()
		if !plain && !r.fail {
			r.unescaped(raw)
		}
	case c == '{':
		r.Object(func([]byte) { r.skip(depth + 1) })
	case c == '[':
		r.Array(func() { r.skip(depth + 1) })
	case c == 't':
		r.word("true")
	case c == 'f':
		r.word("false")
	case c == 'n':
		r.word("null")
	default:
		r.number()
	}
}
