package extract

import (
	"regexp"
	"strings"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// What a unit's own words, its surroundings, its shape and its place count.
const (
	weightOwn       = 0.6 // share of the question in the unit itself
	weightAll       = 0.5 // share with label, lead-in and headings
	weightRest      = 0.3 // share of what the headings leave open
	weightNamed     = 0.5 // its section is named as the question asks
	weightShape     = 0.2
	weightForm      = 0.5  // in its place for a definition or a number, which are told by their shape
	weightPlace     = 0.1  // first in its section, falling with each unit
	weightRank      = 0.15 // best passage first
	penaltyMeta     = 0.3  // sentences about the text itself
	penaltyRestates = 0.2  // sentences that say little beyond the question
	penaltyCode     = 0.5  // code answers questions for steps, and few others
	penaltyRow      = 0.4  // a row of a table that is not named by the question, where a definition or steps are asked for
	penaltyForeign  = 0.5  // another language than the question's
	weightNear      = 0.3  // share of the question close to the number
	weightFirst     = 0.3  // the first prose of a section named by the term that is asked for
	weightSteps     = 0.3  // steps and commands below a heading that names what is to be done
)

// How much must be new in a sentence, by question.New: below nothingNew it only
// restates the question, below littleNew it nearly does.
const (
	nothingNew = 3
	littleNew  = 6
)

// meta are sentences that speak of the text instead of the matter.
var meta = regexp.MustCompile(`(?i)^\s*(?:本文|本章|本节|本文档|下文|下表|下图|以下内容|接下来)|请参[见考阅]|详见|如[上下]图|见下[图表]|^(?:this|the following) (?:section|document|page|chapter|article|topic|part|guide|table|figure)\b|\b(?:please )?refer to\b|^see (?:also )?|for more (?:information|details)|click here|^learn more\b|^了解更多`)

// aside is the agreement of heading and question below which code is of another matter.
const aside = 0.4

// native is the part of the best score from which a unit in the question's language
// keeps those in another one away.
const native = 0.4

// score judges the units, those that cannot answer too: a lead-in is quoted with its list.
func score(q *question.Question, passages []wenyuan.Passage, units []unit) {
	found := make([]question.Mask, len(units))
	for i := range units {
		units[i].found = q.In(units[i].text)
		found[i] = units[i].found
	}
	sharp := q.Among(found)
	for i := range units {
		if before, ok := subject(units, i); ok {
			units[i].found = units[i].found.Or(units[before].found)
		}
	}
	for i := 0; i < len(units); {
		j := i
		for j < len(units) && units[j].passage == units[i].passage {
			j++
		}
		scorePassage(q, sharp, passages[units[i].passage], units[i:j])
		i = j
	}
}

// pronoun begins a sentence whose subject stands in the one before.
var pronoun = regexp.MustCompile(`^(?:(?i:it|its|they|their|this|these)\b|它们?|该[^等]|这[些个种]?)`)

// subject is the sentence that names what the pronoun of sentence i stands for.
func subject(units []unit, i int) (before int, ok bool) {
	if i == 0 || units[i].role != prose || !pronoun.MatchString(units[i].text) {
		return 0, false
	}
	p := units[i-1]
	return i - 1, p.role == prose && p.passage == units[i].passage && p.paragraph == units[i].paragraph
}

// scorePassage judges the units of one passage. sharp is the question weighed for
// the choice among all units.
func scorePassage(q, sharp *question.Question, p wenyuan.Passage, units []unit) {
	headings := q.In(append([]string{p.Title, p.Context}, p.Heading...)...)
	named := q.NamedAmong(p.Title, p.Heading)
	foreign := q.Foreign(strings.Join(p.Heading, "\n") + "\n" + p.Context + "\n" + p.Text)
	place, first, shape := 0, true, weightShape
	if q.Kind == question.Definition || q.Kind == question.Amount {
		shape = weightForm
	}
	for i := range units {
		u := &units[i]
		u.named = named
		for label := range strings.SplitSeq(u.label, "\n") {
			u.named = max(u.named, q.Named(label))
		}
		u.own = q.Share(u.found)
		u.all = q.Share(u.found.Or(headings).Or(q.In(u.label, u.lead)))
		u.score = weightOwn*sharp.Share(u.found) + weightAll*u.all + weightRest*left(sharp, u.found, headings) +
			weightNamed*max(u.named, q.Named(u.key())) + weightRank/float64(1+u.passage)
		u.foreign = max(foreign, q.ForeignSentence(u.text))
		u.fit = q.Fit(u.text)
		u.score += shape*u.fit - u.penalties(q)
		if q.Kind == question.Definition && u.role == prose && first && u.named >= isNamed {
			u.score += weightFirst
			first = false
		}
		if q.Kind == question.Amount {
			u.score += weightNear * q.Near(u.text)
		}
		if q.Kind == question.How && u.fit == 1 {
			u.score += weightSteps * u.named
		}
		if u.role.answers() {
			place++
			u.score += weightPlace / float64(place)
		}
	}
}

// left is the share of what the headings leave open; all of it where they leave next to nothing.
func left(q *question.Question, found, headings question.Mask) float64 {
	if q.Share(headings) > 0.9 {
		return 1
	}
	return q.ShareBeyond(found, headings)
}

// penalties is what counts against a unit.
func (u *unit) penalties(q *question.Question) (sum float64) {
	added := q.New(u.text[len(itemMark.FindString(u.text)):])
	u.empty = added < nothingNew && u.role != row && u.role != code || u.role == code && isRemark(u.text)
	if added < littleNew && u.role != row && u.role != code {
		sum += penaltyRestates
	}
	u.meta = meta.MatchString(u.text) && (q.Kind != question.Amount || u.fit < fits) // a number may be followed by a reference
	if u.meta {
		sum += penaltyMeta
	}
	switch {
	case u.role != code:
	case q.Kind == question.Definition:
		sum += 2 * penaltyCode
	case q.Kind != question.How:
		sum += penaltyCode
	case u.named < aside:
		sum += penaltyCode / 2
	}
	if u.role == row && (q.Kind == question.Definition || q.Kind == question.How) && q.Named(u.key()) < isNamed {
		sum += penaltyRow
	}
	sum += penaltyForeign * u.foreign
	return sum
}

// keySize is how long, in columns, what stands before a colon may be to name a list item.
const keySize = 40

// key is what a row or an item is named by: its first cell, or what stands before its colon.
func (u *unit) key() string {
	var key string
	var ok bool
	switch u.role {
	case row:
		key, _, ok = strings.Cut(strings.TrimLeft(u.text, "| "), "|")
	case item:
		body := u.text[len(itemMark.FindString(u.text)):]
		if i := strings.IndexAny(body, ":："); i > 0 {
			key, ok = body[:i], true
		}
	}
	if !ok || columns(key) > keySize {
		return ""
	}
	return key
}
