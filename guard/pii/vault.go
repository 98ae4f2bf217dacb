package pii

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// An Entry is one token and what it stands for.
type Entry struct {
	Token     string // "[PERSON_1]"
	Kind      string
	Value     string // as it was first written
	Principal string // who wrote it; empty where it came from a document
	Document  string
}

// mostEntries bounds a vault: what comes after is masked.
const mostEntries = 10000

// quoted is the kind of what only looks like a token in a text.
const quoted = "TEXT"

// A Vault knows the tokens of one conversation. The same value gets the same token, however
// it is spaced and whether its letters are wide or capital; it is restored as it was first
// written. It may be used by several goroutines.
type Vault struct {
	mu        sync.Mutex
	key       []byte
	principal string
	document  string
	tokens    map[string]int // by kind and folded value: index of entries
	values    map[string]int // by token
	numbers   map[string]int // by kind: the highest number given
	entries   []Entry
	met       map[int]bool // indexes of entries whose values were covered here
	given     int          // how many of entries were given out by Fresh, or came from outside
}

// NewVault makes a vault from what was kept of the conversation. The key is for Hash, and
// may be empty where that is not used. Of two entries with one token the first counts.
func NewVault(key []byte, entries ...Entry) *Vault {
	v := &Vault{key: key, tokens: map[string]int{}, values: map[string]int{}, numbers: map[string]int{}, met: map[int]bool{}}
	for _, e := range entries {
		if _, taken := v.values[e.Token]; !taken {
			v.keep(e)
		}
	}
	v.given = len(v.entries)
	return v
}

func (v *Vault) keep(e Entry) {
	name, number := cutToken(e.Token)
	v.numbers[name] = max(v.numbers[name], number)
	v.values[e.Token] = len(v.entries)
	if _, taken := v.tokens[identity(e.Kind, e.Value)]; !taken {
		v.tokens[identity(e.Kind, e.Value)] = len(v.entries)
	}
	v.entries = append(v.entries, e)
}

// From says who wrote the texts that are covered from now on, and from which document they
// are. A value that is known already keeps its first origin.
func (v *Vault) From(principal, document string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.principal, v.document = principal, document
}

// Fresh gives the entries made since it was last called: what is to be kept.
func (v *Vault) Fresh() []Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := append([]Entry(nil), v.entries[v.given:]...)
	v.given = len(v.entries)
	return out
}

// Entries gives all of them.
func (v *Vault) Entries() []Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Entry(nil), v.entries...)
}

// token gives the token of a value, and false where the vault is full.
func (v *Vault) token(kind, value string) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if i, ok := v.tokens[identity(kind, value)]; ok {
		v.met[i] = true
		return v.entries[i].Token, true
	}
	name := tokenName(kind)
	if len(v.entries) >= mostEntries || name == "" || v.numbers[name] >= mostNumber {
		return "", false
	}
	token := "[" + name + "_" + strconv.Itoa(v.numbers[name]+1) + "]"
	v.met[len(v.entries)] = true
	v.keep(Entry{Token: token, Kind: kind, Value: value, Principal: v.principal, Document: v.document})
	return token, true
}

// Met says whether the value of a token was covered by this vault, and did not only come with what
// was kept: whoever brought it has it before them.
func (v *Vault) Met(token string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, ok := v.values[token]
	return ok && v.met[i]
}

// Restore puts back what the tokens of the text stand for, where may allows it; nil allows
// all. What the vault does not know stays as it is.
func (v *Vault) Restore(text string, may func(Entry) bool) string {
	return v.restore(text, may, func(value string) string { return value })
}

// RestoreJSON is Restore for tokens that stand within the strings of a JSON text: it stays one.
func (v *Vault) RestoreJSON(text string, may func(Entry) bool) string {
	return v.restore(text, may, func(value string) string {
		b, err := json.Marshal(value)
		if err != nil { // no string makes one
			return value
		}
		return string(b[1 : len(b)-1])
	})
}

func (v *Vault) restore(text string, may func(Entry) bool, write func(string) string) string {
	var b strings.Builder
	for {
		start, end := nextToken(text)
		if start < 0 {
			break
		}
		b.WriteString(text[:start])
		if value, ok := v.value(text[start:end], may); ok {
			b.WriteString(write(value))
		} else {
			b.WriteString(text[start:end])
		}
		text = text[end:]
	}
	b.WriteString(text)
	return b.String()
}

// value is what a token stands for, where it may be said.
func (v *Vault) value(written string, may func(Entry) bool) (string, bool) {
	v.mu.Lock()
	i, ok := v.values[strings.ReplaceAll(written, `\`, "")]
	var e Entry
	if ok {
		e = v.entries[i]
	}
	v.mu.Unlock()
	return e.Value, ok && (e.Kind == quoted || may == nil || may(e))
}

// identity is what makes two values one: the kind, and the value without spaces, hyphens and
// the forms of its letters. What looks like a token is only the same as itself.
func identity(kind, value string) string {
	if kind == quoted {
		return kind + "\x00" + value
	}
	return kind + "\x00" + same(value)
}

// same folds a value: wide to plain, lower case, without white space. Hyphens go only where
// the rest is digits, since they tell words apart.
func same(value string) string {
	s := lower(strings.TrimSpace(fold(value).s))
	digits := strings.ContainsAny(s, "0123456789")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			return -1
		case r >= 'a' && r <= 'z' || r > 127:
			return r
		case r == '-' && digits && !strings.ContainsAny(s, "abcdefghijklmnopqrstuvwyz@"):
			return -1
		}
		return r
	}, s)
}
