package indirect

import (
	"fmt"

	"wenyuan/guard/linear"
)

// A mark is a feature of a segment that is no word of it: its form, where it stands, and
// both together. The table of names is made once, so that looking costs no memory.
type family struct {
	from  int
	sizes []int
}

var names []string

func marks(name string, sizes ...int) family {
	f := family{from: len(names), sizes: sizes}
	all := 1
	for _, n := range sizes {
		all *= n
	}
	for i := range all {
		names = append(names, fmt.Sprintf("%s %d", name, i))
	}
	return f
}

// of is the number of the mark for these values, each below its size.
func (f family) of(values ...int) int {
	i := 0
	for k, v := range values {
		i = i*f.sizes[k] + v
	}
	return f.from + i
}

const tones = 6 // none, makes a text, does a thing, question with a word, question to somebody, other question

var (
	markAsk     = marks("ask", int(asks))
	markSign    = marks("sign", 18)
	markSort    = marks("sort", int(sorts), tones)
	markOdd     = marks("odd", 2, groups+1, tones)
	markAt      = marks("at", 4, tones)
	markShared  = marks("shared", 5, 2, tones)
	markOthers  = marks("others", 3, 3, tones)
	markTongue  = marks("tongue", 2, tones)
	markReplied = marks("replied", 2, tones)
	markForeign = marks("foreign", 2, 5, tones, 2)
	markOutput  = marks("output", int(asks), 2, 2, 2)
	markTo      = marks("to", 2, 2, 2, 2, 2)
	markLength  = marks("length", 6, 2)
	markLonely  = marks("lonely", 2, tones)
	markName    = marks("name", tones)
	markQuiet   = marks("quiet", 6, 3, tones, groups)
	markAmong   = marks("among", 6, int(asks), 2)
	markAlone   = marks("alone", 6, 2, 4, tones)
	markUndone  = marks("undone", 2, 2, 6)

	markAlike  = marks("alike", 5, 3, tones, 2)
	markAlikes = marks("alikes", 5, 3, int(asks))
	markKin    = marks("kin", 5, 3, 4, tones)
	markGenre  = marks("genre", genres, 3, tones)
	markGenres = marks("genres", genres, int(asks))
	markTalk   = marks("talk", 2, 3, tones)
	markQuoted = marks("quoted", 3, 3)

	markNegative = marks("negative", 2, 2, int(asks))
)

func tone(a ask) int {
	switch {
	case a == none:
		return 0
	case a < do:
		return 1
	case a == do:
		return 2
	}
	return 3 + int(a-which)
}

// features gives the numbers of the marks of a segment to f, one after the other.
func (s *segment) features(st standing, f func(int)) {
	form := &s.form
	t := tone(form.ask)
	has := func(sign uint32) int {
		if form.signs&sign != 0 {
			return 1
		}
		return 0
	}
	s.alone(f)
	f(markSort.of(int(s.sort), t))
	f(markOdd.of(st.odd, st.major, t))
	f(markAt.of(st.at, t))
	f(markShared.of(st.shared, st.asked, t))
	f(markOthers.of(st.others, st.doubts, t))
	f(markTongue.of(st.tongue, t))
	f(markReplied.of(st.replied, t))
	foreign := 0
	if st.shared < 2 || st.odd == 1 && st.major != groupList+1 {
		foreign = 1
	}
	f(markForeign.of(foreign, st.major, t, has(output)))
	lonely := 0
	if st.others == 0 && st.doubts == 0 {
		lonely = 1
	}
	f(markLonely.of(lonely, t))
	strange := 0 // how little of it stands elsewhere
	switch st.shared {
	case 2, 3:
		strange = 1
	case 4:
		strange = 2
	}
	f(markQuiet.of(st.quiet, strange, t, groupOf[s.sort]))
	f(markAmong.of(st.quiet, int(form.ask), st.replied))
	f(markAlone.of(st.quiet, st.para, st.at, t))
	f(markUndone.of(has(undone), has(notice), st.quiet))
	edge := 0
	if st.para == 1 && st.at != 2 {
		edge = 1
	}
	to := form.toModel()
	f(markAlike.of(st.alike, to, t, edge))
	f(markAlikes.of(st.alike, to, int(form.ask)))
	f(markKin.of(st.alike, strange, st.at, t))
	f(markGenre.of(st.genre, to, t))
	f(markGenres.of(st.genre, int(form.ask)))
	f(markTalk.of(st.talk, to, t))
	f(markQuoted.of(st.quoted, to))
}

// toModel is how far a segment speaks to a model or of what it will answer: 0 not, 1 of a reader,
// an answer or an address, 2 it does.
func (f *form) toModel() int {
	switch {
	case f.signs&(machine|output|turn|undone|notice) != 0:
		return 2
	case f.signs&(answers|reader|address) != 0:
		return 1
	}
	return 0
}

// alone gives the marks that need no neighbours.
func (s *segment) alone(f func(int)) {
	form := &s.form
	has := func(sign uint32) int {
		if form.signs&sign != 0 {
			return 1
		}
		return 0
	}
	f(markAsk.of(int(form.ask)))
	for i := range signNames {
		if form.signs&(1<<i) != 0 {
			f(markSign.of(i))
		}
	}
	f(markOutput.of(int(form.ask), has(output), has(address), has(reader)))
	f(markTo.of(has(answers), has(machine), has(reader), has(you), has(secret)))
	f(markNegative.of(has(negative), has(answers), int(form.ask)))
	han := 0
	if form.han {
		han = 1
	}
	f(markLength.of(min(form.words/4, 5), han))
}

// extract reads the features of a segment into e.
func (p *page) extract(i int, e *linear.Features, o linear.Options) {
	s := &p.segments[i]
	e.Extract(p.text[s.start:s.end], o)
	s.features(p.standing(i), func(m int) { e.Mark(names[m]) })
}
