package pii

import (
	"math"
	"strings"
)

// keyForms are the beginnings of keys that say what they are, and how many places follow at
// least. What is given out under them is described by those who give it out.
var keyForms = map[byte][]struct {
	prefix string
	least  int
}{
	'A': {{"AKIA", 16}, {"ASIA", 16}, {"AIza", 30}, {"AKID", 28}, {"AGE-SECRET-KEY-", 40}},
	'L': {{"LTAI", 12}},
	'S': {{"SG.", 40}},
	'd': {{"dop_v1_", 40}, {"dapi", 32}},
	'e': {{"eyJ", 30}},
	'g': {{"ghp_", 30}, {"gho_", 30}, {"ghu_", 30}, {"ghs_", 30}, {"ghr_", 30}, {"github_pat_", 22}, {"glpat-", 18}, {"gsk_", 30}},
	'h': {{"hf_", 24}, {"hvs.", 20}},
	'n': {{"npm_", 30}},
	'p': {{"pk_live_", 16}, {"pypi-AgE", 40}, {"pplx-", 30}, {"pat_", 30}},
	'r': {{"rk_live_", 16}, {"rk_test_", 16}, {"r8_", 30}},
	's': {{"sk-", 18}, {"sk_live_", 16}, {"sk_test_", 16}, {"shpat_", 28}},
	't': {{"tvly-", 20}},
	'w': {{"wyk_", 16}, {"whsec_", 20}},
	'x': {{"xoxb-", 16}, {"xoxp-", 16}, {"xoxa-", 16}, {"xoxr-", 16}, {"xoxs-", 16}, {"xapp-", 20}},
	'y': {{"ya29.", 20}},
}

// key looks for a key of a known form that begins at a word, and for a long one after Bearer.
func (f *finder) key(w word) int {
	rest := f.s[w.start:]
	if prev := f.byteAt(w.start - 1); prev == '_' || prev == '-' || prev == '.' || prev == '/' && rest[0] != 'e' {
		return 0
	}
	for _, form := range keyForms[rest[0]] {
		if !strings.HasPrefix(rest, form.prefix) {
			continue
		}
		n := keyLength(rest, form.prefix == "eyJ" || strings.HasSuffix(form.prefix, "."))
		value := rest[:n]
		if n < len(form.prefix)+form.least || placeholder(value) || form.prefix == "eyJ" && !webToken(value) || strings.IndexAny(value, "0123456789") < 0 {
			continue
		}
		f.add("API_KEY", w.start, w.start+n, 0.95, byForm)
		return w.start + n
	}
	if n := w.end - w.start; n == 6 && f.low[w.start:w.end] == "bearer" && f.byteAt(w.end) == ' ' {
		value := f.s[w.end+1:]
		value = value[:keyLength(value, true)]
		if len(value) >= 16 && random(value) && !placeholder(value) {
			f.add("API_KEY", w.end+1, w.end+1+len(value), 0.9, byContext)
			return w.end + 1 + len(value)
		}
	}
	return 0
}

// keyLength gives how many places of s a key may have.
func keyLength(s string, dots bool) int {
	n := 0
	for n < len(s) && n < 4096 && (class[s[n]]&isAlnum != 0 || s[n] == '_' || s[n] == '-' || dots && (s[n] == '.' || s[n] == '+' || s[n] == '/' || s[n] == '=')) {
		n++
	}
	for n > 0 && (s[n-1] == '.' || s[n-1] == '-') {
		n--
	}
	return n
}

// webToken says whether s has the three parts of a JSON Web Token (RFC 7519).
func webToken(s string) bool {
	parts := strings.Split(s, ".")
	return len(parts) == 3 && len(parts[0]) > 10 && len(parts[1]) > 10 && strings.HasPrefix(parts[1], "ey")
}

// assigned looks whether a word names a secret and is given a value.
func (f *finder) assigned(w word) {
	name := f.low[w.start:w.end]
	if len(name) < 3 || len(name) > 40 {
		return
	}
	kind := secretName(name)
	if kind == "" {
		return
	}
	start, sign := f.value(w.end)
	if start < 0 {
		return
	}
	f.secretAt(kind, start, sign, name == "key" || name == "keys")
}

// secretName gives the kind of what a word of this name holds, in lower case.
func secretName(name string) string {
	switch name[len(name)-1] {
	case 'd', 'e':
		if strings.HasSuffix(name, "password") || strings.HasSuffix(name, "passwd") || strings.HasSuffix(name, "pwd") || name == "passphrase" || name == "passcode" {
			return "PASSWORD"
		}
	case 's':
		if name == "pass" {
			return "PASSWORD"
		}
	case 't', 'n', 'y':
		if strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "token") || strings.HasSuffix(name, "apikey") || name == "key" || strings.HasSuffix(name, "accesskey") || strings.HasSuffix(name, "secretkey") || name == "sig" {
			return "API_KEY"
		}
	}
	return ""
}

// value finds where the value begins after a name: behind a sign or "is". It gives -1 where
// there is none. A sign of 'i' stands for the word.
func (f *finder) value(i int) (int, byte) {
	s := f.s
	skip := func(set string) {
		for n := 0; i < len(s) && n < 8 && strings.IndexByte(set, s[i]) >= 0; n++ {
			i++
		}
	}
	skip("\"'`)] \t*")
	var sign byte
	rest := f.after(i, 12)
	switch {
	case rest == "":
		return -1, 0
	case rest[0] == ':' || rest[0] == '=':
		sign = rest[0]
		skip(":=>")
	case strings.HasPrefix(rest, "is "), strings.HasPrefix(rest, "was "), strings.HasPrefix(rest, "to "):
		sign = 'i'
		i += strings.IndexByte(rest, ' ')
		skip(": ")
	default:
		for _, w := range []string{"是", "为", "改成", "改为", "设为", "设成"} {
			if strings.HasPrefix(rest, w) {
				sign, i = 'i', i+len(w)
				skip(": ")
				break
			}
		}
		if sign == 0 {
			return -1, 0
		}
	}
	skip(" \t\"'`*")
	if i >= len(s) {
		return -1, 0
	}
	return i, sign
}

// secretAt judges what stands where a secret is expected.
func (f *finder) secretAt(kind string, start int, sign byte, vague bool) {
	end := start
	for end < len(f.s) && end-start < 512 && f.s[end] > ' ' && f.s[end] < 0x7F && strings.IndexByte("\"'`,;<>", f.s[end]) < 0 {
		end++
	}
	if f.s[start] == '<' || end-start >= 512 {
		return
	}
	for end > start && strings.IndexByte(".?!)}&", f.s[end-1]) >= 0 && (sign == 'i' && (end == len(f.s) || f.s[end] == ' ' || f.s[end] == '\n') || f.s[end-1] != '!' && f.s[end-1] != '?') {
		end--
	}
	if k := strings.IndexByte(f.s[start:end], '&'); k > 0 {
		end = start + k
	}
	value := f.s[start:end]
	if len(value) < 4 || placeholder(value) {
		return
	}
	if kind == "PASSWORD" {
		if score := passwordScore(value, sign); score > 0 {
			f.add(kind, start, end, score, byContext)
		}
		return
	}
	if n := len(value); n >= 12 && n == keyLength(value, true) && random(value) && (!vague || n >= 20) {
		f.add(kind, start, end, 0.75, byEntropy)
	}
}

// passwordScore says how likely a word where a password is expected is one.
func passwordScore(value string, sign byte) float64 {
	if len(value) > 64 || strings.ContainsAny(value, "()[]{}") && sign != ':' {
		return 0
	}
	small, big, digits, signs := 0, 0, 0, 0
	for i := range len(value) {
		switch class[value[i]] {
		case isLower:
			small++
		case isUpper:
			big++
		case isDigit:
			digits++
		default:
			signs++
		}
	}
	switch {
	case digits > 0 && small+big+signs > 0, signs > 0 && small+big > 0 && signs < len(value)-2 && !strings.ContainsAny(value, "/.-_"):
		return 0.85
	case digits == len(value):
		return 0.7
	case small > 0 && big > 1:
		return 0.6
	case small == len(value) && sign != 'i' && len(value) >= 6 && !ordinary(value):
		return 0.55
	}
	return 0
}

// placeholder says whether a value only shows where one is to be put.
func placeholder(value string) bool {
	if len(value) > 128 {
		value = value[:128]
	}
	low := lower(value)
	for _, mark := range []string{"your", "example", "xxxx", "****", "changeme", "placeholder", "dummy", "redacted", "...", "${", "{{", "$(", "<", "replace", "insert", "sample", "todo", "my-api", "my_api", "not-set", "undefined", "process.env", "os.environ", "getenv"} {
		if strings.Contains(low, mark) {
			return true
		}
	}
	var seen [256]bool
	different := 0
	for i := range len(low) {
		if !seen[low[i]] {
			seen[low[i]] = true
			different++
		}
	}
	return different < 3 || low[0] == '$' || low[0] == '%' && low[len(low)-1] == '%'
}

// random says whether a value looks drawn by chance: letters and digits, and at least 3 bits
// of entropy in each place (C. E. Shannon 1948), of the 4 to 6 that hexadecimal and base64 have.
func random(value string) bool {
	var count [256]int
	digits, letters := 0, 0
	for i := range len(value) {
		count[value[i]]++
		switch {
		case class[value[i]] == isDigit:
			digits++
		case class[value[i]]&isAlnum != 0:
			letters++
		}
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(value))
			bits -= p * math.Log2(p)
		}
	}
	return letters >= 2 && (digits >= 2 && bits >= 3 || digits == 1 && bits >= 4)
}

// pem reads a private key between its lines.
func (f *finder) pem(i int) int {
	head := f.after(i, 64)
	mark := "private key-----"
	k := strings.Index(head, mark)
	if k < 0 {
		mark = "private key block-----"
		if k = strings.Index(head, mark); k < 0 {
			return 0
		}
	}
	body := i + k + len(mark)
	end := len(f.s)
	if n := strings.Index(f.s[body:min(len(f.s), body+16384)], "-----"); n >= 0 {
		if end = body + n; strings.HasPrefix(f.s[end:], "-----END ") {
			if n := strings.Index(f.s[end+9:min(len(f.s), end+80)], "-----"); n >= 0 {
				end += 9 + n + 5
			}
		}
	}
	if end = min(end, body+16384); end-body < 40 || placeholder(f.s[body:end]) {
		return 0
	}
	f.add("PRIVATE_KEY", i, end, 1, byForm)
	return end
}
