package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How says how what was found is covered.
type How string

// The ways.
const (
	Mask  How = "mask"  // by stars; of some kinds an end stays that helps people and betrays nothing
	Hash  How = "hash"  // by a keyed hash: the same value can be followed, not read
	Token How = "token" // by a token that [Vault.Restore] turns back
)

// Hows are all of them.
func Hows() []How { return []How{Mask, Hash, Token} }

// Cover gives the text with each span covered. Hash needs a vault with a key and Token a
// vault with room; without one they mask. Spans may come in any order and may overlap: what
// belongs to any of them is covered. With Token, what only looks like a token in the text is
// covered too, so that Restore gives back what was written; so cover a text once, as it was
// written, and not what was covered before.
func Cover(text string, spans []Span, how How, v *Vault) string {
	var b strings.Builder
	at := 0
	put := func(kind string, start, end int) {
		b.WriteString(text[at:start])
		b.WriteString(coverOne(kind, text[start:end], how, v))
		at = end
	}
	plain := func(end int) {
		for how == Token && v != nil {
			start, stop := nextToken(text[at:end])
			if start < 0 {
				return
			}
			put(quoted, at+start, at+stop)
		}
	}
	for _, s := range inBytes(text, spans) {
		if s.End <= at {
			continue
		}
		plain(max(s.Start, at))
		put(s.Kind, max(s.Start, at), s.End)
	}
	plain(len(text))
	b.WriteString(text[at:])
	return b.String()
}

// Covered gives the text with everything of these kinds masked, or of all kinds where none
// is named. It covers what is in doubt too: it is for what is written to logs.
func Covered(text string, kinds ...string) string {
	spans := Find(text)
	if len(kinds) > 0 {
		spans = slices.DeleteFunc(spans, func(s Span) bool { return !slices.Contains(kinds, s.Kind) })
	}
	return Cover(text, spans, Mask, nil)
}

func coverOne(kind, value string, how How, v *Vault) string {
	if v != nil {
		switch {
		case how == Token:
			if token, ok := v.token(kind, value); ok {
				return token
			}
		case how == Hash && len(v.key) > 0:
			return v.hash(kind, value)
		}
	}
	return masked(kind, value)
}

// hash is the first 48 bits of an HMAC-SHA-256 over kind and value: short enough to read,
// and a thousand values in one place are told apart with a chance of error of 2e-9.
func (v *Vault) hash(kind, value string) string {
	mac := hmac.New(sha256.New, v.key)
	mac.Write([]byte(kind + "\x00" + same(value)))
	return "[" + kind + ":" + hex.EncodeToString(mac.Sum(nil)[:6]) + "]"
}

// masked covers by stars. Of a telephone number, a card and an identity card the ends stay,
// as people know them from receipts; of an e-mail address the host; of anything else nothing.
func masked(kind, value string) string {
	const stars = "***"
	switch kind {
	case "PHONE_NUMBER":
		return ends(value, 3, 2, 9, stars)
	case "CREDIT_CARD":
		return ends(value, 0, 4, 12, stars)
	case "CN_ID_CARD":
		return ends(value, 3, 1, 15, stars)
	case "EMAIL_ADDRESS":
		if i := strings.LastIndexAny(value, "@＠"); i > 0 {
			return stars + value[i:]
		}
	}
	return stars
}

// ends keeps head and tail code points of a value with at least least of them.
func ends(value string, head, tail, least int, middle string) string {
	r := []rune(value)
	if len(r) < max(least, head+tail+1) {
		return middle
	}
	return string(r[:head]) + middle + string(r[len(r)-tail:])
}

// Evidence gives what people may be shown of a span: its ends and its length, and never so
// much that the value can be guessed: at most four code points, a quarter of it, and none of
// a password.
func Evidence(text string, span Span) string {
	at := inBytes(text, []Span{span})
	if len(at) == 0 {
		return ""
	}
	value := text[at[0].Start:at[0].End]
	n := utf8.RuneCountInString(value)
	keep := min(n/8, 2)
	if span.Kind == "PASSWORD" || span.Kind == "CREDENTIAL_URL" {
		keep = 0
	}
	if span.Kind == "PRIVATE_KEY" {
		return "-----BEGIN … (" + strconv.Itoa(n) + ")"
	}
	if span.Kind == "PERSON" && n > 1 {
		return ends(value, 1, 0, 2, "…") + " (" + strconv.Itoa(n) + ")"
	}
	return ends(value, keep, keep, 1, "…") + " (" + strconv.Itoa(n) + ")"
}

// inBytes turns code points into bytes: sorted, clipped to the text, empty ones left out.
func inBytes(text string, spans []Span) []Span {
	out := slices.Clone(spans)
	slices.SortStableFunc(out, func(a, b Span) int { return a.Start - b.Start })
	marks := make([]int, 0, 2*len(out))
	for _, s := range out {
		marks = append(marks, max(s.Start, 0), max(s.End, 0))
	}
	slices.Sort(marks)
	bytes := make(map[int]int, len(marks))
	at, point := 0, 0
	for _, m := range slices.Compact(marks) {
		for ; point < m && at < len(text); point++ {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
		bytes[m] = at
	}
	for i := range out {
		out[i].Start, out[i].End = bytes[max(out[i].Start, 0)], bytes[max(out[i].End, 0)]
	}
	return slices.DeleteFunc(out, func(s Span) bool { return s.Start >= s.End })
}
