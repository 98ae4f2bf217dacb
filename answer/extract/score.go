package extract

import (
	"regexp"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// What a unit's own words, its surroundings, its shape and its place count.
const (
	weightOwn       = 0.6 // share of the question in the unit itself
	weightAll       = 0.5 // share with label, lead-in and headings
	weightNamed     = 0.3 // its section is named as the question asks
	weightShape     = 0.15
	weightPlace     = 0.1  // first in its section, falling with each unit
	weightRank      = 0.15 // best passage first
	penaltyMeta     = 0.3  // sentences about the text itself
	penaltyRestates = 0.3  // sentences that say the question again and nothing else
	penaltyCode     = 0.1  // code answers questions for steps, and few others
)

// fewNew is the number of terms beyond the question's below which a sentence only restates it.
const fewNew = 3

// meta are sentences that speak of the text instead of the matter.
var meta = regexp.MustCompile(`(?i)^\s*(?:本文|本章|本节|本文档|下文|下表|下图|以下内容|接下来)|请参[见考阅]|详见|如[上下]图|见下[图表]|^(?:this|the following) (?:section|document|page|chapter|article|topic|part|guide|table|figure)\b|\b(?:please )?refer to\b|^see (?:also )?|for more (?:information|details)|click here|^note that this document`)

// score judges the units of one passage. Those that cannot answer are returned
// too, since a lead-in is quoted with its list.
func score(q *question.Question, index int, p wenyuan.Passage, units []unit) []unit {
	inner := p.Title
	if n := len(p.Heading); n > 0 {
		inner = p.Heading[n-1]
	}
	headings := question.Prepare(append([]string{p.Title, p.Context}, p.Heading...)...)
	named := q.Named(inner)
	place := 0
	for i := range units {
		u := &units[i]
		u.passage, u.named = index, max(named, q.Named(u.label))
		own := question.Prepare(u.text)
		u.own = q.Share(own)
		u.all = q.Share(question.Join(own, headings, question.Prepare(u.label, u.lead)))
		u.score = weightOwn*u.own + weightAll*u.all + weightNamed*u.named + weightRank/float64(1+index)
		if q.Answers(u.text) {
			u.score += weightShape
		}
		u.score -= u.penalties(q, own)
		if u.role.answers() {
			place++
			u.score += weightPlace / float64(place)
		}
	}
	return units
}

// penalties is what counts against a unit.
func (u *unit) penalties(q *question.Question, own question.Text) (sum float64) {
	u.empty = q.New(own) < fewNew && u.role != row && u.role != code || meta.MatchString(u.text)
	switch {
	case meta.MatchString(u.text):
		sum += penaltyMeta
	case u.empty:
		sum += penaltyRestates
	}
	if u.role == code && q.Kind != question.How {
		sum += penaltyCode
	}
	return sum
}
