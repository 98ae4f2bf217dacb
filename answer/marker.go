package answer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// valid keeps what was in the prompt, each once, as indexes into found.Kept.
func (w *work) valid(cited []int) []int {
	var out []int
	seen := map[int]bool{}
	for _, n := range cited {
		if n >= 1 && n <= len(w.found.Kept) && !seen[n] {
			seen[n] = true
			out = append(out, n-1)
		}
	}
	return out
}

func union(a, b []int) []int {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

var (
	onlyMarkers    = regexp.MustCompile(`^[\s\d\[\]【】,，、\-–]*$`)
	marker         = regexp.MustCompile(`\s*[\[【]\s*\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*\s*[\]】]`)
	leadingMarkers = regexp.MustCompile(`^(?:\s*[\[【]\s*\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*\s*[\]】])+[。．.]?`)
	numberOrRange  = regexp.MustCompile(`(\d{1,3})(?:\s*[\-–]\s*(\d{1,3}))?`)
)

// takeMarkers takes the citation markers out of a sentence and says which originals, from 1,
// they name: [1], [1][3], [1, 3], [1-3], 【1】. Code is left as it is.
func takeMarkers(s string) (plain string, cited []int) {
	if strings.Contains(s, "```") {
		return s, nil
	}
	plain = marker.ReplaceAllStringFunc(s, func(m string) string {
		for _, r := range numberOrRange.FindAllStringSubmatch(m, -1) {
			from, _ := strconv.Atoi(r[1]) // one to three digits
			to := from
			if r[2] != "" {
				to, _ = strconv.Atoi(r[2])
			}
			for n := from; n <= to; n++ {
				cited = append(cited, n)
			}
		}
		return ""
	})
	return plain, cited
}
