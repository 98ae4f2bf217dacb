package guard

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard/pii"
)

// A target is an address in an answer, with what is taken out where it may not stay.
type target struct {
	address string
	image   bool
	edits   []edit
	end     int  // byte behind it
	open    bool // the text ends before the address does
}

// findLinks looks at every address in an answer. An image is fetched without anybody's doing, and a
// link carries what its address says to whoever it names: so images come from the hosts of the
// policy alone, and links lead there or to an address that stands letter by letter in what the answer
// was written from.
func (x *look) findLinks() {
	for _, t := range targets(x.raw) {
		if t.end <= x.tail {
			continue
		}
		x.open = false
		kind, why := x.judged(t)
		if kind == "" {
			continue
		}
		f := Finding{Check: Links, Layer: "rules", Kind: kind, Score: 1, Evidence: t.address, Reason: why}
		f.Start, f.End = x.points.of(x.raw, t.edits[0].start), x.points.of(x.raw, t.edits[len(t.edits)-1].end)
		x.add(f, func(pii.How) []edit {
			x.open = t.open
			return t.edits
		})
	}
}

// judged says what is wrong with an address; "" where nothing is.
func (x *look) judged(t target) (kind, why string) {
	scheme, host := parsed(t.address)
	switch {
	case scheme == "" && host == "":
		return "", "" // within the page that shows the answer
	case scheme == "mailto" && !strings.Contains(t.address, "?"), scheme == "tel":
		return "", ""
	case scheme != "http" && scheme != "https" && scheme != "ftp":
		return "script", "The address is none of the web: it may carry a program or data."
	case slices.ContainsFunc(x.g.policy.Hosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) }):
		return "", ""
	case !t.image && (host == "localhost" || strings.HasPrefix(host, "localhost:") || host == "127.0.0.1" || strings.HasPrefix(host, "127.0.0.1:")):
		return "", ""
	case t.image:
		return "image", "An image would be fetched from a host that the policy does not name."
	case (!t.open || x.run == nil) && given(t.address, x.about): // of a text that is whole the end is the end of its last address
		return "", ""
	}
	return "link", "The address stands in none of the originals, and its host is not named by the policy."
}

// given says whether an address stands in what the answer was written from, or in the question.
func given(address string, about About) bool {
	in := func(s string) bool { return strings.Contains(s, address) }
	return in(about.Question) || slices.ContainsFunc(about.Passages, func(p wenyuan.Passage) bool { return in(p.Text) || in(p.Context) || in(p.Source) })
}

// parsed is the scheme and the host of an address as a browser reads it, in lower case; both are
// empty where it leads nowhere else.
func parsed(address string) (scheme, host string) {
	s := html.UnescapeString(address)
	s = strings.Map(func(r rune) rune {
		switch {
		case r <= ' ' || r == 0x7f || unicode.Is(unicode.Cf, r):
			return -1
		case r == '\\' || r == '／' || r == '⁄' || r == '∕':
			return '/'
		case r == '：' || r == '﹕':
			return ':'
		}
		return r
	}, s)
	if strings.HasPrefix(strings.ToLower(s), "www.") {
		s = "http://" + s
	}
	if strings.HasPrefix(s, "//") {
		s = "https:" + s
	}
	colon := strings.IndexAny(s, ":/?#")
	if colon < 0 || s[colon] != ':' {
		return "", ""
	}
	scheme = strings.ToLower(s[:colon])
	rest := s[colon+1:]
	if scheme == "http" || scheme == "https" || scheme == "ftp" {
		rest = "//" + strings.TrimLeft(rest, "/")
	}
	u, err := url.Parse(scheme + ":" + rest)
	if err != nil {
		return scheme, "?" // what cannot be read is on no list
	}
	host = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		host += ":" + p
	}
	return scheme, host
}

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
	i := at + 2
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t') {
		i++
	}
	start, depth := i, 0
	angle := i < len(s) && s[i] == '<'
	for ; i < len(s); i++ {
		c := s[i]
		if angle && c == '>' {
			i++
			break
		}
		if angle {
			continue
		}
		if c == ' ' || c == '\n' || c == '\t' || c == ')' && depth == 0 {
			break
		}
		if c == '(' {
			depth++
		} else if c == ')' {
			depth--
		}
	}
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

// fetching are the attributes by which a tag fetches or leads somewhere.
var fetching = []string{"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "style", "cite", "ping", "content", "xlink:href", "longdesc", "lowsrc", "codebase"}

// tag reads an HTML tag with an address, or <address>.
func tag(s string, at int, budget *int) (t target, ok bool) {
	if at+1 == len(s) || !wordByte(s[at+1]) {
		return t, false
	}
	n := strings.IndexByte(s[at:min(len(s), at+8000)], '>')
	if *budget -= n; n < 0 {
		*budget -= min(len(s)-at, 8000)
	}
	t.open = n < 0
	end := at + n + 1
	if n < 0 {
		end = min(len(s), at+8000)
	}
	body := s[at+1 : max(at+1, end-1)]
	if t.open {
		body = s[at+1 : end]
	}
	t.edits, t.end = []edit{{start: at, end: end}}, end
	if scheme, _ := parsed(body); (scheme == "http" || scheme == "https" || scheme == "ftp" || scheme == "mailto" || scheme == "javascript" || scheme == "data") && !strings.ContainsAny(body, " \n\"'") {
		t.address = body
		t.edits[0].text = covered
		return t, true
	}
	lower := strings.ToLower(body)
	if len(lower) == 0 || !('a' <= lower[0] && lower[0] <= 'z') {
		return target{}, false
	}
	for _, name := range []string{"script", "iframe"} {
		if after, is := strings.CutPrefix(lower, name); is && (after == "" || !letter(after[0])) {
			t.address, t.image = "html:"+name, true
			return t, true
		}
	}
	for _, name := range fetching {
		if v, there := attribute(body, lower, name); there {
			_, host := parsed(v)
			if name == "style" || name == "srcset" {
				if !strings.Contains(v, "//") && !strings.Contains(v, "url") {
					continue
				}
				v = v[max(0, strings.Index(v, "http")):]
				v = strings.TrimRight(strings.FieldsFunc(v+" ", func(r rune) bool { return r == ' ' || r == ',' || r == ')' })[0], `"'`)
			}
			t.address = v
			t.image = t.image || !strings.HasPrefix(lower, "a ")
			if scheme, _ := parsed(v); host == "" && scheme == "" && !t.open {
				continue
			}
			return t, true
		}
	}
	if i := strings.Index(" "+lower, " on"); i >= 0 && strings.Contains(lower[i:], "=") {
		t.address = "html:handler"
		return t, true
	}
	return target{}, false
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }

// attribute is the value of an attribute of a tag.
func attribute(body, lower, name string) (value string, ok bool) {
	for from := 0; ; {
		i := strings.Index(lower[from:], name)
		if i < 0 {
			return "", false
		}
		i += from
		from = i + len(name)
		if i == 0 || letter(lower[i-1]) || lower[i-1] == ':' || len(body) != len(lower) {
			continue
		}
		rest := strings.TrimLeft(body[from:], " \t\r\n")
		if !strings.HasPrefix(rest, "=") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			value, _, _ = strings.Cut(rest[1:], rest[:1])
			return value, true
		}
		if n := strings.IndexAny(rest, " \t\r\n>"); n >= 0 {
			rest = rest[:n]
		}
		return rest, true
	}
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
