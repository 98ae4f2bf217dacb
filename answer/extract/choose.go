package extract

import (
	"cmp"
	"regexp"
	"slices"

	"wenyuan/retrieve/question"
)

const (
	besideBest = 0.85 // a further unit must score this part of the best one
	tooAlike   = 0.6  // share of words in common from which a unit repeats another
	isNamed    = 0.7  // agreement of heading and question from which the section as a whole answers
)

// enough is how many units answer a question of a kind; others take as many as are allowed.
var enough = map[question.Kind]int{
	question.Definition: 3, question.Amount: 3, question.When: 3, question.Where: 3, question.YesNo: 3, question.Why: 4, question.Other: 4,
}

// choose takes the best unit, what belongs to it, and others that are nearly as good and say something else.
func choose(q *question.Question, units []unit, s Settings) []unit {
	ranked := slices.Clone(units)
	slices.SortStableFunc(ranked, func(a, b unit) int { return cmp.Compare(b.score, a.score) })
	floor := s.Floor
	if q.Joined() {
		floor /= 2 // each of two questions is half of the whole
	}
	ranked = slices.DeleteFunc(ranked, func(u unit) bool { return !u.role.answers() || u.empty || u.all < floor })
	ranked = oneLanguage(ranked)
	if len(ranked) == 0 {
		return nil
	}
	c := chooser{most: s.Sentences}
	if n, ok := enough[q.Kind]; ok {
		c.most = min(c.most, n)
	}
	best := ranked[0]
	if best.named >= isNamed && q.Kind != question.Amount {
		c.section(best, units)
	}
	if len(c.chosen) > 1 && q.Kind == question.How {
		c.steps(ranked)
	}
	if len(c.chosen) < 2 {
		for _, u := range group(q, best, units) {
			c.add(u)
		}
		for _, u := range ranked {
			if u.score >= besideBest*best.score && !u.meta && keeps(q, best, u) {
				c.add(u)
			}
		}
	}
	if q.Joined() {
		c.rest(q, ranked)
	}
	return readable(c, units)
}

// opened is the share of a question of several that a unit must add to what is answered.
const opened = 0.2

// rest takes, best first, what answers the part of the question that is still open.
func (c *chooser) rest(q *question.Question, ranked []unit) {
	var known question.Mask
	for _, u := range c.chosen {
		known = known.Or(u.found)
	}
	open := 1 - q.Share(known)
	for _, u := range ranked {
		if more := q.Share(known.Or(u.found)); !u.meta && more-(1-open) >= opened {
			c.add(u)
			known, open = known.Or(u.found), 1-more
		}
	}
}

// steps takes the steps and commands of other sections that are named as the question asks.
func (c *chooser) steps(ranked []unit) {
	for _, u := range ranked {
		if u.named >= isNamed && u.fit >= fits && !u.meta && (u.role == code || u.role == item) {
			c.add(u)
		}
	}
}

// fits is the fit from which a unit has the shape of what is asked for.
const fits = 0.8

// keeps says whether a unit may stand beside the best one: where that is a definition
// or has the number that was asked for, others must be so too.
func keeps(q *question.Question, best, u unit) bool {
	if q.Kind != question.Definition && q.Kind != question.Amount || best.fit < fits {
		return true
	}
	return u.fit >= fits
}

// oneLanguage leaves the units of the question's language when one of them answers,
// and else those of the best one's. ranked has the best first.
func oneLanguage(ranked []unit) []unit {
	if len(ranked) == 0 {
		return nil
	}
	here := slices.ContainsFunc(ranked, func(u unit) bool { return u.foreign == 0 && u.score >= native*ranked[0].score })
	best := ranked[0].foreign
	return slices.DeleteFunc(ranked, func(u unit) bool {
		if here {
			return u.foreign > 0
		}
		return u.foreign != best
	})
}

// leans are the beginnings of sentences that cannot be read without the one before.
var leans = regexp.MustCompile(`^(?:(?i:however|therefore|thus|then|in this case|in that case|at this point|otherwise|it|its|they|this|these|those|but|so|also|instead|as a result)\b|此时|因此|所以|但是?|然而|否则|这时|此外|另外|同时|它们?|其中|这[样种些个]|该[^等])`)

// readable adds, while there is room, the sentence before one that leans on it, and
// takes out a lead-in that nothing follows.
func readable(c chooser, units []unit) []unit {
	for _, u := range slices.Clone(c.chosen) {
		if u.role == prose && leans.MatchString(u.text) {
			if before, ok := beforeIt(u, units); ok && !before.meta && before.foreign == u.foreign {
				c.add(before)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(c.chosen), func(u unit) bool {
		return !u.role.answers() && !slices.ContainsFunc(c.chosen, func(v unit) bool {
			return v.passage == u.passage && v.leadAt == u.order
		})
	})
}

// beforeIt is the sentence before a unit in its paragraph.
func beforeIt(u unit, units []unit) (unit, bool) {
	i := slices.IndexFunc(units, func(v unit) bool { return v.passage == u.passage && v.order == u.order-1 })
	if i < 0 || units[i].role != prose || units[i].paragraph != u.paragraph {
		return unit{}, false
	}
	return units[i], true
}

type chooser struct {
	chosen []unit
	most   int
}

// add takes a unit while there is room, unless it repeats one that was taken.
func (c *chooser) add(u unit) {
	if len(c.chosen) < c.most && !repeats(u, c.chosen) {
		c.chosen = append(c.chosen, u)
	}
}

// section takes what stands under the heading or the label that names the question,
// from its beginning. A lead-in is taken with what follows it.
func (c *chooser) section(best unit, units []unit) {
	pending := -1
	for i, u := range units {
		if u.passage != best.passage || u.named < isNamed || u.empty || u.meta || u.stub() ||
			u.foreign != best.foreign || u.inTable && u.role == lead || u.role == row && best.role != row {
			continue
		}
		if u.leadAt >= 0 && pending >= 0 && units[pending].order == u.leadAt && len(c.chosen)+2 <= c.most {
			c.add(units[pending])
			pending = -1
		}
		switch {
		case u.role.answers():
			c.add(u)
		default:
			pending = i
		}
	}
}

// group is the unit with what it cannot be read without: the lead-in before a list
// item or code, the whole list when a list is asked for or when only the lead-in says
// what it is about, and the code after a sentence that tells how.
func group(q *question.Question, best unit, units []unit) []unit {
	out := []unit{best}
	whole := best.role == item && (q.Kind == question.How || q.Kind == question.List || best.own < best.all/2)
	for _, u := range units {
		switch {
		case u.passage != best.passage || u.order == best.order || best.role == row:
		case u.order == best.leadAt && (whole || best.role == code || q.ShareBeyond(u.found, best.found) > 0),
			whole && best.leadAt >= 0 && u.leadAt == best.leadAt && u.role == item,
			q.Kind == question.How && u.role == code && u.order == best.order+1:
			out = append(out, u)
		}
	}
	return out
}

// stubSize is how long, in columns, a list item without a full stop must be to say
// something outside its list.
const stubSize = 20

// stub says whether a list item is too short to be quoted from a section.
func (u unit) stub() bool {
	return u.role == item && columns(u.text) < stubSize && !sentEnd.MatchString(u.text)
}

// repeats says whether a unit says nearly the same as one that was chosen.
func repeats(u unit, chosen []unit) bool {
	return slices.ContainsFunc(chosen, func(c unit) bool {
		return c.passage == u.passage && c.start == u.start || u.words.Alike(c.words) >= tooAlike
	})
}
