package pii

import "strings"

// Tokens are written [PERSON_1]: capitals and underscores, a number, in square brackets. A
// model that writes Markdown may put a backslash before an underscore; that is read too.
const (
	longestToken = 48
	mostNumber   = 999999
)

// tokenName makes of a kind what may stand in a token: capitals and single underscores.
func tokenName(kind string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r
		case r == '_':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, kind)
	name = strings.Trim(name, "_")
	return name[:min(len(name), 24)]
}

// nextToken finds the first thing that has the form of a token: its bytes, or -1.
func nextToken(text string) (start, end int) {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '[')
		if i < 0 {
			return -1, -1
		}
		at += i
		if n, whole := tokenAt(text[at:]); whole {
			return at, at + n
		}
		at++
	}
}

// tokenAt reads a token at the beginning of s. It gives its length and true; or how far s
// went well and false. Where that is all of s, more may make it a token.
func tokenAt(s string) (n int, whole bool) {
	letters, digits, under := 0, 0, false
	for n = 1; n < len(s) && n < longestToken; n++ {
		c := s[n]
		switch {
		case c >= 'A' && c <= 'Z' && digits == 0:
			letters++
			under = false
		case c == '\\' && digits == 0 && letters > 0 && (n+1 == len(s) || s[n+1] == '_'):
		case c == '_' && digits == 0 && letters > 0:
			under = true
		case c >= '0' && c <= '9' && under && digits < 6:
			digits++
		case c == ']' && digits > 0:
			return n + 1, true
		default:
			return n, false
		}
	}
	return n, false
}

// cutToken gives the name and the number of a token.
func cutToken(token string) (name string, number int) {
	token = strings.Trim(token, "[]")
	i := strings.LastIndexByte(token, '_')
	if i < 0 {
		return token, 0
	}
	for _, c := range token[i+1:] {
		if c < '0' || c > '9' || number > mostNumber {
			return token, 0
		}
		number = number*10 + int(c-'0')
	}
	return token[:i], number
}

// A Restorer restores a text that comes in pieces. It holds back at most what may be the
// beginning of a token: 48 bytes.
type Restorer struct {
	JSON bool // the text is JSON, as for [Vault.RestoreJSON]

	vault *Vault
	may   func(Entry) bool
	held  string
}

// Restorer starts one. may is asked as by [Vault.Restore].
func (v *Vault) Restorer(may func(Entry) bool) *Restorer { return &Restorer{vault: v, may: may} }

// Write takes the next piece and gives what is ready.
func (r *Restorer) Write(chunk string) string {
	text := r.held + chunk
	cut := len(text)
	for i := max(0, len(text)-longestToken); i < len(text); i++ {
		if text[i] != '[' {
			continue
		}
		if n, whole := tokenAt(text[i:]); !whole && i+n == len(text) {
			cut = i
			break
		}
	}
	r.held = text[cut:]
	return r.restore(text[:cut])
}

// Close gives what was held back.
func (r *Restorer) Close() string {
	rest := r.held
	r.held = ""
	return r.restore(rest)
}

func (r *Restorer) restore(text string) string {
	if r.JSON {
		return r.vault.RestoreJSON(text, r.may)
	}
	return r.vault.Restore(text, r.may)
}
