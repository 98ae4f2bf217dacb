package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTargets is how many addresses of one text are looked at; beyond it the rest of the text has
// none that is let through.
const maxTargets = 2000

// targets are the addresses of a text, in order: of Markdown, of HTML, and those that stand by
// themselves.
func targets(s string) (all []target) {
	tags := 1 << 20 // bytes that are read of tags, so that a flood of open ones costs no more
	for at := 0; at < len(s) && len(all) < maxTargets; {
		var t target
		ok := false
		switch c := s[at]; c {
		case ']':
			t, ok = inline(s, at)
		case '<':
			if t, ok = tag(s, at, &tags); tags < 0 {
				t, ok = target{address: "html:flood", end: len(s), edits: []edit{{start: at, end: len(s), text: covered}}}, true
			}
		case ':', '.', '/':
			t, ok = bare(s, at)
		}
		if ok {
			all = append(all, t)
			at = max(t.end, at+1)
		} else {
			at++
		}
	}
	return all
}

// inline reads [words](address "title"), and [name]: address at the beginning of a line.
func inline(s string, at int) (t target, ok bool) {
	if at+1 >= len(s) || s[at+1] != '(' && s[at+1] != ':' {
		return t, false
	}
	begin := opening(s, at)
	if begin < 0 {
		return t, false
	}
	if s[at+1] == ':' {
		return definition(s, begin, at)
	}
	start, i := destination(s, at+2)
	t.address = strings.Trim(s[start:i], "<>")
	t.open = i == len(s)
	end := i
	if !t.open {
		if n := strings.IndexByte(s[i:min(len(s), i+1000)], ')'); n >= 0 {
			end = i + n + 1
		}
	}
	if begin > 0 && s[begin-1] == '!' {
		begin--
		t.image = true
	}
	words := begin + strings.IndexByte(s[begin:], '[') + 1
	t.edits, t.end = []edit{{start: begin, end: words}, {start: at, end: end}}, end
	return t, t.address != ""
}

// destination is where the address of a link stands, bytes: <address>, or up to white space or the
// bracket that closes the link.
func destination(s string, i int) (start, end int) {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t') {
		i++
	}
	start = i
	if i < len(s) && s[i] == '<' {
		if n := strings.IndexByte(s[i:], '>'); n >= 0 {
			return start, i + n + 1
		}
		return start, len(s)
	}
	for depth := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == ')' && depth == 0:
			return start, i
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return start, len(s)
}

// opening is the [ that belongs to the ] at a place; -1 for none near.
func opening(s string, at int) int {
	depth := 0
	for i := at - 1; i >= max(0, at-2000); i-- {
		switch s[i] {
		case ']':
			depth++
		case '[':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// definition reads the line that says where a name leads.
func definition(s string, begin, at int) (t target, ok bool) {
	line := strings.LastIndexByte(s[:begin], '\n') + 1
	if strings.Trim(s[line:begin], " >\t") != "" {
		return t, false
	}
	i := at + 2
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n') {
		i++
	}
	end := i
	for end < len(s) && s[end] != ' ' && s[end] != '\n' && s[end] != '\t' {
		end++
	}
	t.address = strings.Trim(s[i:end], "<>")
	if scheme, host := parsed(t.address); scheme == "" && host == "" {
		return t, false
	}
	// Which names are images is not known here: it counts as one.
	t.image, t.open, t.end = true, end == len(s), end
	t.edits = []edit{{start: i, end: end, text: covered}}
	return t, true
}

// bareSchemes are those of addresses that pages turn into links by themselves.
var bareSchemes = []string{"https", "http", "ftp", "javascript", "vbscript", "data"}

// bare reads an address that stands by itself, met at its colon, or at the dot of its www.
func bare(s string, at int) (t target, ok bool) {
	begin := -1
	switch {
	case s[at] == '.' && at >= 3 && strings.EqualFold(s[at-3:at], "www") && (at == 3 || !wordByte(s[at-4])):
		begin = at - 3
	case s[at] == ':':
		for _, scheme := range bareSchemes {
			if at >= len(scheme) && strings.EqualFold(s[at-len(scheme):at], scheme) && (at == len(scheme) || !wordByte(s[at-len(scheme)-1])) {
				begin = at - len(scheme)
				break
			}
		}
		rest := s[at+1:]
		plain := begin >= 0 && (strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, `\\`) || strings.HasPrefix(rest, `/\`))
		scripted := begin >= 0 && s[begin]|0x20 != 'h' && s[begin]|0x20 != 'f' && rest != "" && rest[0] != ' ' && rest[0] != '\n' && !(s[begin]|0x20 == 'd' && !strings.Contains(rest[:min(len(rest), 60)], ","))
		if !plain && !scripted {
			return t, false
		}
	}
	if begin < 0 {
		return t, false
	}
	end := at + 1
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if r <= ' ' || strings.ContainsRune("<>\"'`|", r) || unicode.Is(unicode.Han, r) || r > 0x7f && unicode.IsPunct(r) || r == ')' && !strings.Contains(s[begin:end], "(") || r == ']' {
			break
		}
		end += n
	}
	t.open = end == len(s)
	for end > at+1 && strings.IndexByte(".,;:!?*_", s[end-1]) >= 0 {
		end--
	}
	t.address, t.end = s[begin:end], end
	t.edits = []edit{{start: begin, end: end, text: covered}}
	return t, end > at+3
}

func wordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
