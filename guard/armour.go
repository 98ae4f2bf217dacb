package guard

import (
	"slices"
	"strings"

	"wenyuan/guard/pii"
)

// The lines between which keys and certificates are written as text (RFC 7468).
const (
	armourBegin = "-----BEGIN "
	armourEnd   = "-----END "
	armourDash  = "-----"
	armourLabel = 80 // bytes of a label with its dashes at most
)

// A private key comes in a stream line by line, longer than what is looked at again. Once its first line
// was met, what follows is taken out until its last line, or until a line that belongs to no key.

// findOpenKey covers a private key that has begun in a stream and not ended.
func (x *look) findOpenKey() {
	start := openKey(x.raw)
	if x.run == nil || start < 0 || !x.g.lines.has(x.place, Secrets) {
		return
	}
	f := Finding{Check: Secrets, Layer: "rules", Kind: "PRIVATE_KEY", Score: 1, Evidence: armourBegin + "…", Reason: whySecret}
	if a, _ := x.g.lines.action(x.place, f); a.rank() < Mask.rank() {
		return
	}
	f.Start, f.End = x.points.of(x.raw, start), x.points.of(x.raw, len(x.raw))
	x.add(f, func(pii.How) []edit {
		x.key = true
		return []edit{{start: start, end: len(x.raw), text: covered}}
	})
}

// openKey is the byte where a private key begins that has not ended; -1 where there is none.
func openKey(s string) int {
	start := strings.LastIndex(s, armourBegin)
	if start < 0 {
		return -1
	}
	label, body, whole := strings.Cut(s[start+len(armourBegin):], armourDash)
	if !whole || len(label) > armourLabel || !strings.Contains(strings.ToUpper(label), "PRIVATE KEY") || strings.Contains(body, armourEnd) {
		return -1
	}
	if body == "" { // the line itself does not end yet
		return start
	}
	for line := range strings.Lines(body) {
		if !ofKey(line) {
			return -1
		}
	}
	return start
}

// keyEnd is where a private key ends that begins a text: behind its last line, or before what belongs to
// no key. It is 0 where the key is only spoken of.
func keyEnd(s string) int {
	if strings.Contains(s, armourEnd) {
		return len(s)
	}
	at := -1
	if n := strings.Index(s[min(len(s), len(armourDash)):], armourDash); n >= 0 {
		at = n + 2*len(armourDash)
	}
	if at < 0 {
		return len(s)
	}
	body := at
	for line := range strings.Lines(s[at:]) {
		if !ofKey(line) {
			break
		}
		at += len(line)
	}
	if strings.TrimSpace(s[body:at]) == "" {
		return 0
	}
	return at
}

// ofKey says whether a line may belong to a key: base64 in one word, also with signs around it; anything
// with a long stretch of base64; a header; nothing.
func ofKey(line string) bool {
	line = strings.Trim(strings.ReplaceAll(line, `\n`, " "), " \t\r\n>|\"'`,*+\\")
	run, longest, other, spaces := 0, 0, 0, 0
	for i := range len(line) {
		switch c := line[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/=-_", c) >= 0:
			run++
			longest = max(longest, run)
			continue
		case c == ' ' || c == '\t':
			spaces++
		default:
			other++
		}
		run = 0
	}
	return longest >= 20 || other == 0 && spaces == 0 || armourHeader(line)
}

// armourHeader says whether a line is one of those that may stand before a key, such as "Proc-Type: 4,ENCRYPTED".
func armourHeader(line string) bool {
	name, _, ok := strings.Cut(line, ":")
	switch strings.ToLower(name) {
	case "proc-type", "dek-info", "version", "comment", "hash", "charset", "messageid":
		return ok
	}
	return false
}

// lastLine is what is kept of a key that was taken out: its line that has not ended, or the end of that,
// and at least a line's end.
func lastLine(s string) string {
	s = s[boundary(s, len(s)-maxKeyLine):]
	return s[max(strings.LastIndexByte(s, '\n'), 0):]
}

// maxKeyLine is how many bytes of a key's line are kept: a line of its own, or the beginning of the last.
const maxKeyLine = 200

// keyed is what stands behind a key that was taken out.
func (s *Stream) keyed(unit string) string {
	all := s.run.key + unit
	if i := strings.Index(all, armourEnd); i >= 0 {
		if n := strings.Index(all[i+len(armourEnd):], armourDash); n >= 0 {
			s.run.key = ""
			return all[max(i+len(armourEnd)+n+len(armourDash), len(all)-len(unit)):]
		}
		if len(all)-i < armourLabel {
			s.run.key = all[i:]
			return ""
		}
	} else if !slices.ContainsFunc(strings.Split(all, "\n"), func(line string) bool { return !ofKey(line) }) {
		s.run.key = lastLine(all)
		return ""
	}
	s.run.key = ""
	return unit
}

// unarmoured is a text for checks that read words: without the lines around keys and certificates, which
// look like marks between messages, and without the private keys that go no further. What stands elsewhere
// stays where it is.
func (x *look) unarmoured(text string, at int) string {
	if !strings.Contains(text, armourBegin) && !strings.Contains(text, armourEnd) {
		return text
	}
	out := []byte(text)
	blank := func(from, to int) {
		for i := max(from, 0); i < min(to, len(out)); i++ {
			out[i] = ' '
		}
	}
	for _, e := range x.edits {
		if e.check == Secrets && strings.HasPrefix(x.raw[e.start:e.end], armourBegin) {
			blank(e.start-at, e.end-at)
		}
	}
	for _, mark := range []string{armourBegin, armourEnd} {
		for i := 0; ; {
			n := strings.Index(text[i:], mark)
			if n < 0 {
				break
			}
			i += n + len(mark)
			if n := strings.Index(text[i:min(len(text), i+armourLabel)], armourDash); n >= 0 && armourName(text[i:i+n]) {
				blank(i-len(mark), i+n+len(armourDash))
			}
		}
	}
	return string(out)
}

// armourName says whether it names what keys and certificates are named.
func armourName(label string) bool {
	for _, what := range []string{"KEY", "CERTIFICATE", "CERTIFICATE REQUEST", "KEY BLOCK", "X509 CRL", "PARAMETERS", "PKCS7", "CMS"} {
		if strings.HasSuffix(label, what) && len(label) <= 40 && label == strings.ToUpper(label) {
			return true
		}
	}
	return false
}
