package extract

import (
	"regexp"
	"strings"
)

var (
	emphasis = regexp.MustCompile(`\*\*([^*\n]+)\*\*|__([^_\n]+)__`)
	link     = regexp.MustCompile(`!?\[([^\]\n]*)\]\([^)\s]*\)`)
	hashes   = regexp.MustCompile(`^#{1,6}\s+`)
)

// display is a unit for reading. Its words stay as they are.
func display(u unit) string {
	if u.role == code {
		if strings.HasPrefix(u.text, "```") || !strings.Contains(u.text, "\n") && !strings.Contains(u.text, "`") {
			return u.text
		}
		return "```\n" + u.text + "\n```"
	}
	s := emphasis.ReplaceAllString(u.text, "$1$2")
	s = link.ReplaceAllString(s, "$1")
	return hashes.ReplaceAllString(s, "")
}
