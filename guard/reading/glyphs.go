package reading

import (
	"strings"
	"unicode/utf8"
)

// glyphs reads what is written in characters that fold to nothing or stand for letters:
// tags, variation selectors, braille, and letters turned upside down. It reads the source
// as it was given.
func (r *reader) glyphs() {
	s := r.from.raw
	for _, g := range []struct {
		how    string
		begin  string // of its characters in UTF-8, or of most of them
		fewest int
		byteOf func(rune) (byte, bool)
	}{
		{"tags", "\xf3\xa0", 8, tagByte}, {"selectors", "\xf3\xa0", 4, selectorByte}, {"braille", "\xe2\xa0", 4, brailleByte},
	} {
		if strings.Contains(s, g.begin) {
			r.glyph(g.how, g.fewest, g.byteOf)
		}
	}
	if strings.Contains(s, "ǝ") || strings.Contains(s, "ɐ") || strings.Contains(s, "ʇ") {
		r.turned()
	}
}

// glyph collects the bytes that characters of one kind stand for.
func (r *reader) glyph(how string, fewest int, byteOf func(rune) (byte, bool)) {
	var b []byte
	start, end := -1, 0
	for i, c := range r.from.raw {
		x, ok := byteOf(c)
		if !ok {
			continue
		}
		if x != 0 {
			b = append(b, x)
		}
		if start < 0 {
			start = i
		}
		end = i + utf8.RuneLen(c)
	}
	if len(b) < fewest {
		return
	}
	if how != "braille" {
		r.t.Signs.Tags += len(b)
	}
	if s, ok := textual(b, false); ok {
		r.addRaw(how, s, start, end)
	}
}

// tagByte is the ASCII character that a tag stands for; 0 for those that show nothing.
func tagByte(c rune) (byte, bool) {
	if !isTag(c) {
		return 0, false
	}
	if b := byte(c & 0x7F); b >= ' ' && b < 0x7F {
		return b, true
	}
	return 0, true
}

// selectorByte is the byte that a variation selector stands for where a text is hidden in
// them: the first 16 for 0 to 15, the others for the rest.
func selectorByte(c rune) (byte, bool) {
	switch {
	case c == 0xFE0F || c == 0xFE0E:
		return 0, false // stand after emoji, and for no character of a text
	case c >= 0xFE00 && c <= 0xFE0D:
		return byte(c - 0xFE00), true
	case c >= 0xE0100 && c <= 0xE01EF:
		return byte(c-0xE0100) + 16, true
	}
	return 0, false
}

// brailleLetters are the patterns of a to z from U+2800.
const brailleLetters = "\x01\x03\x09\x19\x11\x0b\x1b\x13\x0a\x1a\x05\x07\x0d\x1d\x15\x0f\x1f\x17\x0e\x1e\x25\x27\x3a\x2d\x3d\x35"

func brailleByte(c rune) (byte, bool) {
	if c < 0x2800 || c > 0x28FF {
		return 0, false
	}
	if i := strings.IndexByte(brailleLetters, byte(c-0x2800)); i >= 0 {
		return 'a' + byte(i), true
	}
	return ' ', true
}

// upsideDown says which letter each character is when the page is turned.
var upsideDown = func() map[rune]rune {
	m := map[rune]rune{}
	from, to := []rune("ɐqɔpǝɟƃɓɥᴉıɾʞʃɯuodbɹsʇnʌʍʎ˙¡¿∀ƐƎ"), []rune("abcdefgghiijklmnopqrstuvwy.!?aee")
	for i := range from {
		m[from[i]] = to[i]
	}
	return m
}()

// turned reads text that stands upside down and therefore runs backwards.
func (r *reader) turned() {
	const telling = "ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ"
	n, start, end := 0, -1, 0
	for i, c := range r.from.raw {
		if c >= 0x180 && c < 0x1E00 && strings.ContainsRune(telling, c) {
			n++
			if start < 0 {
				start = i
			}
			end = i + utf8.RuneLen(c)
		}
	}
	if n < 4 || n*12 < end-start { // a sixth of the letters of English, in two bytes each
		return
	}
	whole := reader{text: r.from.raw}
	low, high := whole.region(start, end)
	turned := strings.Map(func(c rune) rune {
		if to, ok := upsideDown[c]; ok {
			return to
		}
		return c
	}, r.from.raw[low:high])
	r.addRaw("turned", reverse(turned), low, high)
}

// morseLetters are the signs of a to z and 0 to 9.
const morseLetters = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."

var morseOf = func() map[string]byte {
	m := map[string]byte{}
	for i, s := range strings.Fields(morseLetters) {
		m[s] = "abcdefghijklmnopqrstuvwxyz0123456789"[i]
	}
	return m
}()

// fewestMorse is how many letters make a text of them.
const fewestMorse = 6

// morse reads dots and dashes.
func (r *reader) morse() {
	s := r.text
	for i := 0; i < len(s); {
		if s[i] != '.' && s[i] != '-' {
			i++
			continue
		}
		start := i
		for i < len(s) && strings.IndexByte(".-/| \n", s[i]) >= 0 {
			i++
		}
		if i-start < 2*fewestMorse {
			continue
		}
		if text, ok := morseText(s[start:i]); ok {
			r.add("morse", text, start, i)
		}
	}
}

func morseText(s string) (string, bool) {
	var b strings.Builder
	n := 0
	s = strings.NewReplacer("/", " / ", "|", " / ", "   ", " / ", "\n", " / ").Replace(s)
	for sign := range strings.FieldsSeq(s) {
		if sign == "/" {
			b.WriteByte(' ')
			continue
		}
		c, ok := morseOf[sign]
		if !ok {
			continue
		}
		b.WriteByte(c)
		n++
	}
	return b.String(), n >= fewestMorse && different(b.String()) >= 4
}
