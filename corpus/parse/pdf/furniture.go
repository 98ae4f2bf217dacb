package pdf

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// leader is the row of dots that leads to a page number.
var leader = regexp.MustCompile(`(?:\.[ \x{a0}]?|…[ \x{a0}]?|·[ \x{a0}]?){5,}\s*[0-9ivxlcIVXLC]*$`)

// removeContents takes the lines of a table of contents away and gives their code points.
func removeContents(pages []page) int {
	removed := 0
	for i := range pages {
		p := &pages[i]
		p.lines = slices.DeleteFunc(p.lines, func(l line) bool {
			text := l.text()
			if !leader.MatchString(text) {
				return false
			}
			removed += utf8.RuneCountInString(text)
			return true
		})
	}
	return removed
}

// removeFurniture takes headers, footers and page numbers away: lines near the edge that
// stand, numbers apart, on several pages at the same place. It gives their code points.
func removeFurniture(pages []page) int {
	if len(pages) < 2 {
		return 0
	}
	seen := map[string]int{}
	for i := range pages {
		on := map[string]bool{}
		for j := range pages[i].lines {
			if key, ok := pages[i].edgeKey(j); ok {
				on[key] = true
			}
		}
		for key := range on {
			seen[key]++
		}
	}
	often := min(3, len(pages))
	removed := 0
	for i := range pages {
		p := &pages[i]
		keep := p.lines[:0]
		for j := range p.lines {
			if key, ok := p.edgeKey(j); ok && seen[key] >= often {
				removed += utf8.RuneCountInString(p.lines[j].text())
				continue
			}
			keep = append(keep, p.lines[j])
		}
		p.lines = slices.Clip(keep)
	}
	return removed
}

// edgeKey names a line near the top or the bottom of its page by its words with the
// digits made equal.
func (p *page) edgeKey(i int) (string, bool) {
	const margin = 0.1 // of the page's height
	l := p.lines[i]
	where := ""
	switch {
	case l.bottom > p.height*(1-margin):
		where = "top "
	case l.top < p.height*margin:
		where = "bottom "
	default:
		return "", false
	}
	const longest = 200
	text := l.text()
	if len(text) > longest {
		return "", false
	}
	return where + strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '0'
		case unicode.IsSpace(r):
			return -1
		}
		return r
	}, collapseDigits(text)), true
}

// collapseDigits makes a run of digits one digit, so that page 9 and page 10 are alike.
func collapseDigits(s string) string {
	var out strings.Builder
	digit := false
	for _, r := range s {
		if unicode.IsDigit(r) {
			if !digit {
				out.WriteByte('0')
			}
			digit = true
			continue
		}
		digit = false
		out.WriteRune(r)
	}
	return out.String()
}
