package auth

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxGlob is the longest glob, in bytes.
const maxGlob = 1024

// A glob says which paths below a folder are meant. Between slashes, * stands for any letters
// and ? for one; ** between slashes stands for any folders, none as well. A glob without a slash
// is about the name of a file, in whatever folder below; one that ends in a slash, about all that
// lies in that folder.
type glob struct {
	parts []string
}

// everything fits whatever lies below the folder.
var everything = glob{[]string{"**"}}

// parseGlob reads a glob. Every other sign stands for itself.
func parseGlob(s string) (glob, error) {
	switch {
	case s == "":
		return glob{}, errors.New("the glob is empty")
	case len(s) > maxGlob:
		return glob{}, errors.New("the glob is longer than 1024 bytes")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
		return glob{}, errors.New("the glob holds what is no letter")
	case strings.Contains(s, `\`):
		return glob{}, errors.New("the glob holds a backslash; folders are parted by /")
	}
	s = norm.NFC.String(s)
	parts := strings.Split(strings.TrimPrefix(s, "/"), "/")
	if len(parts) == 1 && !strings.HasPrefix(s, "/") {
		return glob{[]string{"**", parts[0]}}, nil
	}
	if last := len(parts) - 1; parts[last] == "" {
		parts[last] = "**"
	}
	if slices.ContainsFunc(parts, func(p string) bool { return p == "" || p == "." || p == ".." }) {
		return glob{}, errors.New("the glob has a folder without a name, or one that leads out")
	}
	return glob{parts}, nil
}

// anywhere stands for a path of which nothing is known. What is about every path fits it, and
// nothing else does; no source is it.
const anywhere = "\x00"

// fits says whether a path, relative to the folder of the glob, is meant. It takes time by the
// product of the two lengths at most.
func (g glob) fits(path string) bool {
	if path == anywhere {
		return g.always()
	}
	return g.match(path)
}

// always says whether every path is meant: a name of one letter at the top is, and a longer one
// in a folder, of letters that no glob holds.
func (g glob) always() bool {
	return g.match("\x00") && g.match("\x00\x00/\x00\x00")
}

// reaches says whether something is meant that may lie below a folder, however deep.
func (g glob) reaches(folder string) bool {
	if folder == "" {
		return true
	}
	names := strings.Split(norm.NFC.String(folder), "/")
	for i, part := range g.parts {
		if part == "**" || i == len(names) {
			return true
		}
		if !(glob{[]string{part}}).match(names[i]) {
			return false
		}
	}
	return false
}

func (g glob) match(path string) bool {
	return fit(g.parts, strings.Split(norm.NFC.String(path), "/"),
		func(part string) bool { return part == "**" },
		func(part, name string) bool {
			return fit([]rune(part), []rune(name), func(r rune) bool { return r == '*' }, func(r, x rune) bool { return r == '?' || r == x })
		})
}

// fit matches a pattern in which some items stand for any run of letters. Where such an item is
// met again, the ones before it need not be tried further: the shortest run that worked leaves
// the most for what follows.
func fit[T any](pattern, text []T, any func(T) bool, same func(pattern, item T) bool) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && any(pattern[p]):
			star, from = p, t
			p++
		case p < len(pattern) && same(pattern[p], text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && any(pattern[p]) {
		p++
	}
	return p == len(pattern)
}
