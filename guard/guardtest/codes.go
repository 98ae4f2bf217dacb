package guardtest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

func toBase64(_ *rand.Rand, text string) string {
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func toHex(rng *rand.Rand, text string) string {
	switch rng.IntN(3) {
	case 0:
		return hex.EncodeToString([]byte(text))
	case 1:
		return eachByte(text, "%02x ")
	}
	return eachByte(text, "\\x%02x")
}

func toBinary(_ *rand.Rand, text string) string { return eachByte(text, "%08b ") }

func eachByte(text, format string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, format, c)
	}
	return strings.TrimSpace(b.String())
}

func rotate(text string, n rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+n)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+n)%26
		}
		return r
	}, text)
}

func rot13(_ *rand.Rand, text string) string { return rotate(text, 13) }

func caesar(rng *rand.Rand, text string) string { return rotate(text, 1+rune(rng.IntN(12))) }

func reversed(_ *rand.Rand, text string) string {
	r := []rune(text)
	slices.Reverse(r)
	return string(r)
}

func reversedWords(rng *rand.Rand, text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		words[i] = reversed(rng, w)
	}
	return strings.Join(words, " ")
}

func toURL(rng *rand.Rand, text string) string {
	if rng.IntN(2) == 0 {
		return url.QueryEscape(text)
	}
	return eachByte(text, "%%%02X")
}

func toHTML(rng *rand.Rand, text string) string {
	format := []string{"&#%d;", "&#x%x;"}[rng.IntN(2)]
	var b strings.Builder
	for _, r := range text {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func toJS(_ *rand.Rand, text string) string {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "\\u%04x", c)
	}
	return b.String()
}

// toTags writes ASCII as characters that show nothing, after a word that does.
func toTags(_ *rand.Rand, text string) string {
	return "Hello" + strings.Map(func(r rune) rune {
		if r >= ' ' && r < 0x7F {
			return 0xE0000 + r
		}
		return -1
	}, text)
}

const morseSigns = ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."

func toMorse(_ *rand.Rand, text string) string {
	signs := strings.Fields(morseSigns)
	var out []string
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		var letters []string
		for _, r := range word {
			if isLatin(r) {
				letters = append(letters, signs[r-'a'])
			}
		}
		out = append(out, strings.Join(letters, " "))
	}
	return strings.Join(out, " / ")
}

// nested writes a code in a code.
func nested(rng *rand.Rand, text string) string {
	codes := []func(*rand.Rand, string) string{toBase64, toHex, toURL, toHTML, toJS}
	for range 2 {
		text = codes[rng.IntN(len(codes))](rng, text)
	}
	return text
}
