package parse

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"
)

// sampleSize is how much of a file is looked at to tell its kind and its charset.
const sampleSize = 64 << 10

// A text is a decoded file, clean and with LF.
type text struct {
	string
	charset string
	removed map[string]int
	tags    []string // what was written in letters without shape
}

// decode reads the whole file as text. declared is the charset that the format itself
// names, or empty; bytes that are good UTF-8 win over it, because the name is often left
// over from a template.
func (f *file) decode(declared string) (text, error) {
	raw, err := f.all()
	if err != nil {
		return text{}, err
	}
	name, enc := detectCharset(raw, declared)
	removed := map[string]int{}
	if enc == nil {
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
		s := string(raw)
		return text{clean(s, removed), name, removed, tagged(s)}, nil
	}
	raw, err = enc.NewDecoder().Bytes(raw)
	if err != nil {
		return text{}, f.invalid("could not be decoded as "+name, "Save it as UTF-8 and add it again.", err)
	}
	if n := bytes.Count(raw, []byte("\uFFFD")); n > 0 {
		removed[badBytes] = n
	}
	s := string(raw)
	return text{clean(s, removed), name, removed, tagged(s)}, nil
}

// all is the content of the file.
func (f *file) all() ([]byte, error) {
	raw := make([]byte, f.size)
	n, err := f.r.ReadAt(raw, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return raw[:n], nil
}

// detectCharset names the charset; a nil encoding means that the bytes are UTF-8, good
// or nearly so.
func detectCharset(raw []byte, declared string) (string, encoding.Encoding) {
	if name, enc := byOrderMark(raw); name != "" {
		return name, enc
	}
	if name, enc := wide(raw); name != "" {
		return name, enc
	}
	if mostlyUTF8(raw) {
		return "UTF-8", nil
	}
	if declared != "" {
		if enc, err := htmlindex.Get(declared); err == nil {
			return canonical(enc, declared)
		}
	}
	sample := highSample(raw)
	guess := chardet.Detect(sample)
	if looksGB(sample) && !(guess.Confidence > 0.9 && (guess.Encoding == "EUC-KR" || guess.Encoding == "EUC-JP")) {
		return "GB18030", simplifiedchinese.GB18030
	}
	if guess.Confidence >= 0.3 {
		if guess.Encoding == "GB2312" {
			return "GB18030", simplifiedchinese.GB18030
		}
		if enc, err := htmlindex.Get(guess.Encoding); err == nil {
			return canonical(enc, guess.Encoding)
		}
	}
	return "windows-1252", charmap.Windows1252
}

func canonical(enc encoding.Encoding, fallback string) (string, encoding.Encoding) {
	switch enc {
	case simplifiedchinese.GBK, simplifiedchinese.GB18030:
		return "GB18030", simplifiedchinese.GB18030 // it holds the older ones
	case xunicode.UTF8:
		return "UTF-8", nil
	}
	if name, err := htmlindex.Name(enc); err == nil {
		if name == "big5" {
			name = "Big5"
		}
		return name, enc
	}
	return fallback, enc
}

func byOrderMark(raw []byte) (string, encoding.Encoding) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return "UTF-8", nil
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return "UTF-16LE", xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return "UTF-16BE", xunicode.UTF16(xunicode.BigEndian, xunicode.ExpectBOM)
	}
	return "", nil
}

// wide finds UTF-16 without a byte order mark: some unit is ASCII, so some byte is
// zero, and read the right way round nearly every unit is a letter that people write.
func wide(raw []byte) (string, encoding.Encoding) {
	sample := raw[:min(len(raw), sampleSize)&^1]
	zeros := bytes.Count(sample, []byte{0})
	if len(raw)%2 != 0 || zeros == 0 {
		return "", nil
	}
	if zeros < len(sample)/4 && bytes.IndexFunc(sample, func(r rune) bool { return r >= 0x80 }) < 0 {
		return "", nil // ASCII with a stray zero: two of its letters would make a Chinese one
	}
	little, big := 0, 0
	for i := 0; i+1 < len(sample); i += 2 {
		if written(rune(sample[i]) | rune(sample[i+1])<<8) {
			little++
		}
		if written(rune(sample[i+1]) | rune(sample[i])<<8) {
			big++
		}
	}
	enough := len(sample) / 2 * 95 / 100
	switch {
	case little > big && little >= enough:
		return "UTF-16LE", xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM)
	case big > little && big >= enough:
		return "UTF-16BE", xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM)
	}
	return "", nil
}

func written(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t', ' ' <= r && r < 0x7f, 0xa0 <= r && r < 0x600:
		return true
	case 0x2010 <= r && r <= 0x2040, 0x3000 <= r && r <= 0x30ff, 0x4e00 <= r && r <= 0x9fff, 0xff00 <= r && r <= 0xffef:
		return true
	}
	return false
}

// mostlyUTF8 takes good UTF-8, and UTF-8 with a few bad bytes: a letter of several bytes
// that is right by chance is rare, ten to one bad byte rarer.
func mostlyUTF8(raw []byte) bool {
	if utf8.Valid(raw) {
		return true
	}
	good, bad := 0, 0
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good >= 10*bad
}

// highSample is the first part of the file in which something is not ASCII.
func highSample(raw []byte) []byte {
	i := bytes.IndexFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf })
	i = max(0, i-64)
	return raw[i:min(len(raw), i+sampleSize)]
}

// looksGB tells Chinese in GB2312 apart also where there are only a few letters of it:
// every high byte is half of a pair, and most pairs are among the 3,755 common letters or
// the punctuation. Of a sample that ends within a pair the last byte does not count.
func looksGB(sample []byte) bool {
	pairs, common := 0, 0
	for i := 0; i < len(sample); {
		c := sample[i]
		if c < 0x80 {
			i++
			continue
		}
		if i+1 == len(sample) {
			break
		}
		d := sample[i+1]
		if c < 0x81 || c == 0xff || d < 0x40 || d == 0x7f || d == 0xff {
			return false
		}
		pairs++
		if d >= 0xa1 && (c >= 0xb0 && c <= 0xd7 || c == 0xa1 || c == 0xa3) {
			common++
		}
		i += 2
	}
	return pairs >= 2 && common*10 >= pairs*8
}

// Reasons under which what was taken out is counted.
const (
	badBytes = "invalid bytes"
	unseen   = "invisible characters"
)

// clean makes a piece what extracted text may be: UTF-8 with LF, without NUL and the
// other characters that nobody sees. What it takes out it counts.
func clean(s string, removed map[string]int) string {
	if isClean(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		next := i + size
		switch {
		case r == utf8.RuneError && size == 1:
			removed[badBytes]++
			out.WriteRune(utf8.RuneError)
		case r == '\r':
			if next >= len(s) || s[next] != '\n' {
				out.WriteByte('\n')
			}
		case breaksLine(r):
			out.WriteByte('\n')
		case invisible(r):
			removed[unseen]++
		default:
			out.WriteString(s[i:next])
		}
		i = next
	}
	return out.String()
}

// isClean is the quick way out for nearly every piece of text: it knows what clean looks
// for by its bytes.
func isClean(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			continue
		}
		if c < ' ' || c == 0x7f {
			return false
		}
		var next, last byte
		if i+2 < len(s) {
			next, last = s[i+1], s[i+2]
		} else if i+1 < len(s) {
			next = s[i+1]
		}
		switch c {
		case 0xc2: // U+0080 to U+009F, U+00AD
			if next <= 0x9f || next == 0xad {
				return false
			}
		case 0xe2: // U+200B, U+2028, U+2029, U+2060
			if next == 0x80 && (last == 0x8b || last == 0xa8 || last == 0xa9) || next == 0x81 && last == 0xa0 {
				return false
			}
		case 0xf3: // U+E0000 to U+E007F
			if next == 0xa0 && last <= 0x81 {
				return false
			}
		case 0xef: // U+FEFF
			if next == 0xbb && last == 0xbf {
				return false
			}
		}
	}
	return utf8.ValidString(s)
}

func breaksLine(r rune) bool {
	return r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// invisible are the controls, the soft hyphen, the zero-width space, the word joiner and
// the byte order mark, and the letters of Unicode that tag others and have no shape. The joiners
// of letters stay: they change how they are read.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || r == 0xad || r == 0x200b || r == 0x2060 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f
}
