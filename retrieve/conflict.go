package retrieve

import (
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/retrieve/question"
)

// Bounds on the comparison of sentences.
const (
	maxConflicts = 4
	perPassage   = 12  // sentences of a passage that are nearest to the question
	longSentence = 400 // bytes; what is longer says several things
	leastMatter  = 4   // terms, besides numbers, that a sentence needs to be about something
	leastShare   = 0.3 // of the question that it and what stands above it must have
	ownShare     = 0.5 // of the question that it must have itself where it stands under another heading
	leastWithin  = 0.8 // of the words of the shorter sentence that the other must have
	alikeDenied  = 0.8 // likeness of two sentences of which one denies
)

// conflicts finds places where two of the passages kept contradict each other: sentences
// of two documents that say the same of the same thing but for a number or a negation.
// Both passages stay. It would rather miss a contradiction than invent one: where the
// words differ in anything else, two sentences may well speak of two things.
func (f Filters) conflicts(q *question.Question, kept []wenyuan.Passage) (out []wenyuan.Disagreement) {
	if f.Conflict < 0 || len(kept) < 2 {
		return nil
	}
	claims := make([][]claim, len(kept))
	for i, p := range kept {
		claims[i] = claimsOf(q, p)
	}
	for i, p := range kept {
		for j := i + 1; j < len(kept) && len(out) < maxConflicts; j++ {
			if p.Document == kept[j].Document {
				continue
			}
			if a, b, about := f.clash(claims[i], claims[j]); about != "" {
				out = append(out, wenyuan.Disagreement{Passages: [2]string{p.ID, kept[j].ID}, Sides: [2]string{a.text, b.text}, About: about})
			}
		}
	}
	return out
}

// A claim is a sentence that can be held against another.
type claim struct {
	text    string
	numbers []string      // as written, with their units
	matter  question.Text // its terms without its numbers
	denies  bool
	share   float64 // of the question that it has itself
	heading string  // nearest above it
	subject subject
}

var (
	valued = regexp.MustCompile(`(?i)\d(?:[\d.,:]*\d)?\s*(?:%|(?:[kmgt]i?b?|ms|µs|s|secs?|mins?|hrs?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|bytes?|percent|people|persons?|threads?|copies|replicas?|characters?|[a-z]{2,3}bps|usd|eur|cny|dollars?|euros?)\b|个?(?:毫秒|微秒|秒|分钟|小时|天|日|周|星期|个月|月|年|次|条|台|人|元|字节|字符|倍|级|份|页|位|层|兆))?`)
	denial = regexp.MustCompile(`(?i)\b(?:not|no|never|nothing|nobody|none|nowhere|cannot|can't|don't|doesn't|isn't|aren't|won't|without|unable|neither|nor)\b|不|没有|无法|无需|未|禁止|勿`)
)

// What is code or data rather than a sentence: paths, addresses, quoted names, assignments;
// and the number of an item in a list, which says nothing.
var (
	coded  = regexp.MustCompile("[|`{}<>=$\\\\\n]|\\w/\\w|://|\\w_\\w|\"\\s*:|^\\s*(?:-{1,2}\\w|#)")
	listed = regexp.MustCompile(`^(?:[-*•]\s+|[(（]?\d{1,2}[)）.、]\s*|[①-⑳]\s*)+`)
)

// tells says whether a text is a sentence in words that tells something.
func tells(text string) bool {
	return len(text) <= longSentence && !coded.MatchString(text) && !strings.ContainsAny(text, "?？") && question.Prose(text)
}

// claimsOf are the sentences of a passage that say something about the question.
func claimsOf(q *question.Question, p wenyuan.Passage) (out []claim) {
	runes := []rune(p.Text)
	above := q.In(headings(p))
	for _, s := range check.Sentences(p.Text) {
		text := listed.ReplaceAllString(strings.TrimSpace(string(runes[s.Start:s.End])), "")
		if !tells(text) || q.Share(q.In(text).Or(above)) < leastShare {
			continue
		}
		c := claim{text: text, denies: denial.MatchString(text), matter: question.Matter(valued.ReplaceAllString(denial.ReplaceAllString(text, " "), " ")),
			share: q.Share(q.In(text)), heading: nearest(p), subject: subjectOf(text, p)}
		for _, n := range valued.FindAllString(written.ReplaceAllString(text, " "), -1) {
			if strings.Count(n, ".") < 2 { // as in a release, which is named and not claimed
				c.numbers = append(c.numbers, strings.Join(strings.Fields(strings.ToLower(n)), " "))
			}
		}
		if len(c.matter) >= leastMatter && len(out) < perPassage {
			out = append(out, c)
		}
	}
	return out
}

// clash gives the first two sentences that contradict each other and the words that do.
func (f Filters) clash(as, bs []claim) (x, y claim, about string) {
	for _, a := range as {
		for _, b := range bs {
			if !f.comparable(a, b) {
				continue
			}
			if words := against(a, b); words != "" && refuted(a, b) && refuted(b, a) {
				return a, b, words
			}
		}
	}
	return x, y, ""
}

// comparable says whether two sentences are about the same thing: nearly all words of the
// one are in the other, no name tells their subjects apart, and where they do not hold the
// question themselves, their headings agree.
func (f Filters) comparable(a, b claim) bool {
	alike := f.Conflict
	if a.denies != b.denies {
		alike = max(alike, alikeDenied)
	}
	if a.matter.Alike(b.matter) < alike || max(a.matter.Within(b.matter), b.matter.Within(a.matter)) < leastWithin {
		return false
	}
	if a.subject.other(b.subject) || replaced(a.matter, b.matter) {
		return false
	}
	return min(a.share, b.share) >= ownShare || a.heading == b.heading
}

// nearest is the heading nearest to a passage, without its number.
func nearest(p wenyuan.Passage) string {
	if n := len(p.Heading); n > 0 {
		return plain(p.Heading[n-1])
	}
	return plain(p.Title)
}

// against are the words in which two alike sentences stand against each other: one number
// each that the other has not, or that one of them denies.
func against(a, b claim) string {
	if a.denies != b.denies {
		if slices.Equal(a.numbers, b.numbers) {
			return strings.TrimSpace(firstOf(denial, a.text) + " / " + firstOf(denial, b.text))
		}
		return ""
	}
	onlyA, onlyB := beyond(a.numbers, b.numbers), beyond(b.numbers, a.numbers)
	if ofYear.MatchString(a.text) && ofYear.MatchString(b.text) && ofYear.FindString(a.text) != ofYear.FindString(b.text) {
		return ""
	}
	if len(onlyA) == 1 && len(onlyB) == 1 && len(a.numbers) == len(b.numbers) {
		return onlyA[0] + " / " + onlyB[0]
	}
	return ""
}

func firstOf(r *regexp.Regexp, text string) string {
	if m := r.FindString(text); m != "" {
		return m
	}
	return "–"
}

// beyond are the members of a that b has not.
func beyond(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// refuted says whether the one sentence stands against the other for whoever checks it.
func refuted(a, b claim) bool {
	f := check.Prepare([]check.Evidence{{N: 1, Text: b.text}}).Check(a.text, nil)
	return f.Verdict == wenyuan.Unsupported
}
