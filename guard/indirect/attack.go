package indirect

import (
	"strings"

	"wenyuan/guard/inject"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

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
	shift := attackShift
	if h.Kind == "leak" && (g.form.ask == none || g.form.signs&(you|machine|output) == 0) {
		shift = -0.5 // told of, or of what anybody may show and hide
	}
	h.Score = linear.Moved(h.Score, foreignShare*linear.Logit(foreign)+shift+bonus)
	if about && g.form.signs&quote != 0 || s.page.telling && quoted(text, h.Start, h.End) || s.spokenByRole(g) {
		h.Score = min(h.Score, toldAtMost)
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

// toldOf says that a segment only quotes what is asked for, in a text that tells of such things.
func (s *sight) toldOf(g *segment) bool {
	text := s.page.text[g.start:g.end]
	first := strings.IndexByte(text, '"')
	return s.page.telling && first > 0 && quotedOnly(text) && quoted(text, first+1, first+1)
}

// spokenByRole says that a segment is a line of talk that somebody in a play says to another
// one: nothing in it is of a model, an answer, a secret, or asks to send anything.
func (s *sight) spokenByRole(g *segment) bool {
	return s.page.script && g.talk && g.form.ask != send && g.form.ask != alter &&
		g.form.signs&(machine|output|answers|turn|undone|notice|secret|address) == 0
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
