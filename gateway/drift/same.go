package drift

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/check"
)

// How alike two answers have to be that need not be equal token by token. At temperature 0 or with
// a seed, servers of one model say the same with other words at most: so no sentence may stand
// against the other answer, most have to be carried by it, and neither may be much longer.
const (
	leastCarried = 0.5 // share of the sentences of either that the other carries
	carriedFrom  = 0.5 // score of [check.Finding], which is a probability, from which one does
	mostLonger   = 3   // times as many characters
	fewLonger    = 40  // characters that make no difference in length
)

// Same says whether two answers to one request are the same, and else in what they differ. Exact
// asks for the same text, as engines promise that choose the likeliest token by the same sums;
// what else is compared by meaning, with the checks that answers go through.
func Same(a, b string, exact bool) (same bool, why string) {
	if a == b {
		return true, ""
	}
	if exact {
		return false, fmt.Sprintf("another text from character %d on", common(a, b)+1)
	}
	x, y := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if long, short := max(x, y), min(x, y); long > mostLonger*short+fewLonger {
		return false, fmt.Sprintf("one is much longer: %d and %d characters", x, y)
	}
	if why := carries(a, b); why != "" {
		return false, why
	}
	if why := carries(b, a); why != "" {
		return false, why
	}
	return true, ""
}

// common is how many characters two texts begin with alike.
func common(a, b string) (n int) {
	x, y := []rune(a), []rune(b)
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// carries says why one answer does not carry the sentences of the other; "" where it does.
func carries(evidence, text string) string {
	p := check.Prepare([]check.Evidence{{N: 1, Text: evidence}})
	claims, carried := 0, 0
	for sentence, f := range p.Each(text) {
		switch f.Verdict {
		case wenyuan.None:
			continue
		case wenyuan.Unsupported:
			return fmt.Sprintf("against the other: %s", clip(sentence))
		case wenyuan.Supported:
			carried++
		default:
			if f.Score >= carriedFrom {
				carried++
			}
		}
		claims++
	}
	if claims > 0 && float64(carried) < leastCarried*float64(claims) {
		return fmt.Sprintf("the other says %d of %d sentences", carried, claims)
	}
	return ""
}

// clip is one line of at most 120 characters.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return s
}
