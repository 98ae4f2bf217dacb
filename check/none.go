package check

import "strings"

// longestEmpty is the number of tokens up to which a sentence may be empty talk.
const longestEmpty = 16

// claimsNothing says whether there is nothing to check: a heading, a rule or table
// line, a greeting, an announcement of what follows.
func (c *checker) claimsNothing(sentence string) bool {
	t := strings.TrimSpace(sentence)
	if isHeading(t) {
		return true
	}
	if len(c.claim.out) > longestEmpty {
		return false
	}
	colon := strings.HasSuffix(t, ":") || strings.HasSuffix(t, "：")
	for i := range c.claim.out {
		switch t := &c.claim.out[i]; {
		case t.class == source, t.class == link, t.class == modality, t.class == quantity, lex.empty[t.id]:
		case t.class == number && t.dim == 0 && (colon || t.val <= smallNumber):
		default:
			return false
		}
	}
	return !c.onlyFigures()
}

// onlyFigures says whether the claim is made of numbers alone, which is a claim.
func (c *checker) onlyFigures() bool {
	for _, t := range c.claim.out {
		if t.class != number {
			return false
		}
	}
	return len(c.claim.out) > 0
}

// onlyAsks says whether a sentence that the evidence does not carry asks, or announces
// something in the words of such announcements.
func (c *checker) onlyAsks(sentence string) bool {
	t := strings.TrimRight(strings.TrimSpace(sentence), "*_\"”’)） ")
	if strings.HasSuffix(t, "?") || strings.HasSuffix(t, "？") {
		return true
	}
	if !strings.HasSuffix(t, ":") && !strings.HasSuffix(t, "：") {
		return false
	}
	announces := false
	for _, t := range c.claim.out {
		switch t.class {
		case number, version, negation, direction:
			return false
		}
		announces = announces || lex.empty[t.id]
	}
	return announces
}
