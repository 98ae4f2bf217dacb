package indirect

import (
	"strings"

	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

func findName(m *linear.Model, t *reading.Text) []reading.Hit {
	s := sights.Get().(*sight)
	defer sights.Put(s)
	s.model, s.hits, s.plain = m, s.hits[:0], false
	s.name(t)
	return s.ordered()
}

// nameShift makes a name harder to suspect: it stands alone, and a heading may well be an
// imperative.
const nameShift = -1.2

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
			score := linear.Moved(s.score(), nameShift)
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
