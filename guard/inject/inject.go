// Package inject finds attacks on the instructions of a model in what somebody asks:
// instructions that override others, personas without limits, attempts to read the prompt
// or a secret, forged turns of a conversation, and all that under a disguise.
//
// Three layers work alone and together. Rules know phrases in English and Chinese, and some
// in the languages that are met most; a linear model that ships with the program (made by
// guard/train) weighs the words and what the rules found; and what was decoded counts more
// than what stands in the open, since nobody hides an ordinary question. It judges how a
// text speaks to the model and not what it asks for: unsafe questions are the business of
// content.
package inject

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// Threshold is the score at which a text is caught by default.
const Threshold = 0.5

//go:embed model.bin
var modelFile []byte

var model = linear.Shipped("inject", modelFile)

// Bounds: a long text is looked at in windows, its beginning and its end always.
const (
	windowBytes   = 8 << 10
	windowsAtMost = 48 // of the text and of what was decoded in it, together

	ruleWeight = 0.5 // of the rules beside the model, which knows them by their marks

	enough = 0.95 // a window with so much is not put right as well
)

var extractors = sync.Pool{New: func() any { return new(linear.Features) }}

// Features are what the model is shown of a text: the first window of the folded text, and
// marks of what the rules and the reading found.
func Features(t *reading.Text) (text string, marks []string) {
	text = t.Folded[:min(len(t.Folded), windowBytes)]
	hits, has := builtIn().find(text)
	return text, marksOf(nil, t, hits, has)
}

func marksOf(marks []string, t *reading.Text, hits []found, has uint64) []string {
	for c := 0; has>>c != 0; c++ {
		if has>>c&1 == 1 {
			marks = append(marks, builtIn().names[c])
		}
	}
	for _, f := range hits {
		marks = append(marks, f.rule.name)
	}
	if len(t.Folded) > 1200 {
		marks = append(marks, "long")
	}
	if t.Signs.Tags+t.Signs.Bidi > 0 {
		marks = append(marks, "hidden")
	}
	return marks
}

// Score is how likely a text is an attack, 0 to 1, with this model: [Find] without its
// evidence.
func Score(m *linear.Model, t *reading.Text) float64 { return look(m, t).score }

// Find reports what in a text attacks the model: one hit for each kind that the rules found,
// the weightiest first, all with the score of the text, or one of the model alone. Hits below [Threshold] are given down
// to half of it. Kinds: "override", "leak", "jailbreak", "role", "refusal", "turn",
// "encoding", "format", "pressure", and "attack" where only the model speaks. Layers:
// "rules", "model", and "encoding" for what stood in a decoded part.
func Find(t *reading.Text) []reading.Hit {
	m := model()
	l := look(m, t)
	l.score = linear.Moved(l.score, -linear.Logit(m.Thresholds[0]))
	if l.score < Threshold/2 {
		return nil
	}
	if len(l.found) == 0 {
		l.score = doubted(l.score, l.text)
	}
	return l.hits(t)
}

// doubted is a score of the model alone, where the rules found nothing, as far as it can be trusted.
func doubted(score float64, text string) float64 {
	switch {
	case foreign(text):
		return min(score, doubt)
	case len(text) > pasted:
		return linear.Moved(score, -padded)
	}
	return score
}

// The words of a long text add up, whatever it is about. Beyond so many bytes, where people paste
// what they ask about, the word of the model alone counts less by so many logits: of 600 paragraphs of
// documentation in a question 30 were refused and now 13 are, of attacks that it never saw 59 of 100
// are caught in the place of 61.
const (
	pasted = 300
	padded = 0.6
)

// doubt is the most that the model alone can say of a script that it was shown little of: enough to
// be seen by people, not to be sure. A quarter of its own harmless rows in these languages are alarms.
const doubt = 0.6

// foreign says whether at least a third of the letters are neither Latin nor Han.
func foreign(text string) bool {
	letters, others := 0, 0
	for _, r := range text {
		is, other := script(r)
		if is {
			letters++
		}
		if other {
			others++
		}
	}
	return others*3 > letters
}

// script says whether a character is a letter, and one that is neither Latin nor Han. Those of the two
// languages are known without the tables.
func script(r rune) (is, other bool) {
	switch {
	case r < utf8.RuneSelf:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z', false
	case 0x4e00 <= r && r <= 0x9fff:
		return true, false
	case !unicode.IsLetter(r):
		return false, false
	}
	return true, r >= 0x250 && !unicode.Is(unicode.Han, r)
}

// A sight is what was seen of a text as a whole.
type sight struct {
	score float64
	model float64
	view  reading.View // where the score comes from
	text  string       // the window of it
	base  int          // where the window begins
	found []found
	edits []edit // where the window was put right before
}

func look(m *linear.Model, t *reading.Text) sight {
	f := extractors.Get().(*linear.Features)
	defer extractors.Put(f)
	best, n := sight{}, 0
	t.Each(func(v reading.View) bool {
		for at := 0; ; at += windowBytes {
			if n == windowsAtMost-1 {
				at = max(at, len(v.Text)-windowBytes) // the end of a text is where attacks stand
			}
			s := lookAt(m, f, t, v, at)
			if n++; n == 1 || s.score > best.score {
				best = s
			}
			if at+windowBytes >= len(v.Text) || n >= windowsAtMost {
				return n < windowsAtMost
			}
		}
	})
	return best
}

func lookAt(m *linear.Model, f *linear.Features, t *reading.Text, v reading.View, base int) sight {
	s := sight{view: v, base: base, text: v.Text[base:min(base+windowBytes, len(v.Text))]}
	s.read(m, f, t)
	if s.score > enough {
		return s
	}
	if text, edits := spelling().mend(s.text); edits != nil {
		mended := sight{view: v, base: base, text: text, edits: edits}
		if mended.read(m, f, t); mended.score > s.score {
			return mended
		}
	}
	return s
}

// read weighs the window.
func (s *sight) read(m *linear.Model, f *linear.Features, t *reading.Text) {
	hits, has := builtIn().find(s.text)
	s.found = hits
	f.Extract(s.text, m.Options)
	var room [48]string
	for _, mark := range marksOf(room[:0], t, hits, has) {
		f.Mark(mark)
	}
	var buf [1]float64
	s.model = m.Score(f, buf[:0])[0]
	s.score = together(s.model, ruled(hits))
}

// ruled adds what the rules found, each kind once by its strongest, as independent signs. A
// text about attacks needs more.
func ruled(hits []found) float64 {
	miss, about := 1.0, false
	for i, f := range hits {
		best := f.rule.weight
		for j, g := range hits {
			if g.rule.kind != f.rule.kind {
				continue
			}
			if j < i {
				best = 0 // counted before
				break
			}
			best = max(best, g.rule.weight)
		}
		about = about || f.rule.weight < 0
		miss *= 1 - max(best, 0)
	}
	if about {
		return (1 - miss) / 2
	}
	return 1 - miss
}

// together joins the model's view with that of the rules.
func together(model, rules float64) float64 {
	return linear.Moved(model, ruleWeight*rules)
}

func (l sight) hits(t *reading.Text) (out []reading.Hit) {
	if l.score < Threshold/2 {
		return nil
	}
	layer := layerOf(l.view, "rules")
	seen := map[string]bool{"about": true}
	slices.SortStableFunc(l.found, func(a, b found) int { return cmp.Compare(b.rule.weight, a.rule.weight) })
	for _, f := range l.found {
		if seen[f.rule.kind] {
			continue
		}
		seen[f.rule.kind] = true
		h := reading.Hit{Kind: f.rule.kind, Layer: layer, Score: l.score, Evidence: clip(l.text[f.start:f.end])}
		h.Start, h.End = l.at(t, f)
		h.Reason = reasons[h.Kind]
		out = append(out, h)
	}
	if len(out) == 0 {
		out = append(out, reading.Hit{Kind: "attack", Layer: layerOf(l.view, "model"), Score: l.score, Reason: reasons["attack"], Evidence: clip(l.text)})
	}
	return out
}

// at is where a finding stands in the text as it was given.
func (l sight) at(t *reading.Text, f found) (start, end int) {
	if l.view.How != nil {
		return l.view.Start, l.view.End
	}
	return t.At(l.base + unmend(l.edits, f.start, false)), t.At(l.base + unmend(l.edits, f.end, true))
}

func layerOf(v reading.View, plain string) string {
	if v.How != nil {
		return "encoding"
	}
	return plain
}

// reasons are what people are told of each kind.
var reasons = map[string]string{
	"override":  "The text tells the assistant to drop its instructions.",
	"leak":      "The text asks for the instructions or a secret of the assistant.",
	"jailbreak": "The text gives the assistant a role without limits.",
	"role":      "The text gives the assistant a role.",
	"refusal":   "The text forbids the assistant to refuse or to warn.",
	"turn":      "The text imitates a message of the system or of the assistant.",
	"encoding":  "The text asks to decode something and to act on it.",
	"format":    "The text dictates how the answer begins or what alone it may say.",
	"pressure":  "The text claims authority or threatens, to get around the instructions.",
	"attack":    "The text reads like known attacks on an assistant.",
}

func clip(s string) string {
	if len(s) <= 160 {
		return s
	}
	return strings.ToValidUTF8(s[:160], "") + "…"
}
