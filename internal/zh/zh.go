// Package zh gives the Chinese form of the sentences that the program says in English:
// messages and hints of errors, and why a document was skipped or failed.
//
// The rooms write one language, so that logs, tests and programs read one; the doors to
// people put a sentence into the reader's language on the way out. A sentence is known by
// its form, which is the text of the code with its verbs; what stood in the verbs (names,
// numbers, causes) goes over as it is. A sentence without a pair stays English: nothing is
// ever guessed. The table follows the source, and a test fails where one has what the
// other has not.
package zh

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A pair is one sentence. The English form stands as in the code: %d and %.0f take a number,
// %q a quoted text, any other verb any text. The Chinese form has %s for each of them, with
// an index where the order differs, and %v where a sentence of the table stands inside.
type pair struct{ en, zh string }

// Bounds on what comes from outside.
const (
	maxText  = 16 << 10 // bytes of a text that is looked at
	maxDepth = 3        // sentences inside sentences
	maxHeads = 4        // places before a sentence: the file, the line, the key
)

// Sentence gives the Chinese form of a finished English sentence. Of a text of several
// lines each line is a sentence, and before one its place may stand ("file.yaml:3: ...").
// Where nothing is known the text comes back as it was, and ok is false.
func Sentence(english string) (chinese string, ok bool) {
	if len(english) > maxText {
		return english, false
	}
	lines := strings.Split(english, "\n")
	for i, line := range lines {
		if out, known := placed(line); known {
			lines[i], ok = out, true
		}
	}
	return strings.Join(lines, "\n"), ok
}

// placed tries the whole line, then what stands behind its first colons.
func placed(line string) (string, bool) {
	// A file and a line are no part of a sentence, whatever it begins with.
	if place, rest, ok := strings.Cut(line, ": "); ok {
		if _, n, numbered := strings.Cut(place, ":"); numbered && n != "" && strings.Trim(n, "0123456789:") == "" && !strings.Contains(place, " ") {
			if out, known := sentence(rest, 0); known {
				return place + ": " + out, true
			}
		}
	}
	if out, ok := detailed(line, true); ok {
		return out, true
	}
	if out, ok := sentence(line, 0); ok {
		return out, true
	}
	at := 0
	for range maxHeads {
		i := strings.Index(line[at:], ": ")
		if i < 0 {
			break
		}
		at += i + len(": ")
		if out, ok := sentence(line[at:], 0); ok {
			return line[:at] + out, true
		}
	}
	return detailed(line, false)
}

// detailed tries a sentence with what stands behind its colon: a hint, or what somebody else said, whose
// words stay. With both, only where that is known too.
func detailed(line string, both bool) (string, bool) {
	for i := range line {
		if !strings.HasPrefix(line[i:], ": ") {
			continue
		}
		out, ok := sentence(line[:i], 0)
		if !ok || both && !begun(line[:i]) {
			continue
		}
		rest, known := sentence(line[i+2:], 0)
		if known || !both {
			return out + "：" + rest, true
		}
	}
	return line, false
}

// begun says whether a sentence is known by how it begins: one that begins with a name may be the end of
// a longer one.
func begun(text string) bool {
	for _, f := range forms()[text[0]] {
		if _, ok := f.match(text); ok {
			return f.texts[0] != ""
		}
	}
	return false
}

func sentence(text string, depth int) (string, bool) {
	if text == "" || depth > maxDepth {
		return text, false
	}
	for _, f := range forms()[text[0]] {
		if values, ok := f.match(text); ok {
			return f.chinese(values, depth), true
		}
	}
	if depth > 0 && !strings.HasSuffix(text, ".") { // a whole sentence that stands inside another
		if out, ok := sentence(text+".", depth+1); ok {
			return strings.TrimSuffix(out, "。"), true
		}
	}
	return text, false
}

// A form is a pair taken apart: text, verb, text, verb, ..., text.
type form struct {
	texts  []string // one more than verbs
	verbs  []byte   // 'd' a number, 'q' a quoted text, 's' any text
	length int      // bytes of all texts
	zh     string
}

// forms has, for each first byte of a sentence, the forms that may be it, those with
// the most text first: of two that fit, the one that says more is meant.
var forms = sync.OnceValue(func() *[256][]*form {
	var byFirst [256][]*form
	for _, p := range table {
		f := parse(p)
		for b := range byFirst {
			if first := f.texts[0]; first == "" && f.verbs[0] != 'q' || first != "" && first[0] == byte(b) || first == "" && b == '"' {
				byFirst[b] = append(byFirst[b], f)
			}
		}
	}
	for _, list := range byFirst {
		slices.SortStableFunc(list, func(a, b *form) int { return cmp.Compare(b.length, a.length) })
	}
	return &byFirst
})

var table = slices.Concat(documents, house, clients, storage, models, pooled, engines, deploying, drifting, caching, waits, wire, talk, prompts, assistants, measures, grammar, channels, entrance, limits, people, grants, accessPages, private, signIn, training, directReasons, scim, guarded, unsafeReasons, indirectReasons, guardPolicies, guardRules, guardPages, usages, consoles, hiddenText, seen, alikes, datasets, instructed, judging, engined, risky, learning, evals, taught, released, adapters, written, mining)

// parse takes a form apart.
func parse(p pair) *form {
	f := &form{zh: p.zh}
	var text strings.Builder
	for i := 0; i < len(p.en); i++ {
		if p.en[i] != '%' {
			text.WriteByte(p.en[i])
			continue
		}
		for i++; strings.IndexByte("+-#.0123456789", p.en[i]) >= 0; i++ {
		}
		if p.en[i] == '%' {
			text.WriteByte('%')
			continue
		}
		f.verbs = append(f.verbs, kinds[p.en[i]])
		f.texts = append(f.texts, text.String())
		f.length += text.Len()
		text.Reset()
	}
	f.texts = append(f.texts, text.String())
	f.length += text.Len()
	return f
}

var kinds = map[byte]byte{'d': 'd', 'f': 'd', 'q': 'q', 's': 's', 'v': 's'}

// match reads what stands in the verbs. It goes through the text once: a text value ends
// where the text behind it first comes with a value of the right kind after it.
func (f *form) match(text string) (values []string, ok bool) {
	text, ok = strings.CutPrefix(text, f.texts[0])
	for i := 0; ok && i < len(f.verbs); i++ {
		var n int
		var value string
		if n, value, ok = f.value(i, text); ok {
			values = append(values, value)
			text = text[n+len(f.texts[i+1]):]
		}
	}
	return values, ok && text == ""
}

// value reads the value of verb i at the beginning of the text, and how long it is there.
func (f *form) value(i int, text string) (n int, value string, ok bool) {
	switch f.verbs[i] {
	case 'd':
		n = digits(text)
		value = text[:n]
	case 'q':
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return 0, "", false
		}
		n = len(quoted)
		value, _ = strconv.Unquote(quoted) // QuotedPrefix has read it already
	default:
		n = f.ends(i, text)
		value = text[:max(n, 0)]
	}
	if i == 0 && f.texts[0] == "" && strings.HasSuffix(value, ":") {
		return 0, "", false // a place, and the sentence is behind it
	}
	if n < 0 || n == 0 && f.verbs[i] == 'd' || !strings.HasPrefix(text[n:], f.texts[i+1]) {
		return 0, "", false
	}
	return n, value, true
}

// ends finds where a text value ends; -1 where it cannot.
func (f *form) ends(i int, text string) int {
	behind := f.texts[i+1]
	if i+1 == len(f.verbs) { // the last one takes what is left
		if !strings.HasSuffix(text, behind) {
			return -1
		}
		return len(text) - len(behind)
	}
	for at := 0; ; at++ {
		j := strings.Index(text[at:], behind)
		if j < 0 {
			return -1
		}
		at += j
		if fits(f.verbs[i+1], text[at+len(behind):]) {
			return at
		}
		if at == len(text) {
			return -1
		}
	}
}

// fits says whether a value of a kind may begin a text.
func fits(verb byte, text string) bool {
	switch verb {
	case 'd':
		return digits(text) > 0
	case 'q':
		return text != "" && text[0] == '"'
	}
	return true
}

func digits(text string) int {
	n := 0
	for n < len(text) && (text[n] >= '0' && text[n] <= '9' || n == 0 && text[n] == '-') {
		n++
	}
	return n
}

// chinese fills the Chinese form.
func (f *form) chinese(values []string, depth int) string {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = inner{v, depth + 1}
	}
	if len(args) == 0 {
		return strings.ReplaceAll(f.zh, "%%", "%")
	}
	return fmt.Sprintf(f.zh, args...)
}

// An inner is a value: with %v a sentence that has a Chinese form of its own.
type inner struct {
	text  string
	depth int
}

// Format writes the value as the verb asks.
func (v inner) Format(w fmt.State, verb rune) {
	text := v.text
	if verb == 'v' {
		var ok bool
		if text, ok = sentence(text, v.depth); !ok {
			text, _ = detailed(text, false)
		}
	}
	_, _ = w.Write([]byte(text)) // a fmt.State does not fail
}
