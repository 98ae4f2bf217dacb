package indirect

import (
	"strings"

	"wenyuan/guard/reading"
)

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
