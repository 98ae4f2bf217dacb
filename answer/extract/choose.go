package extract

import (
	"cmp"
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
	ranked = slices.DeleteFunc(ranked, func(u unit) bool { return !u.role.answers() || u.empty || u.all < s.Floor })
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
	if len(c.chosen) > 1 {
		return c.chosen
	}
	for _, u := range group(q, best, units) {
		c.add(u)
	}
	for _, u := range ranked {
		if u.score >= besideBest*best.score && !u.meta {
			c.add(u)
		}
	}
	return c.chosen
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
	lead := -1
	for i, u := range units {
		if u.passage != best.passage || u.named < isNamed || u.empty || u.meta || u.stub() {
			continue
		}
		if u.leadAt >= 0 && lead >= 0 && units[lead].order == u.leadAt && len(c.chosen)+2 <= c.most {
			c.add(units[lead])
			lead = -1
		}
		switch {
		case u.role.answers():
			c.add(u)
		default:
			lead = i
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
		case u.order == best.leadAt,
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
