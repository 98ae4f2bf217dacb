// Package indirect finds instructions, requests and questions in retrieved text that speak
// to whoever reads it for somebody else, and that do not belong where they stand.
//
// A passage is cut into segments: sentences, long cells of tables, comments of code. A
// segment is suspect when it asks a reader to write, add, change, fetch or run something,
// and when it is foreign to its neighbours: prose between rows, another subject, another
// language. Both count, because manuals are full of imperatives, mail is full of requests
// and lists of questions are full of questions. A linear model that ships with the program
// (made by guard/train) weighs words, form and standing together. What was hidden or
// encoded counts more than what stands in the open. Attacks on the model itself are left to
// inject, which is asked too.
//
// It finds no false statement that is written as a statement, and no instruction that reads
// like the rest of its text.
package indirect

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// Threshold is the score at which a passage is caught by default. Hits below it are given
// down to half of it, for those who want to see them.
const Threshold = 0.5

// toldAtMost is the most that a sentence gets that only quotes a request, in a text about such.
const toldAtMost = 0.9 * Threshold

const (
	hitsAtMost  = 32
	viewsAtMost = 24
)

//go:embed model.bin
var modelFile []byte

var model = linear.Shipped("indirect", modelFile)

// A sight is what looking at a text needs, kept from one text to the next.
type sight struct {
	page     *page
	features linear.Features
	model    *linear.Model
	hits     []reading.Hit
	best     float64
	plain    bool // the model alone is asked
}

var sights = sync.Pool{New: func() any { return &sight{page: newPage()} }}

// Find reports what in a passage speaks to its reader and does not belong there: the best
// hits first, at most 32, with the bytes of t.Raw where each sentence stands. The question
// is the one the passage was retrieved for, or empty; what shares its words is less foreign.
// Kinds: "task", "question", "insert", "format", "persona", "override", "leak", "link",
// "exfiltration", "code", and those of inject. Layers: "model", "rules" for what inject found
// by a phrase, "encoding" for what was decoded, "hidden" for what a page does not show.
func Find(question string, t *reading.Text) []reading.Hit { return find(model(), question, t) }

// FindName is Find for what is short and stands alone: names of files, titles, headings,
// alt texts, metadata. Such a text has no neighbours, and a heading may well be a question or
// an imperative, so only what speaks to an assistant counts.
func FindName(text string) []reading.Hit { return findName(model(), reading.Of(text)) }

// Score is the score of the best hit of Find with this model, 0 where there is none: what
// making a model measures itself by. Inject takes no part.
func Score(m *linear.Model, question string, t *reading.Text) float64 {
	s := sights.Get().(*sight)
	defer sights.Put(s)
	s.model, s.hits, s.best, s.plain = m, s.hits[:0], 0, true
	s.open(question, t)
	return s.best
}

// ScoreName is Score for FindName.
func ScoreName(m *linear.Model, t *reading.Text) float64 {
	s := sights.Get().(*sight)
	defer sights.Put(s)
	s.model, s.hits, s.best, s.plain = m, s.hits[:0], 0, true
	s.name(t)
	return s.best
}

func find(m *linear.Model, question string, t *reading.Text) []reading.Hit {
	s := sights.Get().(*sight)
	defer sights.Put(s)
	s.model, s.hits, s.plain = m, s.hits[:0], false
	s.open(question, t)
	s.views(question, t)
	return s.ordered()
}

// open looks at every segment of the folded text.
func (s *sight) open(question string, t *reading.Text) {
	p := s.page
	p.read(reading.Fold(question).Folded, t.Folded)
	about := aboutAttacks(t.Folded)
	for i := range p.segments {
		g := &p.segments[i]
		if !g.judged() || g.titled(t.Raw[t.At(g.start):t.At(g.end)]) {
			continue
		}
		bonus, layer := 0.0, "model"
		if g.hidden {
			bonus, layer = remarkBonus, "hidden"
		}
		s.judge(i, bonus, layer, about, t.At(g.start), t.At(g.end))
	}
}

// judge scores a segment by the model and, where that does not rule it out, by inject.
func (s *sight) judge(i int, bonus float64, layer string, about bool, start, end int) {
	g := &s.page.segments[i]
	s.page.extract(i, &s.features, s.model.Options)
	score := s.score()
	if s.toldOf(g) || s.spokenByRole(g) {
		score = min(score, toldAtMost)
	}
	s.keep(g, linear.Moved(score, bonus), start, end, layer)
	if !s.plain && score >= attackGate {
		s.attack(g, score, bonus, about, start, end, layer)
	}
}

// score is what the model says of the features, moved so that its own threshold stands at
// [Threshold].
func (s *sight) score() float64 {
	var buf [1]float64
	at := Threshold
	if len(s.model.Thresholds) > 0 {
		at = s.model.Thresholds[0]
	}
	return linear.Moved(s.model.Score(&s.features, buf[:0])[0], -linear.Logit(at))
}

func (s *sight) keep(g *segment, score float64, start, end int, layer string) {
	s.best = max(s.best, score)
	if score < Threshold/2 {
		return
	}
	text := s.page.text[g.start:g.end]
	kind := kindOf(text, &g.form)
	s.hits = append(s.hits, reading.Hit{Kind: kind, Layer: layer, Score: score, Start: start, End: end, Evidence: clip(text), Reason: reasons[kind]})
}

// ordered are the hits in order, each place once.
func (s *sight) ordered() []reading.Hit {
	slices.SortStableFunc(s.hits, func(a, b reading.Hit) int { return cmp.Compare(b.Score, a.Score) })
	var out []reading.Hit
	for _, h := range s.hits {
		if len(out) == hitsAtMost {
			break
		}
		if !slices.ContainsFunc(out, func(o reading.Hit) bool { return o.Start == h.Start && o.End == h.End && o.Kind == h.Kind }) {
			out = append(out, h)
		}
	}
	return out
}

func clip(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
