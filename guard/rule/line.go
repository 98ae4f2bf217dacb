package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan/guard/reading"
)

// words reads alternatives: words, patterns and lists, with commas or | between them.
func (p *parser) words(n int, text string) term {
	var out term
	for _, one := range pieces(text, ',', '|') {
		one = strings.TrimSpace(one)
		if name, ok := strings.CutPrefix(one, "@"); ok && !strings.Contains(name, " ") {
			l := p.lists[name]
			switch {
			case l == nil:
				p.fault(Fault{Line: n, Message: fmt.Sprintf("the list @%s is not in this file", name)})
			case l.reading:
				p.fault(Fault{Line: n, Message: fmt.Sprintf("the list @%s contains itself", name)})
			case out == nil && one == strings.TrimSpace(text):
				return p.resolve(l) // the same slice, so that a list that is used often is matched once
			default:
				out = append(out, p.resolve(l)...)
			}
			continue
		}
		if w, ok := p.word(n, one); ok {
			out = append(out, w)
		}
	}
	if p.set.size += len(out); p.set.size > maxWords {
		p.fault(Fault{Line: n, Message: fmt.Sprintf("the file has more than %d words", maxWords)})
		return nil
	}
	return out
}

// maxWords are the words of one file, those of a list counted where it is used inside others.
const maxWords = 500_000

func (p *parser) word(n int, text string) (word, bool) {
	w, message := readWord(text)
	if message != "" {
		p.fault(Fault{Line: n, Message: message})
		return word{}, false
	}
	return w, true
}

func readWord(text string) (w word, message string) {
	if len(text) > MaxPattern {
		return w, fmt.Sprintf("a word has at most %d bytes, this one has %d", MaxPattern, len(text))
	}
	if open(text) {
		return w, "a quotation mark is not closed"
	}
	quoted := len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"'
	if !quoted && isPattern(text) {
		run, g, wrong := parseGlob(text)
		if wrong != "" {
			return w, wrong
		}
		return word{text: run, glob: g}, ""
	}
	if quoted {
		text = text[1 : len(text)-1]
	} else {
		text = unescape(text)
	}
	w.text = spaced(strings.TrimSpace(reading.Fold(text).Folded))
	if w.text == "" || len(w.text) > MaxPattern {
		return w, "a word of the rule is empty"
	}
	if len(w.text) == 1 {
		return w, fmt.Sprintf("the word %q is a single letter or sign, which stands in any text", w.text)
	}
	return w, ""
}

// spaced takes away the separators behind a space: a space stands for all of them.
func spaced(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		for text[i] == ' ' && i+1 < len(text) && text[i+1] < utf8.RuneSelf && isSeparator[text[i+1]] {
			text = text[:i+1] + text[i+2:]
		}
	}
	return b.String()
}

func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// open says whether a quotation mark of a text has no partner.
func open(text string) bool {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		}
	}
	return quoted
}

// joiner is the sign between the parts of a combination, with a space on both sides; 0 where
// there is none.
func joiner(text string) byte {
	for i, quoted := 0, false; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '+', '>':
			if !quoted && (i == 0 || text[i-1] == ' ') && (i+1 == len(text) || text[i+1] == ' ') {
				return c
			}
		}
	}
	return 0
}

func joined(text string, sign byte) []string {
	if sign == 0 {
		return []string{text}
	}
	var out []string
	for _, part := range pieces(text, sign) {
		if n := len(out); n > 0 && part != "" && (part[0] != ' ' || out[n-1] != "" && !strings.HasSuffix(out[n-1], " ")) {
			out[len(out)-1] += string(sign) + part
			continue
		}
		out = append(out, part)
	}
	return out
}

// pieces cuts at signs that are neither quoted nor behind a backslash.
func pieces(text string, signs ...byte) []string {
	var out []string
	from, quoted, braced := 0, false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '{' || c == '}':
			braced = c == '{'
		case !quoted && !braced && slices.Contains(signs, c):
			out, from = append(out, text[from:i]), i+1
		}
	}
	return append(out, text[from:])
}
