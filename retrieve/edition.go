package retrieve

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"wenyuan"
)

// An edition is what the names above a passage say about its version.
type edition struct {
	mark    string // as written, for people: 4.x
	numbers []int  // 4.x is 4; 5.0.1 is 5, 0, 1
	date    int    // 20240501; 0 where none is named
	old     bool   // called old, deprecated, 已废弃
}

// How versions are written. A number alone is none: chapters have numbers too.
var (
	written  = regexp.MustCompile(`(?i)(?:\b(?:versions?|release|ver)[-_ ]*|\bv|版本[号为 ]*)(\d{1,3}(?:\.(?:\d{1,3}|x))*)(?:\.x)?(?:\s*版本?)?|\b(\d{1,3}(?:\.\d{1,3})*)\.x\b|\b(\d{1,3}(?:\.\d{1,3})+)\s*版本?|第(\d{1,3})版`)
	inPath   = regexp.MustCompile(`(?i)(?:^|[-_ (（])(\d{1,3}(?:\.\d{1,3})+)(?:$|[-_ )）])`)
	dated    = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)(?:[-_.年/]?(0[1-9]|1[0-2]|[1-9](?:月|[-_./]))(?:[-_.月/]?(0[1-9]|[12]\d|3[01]|[1-9](?:日|\b)))?)?(?:\D|$)`)
	outdated = regexp.MustCompile(`(?i)\b(?:old|deprecated|obsolete|legacy|archived?|outdated|superseded|retired)\b|已?废弃|旧版本?|已?过期|已?作废|已?停用|历史版本|过时`)
	numbered = regexp.MustCompile(`^[\d.]+[-_ .、]*\pL`)
	plainly  = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3})+`)
	ordinal  = regexp.MustCompile(`^[\s\d._、)）-]+`)
)

// editionOf reads the version off the path, the title and the headings of a passage; what
// stands nearest to the passage counts. family is the same for two passages that only
// differ in their version: the last heading, and the title or the path, without it.
func editionOf(p wenyuan.Passage) (e edition, families [2]string) {
	segments := strings.Split(strings.TrimSuffix(p.Source, extension(p.Source)), "/")
	for i, s := range segments {
		if numbered.MatchString(s) {
			e.read(s, nil)
		} else {
			e.read(s, inPath)
		}
		segments[i] = plain(s)
	}
	names := append([]string{p.Title}, p.Heading...)
	for i, n := range names {
		e.read(n, nil)
		names[i] = plain(n)
	}
	last := names[len(names)-1]
	return e, [2]string{names[0] + "\n" + last, strings.Join(segments, "/") + "\n" + last}
}

// extension is the end of a file's name; digits are none, so that the version of
// handbook-5.0 stays.
func extension(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.ContainsAny(path[i:], "/0123456789") && len(path)-i > 4 || i+1 < len(path) && unicode.IsDigit(rune(path[i+1])) {
		return ""
	}
	return path[i:]
}

func (e *edition) read(name string, also *regexp.Regexp) {
	for _, r := range []*regexp.Regexp{written, also} {
		if r == nil {
			continue
		}
		if m := r.FindStringSubmatch(name); m != nil {
			e.numbers = numbersOf(strings.Join(m[1:], ""))
			e.mark = strings.Trim(m[0], "-_ ()（）")
			break
		}
	}
	if m := dated.FindStringSubmatch(name); m != nil {
		e.date = 0
		for _, part := range m[1:] {
			n, _ := strconv.Atoi(strings.TrimRight(part, "年月日-_./"))
			e.date = e.date*100 + n
		}
		if e.mark == "" {
			e.mark = strings.TrimFunc(m[0], func(r rune) bool { return !unicode.IsDigit(r) && r != '年' && r != '月' && r != '日' })
		}
	}
	if m := outdated.FindString(name); m != "" {
		e.old = true
		e.mark = cmp.Or(e.mark, m)
	}
}

func numbersOf(version string) (out []int) {
	for part := range strings.SplitSeq(version, ".") {
		if n, err := strconv.Atoi(part); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// plain is a name without its version and its number, in lower case.
func plain(name string) string {
	for _, r := range []*regexp.Regexp{written, inPath, dated, outdated} {
		name = r.ReplaceAllString(name, " ")
	}
	name = ordinal.ReplaceAllString(name, "")
	return strings.ToLower(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " "))
}

// compare says whether e comes before (-1) or after (1) another edition; 0 where that
// cannot be said.
func (e edition) compare(o edition) int {
	if len(e.numbers) > 0 && len(o.numbers) > 0 {
		if c := slices.Compare(e.numbers, o.numbers); c != 0 {
			return c
		}
	}
	if e.date > 0 && o.date > 0 && e.date != o.date {
		return cmp.Compare(e.date, o.date)
	}
	switch {
	case e.old && !o.old:
		return -1
	case o.old && !e.old:
		return 1
	}
	return 0
}

// named says whether a question names this edition: 4.x is named by "version 4" and by
// "4.9.1", a year by itself.
func (e edition) named(text string) bool {
	found := plainly.FindAllString(text, -1)
	for _, m := range written.FindAllStringSubmatch(text, -1) {
		found = append(found, strings.Join(m[1:], ""))
	}
	for _, version := range found {
		n := numbersOf(version)
		if k := min(len(n), len(e.numbers)); k > 0 && slices.Equal(n[:k], e.numbers[:k]) {
			return true
		}
	}
	for _, m := range dated.FindAllStringSubmatch(text, -1) {
		if e.date > 0 && strings.HasPrefix(strconv.Itoa(e.date), m[1]) {
			return true
		}
	}
	return false
}
