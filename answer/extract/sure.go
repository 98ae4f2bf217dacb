package extract

import (
	_ "embed"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// A trait speaks for or against a sentence being the answer.
const (
	traitBias    = iota
	traitOwn     // share of the question in the sentence, its headings, label and lead-in
	traitSharp   // the same in the sentence alone, weighed among the sentences at hand
	traitBefore  // with the sentence before
	traitPassage // in the whole passage with its headings
	traitRun     // the longest piece of the question that stands in the sentence letter by letter
	traitYear    // it has years, and none of them is the question's
	traitThings  // how many things of the sort asked for it names
	traitNear    // share of the question close to such a thing
	traitNone    // it names none
	traitNew     // how much it says that the question does not
	traitChinese // the question is in Chinese
	numTraits
)

type traits [numTraits]float64

// learned are the weights of the traits for each sort of thing asked for. They come from
// questions of readers over encyclopedia paragraphs, with other paragraphs as near misses;
// TestLearn makes them.
//
//go:embed weights.json
var learned []byte

var weights = func() (w [askedKinds]traits) {
	if err := json.Unmarshal(learned, &w); err != nil {
		panic("extract: weights.json: " + err.Error())
	}
	return w
}()

const (
	reach     = 75  // bytes on each side of a thing that are read for what it is the thing of
	manyThing = 3   // things from which more say nothing
	muchNew   = 20  // question.New from which more says nothing
	runOver   = 200 // code points of a question that are looked at for the longest run
)

// A weigher tells how likely it is that a sentence answers one question. Every word of the
// question counts the same for it, as it did when the weights were learned: what words tell
// apart in the corpus is the business of the choice.
type weigher struct {
	q, sharp *question.Question
	asked    asked
	years    []string
	units    []unit
	found    []question.Mask // what each unit has
	above    []question.Mask // what each passage has in its headings
	passages []question.Mask // what each passage has with its headings
}

func weigherOf(text string, passages []wenyuan.Passage, units []unit) *weigher {
	q := question.Parse(text, nil)
	w := &weigher{q: q, asked: askedOf(text), years: year.FindAllString(text, -1), units: units}
	if !w.typed() {
		return w
	}
	for _, p := range passages {
		above := q.In(append([]string{p.Title, p.Context}, p.Heading...)...)
		w.above, w.passages = append(w.above, above), append(w.passages, above.Or(q.In(p.Text)))
	}
	for i, u := range units {
		w.found = append(w.found, q.In(u.text))
		if before, ok := subject(units, i); ok {
			w.found[i] = w.found[i].Or(w.found[before])
		}
	}
	w.sharp = q.Among(w.found)
	return w
}

// typed says whether the question asks for a thing that can be told by how it is written.
func (w *weigher) typed() bool {
	if w.asked == anything || w.q.Chinese && (w.asked == person || w.asked == place) {
		return false // names are not told by how they are written in Chinese
	}
	switch w.q.Kind {
	case question.Other, question.Amount, question.When, question.Where:
		return true
	}
	return false
}

// sure is how likely unit i is the answer.
func (w *weigher) sure(i int) float64 {
	odds := 0.0
	for k, x := range w.traits(i) {
		odds += weights[w.asked][k] * x
	}
	return 1 / (1 + math.Exp(-odds))
}

func (w *weigher) traits(i int) (t traits) {
	u, found := w.units[i], w.found[i]
	before := found
	if i > 0 && w.units[i-1].passage == u.passage {
		before = before.Or(w.found[i-1])
	}
	t[traitBias] = 1
	t[traitOwn] = w.q.Share(found.Or(w.above[u.passage]).Or(w.q.In(u.label, u.lead)))
	t[traitSharp] = w.sharp.Share(found)
	t[traitBefore] = w.q.Share(before)
	t[traitPassage] = w.q.Share(w.passages[u.passage])
	t[traitRun] = longestRun(w.q.Text, strings.ToLower(u.text))
	said := year.FindAllString(u.text, -1)
	t[traitYear] = one(len(w.years) > 0 && len(said) > 0 && !slices.ContainsFunc(said, func(y string) bool { return slices.Contains(w.years, y) }))
	things := w.asked.things(w.q, u.text)
	t[traitThings] = min(manyThing, float64(len(things))) / manyThing
	t[traitNone] = one(w.asked != anything && len(things) == 0)
	for _, at := range things {
		around := strings.ToValidUTF8(u.text[max(0, at[0]-reach):min(len(u.text), at[1]+reach)], "")
		t[traitNear] = max(t[traitNear], w.q.Share(w.q.In(around)))
	}
	t[traitNew] = min(muchNew, float64(w.q.New(u.text))) / muchNew
	t[traitChinese] = one(w.q.Chinese)
	return t
}

var year = regexp.MustCompile(`\b(?:1[5-9]|20)\d\d`)

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// longestRun is the length of the longest piece of the question that a text in lower case
// has, as a part of the question's.
func longestRun(asked, text string) float64 {
	r := []rune(strings.ToLower(asked))
	r = r[:min(len(r), runOver)]
	best := 0
	for i := range r {
		for i+best < len(r) && strings.Contains(text, string(r[i:i+best+1])) {
			best++
		}
	}
	return float64(best) / float64(max(1, len(r)))
}
