package indirect

import (
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// A Piece is a segment as the model is shown it, for who makes the model.
type Piece struct {
	Start, End int // bytes of the raw text
	Text       string
	Marks      []string
}

// Pieces are the segments of a passage that Find looks at.
func Pieces(question string, t *reading.Text) (out []Piece) {
	p := newPage()
	p.read(reading.Fold(question).Folded, t.Folded)
	for i := range p.segments {
		s := &p.segments[i]
		if !s.judged() || s.titled(t.Raw[t.At(s.start):t.At(s.end)]) {
			continue
		}
		piece := Piece{Start: t.At(s.start), End: t.At(s.end), Text: p.text[s.start:s.end]}
		s.features(p.standing(i), func(m int) { piece.Marks = append(piece.Marks, names[m]) })
		out = append(out, piece)
	}
	return out
}

// NamePieces are the segments of a name that FindName looks at.
func NamePieces(t *reading.Text) (out []Piece) {
	p := newPage()
	p.read("", spoken(t.Folded))
	for i := range p.segments {
		s := &p.segments[i]
		if s.form.idle() {
			continue
		}
		piece := Piece{Text: p.text[s.start:s.end]}
		s.named(func(m int) { piece.Marks = append(piece.Marks, names[m]) })
		out = append(out, piece)
	}
	return out
}

// named gives the marks of a name: its form, and that it stands alone.
func (s *segment) named(f func(int)) {
	s.alone(f)
	f(markName.of(tone(s.form.ask)))
}

func (p *page) extractAlone(i int, e *linear.Features, o linear.Options) {
	s := &p.segments[i]
	e.Extract(p.text[s.start:s.end], o)
	s.named(func(m int) { e.Mark(names[m]) })
}
