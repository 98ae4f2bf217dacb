package rule

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/guard/reading"
)

// isPattern says whether text has a sign of patterns that is not taken back.
func isPattern(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '*', '?', '[', '{':
			return true
		}
	}
	return false
}

// A piece is an item with how often it comes, or one character of fixed text.
type piece struct {
	item
	fixed    rune // 0 for an item
	min, max int
}

// parseGlob reads a pattern. The fault is a sentence, empty where there is none.
func parseGlob(text string) (run string, g *glob, fault string) {
	pieces, fault := readPieces(text)
	if fault != "" {
		return "", nil, fault
	}
	from, to := longestRun(pieces)
	for _, p := range pieces[from:to] {
		run += string(p.fixed)
	}
	run = reading.Fold(run).Folded
	if !searchable(run) {
		return "", nil, "the pattern has no fixed run of two letters or one Han character"
	}
	g = &glob{start: bounded(pieces[0]), end: bounded(pieces[len(pieces)-1])}
	back := slices.Clone(pieces[:from])
	slices.Reverse(back)
	g.before, g.after = expand(back), expand(pieces[to:])
	if len(g.before) >= maxItems || len(g.after) >= maxItems {
		return "", nil, "the pattern is too long beside its fixed run"
	}
	return run, g, ""
}

// bounded says whether a border is wanted beside a piece at the rim of a pattern.
func bounded(p piece) bool {
	if p.fixed != 0 {
		return spelled(p.fixed)
	}
	return !p.star && !p.any
}

func searchable(run string) bool {
	letters := 0
	for _, r := range run {
		if r >= utf8.RuneSelf {
			return true
		}
		if alnum(byte(r)) {
			letters++
		}
	}
	return letters >= 2
}

// longestRun finds the fixed characters by which a pattern is searched: Han counts double.
func longestRun(pieces []piece) (from, to int) {
	best := 0
	for i := 0; i < len(pieces); {
		j, weight := i, 0
		for j < len(pieces) && pieces[j].fixed != 0 && pieces[j].min == 1 && pieces[j].max == 1 {
			weight++
			if pieces[j].fixed >= utf8.RuneSelf {
				weight++
			}
			j++
		}
		if weight > best {
			best, from, to = weight, i, j
		}
		i = max(j, i+1)
	}
	for from < to && pieces[from].fixed == ' ' {
		from++
	}
	for from < to && pieces[to-1].fixed == ' ' {
		to--
	}
	return from, to
}

func expand(pieces []piece) []item {
	var items []item
	for _, p := range pieces {
		it := p.item
		if p.fixed != 0 {
			it = item{runes: foldedRange(p.fixed, p.fixed)}
		}
		for i := range p.max {
			it.optional = i >= p.min
			items = append(items, it)
			if len(items) >= maxItems {
				return items
			}
		}
	}
	return items
}

func foldedRange(a, b rune) []rune {
	if a == b {
		if r, n := utf8.DecodeRuneInString(reading.Fold(string(a)).Folded); n > 0 {
			return []rune{r, r}
		}
	}
	return []rune{unicode.ToLower(a), unicode.ToLower(b)}
}

func readPieces(text string) (pieces []piece, fault string) {
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		p := piece{min: 1, max: 1}
		switch r := runes[i]; r {
		case '*':
			p.item, p.min, p.max = item{star: true}, 0, starReach
		case '?':
			p.any = true
		case '[':
			end := i + 1
			for end < len(runes) && (runes[end] != ']' || end == i+1) {
				end++
			}
			if end == len(runes) {
				return nil, "a bracket of the pattern is not closed"
			}
			p.item, i = class(runes[i+1:end]), end
		case '{':
			end := slices.Index(runes[i:], '}')
			if end < 0 || len(pieces) == 0 || !repeat(&pieces[len(pieces)-1], string(runes[i+1:i+end])) {
				return nil, "a repetition is written {m} or {m,n} with numbers up to 32, behind what it repeats"
			}
			i += end
			continue
		case '\\':
			if i+1 < len(runes) {
				i++
			}
			p.fixed = runes[i]
		default:
			p.fixed = r
		}
		pieces = append(pieces, p)
	}
	return pieces, ""
}

func class(runes []rune) item {
	var it item
	if len(runes) > 1 && runes[0] == '^' {
		it.not, runes = true, runes[1:]
	}
	for i := 0; i < len(runes); i++ {
		a, b := runes[i], runes[i]
		if i+2 < len(runes) && runes[i+1] == '-' {
			b, i = runes[i+2], i+2
		}
		it.runes = append(it.runes, foldedRange(a, b)...)
	}
	return it
}

func repeat(p *piece, text string) bool {
	low, high, two := strings.Cut(text, ",")
	if !two {
		high = low
	}
	a, err := strconv.Atoi(low)
	b, err2 := strconv.Atoi(high)
	if err != nil || err2 != nil || a < 0 || b < a || b < 1 || b > maxRepeat || p.star {
		return false
	}
	p.min, p.max = a, b
	return true
}
