package reading

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// runByte marks the bytes of base64 in both alphabets.
var runByte = func() (t [256]bool) {
	for c := range t {
		b := byte(c)
		t[c] = isLetter(b) || isDigit(b) || b == '+' || b == '/' || b == '-' || b == '_'
	}
	return t
}()

// A run is a row of bytes that may be coded.
type run struct{ start, end int }

// runs reads base64, base32, hexadecimal and binary digits without anything between them.
// Runs of base64 that follow one another are read together too, since it is often split.
func (r *reader) runs() {
	s := r.text
	var group []run
	for i := 0; i < len(s); {
		if !runByte[s[i]] {
			if !isWhite(s[i]) && s[i] != '=' && s[i] != '"' && s[i] != '\'' {
				r.group(group)
				group = group[:0]
			}
			i++
			continue
		}
		start := i
		for i < len(s) && runByte[s[i]] {
			i++
		}
		if i-start < 4 || !coded(s[start:i]) && !(len(group) > 0 && i < len(s) && s[i] == '=') {
			r.group(group)
			group = group[:0]
			continue
		}
		if i-start >= 8 && r.digits(start, i) {
			continue
		}
		group = append(group, run{start, i})
	}
	r.group(group)
}

// coded says whether a run may be more than a word: it has capitals inside or digits
// among letters.
func coded(s string) bool {
	lower, inner, digits := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			lower++
		case c >= 'A' && c <= 'Z':
			if i > 0 {
				inner++
			}
		case isDigit(c):
			digits++
		}
	}
	return inner > 0 && lower > 0 || digits > 0 || inner > 12 || lower > 40
}

// digits reads a run of hexadecimal or binary digits, or of base32.
func (r *reader) digits(start, end int) bool {
	s := r.text[start:end]
	if n := strings.IndexFunc(s, func(c rune) bool { return c > 0x7F || !isHex(byte(c)) }); n < 0 {
		if binary := strings.Trim(s, "01") == ""; binary && len(s) >= 24 && len(s)%8 == 0 {
			return r.keep("binary", bits(s), start, end)
		}
		if b, err := hex.DecodeString(s[:len(s)&^1]); err == nil {
			return r.keep("hex", b, start, end)
		}
	}
	if len(s) >= 16 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == "" {
		if b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s); err == nil {
			return r.keep("base32", b, start, end)
		}
	}
	return false
}

func bits(s string) []byte {
	b := make([]byte, len(s)/8)
	for i := range len(b) * 8 {
		b[i/8] = b[i/8]<<1 | s[i]&1
	}
	return b
}

// keep adds decoded bytes when they are text.
func (r *reader) keep(how string, b []byte, start, end int) bool {
	s, ok := textual(b, true)
	if ok {
		r.code(how, s, start, end)
	}
	return ok
}

// group reads runs of base64 that follow one another: together, and if that is no text,
// one by one.
func (r *reader) group(runs []run) {
	if len(runs) == 0 {
		return
	}
	if len(runs) > 1 {
		var b strings.Builder
		for _, x := range runs {
			b.WriteString(r.text[x.start:x.end])
		}
		if r.base64(b.String(), runs[0].start, runs[len(runs)-1].end) {
			return
		}
	}
	for _, x := range runs {
		if r.base64(r.text[x.start:x.end], x.start, x.end) {
			continue
		}
		r.parts(x)
	}
}

// parts reads what stands between the signs that base64 shares with paths.
func (r *reader) parts(x run) {
	start := x.start
	for i := x.start; i <= x.end; i++ {
		if i < x.end && !strings.ContainsRune("/-_+", rune(r.text[i])) {
			continue
		}
		if i-start >= 12 && i-start < x.end-x.start && coded(r.text[start:i]) {
			r.base64(r.text[start:i], start, i)
		}
		start = i + 1
	}
}

var plainAlphabet = strings.NewReplacer("-", "+", "_", "/")

func (r *reader) base64(s string, start, end int) bool {
	if len(s) < 8 {
		return false
	}
	if strings.ContainsAny(s, "-_") {
		s = plainAlphabet.Replace(s)
	}
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	if head, err := base64.RawStdEncoding.DecodeString(s[:8]); err != nil || !printable(head) && !likelyWide(head) {
		return false
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return false
	}
	return r.keep("base64", b, start, end)
}

// printable is a quick look at the first bytes of what may be text.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7F {
			return false
		}
	}
	return true
}

func likelyWide(b []byte) bool { return len(b) > 3 && b[1] == 0 && b[3] == 0 }
