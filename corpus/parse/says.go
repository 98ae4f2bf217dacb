package parse

import (
	"regexp"
	"strings"
)

// Unread stands, among what a file says of its readers, for what cannot be read.
const Unread = "?"

// says notes what the file says of who may read it, as it is written.
func (b *builder) says(readers string) {
	b.readers = append(b.readers, strings.Join(strings.Fields(readers), " "))
}

// maxFront is how many bytes of front matter are read.
const maxFront = 64 << 10

// cutFront cuts front matter off: what stands between two lines of three hyphens, which is
// YAML, or of three plus signs, which is TOML. In a file that only begins like that it finds
// what would be front matter, and ok is false.
func cutFront(s string) (mark, head, body string, ok bool) {
	first, rest, _ := strings.Cut(s, "\n")
	if mark = strings.TrimRight(first, " \t"); mark != "---" && mark != "+++" {
		return "", "", s, false
	}
	for at := 0; at <= min(len(rest), maxFront); {
		line, _, more := strings.Cut(rest[at:], "\n")
		end := strings.TrimRight(line, " \t")
		if end == mark || end == "..." && mark == "---" {
			if more {
				return mark, rest[:at], rest[at+len(line)+1:], true
			}
			return mark, rest[:at], "", true
		}
		if !more {
			break
		}
		at += len(line) + 1
	}
	head, _, _ = strings.Cut(rest[:min(len(rest), maxFront)], "\n\n")
	return mark, head, s, false
}

// readersKey begins a line that names readers, at the top level of front matter.
var readersKey = regexp.MustCompile(`(?i)^["']?(access|read|readers)["']?[ \t]*([:：=])[ \t]*(.*)$`)

// frontReaders gives what front matter says of readers, once for each key. It reads one line,
// a list in brackets, or a list below the key; what is more artful is Unread.
func frontReaders(head string) []string {
	var out []string
	lines := strings.Split(head, "\n")
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "[") {
			break // a table of TOML: what follows belongs to it
		}
		m := readersKey.FindStringSubmatch(strings.TrimRight(lines[i], " \t"))
		if m == nil {
			continue
		}
		value, items := m[3], []string(nil)
		for i+1 < len(lines) && continues(lines[i+1], value) {
			i++
			if item, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), "- "); ok && value == "" {
				items = append(items, item)
			} else {
				value += " " + strings.TrimSpace(lines[i])
			}
		}
		out = append(out, oneValue(value, items))
	}
	return out
}

// continues says whether a line goes on with the value of the key above it.
func continues(line, value string) bool {
	bare := strings.TrimSpace(line)
	if bare == "" || strings.HasPrefix(bare, "#") {
		return false
	}
	open := strings.HasPrefix(value, "[") && !strings.Contains(value, "]")
	return open || line[0] == ' ' || line[0] == '\t' || value == "" && strings.HasPrefix(bare, "- ")
}

// oneValue is a value, or the items of a list, in one line.
func oneValue(value string, items []string) string {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "#") {
		value = ""
	}
	if rest, ok := strings.CutPrefix(value, "["); ok && items == nil {
		inner, after, closed := strings.Cut(rest, "]")
		if after = strings.TrimSpace(after); !closed || after != "" && after[0] != '#' {
			return Unread
		}
		inner = strings.TrimSuffix(strings.TrimSpace(inner), ",")
		items, value = strings.Split(inner, ","), ""
	}
	if items == nil {
		return scalar(value)
	}
	if value != "" {
		return Unread
	}
	for i := range items {
		if items[i] = scalar(items[i]); items[i] == Unread || items[i] == "" {
			return Unread
		}
	}
	return strings.Join(items, ", ")
}

// scalar is a plain or a quoted word without its remark.
func scalar(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return ""
	case s[0] == '"' || s[0] == '\'':
		inner, after, closed := strings.Cut(s[1:], s[:1])
		if after = strings.TrimSpace(after); !closed || after != "" && after[0] != '#' || strings.Contains(inner, `\`) {
			return Unread
		}
		return inner
	case strings.Contains("|>{}&*!%@`", s[:1]):
		return Unread
	}
	if at := strings.Index(s, " #"); at >= 0 {
		s = s[:at]
	}
	return strings.TrimSpace(s)
}
