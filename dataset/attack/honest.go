package attack

// A Mistake is one kind of what honest people write: learners of a language, dialects, and
// whoever types in a hurry.
type Mistake struct {
	Name    string
	English bool
	Chinese bool

	make func(t *task) string
}

// Mistakes are all kinds of mistakes.
func Mistakes() []Mistake { return append([]Mistake(nil), mistakes...) }

// Write gives a text as somebody writes it who makes this mistake, and whether it is another
// than before. Rate is the share of the places where the mistake can be made (of the
// characters, for typing slips) at which it is made.
func (m Mistake) Write(seed uint64, text string, rate float64) (written string, changed bool) {
	han := Chinese(text)
	if m.make == nil || han && !m.Chinese || !han && !m.English {
		return text, false
	}
	written = m.make(&task{chance(seed, m.Name, text), text, rate, han})
	return written, written != text
}
