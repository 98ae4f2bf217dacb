package guard

import "strings"

// fetching are the attributes by which a tag fetches or leads somewhere.
var fetching = []string{"src", "href", "srcset", "data", "action", "formaction", "poster", "background", "style", "cite", "ping", "content", "xlink:href", "longdesc", "lowsrc", "codebase"}

// fetchers are the elements that fetch without anybody's doing.
var fetchers = words("img|image|picture|source|video|audio|track|embed|object|link|input|iframe|frame|script|style|svg|use|body|table|td|th|meta|base|form|portal")

// maxTag is how many bytes of a tag are read.
const maxTag = 8000

// tag reads an HTML tag with an address, or <address>.
func tag(s string, at int, budget *int) (t target, ok bool) {
	if at+1 == len(s) || !wordByte(s[at+1]) {
		return t, false
	}
	near := s[at:min(len(s), at+maxTag)]
	body, n := near[1:], strings.IndexByte(near, '>')
	if t.open = n < 0; t.open {
		t.end = at + len(near)
	} else {
		body, t.end = near[1:n], at+n+1
	}
	*budget -= t.end - at
	t.edits = []edit{{start: at, end: t.end}}
	if autolink(body) {
		t.address, t.edits[0].text = body, covered
		return t, true
	}
	lower := lowered(body)
	name := lower[:len(lower)-len(strings.TrimLeft(lower, "abcdefghijklmnopqrstuvwxyz0123456789-"))]
	if lower[0] < 'a' {
		return target{}, false
	}
	t.image = name != "a" && name != "area"
	t.address = fetched(name, body, lower, t.open)
	return t, t.address != ""
}

// autolink says whether what stands between angle brackets is an address and no tag.
func autolink(body string) bool {
	switch scheme, _ := parsed(body); scheme {
	case "http", "https", "ftp", "mailto", "javascript", "data":
		return !strings.ContainsAny(body, " \n\"'")
	}
	return false
}

// lowered is a text with small ASCII letters, as long as the text.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// fetched is the first address in a tag that leads out of the page, or what else a tag has that may
// not stay; "" for nothing. Of one that is open only its beginning is known.
func fetched(name, body, lower string, open bool) string {
	if name == "script" || name == "iframe" || name == "style" {
		return "html:" + name
	}
	for _, attribute := range fetching {
		values, all := valuesOf(attribute, body, lower)
		for _, v := range values {
			if a := leading(attribute, v); a != "" {
				return a
			}
		}
		if !all {
			return "html:attributes"
		}
	}
	if i := strings.Index(" "+lower, " on"); i >= 0 && strings.Contains(lower[i:], "=") {
		return "html:handler"
	}
	if open && fetchers[name] && len(body) > len(name) {
		return "html:open"
	}
	return ""
}

// leading is the address that an attribute has; "" where it leads nowhere else.
func leading(attribute, v string) string {
	if attribute == "style" || attribute == "srcset" {
		if !strings.Contains(v, "//") && !strings.Contains(v, "url") {
			return ""
		}
		v = v[max(0, strings.Index(v, "http")):]
		v = strings.TrimRight(strings.FieldsFunc(v+" ", func(r rune) bool { return r == ' ' || r == ',' || r == ')' })[0], `"'`)
	}
	if scheme, host := parsed(v); host == "" && scheme == "" {
		return ""
	}
	return v
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }

// maxValues is how often one word may stand in a tag as the name of an attribute.
const maxValues = 16

// valuesOf are the values of the attributes of a tag that have a name, and of what only looks like one
// within another's value. all is false where there are too many.
func valuesOf(name, body, lower string) (values []string, all bool) {
	for from := 0; ; {
		i := strings.Index(lower[from:], name)
		if i < 0 {
			return values, true
		}
		i += from
		from = i + len(name)
		if i == 0 || letter(lower[i-1]) || lower[i-1] == ':' {
			continue
		}
		rest := strings.TrimLeft(body[from:], " \t\r\n")
		if !strings.HasPrefix(rest, "=") {
			continue
		}
		if len(values) == maxValues {
			return values, false
		}
		values = append(values, valueAt(strings.TrimLeft(rest[1:], " \t\r\n")))
	}
}

// valueAt is the value at the beginning of a text, in quotation marks or without.
func valueAt(s string) string {
	if strings.HasPrefix(s, `\"`) || strings.HasPrefix(s, `\'`) { // within a string of JSON
		value, _, _ := strings.Cut(s[2:], s[:2])
		return value
	}
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, _, _ := strings.Cut(s[1:], s[:1])
		return value
	}
	if n := strings.IndexAny(s, " \t\r\n>"); n >= 0 {
		return s[:n]
	}
	return s
}
