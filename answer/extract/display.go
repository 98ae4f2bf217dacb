package extract

import (
	"regexp"
	"slices"
	"strings"
)

var (
	emphasis = regexp.MustCompile(`\*\*([^*\n]+)\*\*|__([^_\n]+)__`)
	link     = regexp.MustCompile(`!?\[([^\]\n]*)\]\([^)\s]*\)`)
	hashes   = regexp.MustCompile(`^#{1,6}\s+`)
	closers  = regexp.MustCompile(`^[\s)}\];,*/]*$`) // a line that only ends what began before
)

// display is a unit for reading. Its words stay as they are.
func display(u unit) string {
	if u.role == code {
		return displayCode(u.text)
	}
	s := emphasis.ReplaceAllString(u.text, "$1$2")
	s = link.ReplaceAllString(s, "$1")
	return hashes.ReplaceAllString(s, "")
}

// displayCode puts code between fences of its own, unless it is one line. A passage may
// begin or end inside a block, so the fences that it has need not be pairs, and its first
// lines may only close what began before it.
func displayCode(text string) string {
	lines := strings.Split(text, "\n")
	language := ""
	if rest, ok := strings.CutPrefix(strings.TrimSpace(lines[0]), "```"); ok {
		language = strings.Trim(rest, "`")
	}
	isFence := func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "```") }
	plain := slices.DeleteFunc(slices.Clone(lines), isFence)
	for len(plain) > 1 && closers.MatchString(plain[0]) {
		plain = plain[1:]
	}
	for len(plain) > 1 && strings.TrimSpace(plain[len(plain)-1]) == "" {
		plain = plain[:len(plain)-1]
	}
	if len(plain) == 0 || len(plain) == 1 && len(lines) == 1 && !strings.Contains(plain[0], "`") {
		return text
	}
	return "```" + language + "\n" + strings.Join(plain, "\n") + "\n```"
}
