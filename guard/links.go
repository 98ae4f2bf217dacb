package guard

import (
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"

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
// was written from. A model that was given no documents knows addresses itself, and nothing tells it to
// send anything there: of its answers only what is fetched unseen is taken out.
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
	case x.about.Plain && t.seen(), (!t.open || x.run == nil) && given(t.address, x.about): // of a text that is whole the end is the end of its last address
		return "", ""
	}
	return "link", "The address stands in none of the originals, and its host is not named by the policy."
}

// seen says whether whoever reads the answer sees where the address leads before anything is fetched: it
// stands by itself, or behind words with nothing in it that could carry what was said. Attributes of HTML
// are not seen.
func (t target) seen() bool {
	if len(t.edits) == 1 {
		return t.edits[0].text == covered
	}
	return !t.open && !strings.ContainsAny(t.address, "?#@")
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
