package pii

import (
	"net/netip"
	"strings"
)

var (
	versionWords = []string{"version", "versions", "release", "ver", "v", "版本", "升级", "发布", "build", "section", "chapter", "figure", "table", "clause", "§", "章节", "第", "条款", "oid", "小节"}
	ipWords      = []string{"ip", "address", "host", "server", "ping", "ssh", "subnet", "gateway", "dns", "ipv4", "ipv6", "服务器", "地址", "主机", "网关", "登录", "来源", "访问"}
)

// email looks at what stands around an @.
func (f *finder) email(at int) int {
	s := f.s
	start := at
	for start > 0 && at-start < 64 && (class[s[start-1]]&isAlnum != 0 || strings.IndexByte("._%+-'", s[start-1]) >= 0) {
		start--
	}
	for start < at && class[s[start]]&isAlnum == 0 && s[start] != '_' {
		start++
	}
	end := f.host(at + 1)
	if start == at || end == 0 || s[at-1] == '.' {
		return 0
	}
	f.add("EMAIL_ADDRESS", start, end, 0.95, byForm)
	return end
}

// host reads a name with at least one dot, the last part of which has letters alone; 0 where
// there is none.
func (f *finder) host(i int) int {
	s := f.s
	end, label, from := 0, i, i
	for ; i < len(s) && i-from <= 253; i++ {
		if c := s[i]; class[c]&isAlnum != 0 || c == '-' {
			continue
		}
		if i > label && label > from && letters(s[label:i]) {
			end = i
		}
		if s[i] != '.' || i == label {
			break
		}
		label = i + 1
	}
	if i == len(s) && label > from && i > label && letters(s[label:i]) {
		end = i
	}
	return end
}

// letters says whether a label may be the last of a name.
func letters(s string) bool {
	if len(s) < 2 || len(s) > 18 {
		return false
	}
	for i := range len(s) {
		if class[s[i]]&(isLower|isUpper) == 0 {
			return len(s) > 4 && strings.HasPrefix(s, "xn--")
		}
	}
	return true
}

// url reads an address with a scheme; w is the scheme.
func (f *finder) url(w word) int {
	s := f.s
	if !strings.HasPrefix(s[w.end:], "://") {
		return 0
	}
	i := w.end + 3
	for i < len(s) && s[i] > ' ' && s[i] < 0x7F && strings.IndexByte("<>\"{}|\\^`", s[i]) < 0 && i-w.start < 2048 {
		i++
	}
	end := i
	for end > w.end+3 && strings.IndexByte(".,;:!?)]'*", s[end-1]) >= 0 {
		end--
	}
	rest := s[w.end+3 : end]
	if rest == "" {
		return 0
	}
	authority := rest
	if k := strings.IndexAny(rest, "/?#"); k >= 0 {
		authority = rest[:k]
	}
	if k := strings.LastIndexByte(authority, '@'); k > 0 {
		if _, secret, ok := strings.Cut(authority[:k], ":"); ok && secret != "" && !placeholder(secret) && secretName(lower(secret)) == "" {
			f.add("CREDENTIAL_URL", w.start, end, 0.95, byForm)
			return end
		}
	}
	if strings.Contains(f.low[w.end:end], "hooks.slack.com/services/t") {
		f.add("API_KEY", w.start, end, 0.95, byForm)
		return end
	}
	if scheme := f.low[w.start:w.end]; scheme == "http" || scheme == "https" || scheme == "ftp" {
		if !localHost(authority) {
			f.add("URL", w.start, end, 0.6, byForm)
		}
		return f.inQuery(w.end+3+len(authority), end)
	}
	return 0
}

// inQuery reads the words of a query, where keys and passwords are passed.
func (f *finder) inQuery(i, end int) int {
	q := strings.IndexByte(f.s[i:end], '?')
	if q < 0 {
		return end
	}
	for k := i + q; k < end; k++ {
		if f.s[k] != '?' && f.s[k] != '&' {
			continue
		}
		w := word{k + 1, k + 1}
		for w.end < end && (class[f.s[w.end]]&isAlnum != 0 || f.s[w.end] == '_' || f.s[w.end] == '-') {
			w.end++
		}
		f.assigned(w)
	}
	return end
}

func localHost(authority string) bool {
	authority = strings.ToLower(authority[strings.LastIndexByte(authority, '@')+1:])
	host, _, _ := strings.Cut(authority, ":")
	return host == "localhost" || host == "127.0.0.1" || !strings.Contains(host, ".") || strings.HasSuffix(host, "example.com") || strings.HasSuffix(host, "example.org")
}

// topDomains are those with which a name without a scheme is taken for an address: the
// others are the endings of files and packages too often.
var topDomains = map[string]bool{
	"com": true, "org": true, "net": true, "cn": true, "edu": true, "gov": true, "info": true, "biz": true, "uk": true,
	"de": true, "fr": true, "jp": true, "eu": true, "us": true, "ru": true, "hk": true, "tw": true, "se": true, "dk": true, "nl": true, "ch": true, "at": true, "be": true,
}

// domain reads a name without a scheme.
func (f *finder) domain(w word) int {
	if prev := f.byteAt(w.start - 1); prev == '@' || prev == '.' || prev == '/' || prev == '_' || prev == '-' {
		return 0
	}
	www := f.low[w.start:w.end] == "www"
	if f.byteAt(w.end) != '.' || class[f.byteAt(w.end+1)]&isAlnum == 0 {
		return 0
	}
	end := f.host(w.start)
	if end == 0 {
		return 0
	}
	dot := strings.LastIndexByte(f.s[:end], '.')
	next := f.byteAt(end)
	if next == '@' || next == '(' || next == '_' || !www && (!topDomains[f.s[dot+1:end]] || f.low[w.start:end] == "example.com") {
		return 0
	}
	if www && next == '/' {
		for end < len(f.s) && f.s[end] > ' ' && f.s[end] < 0x7F && strings.IndexByte("<>\"',;)", f.s[end]) < 0 {
			end++
		}
	}
	if strings.IndexByte(f.s[w.start:end], '@') >= 0 {
		return 0
	}
	f.add("URL", w.start, end, 0.5, byForm)
	return end
}

// ip4 reads four numbers with dots.
func (f *finder) ip4(w word) int {
	i, most, parts := w.start, 0, 0
	first := 0
	for ; parts < 4; parts++ {
		k := i
		for k < len(f.s) && class[f.s[k]] == isDigit && k-i < 4 {
			k++
		}
		if k == i || k-i > 3 || number(f.s[i:k]) > 255 || k-i > 1 && f.s[i] == '0' {
			return 0
		}
		if parts == 0 {
			first = number(f.s[i:k])
		}
		most = max(most, number(f.s[i:k]))
		if i = k; parts < 3 {
			if f.byteAt(k) != '.' {
				return 0
			}
			i++
		}
	}
	prev, next := f.byteAt(w.start-1), f.byteAt(i)
	if class[next]&isAlnum != 0 || next == '.' && class[f.byteAt(i+1)]&isDigit != 0 || next == '-' && class[f.byteAt(i+1)]&(isLower|isUpper) != 0 || prev == '.' || prev == '-' || prev == '_' || prev == '/' && class[f.byteAt(w.start-2)]&isAlnum != 0 {
		return 0
	}
	near := f.before(w.start, 24)
	context := says(near, ipWords...)
	switch {
	case first == 0 || first == 255 || first == 127:
		return i // addresses of nobody
	case says(near, versionWords...) && !context:
		return i
	case first < 10 && most < 64 && !context:
		f.add("IP_ADDRESS", w.start, i, 0.3, byForm)
	default:
		f.add("IP_ADDRESS", w.start, i, 0.85, byForm)
	}
	return i
}

// hardware reads MAC and IPv6 addresses: groups of hexadecimal digits.
func (f *finder) hardware(w word) int {
	s, sign := f.s, f.s[w.end]
	if prev := f.byteAt(w.start - 1); prev == ':' || prev == '-' || prev == '.' || prev == '_' {
		return 0
	}
	end, groups, two, four, digits := w.start, 0, 0, 0, 0
	for i := w.start; groups < 9; {
		k := i
		for k < len(s) && hexDigit(s[k]) && k-i < 5 {
			digits += int(class[s[k]] & isDigit)
			k++
		}
		groups++
		switch k - i {
		case 2:
			two++
		case 4:
			four++
		}
		if end = k; k >= len(s) || s[k] != sign || k-i > 4 {
			break
		}
		i = k + 1
		if sign == ':' && i < len(s) && s[i] == ':' {
			return f.ip6(w)
		}
	}
	if class[f.byteAt(end)]&isAlnum != 0 {
		return 0
	}
	switch {
	case groups == 6 && two == 6 && sign != '.' && digits > 0, groups == 3 && four == 3 && sign == '.' && says(f.before(w.start, 24), "mac"):
		f.add("MAC_ADDRESS", w.start, end, 0.9, byForm)
		return end
	case groups == 8 && sign == ':':
		return f.ip6(w)
	}
	return 0
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (f *finder) ip6(w word) int {
	end := w.start
	for end < len(f.s) && end-w.start < 46 && (hexDigit(f.s[end]) || f.s[end] == ':' || f.s[end] == '.') {
		end++
	}
	for end > w.start && (f.s[end-1] == '.' || f.s[end-1] == ':' && f.byteAt(end-2) != ':') {
		end--
	}
	written := f.s[w.start:end]
	a, err := netip.ParseAddr(written)
	if err != nil || !a.Is6() || a.IsLoopback() || a.IsUnspecified() || class[f.byteAt(end)]&isAlnum != 0 {
		return 0
	}
	if strings.Count(written, ":") < 7 && (w.end-w.start < 3 || !strings.ContainsAny(written, "0123456789")) {
		return 0
	}
	f.add("IP_ADDRESS", w.start, end, 0.9, byForm)
	return end
}
