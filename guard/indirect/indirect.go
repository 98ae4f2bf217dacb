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
	"math"
	"slices"
	"strings"
	"sync"

	"wenyuan/guard/inject"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// Threshold is the score at which a passage is caught by default. Hits below it are given
// down to half of it, for those who want to see them.
const Threshold = 0.5

const (
	hitsAtMost  = 32
	viewsAtMost = 24
)

//go:embed model.bin
var modelFile []byte

var model = sync.OnceValue(func() *linear.Model {
	m, err := linear.Load(modelFile)
	if err != nil {
		panic("indirect: the model that ships with the program: " + err.Error())
	}
	return m
})

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
	s.keep(g, moved(score, bonus), start, end, layer)
	if !s.plain && score >= attackGate {
		s.attack(g, score, bonus, about, start, end, layer)
	}
}

// What inject finds in a sentence counts as far as the sentence is foreign as well: inject
// was made for what people ask, and manuals speak of keys, rules and roles. The weights were
// chosen so that of the clean sets that are measured few are caught by it.
const (
	attackGate   = 0.06 // below this score a segment is not shown to inject
	foreignShare = 1.0
	attackShift  = 1.0
)

// graver are the kinds of inject that say more than what indirect has found by itself.
var graver = map[string]bool{"override": true, "leak": true, "jailbreak": true, "turn": true}

// attack adds what inject finds in a segment. In a text about such attacks, and between
// quotes, it is told of and does not reach the threshold: manuals of safety are not set
// aside.
func (s *sight) attack(g *segment, foreign, bonus float64, about bool, start, end int, layer string) {
	text := s.page.text[g.start:g.end]
	hits := inject.Find(&reading.Text{Raw: text, Folded: text})
	if len(hits) == 0 || hits[0].Score < 0.3 {
		return
	}
	h := hits[0]
	if foreign >= Threshold && !graver[h.Kind] || h.Kind == "turn" && g.form.signs&turn == 0 {
		return // the model has named it, or it is no turn where it stands in the sentence
	}
	h.Score = moved(h.Score, foreignShare*logit(foreign)+attackShift+bonus)
	if about && g.form.signs&quote != 0 {
		h.Score = min(h.Score, 0.9*Threshold)
	}
	s.best = max(s.best, h.Score)
	if h.Score < Threshold/2 {
		return
	}
	if layer != "model" {
		h.Layer = layer
	}
	h.Start, h.End, h.Reason = start, end, reasons["override"]
	if h.Kind == "attack" { // the model alone speaks, which knows no kinds
		h.Kind, h.Evidence = kindOf(text, &g.form), clip(text)
		h.Reason = reasons[h.Kind]
	}
	s.hits = append(s.hits, h)
}

// score is what the model says of the features, moved so that its own threshold stands at
// [Threshold].
func (s *sight) score() float64 {
	var buf [1]float64
	at := Threshold
	if len(s.model.Thresholds) > 0 {
		at = s.model.Thresholds[0]
	}
	return moved(s.model.Score(&s.features, buf[:0])[0], -logit(at))
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

// aboutAttacks says whether a text speaks of prompt injection as a subject.
func aboutAttacks(folded string) bool {
	for _, w := range []string{"prompt injection", "prompt-injection", "jailbreak", "red team", "injection attack", "提示注入", "提示词注入", "越狱", "红队", "注入攻击"} {
		if strings.Contains(folded, w) {
			return true
		}
	}
	return false
}

// What is added to the log-odds of what was not meant to be read: few have a good reason to
// encode a request. Much that means nothing can be read as misspelt or as spaced, and links
// and pages are escaped as a matter of course, so that counts less.
const (
	hiddenBonus  = 2.0
	decodedBonus = 1.5
	remarkBonus  = 1.0
	looseBonus   = -1.0
)

// views looks at what was decoded. Each view is a page of its own.
func (s *sight) views(question string, t *reading.Text) {
	about := aboutAttacks(t.Folded)
	for i, v := range t.Views {
		if i == viewsAtMost {
			return
		}
		bonus, layer := bonusOf(v.How)
		s.page.read(question, v.Text)
		for i := range s.page.segments {
			g := &s.page.segments[i]
			if !g.judged() || bonus == looseBonus && (g.form.words < 4 || strings.Contains(t.Folded, v.Text[g.start:g.end])) {
				continue // what reads the same without decoding was looked at
			}
			s.judge(i, bonus, layer, about, v.Start, v.End)
		}
	}
}

// bonusOf is what the ways a part was written in add together: the strongest counts.
func bonusOf(how []string) (bonus float64, layer string) {
	bonus, layer = looseBonus, "encoding"
	for _, h := range how {
		switch h {
		case "tags", "selectors":
			return hiddenBonus, "hidden"
		case "leet", "spaced", "joined", "repeated", "quoted-printable", "html", "url", "js", "markup":
		default:
			bonus = decodedBonus
		}
	}
	return bonus, layer
}

func findName(m *linear.Model, t *reading.Text) []reading.Hit {
	s := sights.Get().(*sight)
	defer sights.Put(s)
	s.model, s.hits, s.plain = m, s.hits[:0], false
	s.name(t)
	return s.ordered()
}

// nameShift makes a name harder to suspect: it stands alone, and a heading may well be an
// imperative.
const nameShift = -0.7

func (s *sight) name(t *reading.Text) {
	t.Each(func(v reading.View) bool {
		start, end, layer := 0, len(t.Raw), "model"
		if v.How != nil {
			start, end, layer = v.Start, v.End, "encoding"
		}
		s.page.read("", spoken(v.Text))
		for i := range s.page.segments {
			g := &s.page.segments[i]
			if g.form.idle() {
				continue
			}
			s.page.extractAlone(i, &s.features, s.model.Options)
			score := moved(s.score(), nameShift)
			s.keep(g, score, start, end, layer)
			if !s.plain && score >= attackGate {
				s.attack(g, score, 0, false, start, end, layer)
			}
		}
		return true
	})
}

// spoken makes words of a name of a file.
func spoken(name string) string {
	if strings.ContainsAny(name, " ") {
		return name
	}
	return strings.NewReplacer("_", " ", "-", " ", "+", " ").Replace(name)
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

// moved adds to the log-odds of a score.
func moved(score, by float64) float64 { return 1 / (1 + math.Exp(-logit(score)-by)) }

func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}

func clip(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
