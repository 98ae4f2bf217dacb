package reading

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A number is one of a row of numbers that may stand for characters.
type number struct {
	start, end int
	prefix     string // "0x", "\x", "u+" ... or empty
	digits     string
}

// shortestRow is how many numbers make a row that is read as text.
const shortestRow = 4

// numbers reads rows of numbers with something between them: hexadecimal, decimal, octal,
// binary, and code points as U+0069.
func (r *reader) numbers() {
	s := r.text
	var row []number
	for i := 0; i < len(s); {
		if !isHex(s[i]) && s[i] != '\\' && s[i]|0x20 != 'u' && s[i]|0x20 != 'x' || i > 0 && wordByte(s[i-1]) && s[i] != '\\' {
			i++
			continue
		}
		n, ok := oneNumber(s, i)
		if !ok {
			i++
			continue
		}
		if len(row) > 0 && (!between(s[row[len(row)-1].end:n.start]) || row[0].prefix != n.prefix) {
			r.row(row)
			row = row[:0]
		}
		row = append(row, n)
		i = n.end
	}
	r.row(row)
}

func wordByte(c byte) bool { return isLetter(c) || isDigit(c) || c >= utf8.RuneSelf }

// prefixes are what numbers of other bases begin with.
var prefixes = []string{"0x", "\\x", "u+", "0b", "x", "\\"}

// oneNumber reads the number that begins at byte i.
func oneNumber(s string, i int) (number, bool) {
	n := number{start: i}
	if c := s[i] | 0x20; c == 'u' || c == 'x' || c == '0' || s[i] == '\\' {
		for _, p := range prefixes {
			if len(s)-i > len(p) && strings.EqualFold(s[i:i+len(p)], p) {
				n.prefix = p
				break
			}
		}
	}
	j := i + len(n.prefix)
	for j < len(s) && j-i < 12 && isHex(s[j]) {
		j++
	}
	n.digits, n.end = s[i+len(n.prefix):j], j
	ok := len(n.digits) >= 2 && (j == len(s) || !wordByte(s[j]))
	if n.prefix == "\\x" || n.prefix == "\\" {
		return n, false // left to the escapes
	}
	return n, ok
}

// between says whether numbers with this between them belong to one row.
func between(s string) bool {
	return len(s) > 0 && len(s) <= 4 && strings.Trim(s, " ,;:|-+\n\t'\"") == ""
}

func (r *reader) row(row []number) {
	if len(row) < shortestRow {
		return
	}
	start, end := row[0].start, row[len(row)-1].end
	for _, c := range []struct {
		how        string
		base, size int
	}{{"code points", 16, 0}, {"binary", 2, 8}, {"hex", 16, 2}, {"octal", 8, 3}, {"decimal", 10, 0}} {
		if b, ok := rowBytes(row, c.base, c.size, c.how == "code points"); ok {
			if text, ok := textual(b, c.size != 0); ok && varied(row) {
				r.code(c.how, text, start, end)
				return
			}
		}
	}
}

// varied says whether a row has enough different numbers to be text: no single one makes
// up half of it.
func varied(row []number) bool {
	count, most := map[string]int{}, 0
	for _, n := range row {
		count[n.digits]++
		most = max(most, count[n.digits])
	}
	return most*2 <= len(row)
}

// rowBytes reads a row of numbers of one base, and of one number of digits when size is
// not 0. Numbers above 255 and those of code points are characters, the others bytes.
func rowBytes(row []number, base, size int, points bool) ([]byte, bool) {
	if points != (row[0].prefix == "u+") {
		return nil, false
	}
	var b []byte
	for _, n := range row {
		if size != 0 && len(n.digits) != size || base == 10 && len(n.digits) > 5 {
			return nil, false
		}
		v, err := strconv.ParseUint(n.digits, base, 32)
		if err != nil || v > utf8.MaxRune {
			return nil, false
		}
		if v > 255 && !points && (v < 0x3000 || v > 0x9FFF && v>>8 != 0xFF) {
			return nil, false // what is written so is Chinese
		}
		if points || v > 255 {
			b = utf8.AppendRune(b, rune(v))
		} else {
			b = append(b, byte(v))
		}
	}
	return b, true
}
